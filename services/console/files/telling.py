"""What files change, in words: each kind of change, each member, what it was and what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from pydantic import JsonValue

from libs.common.policy.format import vocabulary as v
from libs.common.policy.words.values import closed_set
from services.console.files.schemas import ImportChange, ImportChanges, StatusRule
from services.console.forms.rules import Fact
from services.console.persons.words import ENROLLMENT_STATES, Names
from services.console.worklists.naming import ANSWERS

KINDS: Names = {
    "registered": ("新登记人员", "people registered for the first time"),
    "moved": ("迁至其他村（户）", "moved to another village or household"),
    "number_added": ("新增证件号码", "numbers added"),
    "details_changed": ("登记信息变更", "details that differ"),
    "enrolled": ("已登记人员参保", "people on record who are enrolled"),
    "choices_changed": ("档次、附加保险变更", "tiers and add-ons that change"),
    "status_begun": ("新认定身份", "statuses that begin"),
    "status_changed": ("身份变更", "statuses that change"),
    "status_ended": ("取消身份", "statuses that end"),
    "listed": ("新列入底册", "listed for the first time"),
    "listing_changed": ("底册信息变更", "listed otherwise"),
    "left_out": ("原在底册、本次未列入", "on the list before, not any more"),
    "year_known": ("新增参保年度", "years that are news"),
}
FIELDS: Names = {
    "division_code": ("村（社区）", "village"),
    "household_no": ("户号", "household"),
    "address": ("地址", "address"),
    "is_head": ("户主", "head of the household"),
    "head": ("户主", "head of the household"),
    "head_id": ("户主编号", "head, by id"),
    "name": ("姓名", "name"),
    "number": ("证件号码", "number"),
    "document_type": ("证件类型", "document"),
    "guardian": ("监护人", "guardian"),
    "sex": ("性别", "sex"),
    "born": ("出生日期", "born"),
    "phone": ("联系电话", "phone"),
    "hukou": ("户籍", "hukou"),
    "hukou_kind": ("户口性质", "kind of hukou"),
    "residence_permit": ("居住证", "residence permit"),
    "resident_since": ("居住起始日期", "resident since"),
    "employed": ("就业", "employed"),
    "parent_enrolled_in_city": ("父母已在本市参保", "a parent is enrolled in the city"),
    "employee_insurance": ("职工医保", "insurance as an employee"),
    "service": ("服役服刑", "service or prison"),
    "school": ("在校情况", "school"),
    "coverage_year": ("参保年度", "year"),
    "state": ("参保状态", "state"),
    "tier": ("档次", "tier"),
    "add_ons": ("附加保险", "add-ons"),
    "status": ("身份", "status"),
    "status_class": ("类别", "class"),
    "grade": ("等级", "grade"),
    "effective_on": ("认定日期", "recognized on"),
    "ended_on": ("终止日期", "ended on"),
    "department": ("认定部门", "department"),
    "answer": ("摸底结果", "answer"),
    "reason": ("未参保原因", "reason"),
    "proof": ("证明材料", "proof"),
    "said_by": ("说明人", "said by"),
    "said_on": ("摸底日期", "said on"),
    "place": ("参保地", "place"),
    "scheme": ("险种", "scheme"),
    "source": ("数据来源", "source"),
}
_SCHEMES: Names = {
    "resident": ("居民医保", "residents"),
    "employee": ("职工医保", "employees"),
    "other": ("其他", "another"),
}
_NOTHING = ("无", "nothing")
_YES_NO = {True: ("是", "yes"), False: ("否", "no")}


def _set(words: object) -> Names:
    return {code: (one.zh, one.en) for code, one in closed_set(get_args(words)).words.items()}


_OF_VALUES: Mapping[str, Names] = {
    "sex": _set(v.Sex),
    "hukou": _set(v.Hukou),
    "hukou_kind": _set(v.HukouKind),
    "school": _set(v.School),
    "employee_insurance": _set(v.InsuranceState),
    "service": _set(v.ServiceKind),
    "reason": _set(v.AbsenceReason),
    "state": ENROLLMENT_STATES,
    "answer": ANSWERS,
    "scheme": _SCHEMES,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A member, what it was and what it is; `was` is empty where there was nothing."""

    name_zh: str
    name: str
    was_zh: str
    was: str
    is_zh: str
    is_: str


@dataclass(frozen=True, slots=True)
class Row:
    """One change as the page shows it: where in the file, who, what, and from what to what."""

    line: int | None
    person_id: int | None
    who: str
    kind_zh: str
    kind: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Count:
    """How many changes of a kind there are."""

    code: str
    words_zh: str
    words: str
    changes: int


def counts_of(found: ImportChanges) -> list[Count]:
    """How many changes of each kind there are, those too of which there is none."""
    return [Count(code, *KINDS.get(code, (code, code)), number) for code, number in found.counts.items()]


def facts_of(found: ImportChanges) -> list[Fact]:
    """The same for the look-through before a dry run is applied, with the rows that name somebody else."""
    facts = [
        Fact(one.words_zh, one.words.capitalize(), f"{one.changes:,}", f"{one.changes:,}")
        for one in counts_of(found)
        if one.changes
    ]
    if found.other_names:
        zh = f"{found.other_names:,} 行与在册姓名或证件不符，不入库"
        en = f"{found.other_names:,} rows are on record as somebody else's and stay out"
        facts.append(Fact("姓名、证件不符", "Names or numbers that differ", zh, en))
    return facts


def rows_of(items: Sequence[ImportChange], statuses: Sequence[StatusRule]) -> list[Row]:
    """Changes in words, statuses in those of the notice."""
    known = _of_notice(statuses)
    return [_row(one, known) for one in items]


def _row(change: ImportChange, known: Mapping[str, Names]) -> Row:
    who = " ".join(one for one in (change.name, change.number) if one)
    lines = [
        Line(*FIELDS.get(one.field, (one.field, one.field)),
             *_said(one.field, one.before, known), *_said(one.field, one.after, known))
        for one in change.values
    ]  # fmt: skip
    return Row(change.line, change.person_id, who, *KINDS.get(change.kind, (change.kind, change.kind)), lines)


def _of_notice(statuses: Sequence[StatusRule]) -> Mapping[str, Names]:
    return {
        "status": {one.code: (one.label_zh, one.label) for one in statuses},
        "status_class": {kind.code: (kind.label_zh, kind.label) for one in statuses for kind in one.classes},
        "department": {one.department: (one.department_label_zh, one.department_label) for one in statuses},
    }


def _said(field: str, value: JsonValue, known: Mapping[str, Names]) -> tuple[str, str]:
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, bool):
        return _YES_NO[value]
    if isinstance(value, dict):
        parts = [_said(field, one, known) for one in value.values() if one is not None]
        return "，".join(zh for zh, _ in parts), ", ".join(en for _, en in parts)
    names = known.get(field) or _OF_VALUES.get(field) or {}
    return names.get(str(value), (str(value), str(value)))
