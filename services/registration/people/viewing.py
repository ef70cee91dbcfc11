"""Puts together what is on record about a person, masked unless the token allows more."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notices
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_identity_number, mask_name
from services.registration.enrollments import store as enrollments
from services.registration.enrollments.store import Enrollment
from services.registration.households.completing import misplaced_of
from services.registration.households.schemas import MisplacedMember
from services.registration.people import store
from services.registration.people.schemas import (
    DocumentOut,
    EnrollmentOut,
    HouseholdOut,
    LifeEventOut,
    MemberOut,
    PersonOut,
    StatementOut,
    StatusOut,
)
from services.registration.people.store import Member, Person
from services.registration.statuses.rules import Recorded, history

UNMASKED = "pii:read"


def enrollment_out(row: Enrollment) -> EnrollmentOut:
    """An enrollment from its row."""
    return EnrollmentOut(
        enrollment_id=row.id,
        county=row.county,
        coverage_year=row.coverage_year,
        state=row.state,
        division_code=row.division_code,
        tier=row.tier,
        add_ons=row.add_ons,
        renewal=row.renewal,
        registered_at=row.registered_at,
        revision=row.revision,
        completed_at=row.completed_at,
        paid_fen=row.paid_fen,
        benefit_from=row.benefit_from,
        benefit_to=row.benefit_to,
        cancelled_at=row.cancelled_at,
        cancel_reason=row.cancel_reason,
        cancel_note=row.cancel_note,
        contested=row.contested,
        withdrawn_at=row.withdrawn_at,
        merged_into=row.merged_into,
    )


async def view(conn: AsyncConnection, notices: Notices, caller: Caller, person: Person) -> PersonOut:
    """Put together what is on record about a person, as far as the caller may see it."""
    unmasked = caller.may(UNMASKED)
    enrolled = await enrollments.of_person(conn, person.id)
    members = await store.members(conn, person.household_id)
    statements = await store.statements(conn, person.id)
    return PersonOut(
        person_id=person.id,
        merged_person_ids=await store.merged(conn, person.id),
        county=person.county,
        name=person.name if unmasked else mask_name(person.name),
        sex=person.sex,
        born=person.born.isoformat() if unmasked else f"{person.born.year}-**-**",
        facts=person.facts,
        guardian_id=person.guardian_id,
        documents=[
            DocumentOut(type=d.type, number=d.number if unmasked else mask_identity_number(d.number))
            for d in await store.documents(conn, person.id)
        ],
        household=_household(person, members, await _misplaced(conn, notices, person, enrolled), unmasked),
        statuses=_statuses(statements),
        status_statements=[StatementOut.model_validate(row) for row in statements],
        life_events=[
            LifeEventOut(
                life_event_id=row.id,
                kind=row.kind,
                on=row.happened_on,
                known_at=row.known_at,
                withdrawn_at=row.withdrawn_at,
            )
            for row in await store.life_events(conn, person.id)
        ],
        enrollments=[enrollment_out(row) for row in enrolled],
    )


async def _misplaced(
    conn: AsyncConnection, notices: Notices, person: Person, enrolled: Sequence[Enrollment]
) -> list[MisplacedMember]:
    """Who of the household is enrolled elsewhere than the notices of these years have it."""
    home = person.division_code, person.household_no
    return [
        one
        for key in sorted({(row.county, row.coverage_year) for row in enrolled})
        if (notice := notices.get(key)) is not None
        for one in await misplaced_of(conn, notice, home)
    ]


def _statuses(statements: Sequence[Recorded]) -> list[StatusOut]:
    """What held when, by what is known now."""
    by_status: dict[tuple[int, str], list[Recorded]] = {}
    for row in statements:
        by_status.setdefault((row.coverage_year, row.status), []).append(row)
    return [
        StatusOut(
            coverage_year=year,
            status=status,
            status_class=version.status_class,
            grade=version.grade,
            department=version.department,
            effective_on=version.effective_on,
            ended_on=version.ended_on,
            listed_on=version.listed_on,
            identified_on=version.identified_on,
        )
        for (year, status), rows in by_status.items()
        for version in history(rows)
    ]


def _household(
    person: Person, members: Sequence[Member], misplaced: list[MisplacedMember], unmasked: bool
) -> HouseholdOut:
    return HouseholdOut(
        household_id=person.household_id,
        household_no=person.household_no,
        division_code=person.division_code,
        address=person.address if unmasked else ("***" if person.address else None),
        members=[
            MemberOut(
                person_id=member.id,
                name=member.name if unmasked else mask_name(member.name),
                head=member.id == person.head_id,
            )
            for member in members
        ],
        wrong_place=misplaced,
    )
