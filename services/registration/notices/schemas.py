"""What is shown of notices, and the values that operators supply."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field, RootModel

from libs.common.cases.schemas import Approval
from libs.common.policy.engine.contract import Fen
from libs.common.web.schemas import Answer, Instant, Page
from services.registration.examples import shown
from services.registration.notices import examples
from services.registration.notices.reading_schemas import FlawOut, PlaceOut, QuestionOut
from services.registration.notices.rules import RegistrationState


class NoticeOut(Answer):
    """A notice in force."""

    model_config = shown(examples.NOTICE)

    county: str
    coverage_year: int
    notice: str = Field(description="county/year@ and the first 12 hex digits of the hash")
    sha256: str
    title: str
    document_no: str
    division: str
    place: str
    place_zh: str


class NoticePage(Page[NoticeOut]):
    """The notices in force, and the files that cannot be used as they stand now."""

    model_config = shown({"items": [examples.NOTICE], "next_after": None, "flaws": [], "not_in_force": []})

    flaws: list[FlawOut] = Field(default_factory=list)
    not_in_force: list[str] = Field(
        default_factory=list, description="county/year of files with flaws of which no good version is known"
    )


class VersionOut(Answer):
    """A version of a notice that ever answered; its bytes are kept."""

    sha256: str
    recorded_at: Instant


class ParameterOut(Answer):
    """A value that an operator supplied."""

    name: str
    value: int
    set_by: str
    known_at: Instant


class EventWindowOut(Answer):
    """A window that runs from an event in a person's life."""

    kind: str
    within: int | None = Field(description="null: the window has no length of its own")
    unit: str
    count: str
    complete: str = Field(description="what has to be done inside it: `payment` or `enrollment`")
    on_from: date | None = Field(description="events from this day on count; null: all")
    on_to: date | None = Field(description="events until this day count; null: all")


class WindowOut(Answer):
    """When payment is taken. Ends are the last second that still counts."""

    id: str
    kind: str
    label: str
    label_zh: str
    clause: str
    from_at: Instant
    to_at: Instant
    registration_to_at: Instant | None = Field(description="where registration closes on another day")
    closed_days_of_month: list[int] = Field(description="days of every month on which nothing is taken")
    closed_days: list[date]
    event: EventWindowOut | None = Field(description="null: the same for everybody")
    only_for: str | None = Field(description="null: for everybody")
    only_for_zh: str | None


class AmountOut(Answer):
    """An amount that the notice names."""

    name: str
    label: str
    label_zh: str
    amount_fen: Fen | None = Field(description="null: an operator has to supply it")
    parameter: str | None = Field(description="under which name an operator supplies it; null: nobody does")


class RoundedOut(Answer):
    """How a share of a yearly amount is rounded: to a whole fen, jiao or yuan, nearest, up or down."""

    to: str
    how: str


class PriceOut(Answer):
    """What is charged. Rules are tried in this order: the first that fits counts."""

    id: str
    label: str
    label_zh: str
    clause: str
    tier: int | None = Field(description="null: for every tier, or there are none")
    cover_tier: int | None = Field(description="the tier of cover, where it is not the one that is paid")
    windows: list[str]
    from_at: Instant | None = Field(description="paid from then on; null: from the beginning of the window")
    to_at: Instant | None = Field(description="paid until then, that second included; null: until its end")
    amounts: list[AmountOut]
    percent: int | None = Field(description="the share of the amounts that is charged; null: all")
    amount_fen: Fen | None = Field(description="before help; null: an operator has to supply a part of it")
    per_remaining_month: str | None = Field(
        description="the price goes by the months that are left, counted so; `amount_fen` is for each of them"
    )
    yearly: RoundedOut | None = Field(
        description="with it `amount_fen` is of a whole year, and its share by months is rounded so"
    )
    only_for: str | None = Field(description="null: for everybody")
    only_for_zh: str | None


class ClassOut(Answer):
    """A class of a status."""

    code: str
    label: str
    label_zh: str


class RecognizedOut(Answer):
    """Which recognitions count: in force at the end of a day, or made within some days; either is enough."""

    held_on: date | None
    from_on: date | None
    to_on: date | None = Field(description="that day included")


class HelpOut(Answer):
    """What a status, or being who `only_for` says, brings. Of several the stacking rule decides."""

    id: str
    label: str
    label_zh: str
    clause: str
    classes: list[str] = Field(description="empty: every class")
    grades: list[int] = Field(description="empty: every grade")
    not_grades: list[int]
    tier: int | None = Field(description="null: in every tier")
    payer: str
    payer_label: str
    payer_label_zh: str
    mechanism: str
    listed_after: date | None = Field(description="rosters after this day: `mechanism_after` instead")
    mechanism_after: str | None
    amount: str
    amount_zh: str
    amount_fen: Fen | None = Field(description="null: it differs by person, or nobody supplied it yet")
    roster_to: date | None = Field(description="the roster has to have arrived by then, that day included")
    recognized: RecognizedOut | None = Field(description="which recognitions bring it; null: every one")
    only_for: str | None = Field(description="null: for everybody with the status")
    only_for_zh: str | None


class StatusRuleOut(Answer):
    """A status that the notice names: who recognizes it, and what help it brings."""

    code: str
    label: str
    label_zh: str
    clause: str
    department: str
    department_label: str
    department_label_zh: str
    per: str = Field(description="whether persons are recognized or whole households")
    classes: list[ClassOut]
    event: str | None = Field(description="the event in life that recognition is, if any")
    help: list[HelpOut] = Field(description="empty: the notice gives no help with the contribution for it")


class DeadlineOut(Answer):
    """By when a department has to have done something."""

    id: str
    label: str
    label_zh: str
    clause: str
    to_at: Instant
    department: str
    department_label: str
    department_label_zh: str


class RegistrationOut(Answer):
    """Where and with which papers people of a kind register, and until when."""

    id: str
    who: str
    who_zh: str
    where: str
    where_zh: str
    clause: str
    papers: list[str]
    to_at: Instant | None = Field(description="the last second; null: none of its own")
    then: str | None = Field(description="the registration that counts after it; null: none")
    state: RegistrationState = Field(description="now; `ends_soon` is within a week")


class NoticeDetail(NoticeOut):
    """A notice in force: when and what is paid, who is helped, the values left open, every version used."""

    model_config = shown(examples.NOTICE_DETAIL)

    issued_on: date | None = Field(description="null where the notice does not say")
    extends: list[str] = Field(description="documents whose common rules it takes over, the nearest first")
    windows: list[WindowOut]
    prices: list[PriceOut]
    statuses: list[StatusRuleOut]
    help: list[HelpOut] = Field(description="help that asks for no status")
    registration: list[RegistrationOut]
    deadlines: list[DeadlineOut]
    open_questions: list[QuestionOut]
    open_parameters: list[str]
    parameters: list[ParameterOut]
    versions: list[VersionOut]


class SaidOut(Answer):
    """One thing that a rule says, under the name of the member that says it."""

    name: str
    name_zh: str
    words: str
    words_zh: str


class RuleOut(Answer):
    """One rule of a notice, as people read it."""

    key: str = Field(description="its code in the file; empty: it has none")
    clause: str
    title: str
    title_zh: str
    says: list[SaidOut]
    questions: list[str] = Field(description="the open questions that it rests on")


class SectionOut(Answer):
    """The rules of one kind, in the order of the file."""

    key: str
    title: str
    title_zh: str
    rules: list[RuleOut]


class NoticeWords(Answer):
    """All that a notice says, in words: also what offices do by hand, and no service decides by."""

    model_config = shown(examples.NOTICE_WORDS)

    county: str
    coverage_year: int
    notice: str = Field(description="county/year@ and the first 12 hex digits of the hash")
    sections: list[SectionOut]
    places: list[PlaceOut] = Field(description="townships, or villages, by the table of tasks; often none")


class Values(RootModel[Annotated[dict[str, Fen], Field(min_length=1)]]):
    """Values that the notice leaves open, by name; amounts are fen."""

    model_config = ConfigDict(json_schema_extra={"example": {"fiscal_match_fen": 52000}})


class Supplying(Answer):
    """What another officer has to agree to before the values count."""

    approval: Approval


class Reassessing(Answer):
    """How many enrollments wait to be assessed again."""

    waiting: int = Field(examples=[1204])
