"""Puts together the page of money that helps by lists, and what became of such a list."""

from services.console.forms.rules import Fact
from services.console.helps.filling import facts_of, way_of
from services.console.helps.schemas import Given, Line, Lines, Money, TakenList
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount, minute
from services.console.persons.rules import Called
from services.console.worklists.rules import Cell, Column, Table, first_of, money, number, words

_LIST = ("helps", "社会资助", "Help by others")
#: So many lines are shown of each kind.
_SHOWN = 100


def money_page(found: Money, lines: Lines, called: Called, *, gives: bool) -> Shown:
    """Money, how much of it lists gave to people, and to whom; `gives` offers to send a list."""
    way = way_of(found)
    acts = []
    if gives and found.left_fen > 0 and found.reversed_at is None:
        acts = [
            Act(f"{way}/list", "上传资助名单", "Send a list"),
            Act(f"{way}/template", "下载模板", "Template", second=True),
        ]
    if lines.items:
        acts.append(Act(f"{way}/file", "导出名单（xlsx）", "The list (xlsx)", second=True))
    lead = ("", "")
    if found.reversed_at is not None:
        lead = "该笔到账已撤销，不能再资助。", "The money was taken back: it helps nobody any more."
    title = f"社会资助到账 {found.arrival_id}", f"Money of helpers {found.arrival_id}"
    return Shown(*title, *_LIST, _facts(found), [_people(lines, called)], acts, *lead)


def _facts(found: Money) -> list[Fact]:
    at = minute(found.arrived_at)
    return [
        *facts_of(found),
        Fact("到账时间", "Arrived at", at, at),
        Fact("已列入名单", "Given by lists", *amount(found.listed_fen)),
        Fact("其中已参保完成", "Of it complete", *amount(found.complete_fen)),
        Fact("已退回", "Given back", *amount(found.returned_fen)),
    ]


def _people(lines: Lines, called: Called) -> Part:
    columns = [
        Column("参保人", "Person"), Column("村（社区）", "Village"), Column("资助单位或个人", "Who gives it"),
        Column("金额", "Amount", right=True), Column("列入", "Listed on"), Column("状态", "State"),
    ]  # fmt: skip
    table = Table(columns, [_line(one, called) for one in lines.items], lines.next_after)
    none = "尚未列入受助人员。", "No list has named anybody."
    return Part("受助人员", "Whom it helps", table, (), "", *none)


def _line(one: Line, called: Called) -> list[Cell]:
    return [
        words(str(one.person_id), page=f"persons/{one.person_id}"),
        words(*called.place(one.division_code)), words(one.helper), money(one.amount_fen),
        Cell(on=one.listed_at, note_zh=one.listed_by, note=one.listed_by), words(*_state(one)),
    ]  # fmt: skip


def _state(one: Line) -> tuple[str, str]:
    if one.withdrawn_at is not None:
        return "已撤回", "taken back"
    if not one.counts:
        return "参保时未使用", "not needed"
    return ("已参保完成", "complete") if one.complete else ("待本人缴费", "waits for the rest")


def list_page(found: Money, taken: TakenList) -> Shown:
    """What became of a list, or would become of it, line by line."""
    way, parts = way_of(found), []
    if taken.left_out:
        parts.append(_left_out(taken))
    if taken.given:
        parts.append(_given(taken))
    if taken.dry_run:
        title = "试算结果", "What would happen"
        lead = "试算，没有资助任何人。", "A dry run: nobody is helped yet."
        again = Act(f"{way}/list", "更正后重新试算", "Mend it and try again", second=not taken.left_out)
        good = Act(f"{way}/list?tried=yes", "正式提交名单", "Send it for good", second=bool(taken.left_out))
        acts = [good, again] if taken.given else [again]
    else:
        title = "资助名单已提交", "The list is sent"
        lead = "名单已生效，受助人员应缴相应减少。", "It counts: its people owe that much less."
        acts = [Act(way, "查看受助人员", "Look whom it helps")]
        acts.append(Act(f"{way}/list", "上传另一份名单", "Send another list", second=True))
    return Shown(*title, *_LIST, _taken_facts(found, taken), parts, acts, *lead)


def _taken_facts(found: Money, taken: TakenList) -> list[Fact]:
    helped, left_out = f"{len(taken.given):,}", f"{len(taken.left_out):,}"
    return [
        Fact("资助方", "Who helps", found.payer_label_zh, found.payer_label, way_of(found)),
        Fact("受助", "Helped", f"{helped} 人", helped),
        Fact("资助金额", "With", *amount(sum(one.amount_fen for one in taken.given))),
        Fact("未列入的行", "Lines left out", left_out, left_out),
        Fact("余额", "Left", *amount(taken.left_fen)),
    ]


def _left_out(taken: TakenList) -> Part:
    columns = [Column("行号", "Line", right=True), Column("问题和更正办法", "What is wrong, and the mend")]
    rows = [
        [number(one.index), words(one.because_zh, one.because, warn=True)] for one in taken.left_out[:_SHOWN]
    ]
    table = Table(columns, rows, None, *first_of(_SHOWN, len(taken.left_out)))
    return Part("未列入的行", "Lines that are left out", table)


def _given(taken: TakenList) -> Part:
    columns = [
        Column("行号", "Line", right=True), Column("参保人", "Person"), Column("资助金额", "With", right=True)
    ]  # fmt: skip
    rows = [_helped(one) for one in taken.given[:_SHOWN]]
    return Part(
        "受助的行", "Lines that help", Table(columns, rows, None, *first_of(_SHOWN, len(taken.given)))
    )


def _helped(one: Given) -> list[Cell]:
    person = words(str(one.person_id), page=f"persons/{one.person_id}")
    return [number(one.index), person, money(one.amount_fen)]
