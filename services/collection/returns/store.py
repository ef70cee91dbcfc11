"""SQL of money that channels gave back: what they told, and the payments that it is about."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    any_of,
    execute,
    fetch,
    fetch_as,
    fetch_one_as,
    fetch_value,
    fetch_values,
    statement,
)
from services.collection.refunds.rules import LineMoney
from services.collection.returns.rules import Return
from services.collection.tables import payments, refunds, returns

#: Channel and transaction number.
Transaction = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FoundPayment:
    """A payment that returns are about."""

    payment_id: int
    channel: str
    transaction_no: str
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number that a channel gave, of a payment or of what went back."""

    channel: str
    number: str


_ROWS = Records(returns)
_WRITE = statement(f"""
    INSERT INTO returns ({_ROWS.names}) SELECT {_ROWS.names} FROM {_ROWS} ORDER BY notification_id
    ON CONFLICT (notification_id) DO UPDATE SET {_ROWS.taken_over("state", "payment_id")}
""")
_ASKED = Records(payments, "channel", "transaction_no", alias="asked")
_OF = f"JOIN {_ASKED} ON asked.channel = x.channel AND asked.transaction_no = x.transaction_no"
_WAITING = statement(f"""
    SELECT {", ".join(f"x.{name}" for name in _ROWS.columns)} FROM returns x {_OF}
    WHERE x.payment_id IS NULL AND x.state IN ('waiting', 'open') ORDER BY x.notification_id
""")
_TOLD = statement(f"""
    SELECT DISTINCT x.channel, x.transaction_no AS number FROM returns x {_OF} WHERE x.state <> 'ignored'
""")
_SO_FAR = statement(f"""
    SELECT x.channel, x.transaction_no AS number, CAST(sum(x.amount_fen) AS bigint) AS amount_fen
    FROM returns x {_OF} WHERE x.status = 'done' AND x.state <> 'ignored' AND x.amount_fen IS NOT NULL
    GROUP BY 1, 2
""")
_PAYMENTS = statement(
    f"SELECT x.id AS payment_id, x.channel, x.transaction_no, x.paid_at FROM payments x {_OF}"
)
_LINES = statement(f"""
    SELECT l.payment_id, l.line_no, l.state, l.reason, l.amount_fen, l.refunded_fen, l.person_id,
           l.enrollment_id, l.county, l.coverage_year, l.division_code, l.identity_digest, l.add_on,
           l.repaired_year, p.employee_fund
    FROM payment_lines l JOIN payments p ON p.id = l.payment_id
    WHERE l.payment_id {any_of(payments.c.id, "ids")} ORDER BY l.payment_id, l.line_no
""")
_BY_CARD = statement(f"""
    SELECT DISTINCT payment_id FROM refunds
    WHERE payment_id {any_of(refunds.c.payment_id, "ids")} AND outcome = 'paid'
""")
_NUMBERS = Records(returns, "channel", "return_no", alias="asked")
_BOOKED = statement(f"""
    SELECT DISTINCT x.channel, x.return_no AS number
    FROM returns x JOIN {_NUMBERS} ON asked.channel = x.channel AND asked.return_no = x.return_no
    WHERE x.state = 'booked'
""")
_TOLD_BEFORE = statement(f"""
    SELECT DISTINCT x.channel, x.return_no AS number
    FROM returns x JOIN {_NUMBERS} ON asked.channel = x.channel AND asked.return_no = x.return_no
    WHERE x.status = 'done' AND x.state <> 'ignored'
""")
_RENUMBER = statement("""
    UPDATE payments SET transaction_no = transaction_no || '~' || id WHERE id = :payment_id
    RETURNING transaction_no
""")
_ONE = statement(f"SELECT {_ROWS.names} FROM returns WHERE notification_id = :notification_id")


def _asked(transactions: Collection[Transaction]) -> list[dict[str, str]]:
    return [{"channel": channel, "transaction_no": number} for channel, number in sorted(set(transactions))]


async def write(conn: AsyncConnection, told: Sequence[Return]) -> None:
    """Keep what was told, or how it stands now."""
    await execute(conn, _WRITE, rows=told)


async def waiting(conn: AsyncConnection, transactions: Collection[Transaction]) -> list[Return]:
    """What waits for these payments, and what failed of them before they came."""
    return await fetch_as(conn, Return, _WAITING, asked=_asked(transactions))


async def told_of(conn: AsyncConnection, transactions: Collection[Transaction]) -> set[Transaction]:
    """Of these payments those of which a channel told what went back."""
    found = await fetch_as(conn, Numbered, _TOLD, asked=_asked(transactions))
    return {(one.channel, one.number) for one in found}


async def so_far(conn: AsyncConnection, transactions: Collection[Transaction]) -> dict[Transaction, int]:
    """What is known to have gone back of these payments, in fen, whether it is booked or waits."""
    if not transactions:
        return {}
    rows = await fetch(conn, _SO_FAR, asked=_asked(transactions))
    return {(row["channel"], row["number"]): row["amount_fen"] for row in rows}


async def payments_of(
    conn: AsyncConnection, transactions: Collection[Transaction]
) -> dict[Transaction, FoundPayment]:
    """The payments of these transactions that are matched."""
    found = await fetch_as(conn, FoundPayment, _PAYMENTS, asked=_asked(transactions))
    return {(one.channel, one.transaction_no): one for one in found}


async def lines(conn: AsyncConnection, payment_ids: Collection[int]) -> dict[int, list[LineMoney]]:
    """The lines of these payments, in order."""
    of: dict[int, list[LineMoney]] = defaultdict(list)
    if not payment_ids:
        return of
    for line in await fetch_as(conn, LineMoney, _LINES, ids=sorted(payment_ids)):
        of[line.payment_id].append(line)
    return of


async def refunded_by_card(conn: AsyncConnection, payment_ids: Collection[int]) -> set[int]:
    """Of these payments those of which the bank paid a refund to a card."""
    return set(await fetch_values(conn, int, _BY_CARD, ids=sorted(payment_ids)))


async def booked(conn: AsyncConnection, told: Sequence[Return]) -> set[tuple[str, str]]:
    """Of these the channels and numbers whose money is booked already."""
    asked = [{"channel": one.channel, "return_no": one.return_no} for one in told]
    found = await fetch_as(conn, Numbered, _BOOKED, asked=asked)
    return {(row.channel, row.number) for row in found}


async def told_before(conn: AsyncConnection, told: Sequence[Return]) -> set[tuple[str, str]]:
    """Of these the channels and numbers whose money was told of, booked or not."""
    asked = [{"channel": one.channel, "return_no": one.return_no} for one in told]
    found = await fetch_as(conn, Numbered, _TOLD_BEFORE, asked=asked)
    return {(row.channel, row.number) for row in found}


async def one(conn: AsyncConnection, notification_id: int) -> Return | None:
    """One return."""
    return await fetch_one_as(conn, Return, _ONE, notification_id=notification_id)


async def renumber(conn: AsyncConnection, payment_id: int) -> str:
    """Free the number of a payment for the one that stands in its place; give the one that it has now."""
    number = await fetch_value(conn, str, _RENUMBER, payment_id=payment_id)
    assert number is not None, "the payment is there"
    return number
