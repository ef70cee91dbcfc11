"""SQL of money that channels gave back: what they told, and the payments that it is about."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_one_as, statement
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


_ROWS = Records(returns)
_WRITE = statement(f"""
    INSERT INTO returns ({_ROWS.names}) SELECT {_ROWS.names} FROM {_ROWS} ORDER BY notification_id
    ON CONFLICT (notification_id) DO UPDATE SET {_ROWS.taken_over("state", "payment_id")}
""")
_ASKED = Records(payments, "channel", "transaction_no", alias="asked")
_OF = f"JOIN {_ASKED} ON asked.channel = x.channel AND asked.transaction_no = x.transaction_no"
_WAITING = statement(f"""
    SELECT {", ".join(f"x.{name}" for name in _ROWS.columns)} FROM returns x {_OF}
    WHERE x.state = 'waiting' ORDER BY x.notification_id
""")
_TOLD = statement(f"SELECT DISTINCT x.channel, x.transaction_no, 0 AS payment_id FROM returns x {_OF}")
_PAYMENTS = statement(f"SELECT x.id AS payment_id, x.channel, x.transaction_no FROM payments x {_OF}")
_LINES = statement(f"""
    SELECT l.payment_id, l.line_no, l.state, l.reason, l.amount_fen, l.refunded_fen, l.person_id,
           l.enrollment_id, l.county, l.coverage_year, l.division_code, l.identity_digest, l.add_on
    FROM payment_lines l WHERE l.payment_id {any_of(payments.c.id, "ids")} ORDER BY l.payment_id, l.line_no
""")
_BY_CARD = statement(f"""
    SELECT payment_id, '' AS channel, '' AS transaction_no FROM refunds
    WHERE payment_id {any_of(refunds.c.payment_id, "ids")} AND outcome = 'paid' GROUP BY 1
""")
_NUMBERS = Records(returns, "channel", "return_no", alias="asked")
_BOOKED = statement(f"""
    SELECT DISTINCT x.channel, x.return_no AS transaction_no, 0 AS payment_id
    FROM returns x JOIN {_NUMBERS} ON asked.channel = x.channel AND asked.return_no = x.return_no
    WHERE x.state = 'booked'
""")
_ONE = statement(f"SELECT {_ROWS.names} FROM returns WHERE notification_id = :notification_id")


def _asked(transactions: Collection[Transaction]) -> list[dict[str, str]]:
    return [{"channel": channel, "transaction_no": number} for channel, number in sorted(set(transactions))]


async def write(conn: AsyncConnection, told: Sequence[Return]) -> None:
    """Keep what was told, or how it stands now."""
    await execute(conn, _WRITE, rows=told)


async def waiting(conn: AsyncConnection, transactions: Collection[Transaction]) -> list[Return]:
    """What waits for these payments."""
    return await fetch_as(conn, Return, _WAITING, asked=_asked(transactions))


async def told_of(conn: AsyncConnection, transactions: Collection[Transaction]) -> set[Transaction]:
    """Of these payments those of which a channel told what went back."""
    found = await fetch_as(conn, FoundPayment, _TOLD, asked=_asked(transactions))
    return {(one.channel, one.transaction_no) for one in found}


async def payments_of(conn: AsyncConnection, transactions: Collection[Transaction]) -> dict[Transaction, int]:
    """The payments of these transactions that are matched."""
    found = await fetch_as(conn, FoundPayment, _PAYMENTS, asked=_asked(transactions))
    return {(one.channel, one.transaction_no): one.payment_id for one in found}


async def lines(conn: AsyncConnection, payment_ids: Collection[int]) -> dict[int, list[LineMoney]]:
    """The lines of these payments, in order."""
    of: dict[int, list[LineMoney]] = defaultdict(list)
    for line in await fetch_as(conn, LineMoney, _LINES, ids=sorted(payment_ids)):
        of[line.payment_id].append(line)
    return of


async def refunded_by_card(conn: AsyncConnection, payment_ids: Collection[int]) -> set[int]:
    """Of these payments those of which the bank paid a refund to a card."""
    found = await fetch_as(conn, FoundPayment, _BY_CARD, ids=sorted(payment_ids))
    return {one.payment_id for one in found}


async def booked(conn: AsyncConnection, told: Sequence[Return]) -> set[tuple[str, str]]:
    """Of these the channels and numbers whose money is booked already."""
    asked = [{"channel": one.channel, "return_no": one.return_no} for one in told]
    found = await fetch_as(conn, FoundPayment, _BOOKED, asked=asked)
    return {(row.channel, row.transaction_no) for row in found}


async def one(conn: AsyncConnection, notification_id: int) -> Return | None:
    """One return."""
    return await fetch_one_as(conn, Return, _ONE, notification_id=notification_id)
