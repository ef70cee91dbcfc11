"""SQL of the fact store: which facts are known, what belongs to a payment line, and new facts."""

from collections.abc import Collection, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import copy_rows
from services.ledger.facts.rules import Entered, StoredFact
from services.ledger.lines.rules import LineKey
from services.ledger.postings.rules import Leg, Place

_KNOWN = text("""
    SELECT f.source, f.event_id
    FROM unnest(CAST(:counties AS text[]), CAST(:years AS integer[]), CAST(:sources AS text[]),
                CAST(:ids AS text[])) AS asked(county, coverage_year, source, event_id)
    JOIN facts f USING (county, coverage_year, source, event_id)
""")
_OF_LINES = text("""
    SELECT f.payment_id, f.line_no, f.type, f.data
    FROM unnest(CAST(:payments AS bigint[]), CAST(:lines AS integer[])) AS asked(payment_id, line_no)
    JOIN facts f ON f.payment_id = asked.payment_id AND f.line_no = asked.line_no
    ORDER BY f.id
""")
_NEXT_IDS = text("""
    SELECT nextval(pg_get_serial_sequence('facts', 'id')) FROM generate_series(1, CAST(:number AS integer))
""")
_ADD_LOCK = text("INSERT INTO locks (name) VALUES (:name) ON CONFLICT DO NOTHING")
_SHARE_LOCK = text("SELECT 1 FROM locks WHERE name = :name FOR KEY SHARE")
_TAKE_LOCK = text("SELECT 1 FROM locks WHERE name = :name FOR UPDATE")

_FACT_COLUMNS = (
    "county", "coverage_year", "id", "source", "event_id", "type", "event_at", "business_at", "enrollment_id",
    "payment_id", "line_no", "data",
)  # fmt: skip
_POSTING_COLUMNS = (
    "county", "coverage_year", "fact_id", "leg_no", "kind", "reversal", "source", "destination", "amount_fen",
    "business_at", "person_id", "division_code", "channel", "payer",
)  # fmt: skip
_MEMO_COLUMNS = (
    "county", "coverage_year", "fact_id", "reversal", "payer", "amount_fen", "business_at", "person_id",
    "division_code",
)  # fmt: skip

LINES = "lines"


def books_lock(place: Place) -> str:
    """Name the lock of the books of one county and year."""
    return f"books:{place.county}:{place.coverage_year}"


async def lock(conn: AsyncConnection, name: str, *, shared: bool = False) -> None:
    """Hold the lock `name` until the transaction ends, alone or with others who share it."""
    statement = _SHARE_LOCK if shared else _TAKE_LOCK
    if (await conn.execute(statement, {"name": name})).first() is None:
        await conn.execute(_ADD_LOCK, {"name": name})
        await conn.execute(statement, {"name": name})


async def known(
    conn: AsyncConnection, keys: Sequence[tuple[Place, str, str]]
) -> frozenset[tuple[str, str]]:
    """Which (source, event id) of `keys` are stored already; the inbox forgets after a while, this never."""
    rows = await conn.execute(
        _KNOWN,
        {
            "counties": [place.county for place, _, _ in keys],
            "years": [place.coverage_year for place, _, _ in keys],
            "sources": [source for _, source, _ in keys],
            "ids": [event_id for _, _, event_id in keys],
        },
    )
    return frozenset((row.source, row.event_id) for row in rows)


async def of_lines(conn: AsyncConnection, keys: Collection[LineKey]) -> list[tuple[LineKey, str, str]]:
    """Give (key, type, data) of all stored facts of these payment lines, oldest first."""
    rows = await conn.execute(
        _OF_LINES, {"payments": [payment for payment, _ in keys], "lines": [line for _, line in keys]}
    )
    return [((row.payment_id, row.line_no), row.type, row.data) for row in rows]


async def next_ids(conn: AsyncConnection, number: int) -> list[int]:
    """Reserve ids for `number` facts. After the locks: so that ids grow in the order of effect."""
    return sorted((await conn.execute(_NEXT_IDS, {"number": number})).scalars())


async def add(conn: AsyncConnection, entered: Sequence[Entered]) -> None:
    """Store facts with their postings and memos."""
    await copy_rows(conn, "facts", _FACT_COLUMNS, [_fact_row(fact) for fact, _ in entered])
    postings, memos = [], []
    for fact, entries in entered:
        for leg_no, entry in enumerate(entries, start=1):
            if isinstance(entry, Leg):
                postings.append(_posting_row(fact, leg_no, entry))
            else:
                place, payer, amount_fen, person_id, division_code, reversal = entry
                row = (*place, fact.id, reversal, payer, amount_fen, fact.business_at, person_id, division_code)
                memos.append(row)
    if postings:
        await copy_rows(conn, "postings", _POSTING_COLUMNS, postings)
    if memos:
        await copy_rows(conn, "memos", _MEMO_COLUMNS, memos)


def _fact_row(fact: StoredFact) -> tuple:
    (county, year), id_ = fact.place, fact.id
    return (county, year, id_, *fact[2:])


def _posting_row(fact: StoredFact, leg_no: int, leg: Leg) -> tuple:
    (county, year), kind, source, destination, amount_fen, reversal, *who = leg
    return (
        county, year, fact.id, leg_no, kind, reversal, source, destination, amount_fen, fact.business_at, *who,
    )  # fmt: skip
