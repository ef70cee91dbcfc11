"""The assessment contract, version 2, as models: the one statement of what a question may say.

Unknown members are refused, because a misspelled one would silently change an amount. Words of closed sets
are the Literals of `vocabulary`. Every type says in both languages what a value must be.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StrictBool,
    StrictInt,
    StrictStr,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from libs.common.policy.format import vocabulary as v

MOST = 10**9
_FIRST, _LAST = date(1850, 1, 1), date(2199, 12, 31)
_FIRST_INSTANT = datetime.fromisoformat("1850-01-01T00:00:00+08:00")
_LAST_INSTANT = datetime.fromisoformat("2199-12-31T23:59:59+08:00")


@dataclass(frozen=True, slots=True)
class Said:
    """Annotates a type with what a value must be, which is said of every value that is not."""

    en: str
    zh: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.custom_error_schema(
            handler(source),
            custom_error_type="contract",
            custom_error_message=self.en,
            custom_error_context={"message_zh": self.zh},
        )


@dataclass(frozen=True, slots=True)
class Written:
    """Annotates a type that is written as text of a pattern, and as nothing else."""

    pattern: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=self.pattern)
        return core_schema.chain_schema([text, handler(source)])


def _one_of(words: object) -> Said:
    listed = ", ".join(sorted(get_args(words)))
    return Said(f"must be one of {listed}", f"须是以下之一：{listed}")


def _whole(least: int) -> Said:
    return Said(
        f"must be a whole number in {least} … {MOST}",
        f"须是整数，范围 {least} … {MOST}",
    )


Day = Annotated[
    date,
    Field(ge=_FIRST, le=_LAST),
    Written(r"^\d{4}-\d\d-\d\d$"),
    Said("must be a day of the calendar, such as 2019-11-20", "须是日历上的日期，例如 2019-11-20"),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Moment = Annotated[
    AwareDatetime,
    Field(ge=_FIRST_INSTANT, le=_LAST_INSTANT),
    Written(r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d"),
    Said(
        "must be an instant with offset, such as 2019-11-20T10:00:00+08:00",
        "须是带时区的时刻，例如 2019-11-20T10:00:00+08:00",
    ),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Word = Annotated[
    str, Field(strict=True, min_length=1), Said("is required and must be text", "必填，须是文字")
]
Texts = Annotated[list[Annotated[str, Field(strict=True)]], Said("must be a list of texts", "须是文字列表")]
_FLAG = "must be true or false", "须是 true 或 false"
Flag = Annotated[StrictBool, Said(*_FLAG)]
Positive = Annotated[StrictInt, Field(ge=1, le=MOST), _whole(1)]
Fen = Annotated[StrictInt, Field(ge=0, le=MOST), _whole(0)]
Count = Annotated[StrictInt, Field(ge=0, le=200), Said("must be a number of years", "须是年数")]
Year = Annotated[
    StrictInt, Field(ge=1900, le=2199), Said("must be a year, such as 2026", "须是年份，例如 2026")
]
Years = Annotated[
    list[Year], Said("must be a list of years, such as [2025, 2026]", "须是年份列表，例如 [2025, 2026]")
]
Hukou = Annotated[v.Hukou, _one_of(v.Hukou)]
HukouKind = Annotated[v.HukouKind, _one_of(v.HukouKind)]
Sex = Annotated[v.Sex, _one_of(v.Sex)]
School = Annotated[v.School, _one_of(v.School)]
InsuranceState = Annotated[v.InsuranceState, _one_of(v.InsuranceState)]
ServiceKind = Annotated[v.ServiceKind, _one_of(v.ServiceKind)]
ReportedEvent = Annotated[v.ReportedEvent, _one_of(v.ReportedEvent)]


class Contract(BaseModel):
    """Refuses what it does not know."""

    # Built once, as parts of `Asked`, and when the first question comes: commands that ask none start faster.
    model_config = ConfigDict(extra="forbid", defer_build=True)


class InsuranceAsked(Contract):
    """The person's insurance as an employee."""

    state: InsuranceState | None = None
    ended_on: Day | None = None


class ServiceAsked(Contract):
    """The person's service, or term in prison. `stationed` is true, or the county where."""

    kind: ServiceKind | None = None
    ends_on: Day | None = None
    stationed: Annotated[StrictBool | StrictStr | None, Said(*_FLAG)] = None


class HistoryAsked(Contract):
    """The coverage years in which the person was insured in any basic medical insurance, here or elsewhere.

    `due_from_year` is the first year in which they should have been; without it, the year of birth.
    """

    insured_years: Years
    due_from_year: Year | None = None


class PersonAsked(Contract):
    """The facts about the person. What is null or absent is not known."""

    born: Day
    hukou: Hukou
    hukou_kind: HukouKind | None = None
    sex: Sex | None = None
    residence_permit: Flag | None = None
    resident_since: Day | None = None
    employed: Flag | None = None
    parent_enrolled_in_city: Flag | None = None
    employee_insurance: InsuranceAsked | None = None
    service: ServiceAsked | None = None
    school: School | None = None
    registered_at: Moment | None = None
    history: HistoryAsked | None = None


class StatusAsked(Contract):
    """A status that a department recognized; `listed_on` is null while no roster has brought it.

    `identified_on` is the first day of its unbroken run, where a change of class made another version of it.
    """

    code: Word
    effective_on: Day
    listed_on: Day | None
    status_class: Word | None = Field(default=None, alias="class")
    grade: Positive | None = None
    ended_on: Day | None = None
    identified_on: Day | None = None


class EventAsked(Contract):
    """What happened to the person."""

    kind: ReportedEvent
    on: Day


class HouseholdAsked(Contract):
    """What the household has chosen before."""

    paid_tier: Positive | None = None


class PaidAsked(Contract):
    """A payment that was already made."""

    at: Moment
    amount_fen: Fen


class Asked(Contract):
    """One object of the contract.

    With `standing_on` the enrollment was complete at `at`, and the question is what holds of it as known on
    that later day. `repair_years` are lapsed years to be repaid now, `repaid_years` those repaid before. A
    file of worked cases says `expect`, `basis` and `note` beside each question: they are read over, so that
    it can be asked as it stands.
    """

    county: Word
    year: Positive
    at: Moment
    person: PersonAsked
    statuses: list[StatusAsked] | None = None
    event: EventAsked | None = None
    tier: Positive | None = None
    household: HouseholdAsked | None = None
    add_ons: Texts | None = None
    parameters: dict[str, object] | None = None
    paid: PaidAsked | None = None
    standing_on: Day | None = None
    repair_years: Count = 0
    repaid_years: Count = 0
    case: object = None
    expect: object = None
    basis: object = None
    note: object = None
