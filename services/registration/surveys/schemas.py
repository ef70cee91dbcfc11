"""What is asked and shown of surveys."""

from datetime import date

from pydantic import Field

from libs.common.policy.format.vocabulary import AbsenceReason
from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    GivenDay,
    GivenInstant,
    Id,
    Instant,
    Page,
    Text,
)
from services.registration.examples import asked, shown
from services.registration.households.rules import HouseholdNo
from services.registration.notices.schemas import RegistrationOut
from services.registration.surveys import examples
from services.registration.surveys.rules import AnswerKind, Difference, ListName, Trouble

Place = Field(
    default="",
    max_length=12,
    pattern=r"^[0-9]*$",
    description="a village, a township, or the beginning of their codes; the own division when left out",
)


class BaseOut(Answer):
    """A version of the base of a village: whom it has to ask."""

    model_config = shown(examples.BASE)

    base_id: int
    county: str
    coverage_year: int
    division_code: str
    version_no: int
    import_id: int
    dated_on: date = Field(description="the day of the register, as its sender said")
    people: int
    added: int = Field(description="who is new in it")
    changed: int = Field(description="of whom it says something else than the version before")
    left_out: int = Field(description="who stood in the version before and does not stand in it")
    rejected: int = Field(description="rows of the whole file that could not be read: they are in no base")
    sent_by: str
    known_at: Instant


class BasePage(Page[BaseOut]):
    """Versions of bases, oldest first."""

    model_config = shown({"items": [examples.BASE], "next_after": None})


class AnswerOut(Answer):
    """What was said of somebody, by whom, and who wrote it down."""

    answer: AnswerKind
    reason: AbsenceReason | None
    proof: str | None = Field(description="which paper shows the reason; `***` without pii:read")
    said_by: str | None
    said_at: Instant
    entered_by: str


class SaidOut(AnswerOut):
    """An answer on record; with `import_id` a file brought it."""

    division_code: str = Field(description="of the village that asked")
    entered_at: Instant
    import_id: int | None


class SaidPage(Page[SaidOut]):
    """All that was said of one person, the newest first."""

    model_config = shown({"items": [examples.SAID], "next_after": None})


class OfSomebody(Body):
    """Of whom: a row of a base, or somebody registered; an item of a list has either or both."""

    row_id: Id | None = None
    person_id: Id | None = Field(default=None, description="counts where row_id is left out")


class NewAnswerIn(OfSomebody):
    """What was said of somebody. A reason other than refuses and unreachable needs a proof."""

    answer: AnswerKind
    reason: AbsenceReason | None = Field(default=None, description="with not_here")
    proof: FreeText | None = Field(default=None, max_length=200, description="which paper shows it")
    said_by: FreeText = Field(min_length=1, max_length=60, description="who said it: the head, a neighbour")
    said_at: GivenInstant | None = Field(default=None, description="now when left out")


class NewAnswers(Body):
    """Answers of a village, each kept or refused by itself."""

    model_config = asked(
        {
            "county": "huining",
            "coverage_year": 2021,
            "answers": [{"row_id": 4711, "answer": "insure", "said_by": "户主本人"}],
        }
    )

    county: CountyCode
    coverage_year: CoverageYear
    answers: list[NewAnswerIn] = Field(min_length=1, max_length=500)


class ChaseOut(Answer):
    """Who is on somebody that has not paid, and how far it is."""

    taken_by: str
    taken_at: Instant
    last_contact_at: Instant | None
    last_outcome: str | None
    next_step: str | None
    next_on: date | None
    free_from: date = Field(description="the day from which another may take over")


class ContactOut(Answer):
    """When somebody was last spoken to about paying, or sought, and what came of it."""

    at: Instant
    outcome: str


class SurveyPerson(Answer):
    """One person on the list of a village. Numbers, addresses and phones are masked without pii:read."""

    model_config = shown(examples.PERSON)

    row_id: int | None = Field(description="in the base; null: registered, and in no base")
    person_id: int | None = Field(description="null: not registered yet")
    enrollment_id: int | None
    division_code: str
    household_no: str
    head: bool
    name: str
    sex: str | None
    age: int = Field(description="full years today")
    id_number: str | None
    address: str | None
    phone: str | None
    statuses: list[str] = Field(description="what departments list of the person, as of today")
    on_list: ListName = Field(
        description="paid and exempt follow the enrollment, whatever was said; excluded: not to be insured "
        "here, for a reason with proof; unpaid: everybody else"
    )
    state: str | None = Field(description="of the enrollment")
    paid_fen: int | None
    completed_at: Instant | None
    listed_by: list[str] = Field(description="schools and other units that register them by list")
    registers: RegistrationOut | None = Field(
        description="where somebody unpaid registers and pays now, and until when, by what is known of them; "
        "null: the notice does not tell, or nobody has said enough of them"
    )
    troubles: list[Trouble] = Field(description="what somebody has to look at")
    differences: list[Difference] = Field(description="what base and record say differently")
    answer: AnswerOut | None
    chase: ChaseOut | None = Field(description="who is on it; null: nobody")
    last_contact: ContactOut | None = Field(description="the newest, also of whoever let go since")


class Exclusion(Answer):
    """People who are not to be insured here, for one reason."""

    reason: AbsenceReason
    people: int
    last_said_at: Instant | None = Field(description="null: by a death that is registered")
    entered_by: list[str] = Field(description="who wrote that down")


class TargetOut(Answer):
    """The task that the notice sets."""

    clause: str
    task: int
    population: int | None
    dated_on: date | None = Field(description="of the notice")


class VillageCount(Answer):
    """What a village is counted by. Base, exclusions and target are kept apart: none is made of the others.

    `to_insure` is `unpaid + paid + exempt`; with the exclusions it is the base and who is registered beside.
    """

    model_config = shown(examples.VILLAGE)

    division_code: str
    base: BaseOut | None = Field(description="the version that counts; null: none was sent")
    base_due_on: date | None = Field(description="the last day for it by the notice; null: it names none")
    registration: list[RegistrationOut] = Field(
        description="of the notice, those with a deadline of their own"
    )
    not_registered: int = Field(description="in the base, to be insured, and not registered for the year")
    in_no_base: int = Field(description="registered for the year, and in no base")
    exclusions: list[Exclusion]
    to_insure: int
    to_subsidize: int = Field(description="who was said to be helped, whatever departments list")
    unpaid: int
    paid: int
    exempt: int
    troubled: int = Field(
        description="who needs a look, on whatever list, and who is registered here against the notice, "
        "though another village counts them"
    )
    target: TargetOut | None = Field(description="null: the notice sets none for villages")


class VillageCounts(Page[VillageCount]):
    """Figures of villages, by their codes."""

    model_config = shown({"items": [examples.VILLAGE], "next_after": None})


class SurveySearch(Body):
    """Whose lists are wanted. A name is looked for in one village or township."""

    model_config = asked(
        {"county": "huining", "coverage_year": 2021, "division_code": "620422101201", "on_list": "unpaid"}
    )

    county: CountyCode
    coverage_year: CoverageYear
    division_code: str = Place
    on_list: ListName | None = None
    troubled: bool = Field(default=False, description="only people with troubles")
    trouble: Trouble | None = Field(default=None, description="only people with this one")
    household_no: HouseholdNo | None = None
    row_id: Id | None = Field(default=None, description="only who stands in this row of a base")
    person_id: Id | None = Field(default=None, description="only this person")
    name: Text | None = Field(default=None, min_length=1, max_length=60, description="or a part of it")
    id_number: Text | None = Field(default=None, min_length=1, max_length=40)
    taken_by: FreeText | None = Field(
        default=None, min_length=1, max_length=120, description="only whom this officer chases"
    )
    next_by: GivenDay | None = Field(default=None, description="only with a next step until this day")
    free: bool = Field(default=False, description="only whom nobody chases, or who may be taken over today")
    purpose: FreeText | None = Field(default=None, max_length=200, description="kept with the audit record")


class SurveyPeople(Page[SurveyPerson]):
    """People on the lists, by village and household."""

    model_config = shown({"items": [examples.PERSON], "next_after": None})
