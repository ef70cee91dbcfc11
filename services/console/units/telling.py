"""Tells what became of a list: what it changes, what is wrong line by line with the mend, and the lines."""

from collections.abc import Sequence

from services.console.forms.rules import Fact
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount
from services.console.units.filling import way_of
from services.console.units.naming import RESULTS
from services.console.units.schemas import Problem, TakenLine, TakenList, Unit
from services.console.units.showing import LISTED, troubles
from services.console.worklists.naming import named
from services.console.worklists.rules import Cell, Column, Table, first_of, money, words

#: So many lines are shown; who mends a hundred sends the file again and sees the next.
_FAULTS, _LINES = 100, 50


def list_page(unit: Unit, taken: TakenList) -> Shown:
    """What became of a list, or would become of it."""
    faulty = [one for one in taken.lines if one.problem is not None]
    good = [one for one in taken.lines if one.problem is None]
    parts = []
    if faulty:
        parts.append(_faults(faulty))
    if taken.unread:
        parts.append(_unread(taken.unread))
    if taken.left_out:
        parts.append(_left_out(taken))
    if good:
        parts.append(_lines(good))
    title = ("试算结果", "What would happen") if taken.dry_run else ("名单已提交", "The list is sent")
    return Shown(*title, *LISTED, _facts(unit, taken), parts, _acts(unit, taken), *_lead(taken))


def _lead(taken: TakenList) -> tuple[str, str]:
    mend = (
        (
            f"有误的 {taken.refused:,} 行未列入，不影响其他行；更正后重新上传完整名单。",
            f" {taken.refused:,} faulty lines are not on it, the others are; mend them and send all again.",
        )
        if taken.refused
        else ("", "")
    )
    if taken.dry_run:
        return f"试算，名单没有提交。{mend[0]}", f"A dry run: nothing was sent.{mend[1]}"
    return f"名单已生效。{mend[0]}", f"The list counts.{mend[1]}"


def _acts(unit: Unit, taken: TakenList) -> list[Act]:
    way = way_of(unit)
    if taken.dry_run:
        return [
            Act(f"{way}/list?tried=yes", "正式提交名单", "Send it for good", second=bool(taken.refused)),
            Act(f"{way}/list", "更正后重新试算", "Mend it and try again", second=not taken.refused),
        ]
    acts = [Act(way, "查看名单", "Look at the list")]
    return [*acts, Act(f"{way}/list", "上传更正后的名单", "Send a corrected list", second=True)]


def _facts(unit: Unit, taken: TakenList) -> list[Fact]:
    counts = (
        ("新列入", "Added", taken.added), ("原在名单", "Kept", taken.kept),
        ("移出名单（仍参保）", "Left out, still insured", len(taken.left_out)),
        ("有误的行", "Faulty lines", taken.refused), ("其中逾期", "Of these too late", taken.late),
    )  # fmt: skip
    version = f"第 {taken.version_no} 版", f"version {taken.version_no}"
    return [
        Fact("单位", "Unit", unit.name, unit.name, way_of(unit)),
        Fact("现行名单", "List that counts", *(version if taken.version_no else ("尚未上传", "none yet"))),
        *(Fact(zh, en, f"{count:,}", f"{count:,}") for zh, en, count in counts),
        Fact("应缴合计", "Due together", *amount(taken.own_due_fen)),
    ]


def _at(one: TakenLine) -> Cell:
    return words(one.place or str(one.line))


def _faults(faulty: Sequence[TakenLine]) -> Part:
    columns = [Column("行号", "Line"), Column("问题和更正办法", "What is wrong, and the mend")]
    rows = [[_at(one), words(*mend_of(one.problem), warn=True)] for one in faulty[:_FAULTS] if one.problem]
    table = Table(columns, rows, None, *first_of(_FAULTS, len(faulty)))
    return Part("有误的行", "Faulty lines", table)


def _unread(unread: Sequence[Problem]) -> Part:
    rows = [[words(*mend_of(one), warn=True)] for one in unread]
    return Part("未读取的工作表", "Sheets not read", Table([Column("原因", "Why")], rows))


def _left_out(taken: TakenList) -> Part:
    rows = [[words(f"原第 {one.line} 行", f"line {one.line}")] for one in taken.left_out[:_LINES]]
    table = Table(
        [Column("原名单", "On the list before")], rows, None, *first_of(_LINES, len(taken.left_out))
    )
    return Part("移出名单的人员", "Who is left out", table)


def _lines(good: Sequence[TakenLine]) -> Part:
    columns = [
        Column("行号", "Line"), Column("结果", "Result"), Column("应缴", "Due", right=True),
        Column("已缴", "Paid", right=True), Column("依据", "By"), Column("说明", "Note"),
    ]  # fmt: skip
    rows = [
        [
            _at(one), words(*named(RESULTS, one.result)), money(one.own_due_fen), money(one.paid_fen),
            words("、".join(one.clauses), ", ".join(one.clauses)), troubles(one.troubles),
        ]
        for one in good[:_LINES]
    ]  # fmt: skip
    return Part("列入的行", "Lines on the list", Table(columns, rows, None, *first_of(_LINES, len(good))))


def mend_of(problem: Problem) -> tuple[str, str]:
    """What is wrong with a line and how it is mended, in both languages."""
    if problem.errors:
        return (
            "；".join(f"{one.pointer}：{one.detail_zh}" for one in problem.errors),
            "; ".join(f"{one.pointer}: {one.detail}" for one in problem.errors),
        )
    if problem.first_line is not None:
        return (
            f"与第 {problem.first_line} 行为同一人，请只保留一行。",
            f"The same person as in line {problem.first_line}: leave one of them.",
        )
    if problem.instead is not None:
        return f"{problem.title_zh}。{problem.instead.zh}", f"{problem.title}. {problem.instead.en}"
    return f"{problem.title_zh}。{problem.detail_zh}", f"{problem.title}. {problem.detail}"
