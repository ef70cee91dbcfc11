"""SQL of others' money: what has come, whom lists give it to, and what is left of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_one_as, fetch_values, statement
from services.registration import tables
from services.registration.assessments.subject import Helped
from services.registration.enrollments.rules import COMPLETE, ENDED
from services.registration.helps.rules import Money, Standing

_ARRIVED = Records(
    tables.help_moneys, *("arrival_id", "county", "coverage_year", "payer", "amount_fen", "arrived_at")
)
_KEEP = statement(f"""
    INSERT INTO help_moneys ({_ARRIVED.names}) SELECT {_ARRIVED.names} FROM {_ARRIVED} ORDER BY arrival_id
    ON CONFLICT (arrival_id) DO NOTHING
""")
_REVERSE = statement(
    "UPDATE help_moneys SET reversed_at = :at WHERE arrival_id = :arrival_id AND reversed_at IS NULL"
)
# What decided a completion was known by then, as `Waiting.known_at` says; of who is open, all is.
_THEN = """
    CASE WHEN e.completed_at IS NULL THEN CAST('infinity' AS timestamptz)
         WHEN e.state = 'exempt' THEN coalesce(c.assessed_at, e.completed_at)
         ELSE greatest(e.completed_at, c.assessed_at) END
"""
# A line counts as long as it helps: listed or withdrawn later, it changes nothing for who is complete.
_COUNTS = f"""
    e.state NOT IN {ENDED} AND l.known_at <= {_THEN} AND (l.withdrawn_at IS NULL OR l.withdrawn_at > {_THEN})
"""
_LINES = """
    help_lines l JOIN enrollments e ON e.id = l.enrollment_id
    LEFT JOIN assessments c ON c.id = e.completion_assessment_id
"""
_MONEY = f"""
    SELECT m.arrival_id, m.county, m.coverage_year, m.payer, m.amount_fen, m.arrived_at, m.reversed_at,
           coalesce(s.listed_fen, 0)::bigint AS listed_fen,
           coalesce(s.complete_fen, 0)::bigint AS complete_fen,
           (SELECT coalesce(sum(r.amount_fen), 0)::bigint FROM help_returns r
            WHERE r.arrival_id = m.arrival_id) AS returned_fen
    FROM help_moneys m LEFT JOIN LATERAL (
        SELECT sum(l.amount_fen) AS listed_fen,
               sum(l.amount_fen) FILTER (WHERE e.state IN {COMPLETE}) AS complete_fen
        FROM {_LINES} WHERE l.arrival_id = m.arrival_id AND {_COUNTS}
    ) AS s ON true
"""
_LOCK = statement("SELECT arrival_id FROM help_moneys WHERE arrival_id = :arrival_id FOR UPDATE")
_ONE = statement(f"{_MONEY} WHERE m.arrival_id = :arrival_id")
_PAGE = statement(f"""
    {_MONEY}
    WHERE m.county = :county AND m.coverage_year = :coverage_year
      AND m.payer = ANY(CAST(:payers AS text[])) AND m.arrival_id > :after
    ORDER BY m.arrival_id LIMIT :limit
""")
_UNEVEN = statement(f"""
    SELECT * FROM ({_MONEY} WHERE m.county = :county AND m.coverage_year = :coverage_year
                   AND m.payer = ANY(CAST(:payers AS text[]))) AS m
    WHERE listed_fen + returned_fen <> CASE WHEN reversed_at IS NULL THEN amount_fen ELSE 0 END
    ORDER BY arrival_id
""")
_HOLD = statement(f"""
    SELECT id FROM enrollments
    WHERE person_id {any_of(tables.enrollments.c.person_id, "people")} AND county = :county
      AND coverage_year = :coverage_year
    ORDER BY id FOR UPDATE
""")
_STANDINGS = statement(f"""
    SELECT e.person_id, e.id AS enrollment_id, e.division_code, e.state, x.answer ->> 'outcome' AS outcome,
           (coalesce((x.answer ->> 'own_due_fen')::bigint, 0) - coalesce(since.fen, 0))::bigint AS owed_fen,
           old.id AS taken_over, coalesce(old.amount_fen, 0)::bigint AS taken_over_fen
    FROM enrollments e
    LEFT JOIN assessments a ON a.id = e.assessment_id
    LEFT JOIN explanations x ON x.sha = a.explanation_sha
    LEFT JOIN LATERAL (
        SELECT sum(l.amount_fen) AS fen FROM help_lines l
        WHERE l.enrollment_id = e.id AND l.withdrawn_at IS NULL AND l.known_at > a.assessed_at
    ) AS since ON true
    LEFT JOIN assessments c ON c.id = e.completion_assessment_id
    LEFT JOIN LATERAL (
        SELECT l.id, l.amount_fen FROM help_lines l JOIN help_moneys m ON m.arrival_id = l.arrival_id
        WHERE l.enrollment_id = e.id AND m.payer = :payer AND m.reversed_at IS NOT NULL
          AND e.state IN {COMPLETE} AND {_COUNTS}
        ORDER BY l.id LIMIT 1
    ) AS old ON true
    WHERE e.person_id {any_of(tables.enrollments.c.person_id, "people")} AND e.county = :county
      AND e.coverage_year = :coverage_year AND e.merged_into IS NULL
""")
_NEW = Records(
    tables.help_lines,
    *("arrival_id", "county", "coverage_year", "enrollment_id", "person_id", "payer", "amount_fen", "helper"),
    *("listed_by", "known_at"),
)
_LIST = statement(f"INSERT INTO help_lines ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}")
_TAKE_OVER = statement(f"""
    UPDATE help_lines SET arrival_id = :arrival_id WHERE id {any_of(tables.help_lines.c.id, "ids")}
""")
_SHOWN = f"""
    SELECT l.id AS line_id, l.arrival_id, l.county, l.coverage_year, l.enrollment_id, l.person_id, l.payer,
           l.amount_fen, l.helper, l.listed_by, l.known_at AS listed_at, l.withdrawn_at, e.division_code,
           e.state IN {COMPLETE} AS complete, {_COUNTS} AS counts
    FROM {_LINES}
"""
_LINES_OF = statement(
    f"""
    {_SHOWN} WHERE l.arrival_id = :arrival_id AND e.division_code BETWEEN :low AND :high AND l.id > :after
    ORDER BY l.id LIMIT :limit
""",
    tables.help_lines.c.helper,
)
_NAMED = statement(
    f"""
    SELECT s.*, p.name, d.number FROM ({_SHOWN} WHERE l.arrival_id = :arrival_id
        AND e.division_code BETWEEN :low AND :high) s
    JOIN persons p ON p.id = s.person_id
    LEFT JOIN LATERAL (
        SELECT d.number FROM documents d WHERE d.person_id = s.person_id
        ORDER BY d.type <> 'resident_id', d.type, d.digest LIMIT 1
    ) d ON true
    ORDER BY s.line_id
""",
    tables.help_lines.c.helper,
    tables.persons.c.name,
    tables.documents.c.number,
)
_LINE = statement(f"{_SHOWN} WHERE l.id = :line_id FOR UPDATE OF l", tables.help_lines.c.helper)
_WITHDRAW = statement("""
    UPDATE help_lines l SET withdrawn_at = :at FROM enrollments e
    WHERE e.id = l.enrollment_id AND e.completed_at IS NULL AND l.withdrawn_at IS NULL
      AND (l.id = CAST(:line_id AS bigint) OR l.arrival_id = CAST(:arrival_id AS bigint))
    RETURNING l.enrollment_id
""")
_HELPED = statement(f"""
    SELECT enrollment_id, payer, amount_fen, known_at, withdrawn_at FROM help_lines
    WHERE person_id {any_of(tables.help_lines.c.person_id, "people")} ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class NewMoney:
    """Money of a payer, as subsidy tells."""

    arrival_id: int
    county: str
    coverage_year: int
    payer: str
    amount_fen: int
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class NewLine:
    """Who is helped by a list."""

    arrival_id: int
    county: str
    coverage_year: int
    enrollment_id: int
    person_id: int
    payer: str
    amount_fen: int
    helper: str
    listed_by: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line on record; `counts` as long as it helps its person."""

    line_id: int
    arrival_id: int
    county: str
    coverage_year: int
    enrollment_id: int
    person_id: int
    payer: str
    amount_fen: int
    helper: str
    listed_by: str
    listed_at: datetime
    withdrawn_at: datetime | None
    division_code: str
    complete: bool
    counts: bool


@dataclass(frozen=True, slots=True)
class NamedLine(LineRow):
    """A line on record with who is helped, by name and number."""

    name: str
    number: str | None


async def keep(conn: AsyncConnection, arrived: Sequence[NewMoney]) -> None:
    """Keep what has come."""
    await execute(conn, _KEEP, rows=arrived)


async def reverse(conn: AsyncConnection, arrival_id: int, at: datetime) -> None:
    """Note that it had not come."""
    await execute(conn, _REVERSE, arrival_id=arrival_id, at=at)


async def money(conn: AsyncConnection, arrival_id: int, *, lock: bool = False) -> Money | None:
    """Money that has come; `lock` until the transaction ends, so that two lists never share what is left."""
    if lock:
        await execute(conn, _LOCK, arrival_id=arrival_id)
    return await fetch_one_as(conn, Money, _ONE, arrival_id=arrival_id)


async def page(
    conn: AsyncConnection, county: str, coverage_year: int, payers: Sequence[str], after: int, limit: int
) -> list[Money]:
    """A page of the money of these payers."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, Money, _PAGE, **season, payers=list(payers), after=after, limit=limit)


async def uneven(
    conn: AsyncConnection, county: str, coverage_year: int, payers: Sequence[str]
) -> list[Money]:
    """Money of which some is left, or missing."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, Money, _UNEVEN, **season, payers=list(payers))


async def hold(conn: AsyncConnection, county: str, coverage_year: int, people: Sequence[int]) -> None:
    """Hold enrollments until the transaction ends, so that two lists never give what one owes twice."""
    await execute(conn, _HOLD, county=county, coverage_year=coverage_year, people=list(people))


async def standings(conn: AsyncConnection, money: Money, people: Sequence[int]) -> dict[int, Standing]:
    """How it stands with people in the season of the money."""
    season = {"county": money.county, "coverage_year": money.coverage_year}
    found = await fetch_as(conn, Standing, _STANDINGS, **season, payer=money.payer, people=list(people))
    return {one.person_id: one for one in found}


async def add(conn: AsyncConnection, lines: Sequence[NewLine]) -> None:
    """Keep who is helped."""
    await execute(conn, _LIST, rows=lines)


async def take_over(conn: AsyncConnection, arrival_id: int, lines: Sequence[int]) -> None:
    """Let money bear what other money had helped with that was taken back."""
    await execute(conn, _TAKE_OVER, arrival_id=arrival_id, ids=list(lines))


async def lines_of(
    conn: AsyncConnection, arrival_id: int, division: tuple[str, str], after: int, limit: int
) -> list[LineRow]:
    """A page of whom money helps in a division."""
    low, high = division
    where = {"arrival_id": arrival_id, "low": low, "high": high}
    return await fetch_as(conn, LineRow, _LINES_OF, **where, after=after, limit=limit)


async def named(conn: AsyncConnection, arrival_id: int, division: tuple[str, str]) -> list[NamedLine]:
    """Everybody whom money helps in a division, by name."""
    low, high = division
    return await fetch_as(conn, NamedLine, _NAMED, arrival_id=arrival_id, low=low, high=high)


async def line(conn: AsyncConnection, line_id: int) -> LineRow | None:
    """A line, held until the transaction ends."""
    return await fetch_one_as(conn, LineRow, _LINE, line_id=line_id)


async def withdraw(
    conn: AsyncConnection, at: datetime, *, line_id: int | None = None, arrival_id: int | None = None
) -> list[int]:
    """Withdraw a line, or all of a money, of people who are not complete; give their enrollments."""
    return await fetch_values(conn, int, _WITHDRAW, at=at, line_id=line_id, arrival_id=arrival_id)


async def helped(conn: AsyncConnection, people: Sequence[int]) -> dict[int, list[Helped]]:
    """All help of lists for people, by enrollment, in the order listed."""
    found: dict[int, list[Helped]] = {}
    for row in await fetch_as(conn, Helped, _HELPED, people=list(people)):
        found.setdefault(row.enrollment_id, []).append(row)
    return found
