"""SQL of reading postings."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, fetch_one_as, fetch_values, statement
from services.ledger.facts.rules import StoredFact
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Season

_COLUMNS = """
    p.fact_id, p.leg_no, p.kind, p.reversal, p.source, p.destination, p.amount_fen, p.business_at,
    p.person_id, p.division_code, p.channel, p.payer, p.accounting_month
"""
# A filter that is not given lets everything pass; the planner sees the values, and drops it.
_PAGE = statement(f"""
    SELECT {_COLUMNS}
    FROM postings p
    WHERE p.county = :county AND p.coverage_year = :coverage_year
      AND (p.fact_id, p.leg_no) > (:fact_id, :leg_no)
      AND (CAST(:account AS text) IS NULL OR p.source = :account OR p.destination = :account)
      AND (CAST(:kind AS text) IS NULL OR p.kind = :kind)
      AND (CAST(:people AS bigint[]) IS NULL OR p.person_id = ANY(CAST(:people AS bigint[])))
      AND (CAST(:payment_id AS bigint) IS NULL
           OR p.fact_id IN (SELECT id FROM facts WHERE payment_id = CAST(:payment_id AS bigint)))
      AND (CAST(:division AS text) = '' OR starts_with(p.division_code, :division))
    ORDER BY p.fact_id, p.leg_no LIMIT :limit
""")
_FACT = statement(f"SELECT {', '.join(StoredFact._fields)} FROM facts WHERE id = :fact_id")
_OF_FACT = statement(f"""
    SELECT {_COLUMNS}
    FROM postings p WHERE p.fact_id = :fact_id ORDER BY p.leg_no
""")

# All records that are one person with this one, whichever way they were merged.
_ONE_PERSON = statement("""
    WITH RECURSIVE one_person AS (
        SELECT CAST(:person_id AS bigint) AS id
        UNION
        SELECT CASE WHEN m.person_id = one.id THEN m.merged_person_id ELSE m.person_id END
        FROM one_person one
        JOIN merges m ON m.county = :county AND one.id IN (m.person_id, m.merged_person_id)
    )
    SELECT id FROM one_person ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A posting as it is stored."""

    fact_id: int
    leg_no: int
    kind: Kind
    reversal: bool
    source: str
    destination: str
    amount_fen: int
    business_at: datetime
    person_id: int | None
    division_code: str | None
    channel: str | None
    payer: str | None
    accounting_month: date

    @property
    def posting(self) -> str:
        """Its name: the fact and the leg."""
        return f"{self.fact_id}.{self.leg_no}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which postings are wanted; what is None does not matter, and the division '' is everywhere."""

    account: str | None = None
    kind: Kind | None = None
    people: tuple[int, ...] | None = None
    division: str = ""
    payment_id: int | None = None


async def page(
    conn: AsyncConnection, season: Season, wanted: Wanted, after: tuple[int, int], limit: int
) -> list[PostingRow]:
    """List postings as they took effect, beginning after a fact and leg."""
    fact_id, leg_no = after
    return await fetch_as(
        conn, PostingRow, _PAGE, **season._asdict(), fact_id=fact_id, leg_no=leg_no, limit=limit,
        account=wanted.account, kind=wanted.kind and str(wanted.kind),
        people=None if wanted.people is None else list(wanted.people), division=wanted.division,
        payment_id=wanted.payment_id,
    )  # fmt: skip


async def fact(conn: AsyncConnection, fact_id: int) -> StoredFact | None:
    """One fact by its id: an event of another service, or a decision of the ledger's own."""
    return await fetch_one_as(conn, StoredFact, _FACT, fact_id=fact_id)


async def of_fact(conn: AsyncConnection, fact_id: int) -> list[PostingRow]:
    """What a fact posted, in its order."""
    return await fetch_as(conn, PostingRow, _OF_FACT, fact_id=fact_id)


async def one_person(conn: AsyncConnection, county: str, person_id: int) -> tuple[int, ...]:
    """The records that are one person with this one, itself among them."""
    return tuple(await fetch_values(conn, int, _ONE_PERSON, county=county, person_id=person_id))
