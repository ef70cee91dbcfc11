"""Puts together lists of merges, a person's merges, and the form that proposes one."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from services.console.decisions.showing import SYSTEM
from services.console.forms.rules import Choice, Fact, Field, Sheet
from services.console.merges.schemas import Merge, Merges
from services.console.pages.objects import Act, Part, Shown
from services.console.worklists.naming import Names, named
from services.console.worklists.rules import Cell, Column, Table, day, words

STATES: Names = {
    "merged": ("已合并", "merged"),
    "waiting": ("待第二人复核", "waits for a second person"),
    "open": ("待办理", "to be decided"),
    "apart": ("确为不同的两人", "two people"),
    "gone": ("已失效", "came to nothing"),
}
LEAD_ZH = (
    "先登记的编号继续使用，证件、身份、参保和款项并入其下；两个编号都能查到此人。"
    "合并不可撤销；待复核的，由第二人退回即不合并。"
)
LEAD = (
    "The id given first goes on with documents, statuses, enrollments and money; either id finds the person. "
    "Nobody undoes a merge; one that waits comes to nothing when the second person refuses it."
)
_COLUMNS = (
    Column("存续编号", "Goes on"), Column("姓名", "Name"), Column("并入的编号", "Merged into it"),
    Column("状态", "State"), Column("申请人", "Asked by"), Column("申请日", "On"),
    Column("决定人", "Decided by"), Column("决定日", "On"), Column("理由", "Why"), Column("办理", "Do"),
)  # fmt: skip
_FIELDS = (
    Field(
        "other_person_id", "另一条记录的编号", "Id of the other record", "count", most=18,
        hint_zh="“参保人”后的数字，见其页面。", hint="The number after “Person” on its page.",
    ),
    Field(
        "right", "哪条记录的姓名、出生日期和户为准", "Whose name, birth and household hold", "choice",
        (Choice("this", "本记录", "this record"), Choice("other", "另一条记录", "the other one")),
    ),
    Field("reason", "认定为同一人的依据", "Why both are one person", "long", most=200),
)  # fmt: skip


def table_of(found: Merges, back: str) -> Table:
    """Merges as a table; `back` is the page that it stands on, to come back to."""
    return Table(list(_COLUMNS), [_row(one, back) for one in found.items], found.next_after, LEAD_ZH, LEAD)


def _row(one: Merge, back: str) -> list[Cell]:
    merged = one.state == "merged"
    return [
        words(str(one.person_id), page=f"persons/{one.person_id}"), words(one.name),
        # Once merged it leads to the same person.
        words(str(one.merged_person_id), page="" if merged else f"persons/{one.merged_person_id}"),
        words(*named(STATES, one.state), warn=one.state in ("open", "waiting")),
        words(*named(SYSTEM, one.asked_by)) if one.asked_by else Cell(), day(one.asked_at or one.opened_at),
        words(one.decided_by or ""), day(one.decided_at), words(one.reason or ""), _do(one, back),
    ]  # fmt: skip


def _do(one: Merge, back: str) -> Cell:
    then = urlencode({"then": back})
    if one.approval_id is not None:
        return words("复核", "second person", page=f"approvals/registration/{one.approval_id}?{then}")
    if one.state == "open":
        return words("办理", "act on it", page=f"cases/registration/{one.case_id}?{then}")
    return words("查看", "look", page=f"cases/registration/{one.case_id}?{then}")


def person_page(person_id: int, found: Merges, *, proposes: bool) -> Shown:
    """The merges of one person."""
    acts: Sequence[Act] = (
        (Act(f"persons/{person_id}/merges/new", "提请与另一条记录合并", "Propose a merge"),)
        if proposes
        else ()
    )
    none = ("此人没有合并记录。", "No other record was merged with this one.")
    part = Part("合并记录", "Merges", table_of(found, f"persons/{person_id}/merges"), (), "", *none)
    return Shown(
        f"参保人 {person_id}：合并记录", f"Person {person_id}: merges", "merges",
        f"参保人 {person_id}", f"Person {person_id}", [], [part], acts, up=f"persons/{person_id}",
    )  # fmt: skip


def sheet_of(person_id: int, name: str) -> Sheet:
    """The form that proposes that two records are one person."""
    facts = (
        Fact(
            "本记录",
            "This record",
            f"参保人 {person_id} {name}",
            f"Person {person_id} {name}",
            f"persons/{person_id}",
        ),
    )
    return Sheet(
        "提请合并两条登记记录", "Propose that two records are one person", "下一步", "Go on", _FIELDS,
        f"persons/{person_id}/merges", facts,
    )  # fmt: skip


def will(person_id: int, typed: Mapping[str, str]) -> list[Fact]:
    """What proposing will do."""
    other = int(typed["other_person_id"])
    right = person_id if typed["right"] == "this" else other
    kept = min(person_id, other)
    return [
        Fact("存续编号", "Goes on", f"参保人 {kept}", f"Person {kept}"),
        Fact("姓名等以哪条为准", "Whose data hold", f"参保人 {right}", f"Person {right}"),
        Fact(
            "生效", "When", "须能看到两条记录的第二人复核；复核后不可撤销。",
            "When a second person agrees who sees both; nobody undoes it then.",
        ),
        Fact("理由", "Why", typed["reason"], typed["reason"]),
    ]  # fmt: skip


def request_of(person_id: int, typed: Mapping[str, str]) -> tuple[str, dict[str, object]]:
    """Where what was typed is sent, and as what: the record in the path is the right one."""
    other = int(typed["other_person_id"])
    right, wrong = (person_id, other) if typed["right"] == "this" else (other, person_id)
    return f"/v1/persons/{right}/merges", {"other_person_id": wrong, "reason": typed["reason"]}
