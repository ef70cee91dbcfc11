"""Answers "how much of a person may this caller see?": the record, masked unless the token allows more."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.caller import Caller
from libs.common.security.masking import mask_identity_number, mask_name
from services.registration import examples
from services.registration.enrollments import store as enrollments
from services.registration.examples import shown
from services.registration.people import store

UNMASKED = "pii:read"


class DocumentOut(BaseModel):
    """An identity document; the number is masked without pii:read."""

    type: str
    number: str


class MemberOut(BaseModel):
    """A member of the household."""

    person_id: int
    name: str
    head: bool


class HouseholdOut(BaseModel):
    """The household of a person."""

    household_id: int
    household_no: str
    division_code: str
    address: str | None
    members: list[MemberOut]


class StatusOut(BaseModel):
    """One version of a status: valid from effective_on until before ended_on, believed from known_at."""

    coverage_year: int
    status: str
    status_class: str | None = Field(serialization_alias="class")
    grade: int | None
    department: str
    effective_on: date
    ended_on: date | None
    listed_on: date
    known_at: datetime
    known_until: datetime | None


class LifeEventOut(BaseModel):
    """Something that happened to a person."""

    kind: str
    on: date
    known_at: datetime


class EnrollmentOut(BaseModel):
    """An enrollment as it stands."""

    model_config = shown(examples.ENROLLMENT)

    enrollment_id: int
    county: str
    coverage_year: int
    state: str
    division_code: str
    tier: int | None
    add_ons: list[str]
    renewal: bool
    registered_at: datetime
    revision: int
    completed_at: datetime | None
    paid_fen: int | None
    benefit_from: date | None
    benefit_to: date | None
    cancelled_at: datetime | None
    cancel_reason: str | None


class PersonOut(BaseModel):
    """A person on record. Name, birth, address and numbers are masked without the scope pii:read."""

    model_config = shown(examples.PERSON)

    person_id: int
    county: str
    name: str
    sex: str | None
    born: str
    facts: dict[str, Any]
    guardian_id: int | None
    documents: list[DocumentOut]
    household: HouseholdOut
    statuses: list[StatusOut]
    life_events: list[LifeEventOut]
    enrollments: list[EnrollmentOut]


def enrollment_out(row: Any) -> EnrollmentOut:
    """An enrollment from its row."""
    known = {name: getattr(row, name) for name in EnrollmentOut.model_fields if name != "enrollment_id"}
    return EnrollmentOut(enrollment_id=row.id, **known)


async def view(conn: AsyncConnection, caller: Caller, person: Any) -> PersonOut:
    """Put together what is on record about a person, as far as the caller may see it."""
    unmasked = caller.may(UNMASKED)
    members = await store.members(conn, person.household_id)
    return PersonOut(
        person_id=person.id,
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
        household=_household(person, members, unmasked),
        statuses=[StatusOut(**row._mapping) for row in await store.statuses(conn, person.id)],
        life_events=[
            LifeEventOut(kind=row.kind, on=row.happened_on, known_at=row.known_at)
            for row in await store.life_events(conn, person.id)
        ],
        enrollments=[enrollment_out(row) for row in await enrollments.of_person(conn, person.id)],
    )


def _household(person: Any, members: Sequence[Any], unmasked: bool) -> HouseholdOut:
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
    )
