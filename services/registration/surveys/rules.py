"""Whom a village has to ask, what may be answered, and on which list of the village somebody stands by that.

Nothing here knows a county. Who refuses or cannot be reached stays among those whom the village has to
insure: a share that grows when people are written off says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from libs.common.dates import second_of
from libs.common.names import normalize_name
from libs.common.policy import Notice, Notices
from libs.common.policy.engine.question_reader import person_of
from libs.common.policy.engine.registering import registration_of
from libs.common.policy.format.people_rules import Excuse
from libs.common.policy.format.registration_rules import Registration
from libs.common.policy.format.vocabulary import AbsenceReason
from libs.common.web.problems import FieldError
from services.registration.people.rules import Facts

AnswerKind = Literal["insure", "insure_and_subsidize", "not_here"]
ANSWERS: tuple[str, ...] = get_args(AnswerKind)
REASONS: tuple[str, ...] = get_args(AbsenceReason)
#: The village still has to win them.
STILL_TO_INSURE: tuple[str, ...] = ("refuses", "unreachable")
#: Off whom the village has to insure, with a proof.
EXCLUDING: tuple[str, ...] = tuple(reason for reason in REASONS if reason not in STILL_TO_INSURE)

#: On exactly one of these is everybody; what needs a look (`trouble`) is said beside it.
ListName = Literal["unpaid", "paid", "exempt", "excluded"]
LISTS: tuple[str, ...] = get_args(ListName)
Trouble = Literal[
    "contested",
    "withdrawn",
    "money_waits",
    "unassessed",
    "registered_elsewhere",
    "on_two_lists",
    "complete_though_excluded",
    "household_incomplete",
    "wrong_place",
    "enrolled_elsewhere",
]
TROUBLES: tuple[str, ...] = get_args(Trouble)
#: What the base says otherwise than the record of the same number.
Difference = Literal["not_registered", "name", "village", "household_no", "born", "sex", "not_in_base"]

#: What the cells of a file may say, besides the words of the API.
ANSWER_WORDS = {
    **dict.fromkeys(("参保", "应保", "应参保", "缴费参保"), "insure"),
    **dict.fromkeys(("参保并资助", "资助参保", "应保应资"), "insure_and_subsidize"),
    **dict.fromkeys(("不参保", "未参保", "无法参保", "不在本地参保", "剔除"), "not_here"),
}
REASON_WORDS = {
    **dict.fromkeys(("职工医保", "已参加职工医保", "参加职工医保"), "employee_insurance"),
    **dict.fromkeys(("异地参保", "外地参保", "已在外地参保"), "insured_elsewhere"),
    **dict.fromkeys(("服役", "现役军人", "参军"), "military"),
    **dict.fromkeys(("服刑", "服刑人员"), "prison"),
    **dict.fromkeys(("在校参保", "学校参保", "在校学生"), "school"),
    **dict.fromkeys(("迁出", "户口迁出", "户籍迁出"), "moved"),
    **dict.fromkeys(("死亡", "已死亡", "去世"), "died"),
    **dict.fromkeys(("拒绝", "不愿参保", "拒绝参保"), "refuses"),
    **dict.fromkeys(("失联", "无法联系", "联系不上"), "unreachable"),
}


#: With these a notice says that nobody is insured twice; enrolling in two counties is one way of it.
_ONCE = ("check_nationwide", "no_duplicates", "by_order")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a notice asks of households and people, which lists hold them against: whether the whole household
    joins, where it does so, and in which other counties nobody of it may be enrolled for the year.

    `free` are people who have not enrolled and whom the notice does not ask to."""

    complete: str
    place: str
    other_counties: Sequence[str]
    free: Sequence[int] = ()


def terms_of(notices: Notices, notice: Notice) -> Terms:
    """The terms of a notice; the other counties are those that this installation knows."""
    household, duplicates = notice.document.household, notice.duplicates
    once = duplicates is not None and duplicates.rule in _ONCE
    others = {county for county, year in notices if year == notice.year} - {notice.county}
    return Terms(household.complete, household.place, sorted(others) if once else ())


def faults_of_answer(
    answer: str | None, reason: str | None, proof: str | None, excuse: Excuse | None
) -> list[FieldError]:
    """What is wrong with an answer, by its members; `excuse` is what the notice says of the reason."""
    faults = []
    if answer == "not_here" and reason is None:
        faults.append(FieldError("reason", "is needed with not_here", "填写不参保时必填"))
    if answer != "not_here" and reason is not None:
        faults.append(FieldError("reason", "goes with not_here only", "仅在不参保时填写"))
    if answer == "not_here" and reason in EXCLUDING and not (proof or "").strip():
        paper, paper_zh = "", ""
        if excuse is not None:
            paper = f" (by clause {excuse.clause} of the notice: {excuse.proof})"
            paper_zh = f"（通知{excuse.clause}：{excuse.proof}）"
        faults.append(
            FieldError("proof", f"is needed for this reason: which paper shows it{paper}",
                       f"此原因须写明证明材料{paper_zh}")
        )  # fmt: skip
    return faults


def excuse_of(notice: Notice, reason: str | None) -> Excuse | None:
    """What the notice says of a reason, and of the paper that proves it, where it says anything."""
    excuses = notice.document.household.excuses
    return next((one for one in excuses if reason is not None and one.reason == reason), None)


@dataclass(slots=True)
class SurveyRow:
    """A person of a base, as a file says. `content` is all of it and `said` the answer, to compare by."""

    line: int
    division_code: str
    household_no: str
    head: bool
    name: str
    sex: str | None
    born: date
    document_type: str
    number: str
    address: str | None
    phone: str | None
    hukou: str | None
    hukou_kind: str | None
    answer: str | None
    reason: str | None
    proof: str | None
    said_by: str | None
    said_on: date | None
    content: str
    said: str | None
    import_id: int
    county: str
    coverage_year: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What the base has of the person of a row that is new there or differs, and who that is on record."""

    line: int
    person_id: int | None
    is_new: bool
    household_no: str | None
    head: bool | None
    name: str | None
    sex: str | None
    born: date | None
    document_type: str | None
    address: str | None
    phone: str | None
    hukou: str | None
    hukou_kind: str | None
    answer: str | None
    reason: str | None
    proof: str | None
    said_by: str | None
    said_on: date | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A person of a base whom a newer file of the village does not name."""

    person_id: int | None
    division_code: str
    household_no: str
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One person on the list of a village: as the base says, as registered, and what was answered last.

    Of somebody who is registered and in no base, what is registered stands in for the base (`row_id` None).
    """

    subject_id: int
    row_id: int | None
    person_id: int | None
    division_code: str
    household_no: str
    head: bool
    name: str
    sex: str | None
    born: date
    document_type: str | None
    number: str | None
    address: str | None
    phone: str | None
    hukou: str | None
    hukou_kind: str | None
    facts: Facts | None
    registered_name: str | None
    registered_sex: str | None
    registered_born: date | None
    registered_division: str | None
    registered_household_no: str | None
    enrollment_id: int | None
    state: str | None
    completed_at: datetime | None
    paid_fen: int | None
    on_list: str
    troubles: Sequence[str]
    answer: str | None
    reason: str | None
    proof: str | None
    said_by: str | None
    said_at: datetime | None
    entered_by: str | None
    taken_by: str | None
    taken_at: datetime | None
    last_contact_at: datetime | None
    last_outcome: str | None
    next_step: str | None
    next_on: date | None
    free_from: date | None
    listed_by: Sequence[str]


def differences(one: Standing) -> list[Difference]:
    """In what base and record differ about one person."""
    if one.row_id is None:
        return ["not_in_base"]
    if one.registered_name is None:
        return ["not_registered"]
    found: list[Difference] = []
    if normalize_name(one.name) != normalize_name(one.registered_name):
        found.append("name")
    if one.registered_division != one.division_code:
        found.append("village")
    elif one.registered_household_no != one.household_no:
        found.append("household_no")
    if one.registered_born != one.born:
        found.append("born")
    if None not in (one.sex, one.registered_sex) and one.sex != one.registered_sex:
        found.append("sex")
    return found


def registration_for(one: Standing, notice: Notice, now: datetime) -> Registration | None:
    """Where somebody whom the village still has to win registers and pays, by what base and record tell."""
    if one.on_list != "unpaid" or not notice.registers:
        return None
    told = {"hukou": one.hukou, "hukou_kind": one.hukou_kind} | (one.facts or {})
    told |= {"hukou": told["hukou"] or "county", "born": one.born.isoformat(), "sex": one.sex}
    return registration_of(notice, person_of(told, notice.county), second_of(now))


def age_on(born: date, day: date) -> int:
    """Full years of age."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
