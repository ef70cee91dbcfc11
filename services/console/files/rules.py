"""Which files may be sent to registration, by whom, and what is said about each beside the file itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.console.forms.rules import Choice, Field
from services.console.home.rules import may
from services.console.session.rules import Visitor
from services.console.worklists.roles import lists_of


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: what it is called, the scopes that its API asks, and its options."""

    title_zh: str
    title: str
    about_zh: str
    about: str
    scopes: tuple[str, ...]
    fields: tuple[Field, ...]


_ROWS_ZH, _ROWS = "文件中未填写此项的行，按此填写。", "For rows of the file that do not say it."
#: A row of the file says it.
_IN_ROWS = Choice("", "以文件各行为准", "as each row says")
_LISTED = Field(
    "listed_on", "名册日期", "Day of the list", "day", hint_zh=_ROWS_ZH, hint=_ROWS, required=False
)
_STATUSES = (
    Field(
        "mode", "名册类型", "What the list says", "choice",
        (Choice("add", "新增认定", "recognized"), Choice("remove", "取消认定", "not any more")),
    ),
    Field("status", "身份", "Status", "choice", hint_zh=_ROWS_ZH, hint=_ROWS, required=False),
    Field("department", "认定部门", "Department", "choice", hint_zh=_ROWS_ZH, hint=_ROWS, required=False),
    _LISTED,
)  # fmt: skip
_HISTORY = (
    Field("place", "参保地", "Place", hint_zh=_ROWS_ZH, hint=_ROWS, most=60, required=False),
    Field(
        "scheme", "险种", "Scheme", "choice",
        (
            Choice("resident", "居民医保", "residents"), Choice("employee", "职工医保", "employees"),
            Choice("other", "其他", "another"),
        ),
        hint_zh=_ROWS_ZH, hint=_ROWS, required=False,
    ),
    Field("source", "数据来源", "Source", hint_zh=f"如 省平台导出。{_ROWS_ZH}", hint=_ROWS, most=60,
          required=False),
    Field(
        "whole_place", "文件完整的区划代码", "Division of which the file is whole",
        hint_zh="文件列有该区划全部参保人员时填写：未列入的，按未参保认定。其他情况不填。",
        hint="Where it names everybody who was insured there: who is not in it was not insured.",
        most=12, required=False,
    ),
    Field("whole_from_year", "完整年度：自", "Whole from year", hint_zh="如 2025。", hint="Such as 2025.",
          most=4, required=False, reads=int),
    Field("whole_to_year", "完整年度：至", "Whole to year", hint_zh="如 2026。", hint="Such as 2026.",
          most=4, required=False, reads=int),
)  # fmt: skip
DRY_RUN = Field("dry_run", "先试算（不入库）", "Dry run: only say what would happen", "tick", required=False)
_ENROLL = Field(
    "enroll", "登记的同时办理参保（“是否参保”填“否”的除外）", "Enroll everybody whose row does not say no",
    "tick", required=False,
)  # fmt: skip

_WRITE = ("registration:write",)
KINDS: Mapping[str, Kind] = {
    "households": Kind(
        "家庭与人员", "Households", "一户若干行，其中一行为户主；核对无误的入库，有误的退回更正。",
        "The rows of a household stand together, one of them is the head.", _WRITE, (_ENROLL,),
    ),
    "statuses": Kind(
        "身份名册", "Statuses", "低保、特困、重残等人员的认定或取消名册。",
        "Who is recognized by a department, or not any more.", _WRITE, _STATUSES,
    ),
    "survey": Kind(
        "摸底台账", "Survey bases", "各村（社区）应参保人员底册：文件即为该村全部人员，未列入的视为移出。",
        "The whole base of each village it names: who is not in it is left out.", _WRITE, (_LISTED,),
    ),
    "history": Kind(
        "历年参保记录", "Enrollment history", "以往年度的参保记录，由医保局导入。",
        "Who was insured in which year; the bureau sends it.",
        (*_WRITE, "registration:decide"), _HISTORY,
    ),
}  # fmt: skip
#: What an import is at, in the words of the page.
STATES: Mapping[str, tuple[str, str]] = {
    "queued": ("排队中", "queued"),
    "running": ("处理中", "running"),
    "done": ("已完成", "done"),
    "failed": ("未能导入", "failed"),
}
GOING_ON = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Way:
    """A file that is sent from the page of what it is about, with the work list that leads there."""

    title_zh: str
    title: str
    about_zh: str
    about: str
    scopes: tuple[str, ...]
    page: str


_WAYS = (
    Way(
        "单位名单", "List of a unit", "学校、中队等单位的完整名单，先试算再提交；随后一次缴费。",
        "The whole list of a school or station, tried first; then one order pays for it.",
        ("units:write",), "work/units",
    ),
    Way(
        "社会资助名单", "List of whom money helps", "村集体、单位等的资助款给谁、各多少。",
        "Whom money of a collective or a unit helps, and with how much.",
        ("registration:read", "registration:write"), "work/helps",
    ),
    Way(
        "移交单本部门数据", "Own figures of a handover", "按模板填写本部门台账数据，与移交单逐行核对。",
        "Your own books beside the paper of a handover, line by line.", ("ledger:sign",), "work/handovers",
    ),
)  # fmt: skip


def ways_of(visitor: Visitor) -> list[Way]:
    """The files that a role sends from the page of what they are about."""
    own = lists_of(visitor)
    return [
        one
        for one in _WAYS
        if all(may(visitor, scope) for scope in one.scopes) and one.page.partition("/")[2] in own
    ]


def kinds_of(visitor: Visitor) -> dict[str, Kind]:
    """The kinds of files that a role may send."""
    return {name: kind for name, kind in KINDS.items() if all(may(visitor, one) for one in kind.scopes)}


def fields_of(kind: Kind) -> tuple[Field, ...]:
    """All that is asked about a file of a kind."""
    return (*kind.fields, DRY_RUN)


def choosing(kind: Kind, statuses: Sequence[Choice], departments: Sequence[Choice]) -> Kind:
    """The same kind with the statuses and departments of a notice to choose from."""
    offered = {"status": (_IN_ROWS, *statuses), "department": (_IN_ROWS, *departments)}
    fields = [replace(one, choices=offered.get(one.name, one.choices)) for one in kind.fields]
    return replace(kind, fields=tuple(fields))


def at_first(kind: Kind, department: str = "") -> dict[str, str]:
    """What stands in the form before anything is typed, by an officer of this department, if of one."""
    ticks = {one.name: "yes" for one in fields_of(kind) if one.kind == "tick"}
    own = {"mode": "add", "department": department}
    return ticks | {one.name: own[one.name] for one in kind.fields if own.get(one.name)}


def options_of(kind: Kind, typed: Mapping[str, str]) -> dict[str, str]:
    """The options as the API takes them: what was left empty is not said."""
    ticks = {
        one.name: str(bool(typed.get(one.name))).lower() for one in fields_of(kind) if one.kind == "tick"
    }
    rest = {one.name: typed.get(one.name, "") for one in kind.fields if one.kind != "tick"}
    return ticks | {name: value for name, value in rest.items() if value}


def again(kind: Kind, typed: Mapping[str, str]) -> dict[str, str]:
    """The options as an address carries them, for a corrected file; a tick that is off is said, too."""
    given = {one.name: typed.get(one.name, "") for one in kind.fields}
    off = {one.name: "no" for one in kind.fields if one.kind == "tick" and not given[one.name]}
    return {name: value for name, value in given.items() if value} | off


def carried(kind: Kind, query: Mapping[str, str]) -> dict[str, str]:
    """What an address carried of the options; the usual ones where it carried none."""
    given = {one.name: query[one.name][: one.most] for one in kind.fields if one.name in query}
    both = at_first(kind) | given
    return {name: "" if value == "no" else value for name, value in both.items()}


def marked(heading: Iterable[str | None], column: str | None, column_no: int | None) -> int | None:
    """Which cell of a row a fault is about, from 0; none where it is about the whole row."""
    names = [(one or "").strip() for one in heading]
    if column and column in names:
        return names.index(column)
    return column_no if column_no is not None and column_no < len(names) else None
