"""SQL of all that banks said of attempts: what a later answer takes the place of is kept here."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, statement
from services.subsidy.payout_batches.rules import KeptAnswer
from services.subsidy.tables import attempt_answers

_NEW = Records(
    attempt_answers,
    *("payout_id", "attempt", "outcome", "reason", "answered_at", "file_sha256", "counts"),
    alias="said",
)
_KEEP = statement(f"INSERT INTO attempt_answers ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}")


async def keep(conn: AsyncConnection, said: Sequence[KeptAnswer]) -> None:
    """Keep what a file said, in its order."""
    await execute(conn, _KEEP, said=said)
