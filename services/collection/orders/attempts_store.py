"""SQL of attempts to pay an order at its channel: each is kept, with what came of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, statement
from services.collection.tables import payment_attempts


@dataclass(frozen=True, slots=True)
class PaymentAttempt:
    """Somebody asked to pay an order; `refusal` is the problem that was answered, None: it was opened."""

    order_no: str
    way: str
    attempted_at: datetime
    attempted_by: str
    refusal: str | None = None
    fault: str | None = None


_NEW = Records(payment_attempts, *PaymentAttempt.__dataclass_fields__)
_KEEP = statement(f"INSERT INTO payment_attempts ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}")


async def keep(conn: AsyncConnection, attempt: PaymentAttempt) -> None:
    """Keep an attempt for good."""
    await execute(conn, _KEEP, rows=[attempt])
