"""What is shown of a person, and what may be asked and corrected."""

from datetime import date

from pydantic import Field, JsonValue

from libs.common.policy.engine.contract import Day, Sex
from libs.common.web.schemas import Answer, Body, FreeText, Id, Instant, Page, Text
from services.registration import examples
from services.registration.enrollments.rules import CancelReason
from services.registration.examples import asked, shown
from services.registration.households.schemas import MisplacedMember
from services.registration.people.rules import FactsGiven, Name


class DocumentOut(Answer):
    """An identity document; the number is masked without pii:read."""

    type: str
    number: str


class MemberOut(Answer):
    """A member of the household."""

    person_id: int
    name: str
    head: bool


class HouseholdOut(Answer):
    """The household of a person."""

    household_id: int
    household_no: str
    division_code: str
    address: str | None
    members: list[MemberOut]
    wrong_place: list[MisplacedMember] = Field(
        description="members who are enrolled in another village than the notice has it"
    )


class StatusOut(Answer):
    """One version of a status, by what is known now: in force from effective_on until before ended_on.

    `listed_on` is when this version reached the bureau, `identified_on` the first day of its unbroken run.
    """

    coverage_year: int
    status: str
    status_class: str | None = Field(serialization_alias="class")
    grade: int | None
    department: str
    effective_on: date
    ended_on: date | None
    listed_on: date
    identified_on: date


class StatementOut(Answer):
    """What one roster said of a person (`add` or `remove`), and when that became known here."""

    coverage_year: int
    status: str
    said: str
    status_class: str | None = Field(serialization_alias="class")
    grade: int | None
    department: str
    effective_on: date
    ended_on: date | None
    listed_on: date
    known_at: Instant


class LifeEventOut(Answer):
    """Something that happened to a person; with `withdrawn_at` it turned out not to have happened."""

    life_event_id: int
    kind: str
    on: date
    known_at: Instant
    withdrawn_at: Instant | None


class EnrollmentOut(Answer):
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
    registered_at: Instant
    revision: int
    completed_at: Instant | None
    paid_fen: int | None
    benefit_from: date | None
    benefit_to: date | None
    cancelled_at: Instant | None
    cancel_reason: CancelReason | None
    cancel_note: str | None = Field(description="what the officer wrote about it")
    contested: list[str] | None = Field(description="why it may not hold, until an officer decides")
    withdrawn_at: Instant | None
    merged_into: int | None = Field(description="the enrollment of the same year that stands instead")


class PersonOut(Answer):
    """A person on record. Name, birth, address and numbers are masked without the scope pii:read."""

    model_config = shown(examples.PERSON)

    person_id: int
    merged_person_ids: list[int] = Field(description="other records that were this person, never used again")
    county: str
    name: str
    sex: str | None
    born: str
    facts: dict[str, JsonValue]
    guardian_id: int | None
    documents: list[DocumentOut]
    household: HouseholdOut
    statuses: list[StatusOut]
    status_statements: list[StatementOut]
    life_events: list[LifeEventOut]
    enrollments: list[EnrollmentOut]


class PersonSearch(Body):
    """Number and name must both fit: who knows only one of them finds nobody."""

    model_config = asked({"id_number": "11010519491231002X", "name": "张三"})

    id_number: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=60)
    purpose: FreeText | None = Field(default=None, max_length=200, description="kept with the audit record")


class PersonsFound(Page[PersonOut]):
    """The people found; `outside_division` counts those registered where the caller may not look."""

    outside_division: int = Field(default=0, examples=[0])


class IdentitiesWanted(Body):
    """Of whom numbers and names are wanted, by ids."""

    model_config = asked({"person_ids": [4711, 4712]})

    person_ids: list[Id] = Field(min_length=1, max_length=2_000)


class Identity(Answer):
    """Who somebody is: the id that was asked by, the number on record and its type, and the name."""

    person_id: int
    type: str | None = Field(description="of the document; null: none is on record")
    number: str | None
    name: str


class Identities(Page[Identity]):
    """Those who are on record and may be seen."""

    model_config = shown(
        {
            "items": [
                {"person_id": 4711, "type": "resident_id", "number": "11010519491231002X", "name": "张三"}
            ],
            "next_after": None,
        }
    )


class NumberCorrection(Body):
    """The number as it is on record, as it is right, and why."""

    model_config = asked(
        {
            "wrong_number": "110105194912310020",
            "right_number": "11010519491231002X",
            "reason": "录入错误，已核对身份证",
        }
    )

    wrong_number: Text = Field(min_length=1, max_length=40)
    right_number: Text = Field(min_length=1, max_length=40)
    reason: FreeText = Field(min_length=1, max_length=200)


class CorrectionIn(FactsGiven):
    """What is corrected: name, sex, born or facts. What is left out stays."""

    model_config = asked({"name": "张三丰", "employee_insurance": {"state": "active"}})

    name: Name | None = None
    sex: Sex | None = None
    born: Day | None = None
