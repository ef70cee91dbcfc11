"""SQL of help for people who are insured elsewhere."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.ids import next_ids
from libs.common.db.rows import (
    Records,
    any_of,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    fetch_values,
    statement,
)
from services.registration.assessments.subject import Line
from services.registration.elsewhere.rules import AGREED, STANDING, EndReason, total_fen
from services.registration.enrollments.rules import COMPLETE
from services.registration.tables import elsewhere_helps, enrollments, persons

_NEW = Records(
    elsewhere_helps,
    *("id", "county", "coverage_year", "person_id", "division_code", "insured_in", "paid_on", "paid_fen"),
    *("voucher_no", "proofs", "tier", "lines", "state", "recorded_by", "asked_at"),
)
# Of two that are recorded at once the second one hears of the first.
_ADD = statement(f"""
    INSERT INTO elsewhere_helps ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ON CONFLICT (person_id, coverage_year, county) WHERE state IN {STANDING} DO NOTHING RETURNING id
""")
_STANDING = statement(f"""
    SELECT id FROM elsewhere_helps
    WHERE person_id = :person_id AND county = :county AND coverage_year = :coverage_year
      AND state IN {STANDING}
""")
# Held, so that a payment that is heard meanwhile waits, and then ends what was recorded.
_INSURED_HERE = statement(f"""
    SELECT coalesce(bool_or(state IN {COMPLETE}), false) FROM (
        SELECT state FROM enrollments
        WHERE person_id = :person_id AND county = :county AND coverage_year = :coverage_year
          AND merged_into IS NULL
        ORDER BY id FOR UPDATE
    ) AS own
""")
_SHOWN = """
    SELECT h.id, h.county, h.coverage_year, h.person_id, p.household_id, h.division_code, h.insured_in,
           h.paid_on, h.paid_fen, h.voucher_no, h.proofs, h.tier, h.lines, h.state, h.revision, h.recorded_by,
           h.asked_at, h.agreed_at, h.ended_at, h.end_reason, h.look_at
    FROM elsewhere_helps h JOIN persons p ON p.id = h.person_id
"""
_ONE = statement(f"{_SHOWN} WHERE h.id = :id FOR UPDATE OF h")
_PAGE = statement(f"""
    {_SHOWN} WHERE h.county = :county AND h.coverage_year = :coverage_year AND h.id > :after
      AND h.division_code BETWEEN :low AND :high
    ORDER BY h.id LIMIT :limit
""")
_TOLD = Records(elsewhere_helps, "id", "state", "revision", "lines", "agreed_at", "ended_at", "end_reason")
_CHANGE = statement(f"""
    UPDATE elsewhere_helps h
    SET {_TOLD.changes("state", "revision", "lines", "agreed_at", "ended_at", "end_reason")}, look_at = NULL
    FROM {_TOLD} WHERE h.id = rows.id
""")
_OF_ENROLLED = statement(f"""
    {_SHOWN} JOIN enrollments e ON e.person_id = h.person_id AND e.coverage_year = h.coverage_year
      AND e.county = h.county
    WHERE e.id {any_of(enrollments.c.id, "ids")} AND h.state IN {STANDING}
    ORDER BY h.id FOR UPDATE OF h
""")
_OF_PEOPLE = statement(f"""
    {_SHOWN} WHERE h.person_id {any_of(persons.c.id, "people")} AND h.state IN {STANDING}
    ORDER BY h.id FOR UPDATE OF h
""")
_COMPLETE_OF = statement(f"""
    SELECT id FROM enrollments
    WHERE person_id {any_of(persons.c.id, "people")} AND state IN {COMPLETE} AND merged_into IS NULL
""")
_LOOK = statement(f"""
    UPDATE elsewhere_helps SET look_at = greatest(look_at, :at)
    WHERE person_id {any_of(persons.c.id, "people")} AND state = '{AGREED}'
      AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
""")
_CLAIM = statement(f"""
    {_SHOWN} WHERE h.look_at IS NOT NULL AND h.id > :after
      AND h.county || '/' || h.coverage_year = ANY(CAST(:notices AS text[]))
    ORDER BY h.id LIMIT :number FOR UPDATE OF h SKIP LOCKED
""")


@dataclass(frozen=True, slots=True)
class NewHelp:
    """Somebody insured elsewhere as an officer records it."""

    id: int
    county: str
    coverage_year: int
    person_id: int
    division_code: str
    insured_in: str
    paid_on: date
    paid_fen: int
    voucher_no: str
    proofs: Sequence[str]
    tier: int | None
    lines: Sequence[Line]
    state: str
    recorded_by: str
    asked_at: datetime

    @property
    def amount_fen(self) -> int:
        """The help of all payers."""
        return total_fen(self.lines)


@dataclass(frozen=True, slots=True)
class HelpRow:
    """A record, with the household in which its person lives now."""

    id: int
    county: str
    coverage_year: int
    person_id: int
    household_id: int
    division_code: str
    insured_in: str
    paid_on: date
    paid_fen: int
    voucher_no: str
    proofs: Sequence[str]
    tier: int | None
    lines: Sequence[Line]
    state: str
    revision: int
    recorded_by: str
    asked_at: datetime
    agreed_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    look_at: datetime | None

    @property
    def elsewhere_help_id(self) -> int:
        """Its number, as it is shown."""
        return self.id

    @property
    def subsidies(self) -> Sequence[Line]:
        """The help, payer by payer, as it is shown."""
        return self.lines

    @property
    def amount_fen(self) -> int:
        """The help of all payers."""
        return total_fen(self.lines)


async def new_id(conn: AsyncConnection) -> int:
    """Draw the id of a record: no enrollment has it."""
    return (await next_ids(conn, enrollments, 1))[0]


async def add(conn: AsyncConnection, new: NewHelp) -> bool:
    """Write a record, unless one of the person and year stands."""
    return await fetch_value(conn, int, _ADD, rows=[new]) is not None


async def standing(conn: AsyncConnection, county: str, coverage_year: int, person_id: int) -> int | None:
    """The record of a person and year that stands."""
    return await fetch_value(
        conn, int, _STANDING, county=county, coverage_year=coverage_year, person_id=person_id
    )


async def insured_here(conn: AsyncConnection, county: str, coverage_year: int, person_id: int) -> bool:
    """Whether the person is complete here for the year; their enrollment is held."""
    given = {"county": county, "coverage_year": coverage_year, "person_id": person_id}
    return bool(await fetch_value(conn, bool, _INSURED_HERE, **given))


async def one(conn: AsyncConnection, help_id: int) -> HelpRow | None:
    """One record, held until the transaction ends."""
    return await fetch_one_as(conn, HelpRow, _ONE, id=help_id)


async def page(
    conn: AsyncConnection, season: tuple[str, int], division: tuple[str, str], after: int, limit: int
) -> list[HelpRow]:
    """A page of the records of a county and year within a division, by id."""
    (county, coverage_year), (low, high) = season, division
    return await fetch_as(
        conn, HelpRow, _PAGE,
        county=county, coverage_year=coverage_year, low=low, high=high, after=after, limit=limit,
    )  # fmt: skip


async def change(conn: AsyncConnection, rows: Sequence[HelpRow]) -> None:
    """Write records as they stand now; none of them is to be looked at again."""
    await execute(conn, _CHANGE, rows=rows)


async def of_enrolled(conn: AsyncConnection, enrollment_ids: Collection[int]) -> list[HelpRow]:
    """The records that stand of the people of these enrollments, held."""
    return await fetch_as(conn, HelpRow, _OF_ENROLLED, ids=sorted(enrollment_ids))


async def of_people(conn: AsyncConnection, people: Collection[int]) -> list[HelpRow]:
    """The records that stand of these people, held."""
    return await fetch_as(conn, HelpRow, _OF_PEOPLE, people=sorted(people))


async def complete_of(conn: AsyncConnection, people: Collection[int]) -> list[int]:
    """The complete enrollments of these people."""
    return await fetch_values(conn, int, _COMPLETE_OF, people=sorted(people))


async def look_again(
    conn: AsyncConnection, people: Collection[int], at: datetime, coverage_year: int | None = None
) -> None:
    """Have the help of these people judged again, of a year or of all, by what is known at an instant."""
    if people:
        await execute(conn, _LOOK, people=sorted(people), at=at, coverage_year=coverage_year)


async def claim(conn: AsyncConnection, notices: Sequence[str], after: int, number: int) -> list[HelpRow]:
    """Hold up to `number` records of these notices (county/year) that are to be judged again, by id."""
    return await fetch_as(conn, HelpRow, _CLAIM, notices=list(notices), after=after, number=number)
