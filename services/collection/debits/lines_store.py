"""SQL of the lines of debit batches: whom mandates pay for, the orders, the bank's answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_values, statement
from services.collection.debits.rules import DebitOutcome, SentDebit
from services.collection.hot_store import PLACE_ORDERS
from services.collection.orders.rules import OrderRows
from services.collection.tables import debit_mandates, debits, order_items, orders


@dataclass(frozen=True, slots=True)
class MandateToDebit:
    """A mandate in force with its people; `used_fen` is what it paid, or may be paying, of the year."""

    mandate_id: int
    payer_id: int | None
    most_fen: int | None
    used_fen: int
    person_ids: list[int]


@dataclass(frozen=True, slots=True)
class NewDebitRow:
    """A line to write; the account is that of its mandate."""

    batch_id: int
    mandate_id: int
    county: str
    division_code: str
    coverage_year: int
    order_no: str
    people: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class DebitRow:
    """A line as it is shown."""

    debit_id: int
    mandate_id: int
    order_no: str
    account_masked: str
    people: int
    amount_fen: int
    outcome: DebitOutcome | None
    reason: str | None
    paid_at: datetime | None
    payment_id: int | None


@dataclass(frozen=True, slots=True)
class WrittenDebit:
    """What a line of the bank's file is made of, with the account in the clear."""

    debit_id: int
    agreement_no: str
    holder: str
    account_no: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """The bank's last word about a line; `payment_id` where it brought money."""

    debit_id: int
    outcome: DebitOutcome
    reason: str | None
    paid_at: datetime | None
    payment_id: int | None
    settled_at: datetime


class NotPlaced(Exception):
    """Somebody is in another pending order by now; nothing was written."""


# Who joined a household that a mandate pays for, and has no mandate of their own.
_NEXT = statement("""
    SELECT m.mandate_id, m.payer_id, m.most_fen,
           coalesce((SELECT sum(u.amount_fen) FROM debits u
                     WHERE u.mandate_id = m.mandate_id AND u.coverage_year = :coverage_year
                       AND (u.outcome IS NULL OR u.outcome = 'paid')), 0)::bigint AS used_fen,
           ARRAY(SELECT p.person_id FROM debit_mandate_people p
                 WHERE p.mandate_id = m.mandate_id AND p.ended_at IS NULL ORDER BY p.person_id) AS person_ids
    FROM debit_mandates m
    WHERE m.mandate_id > :after AND m.mandate_id <= :until AND m.county = :county AND m.channel = :channel
      AND m.ended_at IS NULL AND m.from_year <= :coverage_year
    ORDER BY m.mandate_id LIMIT :limit
""")
# Of whom the bank has told nothing nobody knows whether their money has left.
_UNANSWERED = statement(f"""
    SELECT DISTINCT i.person_id FROM order_items i
    JOIN debits d ON d.order_no = i.order_no AND d.outcome IS NULL
    JOIN debit_batches b ON b.batch_id = d.batch_id
    JOIN orders o ON o.order_no = d.order_no
    WHERE i.coverage_year = :coverage_year AND i.person_id {any_of(order_items.c.person_id, "people")}
      AND (o.state = 'pending' OR b.given_at IS NOT NULL)
""")
_DEBITS = Records(debits, *NewDebitRow.__dataclass_fields__, alias="debits_wanted")
_PLACE = statement(f"""
    {PLACE_ORDERS}
    INSERT INTO debits ({_DEBITS.names}, agreement_no, holder, account_no, account_masked)
    SELECT {", ".join(f"debits_wanted.{name}" for name in _DEBITS.columns)},
           m.agreement_no, m.holder, m.account_no, m.account_masked
    FROM {_DEBITS} JOIN debit_mandates m USING (mandate_id) ORDER BY mandate_id
""")
_PAGE = statement("""
    SELECT debit_id, mandate_id, order_no, account_masked, people, amount_fen, outcome, reason, paid_at,
           payment_id
    FROM debits WHERE batch_id = :batch_id AND debit_id > :after
      AND (CAST(:outcome AS text) IS NULL OR coalesce(outcome, 'unanswered') = :outcome)
    ORDER BY debit_id LIMIT :limit
""")
_IN_FILE = "batch_id = :batch_id AND (outcome IS NULL OR outcome NOT IN ('taken_out', 'refused'))"
_FILE = statement(
    f"""
    SELECT debit_id, agreement_no, holder, account_no, amount_fen FROM debits WHERE {_IN_FILE}
    ORDER BY debit_id
""",
    debits.c.holder,
    debits.c.account_no,
)
_NAMED = statement(f"""
    SELECT debit_id, mandate_id, order_no, amount_fen, outcome FROM debits
    WHERE {_IN_FILE} AND debit_id {any_of(debits.c.debit_id, "ids")}
""")
_BATCHES_OF = statement(f"""
    SELECT d.debit_id, d.batch_id FROM debits d JOIN debit_batches b USING (batch_id)
    WHERE d.debit_id {any_of(debits.c.debit_id, "ids")} AND b.county = :county AND b.given_at IS NOT NULL
      AND starts_with(b.division_code, :division)
""")
_TAKE_OUT = statement("""
    UPDATE debits d SET outcome = 'taken_out', reason = coalesce(o.close_reason, o.state), settled_at = :at
    FROM orders o
    WHERE o.order_no = d.order_no AND d.batch_id = :batch_id AND d.outcome IS NULL AND o.state <> 'pending'
""")
_ANSWERS = Records(debits, *AnsweredRow.__dataclass_fields__, alias="bank")
_ANSWER = statement(f"""
    UPDATE debits d SET outcome = bank.outcome, reason = bank.reason, settled_at = bank.settled_at,
           paid_at = coalesce(bank.paid_at, d.paid_at), payment_id = coalesce(bank.payment_id, d.payment_id)
    FROM {_ANSWERS} WHERE d.debit_id = bank.debit_id
""")
_FREE = """
    WITH ended AS (
        UPDATE orders o SET state = 'cancelled',
               cancelled_at = GREATEST(o.created_at, CAST(:at AS timestamptz)), close_reason = 'debit_ended'
        FROM debits d WHERE d.order_no = o.order_no AND o.state = 'pending' AND {which}
        RETURNING o.order_no
    )
    DELETE FROM order_claims c USING ended WHERE c.order_no = ended.order_no
"""
_FREE_ORDERS = statement(_FREE.format(which=f"o.order_no {any_of(orders.c.order_no, 'numbers')}"))
_FREE_BATCH = statement(_FREE.format(which="d.batch_id = :batch_id AND d.outcome IS NULL"))
_FREE_MANDATES = statement(
    _FREE.format(
        which=f"d.outcome IS NULL AND d.mandate_id {any_of(debit_mandates.c.mandate_id, 'ids')} "
        "AND d.batch_id IN (SELECT batch_id FROM debit_batches WHERE given_at IS NULL)"
    )
)
_END_BATCH = statement("""
    UPDATE debits SET outcome = :outcome, reason = :reason, settled_at = :at
    WHERE batch_id = :batch_id AND outcome IS NULL
""")


async def next_mandates(
    conn: AsyncConnection, season: tuple[str, int, str], between: tuple[int, int], limit: int
) -> list[MandateToDebit]:
    """The next mandates of a bank that are in force for a year, after one of them and until another."""
    county, year, channel = season
    after, until = between
    return await fetch_as(
        conn, MandateToDebit, _NEXT, county=county, coverage_year=year, channel=channel, after=after,
        until=until, limit=limit,
    )  # fmt: skip


async def unanswered(conn: AsyncConnection, year: int, people: Collection[int]) -> set[int]:
    """Of these people those who are in a debit without a result."""
    return set(await fetch_values(conn, int, _UNANSWERED, coverage_year=year, people=sorted(people)))


async def place(
    conn: AsyncConnection, placed: Sequence[OrderRows], lines: Sequence[NewDebitRow], now: datetime
) -> None:
    """Write lines with their orders, all of them; raise NotPlaced otherwise."""
    try:
        async with conn.begin_nested():
            await execute(
                conn,
                _PLACE,
                orders_wanted=[one.order for one in placed],
                items_wanted=[item for one in placed for item in one.items],
                debits_wanted=lines,
                now=now,
            )
    except IntegrityError as error:
        raise NotPlaced from error


async def page(
    conn: AsyncConnection, batch_id: int, outcome: str | None, after: int, limit: int
) -> list[DebitRow]:
    """A page of the lines of a batch."""
    return await fetch_as(conn, DebitRow, _PAGE, batch_id=batch_id, outcome=outcome, after=after, limit=limit)


async def file_lines(conn: AsyncConnection, batch_id: int) -> list[WrittenDebit]:
    """What the bank's file of a batch is made of."""
    return await fetch_as(conn, WrittenDebit, _FILE, batch_id=batch_id)


async def named(conn: AsyncConnection, batch_id: int, debit_ids: Collection[int]) -> list[SentDebit]:
    """Of these debits those that the file of a batch has."""
    return await fetch_as(conn, SentDebit, _NAMED, batch_id=batch_id, ids=sorted(debit_ids))


@dataclass(frozen=True, slots=True)
class _InBatch:
    debit_id: int
    batch_id: int


async def batches_of(
    conn: AsyncConnection, county: str, division: str, debit_ids: Collection[int]
) -> dict[int, int]:
    """In which batches of a county and division banks were given these debits."""
    ids = sorted(debit_ids)
    found = await fetch_as(conn, _InBatch, _BATCHES_OF, county=county, division=division, ids=ids)
    return {one.debit_id: one.batch_id for one in found}


async def take_out(conn: AsyncConnection, batch_id: int, at: datetime) -> int:
    """Take out the lines whose orders do not stand any more; give how many."""
    return await execute(conn, _TAKE_OUT, batch_id=batch_id, at=at)


async def answer(conn: AsyncConnection, rows: Sequence[AnsweredRow]) -> None:
    """Write what the bank said of lines."""
    await execute(conn, _ANSWER, bank=rows)


async def free_orders(conn: AsyncConnection, numbers: Collection[str], at: datetime) -> None:
    """End orders that the bank did not debit, and free their people."""
    if numbers:
        await execute(conn, _FREE_ORDERS, numbers=sorted(numbers), at=at)


async def free_mandates(conn: AsyncConnection, mandate_ids: Collection[int], at: datetime) -> None:
    """End the orders of mandates that no bank has been given yet."""
    if mandate_ids:
        await execute(conn, _FREE_MANDATES, ids=sorted(mandate_ids), at=at)


async def end_batch(
    conn: AsyncConnection, batch_id: int, outcome: DebitOutcome, reason: str, at: datetime
) -> None:
    """End whatever of a batch has no answer, and free its people."""
    await execute(conn, _FREE_BATCH, batch_id=batch_id, at=at)
    await execute(conn, _END_BATCH, batch_id=batch_id, outcome=outcome, reason=reason, at=at)
