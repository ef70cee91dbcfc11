"""SQL of tickets: reporting, locking, answering, lists and counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    fetch_values,
    statement,
    value_of,
)
from services.registration.tables import tickets
from services.registration.tickets.rules import OPEN

_TURN = statement("SELECT pg_advisory_xact_lock(hashtextextended('tickets ' || :county, 0))")
_OPEN_OF = statement(f"""
    SELECT min(id) FROM tickets WHERE county = :county AND coverage_year = :coverage_year
       AND person_id = :person_id AND kind = :ticket_kind AND state IN {OPEN}
""")
_NEW = Records(
    tickets,
    *("county", "coverage_year", "division_code", "person_id", "name", "number", "kind", "wrong"),
    *("correction", "proofs", "reported_by", "reported_at"),
)
_ADD = statement(f"""
    INSERT INTO tickets ({_NEW.names}, state) SELECT {_NEW.names}, 'reported' FROM {_NEW} RETURNING id
""")
_TICKET = """t.id AS ticket_id, t.county, t.coverage_year, t.division_code, t.person_id, t.name, t.number,
    t.kind, t.wrong, t.correction, t.proofs, t.reported_by, t.reported_at, t.state, t.taken_by, t.taken_at,
    t.case_id, t.answered_by, t.answered_at, t.answer, e.state AS enrollment_state"""
_ENROLLED = """LEFT JOIN enrollments e ON e.person_id = t.person_id AND e.county = t.county
     AND e.coverage_year = t.coverage_year AND e.merged_into IS NULL"""
_OPENED = (
    *(tickets.c.name, tickets.c.number, tickets.c.wrong, tickets.c.correction, tickets.c.proofs),
    tickets.c.answer,
)
_ONE = statement(f"SELECT {_TICKET} FROM tickets t {_ENROLLED} WHERE t.id = :id", *_OPENED)
_LOCK = statement(f"SELECT {_TICKET} FROM tickets t {_ENROLLED} WHERE t.id = :id FOR UPDATE OF t", *_OPENED)
_TAKE = statement("UPDATE tickets SET state = 'taken', taken_by = :by, taken_at = :at WHERE id = :id")
_ASK_FIRST = statement("UPDATE tickets SET case_id = :case_id WHERE id = :id")
_ANSWER = statement(f"""
    UPDATE tickets SET state = :state, answered_by = :by, answered_at = :at,
           answer = {value_of(tickets.c.answer, "words")}
    WHERE id = :id
""")
# Nobody answers a ticket of their own: of the two who made both records one it is the other one.
_SETTLE_MERGED = statement(f"""
    UPDATE tickets SET state = 'resolved', answered_at = :at,
           answered_by = CASE WHEN reported_by = :approved_by THEN :by ELSE coalesce(:approved_by, :by) END
    WHERE case_id = :case_id AND kind = 'duplicate' AND state IN {OPEN}
    RETURNING id
""")
_DONE = statement(f"""
    UPDATE tickets SET person_id = :person_id, status = :status, household_id = :household_id,
           number_digest = {value_of(tickets.c.number_digest, "right_number")},
           died_on = CAST(:died_on AS date)
    WHERE id = :id
""")
_WANTED = """t.county = :county AND t.coverage_year = :coverage_year
    AND t.division_code BETWEEN :low AND :high"""
_PAGE = statement(
    f"""
    SELECT {_TICKET} FROM tickets t {_ENROLLED}
    WHERE {_WANTED} AND t.id > :after AND t.state = ANY(CAST(:states AS text[]))
      AND (CAST(:kind AS text) IS NULL OR t.kind = :kind)
      AND (CAST(:person_id AS bigint) IS NULL OR t.person_id = :person_id)
      AND (CAST(:reported_by AS text) IS NULL OR t.reported_by = :reported_by)
      AND (CAST(:before AS timestamptz) IS NULL OR t.reported_at < :before)
    ORDER BY t.id LIMIT :limit
""",
    *_OPENED,
)
_COUNTS = statement(f"""
    SELECT rpad(left(t.division_code, 9), 12, '0') AS division_code,
           count(*) FILTER (WHERE t.state IN {OPEN}) AS open,
           count(*) FILTER (WHERE t.state IN {OPEN} AND t.reported_at < :overdue_before) AS overdue,
           min(t.reported_at) FILTER (WHERE t.state IN {OPEN}) AS first_reported_at,
           count(*) FILTER (WHERE t.state = 'resolved') AS resolved,
           count(*) FILTER (WHERE t.state = 'refused') AS refused,
           count(*) FILTER (WHERE t.state = 'withdrawn') AS withdrawn
    FROM tickets t WHERE {_WANTED} AND left(t.division_code, 9) > :after
    GROUP BY 1 ORDER BY 1 LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket as it is reported."""

    county: str
    coverage_year: int
    division_code: str
    person_id: int | None
    name: str | None
    number: str | None
    kind: str
    wrong: str
    correction: Mapping[str, JsonValue]
    proofs: Sequence[JsonValue]
    reported_by: str
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Ticket(NewTicket):
    """A ticket on record, and how the enrollment of its person stands."""

    ticket_id: int
    correction: dict[str, JsonValue]
    proofs: list[dict[str, JsonValue]]
    state: str
    taken_by: str | None
    taken_at: datetime | None
    case_id: int | None
    answered_by: str | None
    answered_at: datetime | None
    answer: str | None
    enrollment_state: str | None


@dataclass(frozen=True, slots=True)
class Done:
    """What was carried out, and of whom, so that it can be found again."""

    person_id: int
    status: str | None = None
    household_id: int | None = None
    right_number: str | None = None
    died_on: date | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets are listed; None is any. `before` is when they were reported at the latest."""

    county: str
    coverage_year: int
    low: str
    high: str
    states: Sequence[str]
    kind: str | None = None
    reported_by: str | None = None
    before: datetime | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """The tickets of one township."""

    division_code: str
    open: int
    overdue: int
    first_reported_at: datetime | None
    resolved: int
    refused: int
    withdrawn: int


async def take_turn(conn: AsyncConnection, county: str) -> None:
    """Wait until nobody else of a county is reporting; held to the end of the transaction."""
    await execute(conn, _TURN, county=county)


async def open_of(
    conn: AsyncConnection, county: str, coverage_year: int, person_id: int, kind: str
) -> int | None:
    """The ticket of a kind about somebody that is still to be answered."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_value(conn, int, _OPEN_OF, person_id=person_id, ticket_kind=kind, **season)


async def add(conn: AsyncConnection, ticket: NewTicket) -> int:
    """Keep a ticket; give its id."""
    given = await fetch_value(conn, int, _ADD, rows=[ticket])
    assert given is not None, "every row gets an id"
    return given


async def one(conn: AsyncConnection, ticket_id: int) -> Ticket | None:
    """Look a ticket up."""
    return await fetch_one_as(conn, Ticket, _ONE, id=ticket_id)


async def lock(conn: AsyncConnection, ticket_id: int) -> Ticket | None:
    """Look a ticket up and hold it until the transaction ends."""
    return await fetch_one_as(conn, Ticket, _LOCK, id=ticket_id)


async def take(conn: AsyncConnection, ticket_id: int, by: str, at: datetime) -> None:
    """Note who works on a locked ticket."""
    await execute(conn, _TAKE, id=ticket_id, by=by, at=at)


async def ask_first(conn: AsyncConnection, ticket_id: int, case_id: int) -> None:
    """Note the case that has to be decided before a locked ticket can be resolved."""
    await execute(conn, _ASK_FIRST, id=ticket_id, case_id=case_id)


async def end(
    conn: AsyncConnection, ticket_id: int, state: str, by: str, at: datetime, words: str | None
) -> None:
    """Note how a locked ticket ended."""
    await execute(conn, _ANSWER, id=ticket_id, state=state, by=by, at=at, words=words)


async def settle_merged(
    conn: AsyncConnection, case_id: int, by: str, approved_by: str | None, at: datetime
) -> list[int]:
    """Resolve the tickets that waited for a case in which two records became one; give them."""
    who = {"by": by, "approved_by": approved_by}
    return await fetch_values(conn, int, _SETTLE_MERGED, case_id=case_id, at=at, **who)


async def note_done(conn: AsyncConnection, ticket_id: int, done: Done) -> None:
    """Note what was carried out from a locked ticket."""
    await execute(
        conn,
        _DONE,
        id=ticket_id,
        person_id=done.person_id,
        status=done.status,
        household_id=done.household_id,
        right_number=done.right_number,
        died_on=done.died_on,
    )


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[Ticket]:
    """A page of tickets, the oldest first."""
    filters = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
    return await fetch_as(conn, Ticket, _PAGE, after=after, limit=limit, **filters)


async def counts(
    conn: AsyncConnection, wanted: Wanted, overdue_before: datetime | None, after: str, limit: int
) -> list[Count]:
    """Tickets by township, in the order of the codes behind `after`."""
    return await fetch_as(
        conn,
        Count,
        _COUNTS,
        county=wanted.county,
        coverage_year=wanted.coverage_year,
        low=wanted.low,
        high=wanted.high,
        overdue_before=overdue_before,
        after=after,
        limit=limit,
    )
