"""SQL of registering: what is known about the rows of one county."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, fetch_as, fetch_values, statement
from services.registration import tables
from services.registration.enrollments.rules import ACTIVE, COMPLETE, ENDED
from services.registration.people.rules import Facts
from services.registration.registering.plan import (
    Elsewhere,
    Known,
    KnownEnrollment,
    KnownHousehold,
    KnownPerson,
    Row,
)

_OPENED = (tables.persons.c.name, tables.households.c.address)
_PEOPLE = statement(
    f"""
    SELECT d.number, p.id, p.household_id, h.household_no, p.name, p.sex, p.born, p.facts, p.guardian_id,
           coalesce(h.head_id = p.id, false) AS is_head, h.division_code, h.address
    FROM documents d
    JOIN persons p ON p.id = d.person_id
    JOIN households h ON h.id = p.household_id
    WHERE d.county = :county AND d.number_digest {any_of(tables.documents.c.number_digest, "numbers")}
""",
    tables.documents.c.number,
    *_OPENED,
)

_HOUSEHOLDS = statement(
    f"""
    SELECT id, household_no, division_code, address, head_id
    FROM households
    WHERE county = :county AND household_no {any_of(tables.households.c.household_no, "numbers")}
""",
    tables.households.c.address,
)

_ENROLLMENTS = statement(f"""
    SELECT id, person_id, coverage_year, household_id, state, tier, add_ons, state IN {ENDED} AND EXISTS (
        SELECT FROM life_events l
        WHERE l.person_id = enrollments.person_id AND l.kind = 'died' AND l.withdrawn_at IS NULL
    ) AS died
    FROM enrollments
    WHERE county = :county AND coverage_year {any_of(tables.enrollments.c.coverage_year, "years")}
      AND person_id {any_of(tables.enrollments.c.person_id, "people")}
""")

# A step per county along the primary key, however many people there are.
_OTHER_COUNTIES = statement("""
    WITH RECURSIVE counties AS (
        SELECT min(county) AS county FROM documents
        UNION ALL
        SELECT (SELECT min(d.county) FROM documents d WHERE d.county > c.county)
        FROM counties c WHERE c.county IS NOT NULL
    )
    SELECT county FROM counties WHERE county <> :county
""")
_ASKED = Records(tables.documents, "county", "number_digest", alias="asked")
# The numbers first, by the primary key; who is enrolled where is asked of the few that are found.
_ELSEWHERE = statement(
    f"""
    WITH found AS MATERIALIZED (
        SELECT d.county, d.number, d.person_id
        FROM {_ASKED}
        JOIN documents d ON d.county = asked.county AND d.number_digest = asked.number_digest
    )
    SELECT f.number, e.county, e.coverage_year
    FROM found f
    JOIN enrollments e ON e.person_id = f.person_id AND e.county = f.county
    WHERE e.coverage_year {any_of(tables.enrollments.c.coverage_year, "years")} AND e.state IN {ACTIVE}
""",
    tables.documents.c.number,
)

# A family pays by its members; whoever lives there now goes along when it moves.
_PAID_YEARS = statement(f"""
    SELECT p.household_id, array_agg(DISTINCT e.coverage_year) AS years
    FROM persons p JOIN enrollments e ON e.person_id = p.id
    WHERE p.household_id {any_of(tables.persons.c.household_id, "households")} AND e.state = 'paid'
    GROUP BY p.household_id
""")

# Who may be the person of a row with a number that nobody has: those of the same household.
_MEMBERS = statement(
    f"""
    SELECT p.id, p.household_id, h.household_no, p.name, p.sex, p.born, p.facts, p.guardian_id,
           coalesce(h.head_id = p.id, false) AS is_head, h.division_code, h.address,
           array_agg(d.number) AS numbers, array_agg(d.type) AS kinds
    FROM persons p
    JOIN households h ON h.id = p.household_id
    JOIN documents d ON d.person_id = p.id
    WHERE p.household_id {any_of(tables.persons.c.household_id, "households")}
    GROUP BY p.id, h.id
""",
    *_OPENED,
    numbers=tables.documents.c.number,
)


@dataclass(slots=True)
class _Member:
    """A member of a household that a row names, with all documents."""

    id: int
    household_id: int
    household_no: str
    name: str
    sex: str | None
    born: date
    facts: Facts
    guardian_id: int | None
    is_head: bool
    division_code: str
    address: str | None
    numbers: list[str]
    kinds: list[str]


@dataclass(slots=True)
class _Found:
    """A person under one of the numbers asked for."""

    number: str
    id: int
    household_id: int
    household_no: str
    name: str
    sex: str | None
    born: date
    facts: Facts
    guardian_id: int | None
    is_head: bool
    division_code: str
    address: str | None

    def known(self) -> KnownPerson:
        """The person, whose numbers are still to be added."""
        return KnownPerson(
            id=self.id,
            household_id=self.household_id,
            name=self.name,
            sex=self.sex,
            born=self.born,
            facts=self.facts,
            guardian_id=self.guardian_id,
            is_head=self.is_head,
            division_code=self.division_code,
            household_no=self.household_no,
        )

    def home(self) -> KnownHousehold:
        """The household in which the person is registered."""
        head_id = self.id if self.is_head else None
        return KnownHousehold(self.household_id, self.household_no, self.division_code, self.address, head_id)


@dataclass(slots=True)
class _PaidYears:
    """The years for which the members of a household have paid."""

    household_id: int
    years: list[int]


@dataclass(slots=True)
class _FoundEnrollment:
    """An enrollment of one of the people."""

    id: int
    person_id: int
    coverage_year: int
    household_id: int
    state: str
    tier: int | None
    add_ons: list[str]
    died: bool


async def look_up(conn: AsyncConnection, county: str, rows: Sequence[Row]) -> Known:
    """Find the people, households and enrollments that `rows` name; a handful of statements."""
    numbers = {document.number for row in rows for document in row.person.documents}
    numbers |= {row.person.guardian for row in rows if row.person.guardian}
    numbers |= {row.head_elsewhere for row in rows if row.head_elsewhere}
    known = Known()
    by_id: dict[int, KnownPerson] = {}
    for found in await fetch_as(conn, _Found, _PEOPLE, county=county, numbers=list(numbers)):
        person = by_id.get(found.id)
        if person is None:
            by_id[found.id] = person = found.known()
        person.numbers.add(found.number)
        known.people[found.number] = person
        if found.is_head:
            known.headed[found.id] = found.home()
    wanted = list({row.household_no for row in rows})
    for household in await fetch_as(conn, KnownHousehold, _HOUSEHOLDS, county=county, numbers=wanted):
        known.households[household.division_code, household.household_no] = household
    await _look_up_paid(conn, rows, known)
    await _look_up_members(conn, rows, known, by_id)
    years = {row.wish.coverage_year for row in rows if row.wish}
    if by_id and years:
        await _look_up_enrollments(conn, county, list(by_id), years, known)
    if years:
        known.elsewhere = await _look_up_elsewhere(conn, county, list(numbers), list(years))
    return known


async def _look_up_elsewhere(
    conn: AsyncConnection, county: str, numbers: list[str], years: list[int]
) -> dict[tuple[str, int], str]:
    """Find the counties in which numbers are enrolled for these years, besides this one."""
    others = await fetch_values(conn, str, _OTHER_COUNTIES, county=county)
    asked = [{"county": other, "number": number} for other in others for number in numbers]
    found = await fetch_as(conn, Elsewhere, _ELSEWHERE, asked=asked, years=years)
    return {(one.number, one.coverage_year): one.county for one in found}


async def _look_up_paid(conn: AsyncConnection, rows: Sequence[Row], known: Known) -> None:
    """Find for which years the households have paid whose head is sent from another village."""
    leaving = {
        home.id: home
        for row in rows
        if row.head and row.home not in known.households
        for document in row.person.documents
        if (person := known.people.get(document.number)) is not None
        and (home := known.headed.get(person.id)) is not None
    }
    if not leaving:
        return
    for paid in await fetch_as(conn, _PaidYears, _PAID_YEARS, households=sorted(leaving)):
        leaving[paid.household_id].paid_years = tuple(paid.years)


async def _look_up_members(
    conn: AsyncConnection, rows: Sequence[Row], known: Known, by_id: dict[int, KnownPerson]
) -> None:
    """Find the members of known households that get a row with numbers that nobody has."""
    homes = {
        home.id
        for row in rows
        if (home := known.households.get(row.home)) is not None
        and not any(document.number in known.people for document in row.person.documents)
    }
    if not homes:
        return
    for member in await fetch_as(conn, _Member, _MEMBERS, households=sorted(homes)):
        person = by_id.get(member.id)
        if person is None:
            by_id[member.id] = person = KnownPerson(
                id=member.id,
                household_id=member.household_id,
                name=member.name,
                sex=member.sex,
                born=member.born,
                facts=member.facts,
                guardian_id=member.guardian_id,
                is_head=member.is_head,
                division_code=member.division_code,
                household_no=member.household_no,
            )
        person.numbers.update(member.numbers)
        person.kinds = frozenset(member.kinds)
        known.members.setdefault(member.household_id, []).append(person)


async def _look_up_enrollments(
    conn: AsyncConnection, county: str, people: list[int], years: set[int], known: Known
) -> None:
    wanted = list(years | {year - 1 for year in years})
    found = await fetch_as(conn, _FoundEnrollment, _ENROLLMENTS, county=county, years=wanted, people=people)
    for row in found:
        key = (row.person_id, row.coverage_year)
        if row.coverage_year in years:
            known.enrollments[key] = KnownEnrollment(
                id=row.id,
                household_id=row.household_id,
                state=row.state,
                tier=row.tier,
                add_ons=tuple(row.add_ons),
                died=row.died,
            )
        if row.state in COMPLETE:
            known.insured_before.add(key)
