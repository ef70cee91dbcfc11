"""Which sheets of a workbook are read, and their rows one below the other as one list.

A line of such a list is an integer, as of a CSV file: the row of the first sheet that is read, and on from
its last row in the sheets behind it. `Place` says which sheet a line is on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from libs.common.spreadsheets import undo_tricks
from libs.common.web.problems import Problem
from services.registration.imports.columns import missing_columns, titles_of
from services.registration.imports.headings import Heading, find_heading, heading_problem
from services.registration.imports.problems import COLUMNS_MISSING, FILE_UNREADABLE, SHEET_NOT_READ
from services.registration.imports.workbooks import Head, Workbook

_BLANK: list[str] = []
#: What a template of ours says beside the table: nobody stands there, and nobody misses it.
EXPLANATION_SHEET, CHOICES_SHEET = "填写说明", "可填内容"
EXPLANATION_HEADING = ("列名", "是否必填", "怎么填", "可填内容", "示例")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the lines of a sheet are in the list: behind `before` others, `rows` of them."""

    name: str
    number: int
    before: int
    rows: int
    heading: Heading


@dataclass(frozen=True, slots=True)
class Plan:
    """The sheets that are read, and the reasons why others are not, one per sheet."""

    places: list[Place]
    unread: list[Problem]

    @property
    def columns(self) -> dict[str, int]:
        """The places of known columns, in the rows of all sheets."""
        return self.places[0].heading.columns


def plan_sheets(kind: str, heads: Sequence[Head]) -> Plan:
    """Choose the visible sheets that name the needed columns; raises the problem of a workbook with none."""
    places: list[Place] = []
    unread: list[Problem] = []
    sheets = {number: head for number, head in enumerate(heads) if not _is_own(head)}
    for number, head in sheets.items():
        if not head.visible:
            unread.append(_hidden(head.name))
        elif head.rows:
            heading = _heading_of(kind, head, several=len(sheets) > 1)
            if heading is None:
                unread.append(_without_columns(kind, head))
                continue
            before = places[-1].before + places[-1].rows if places else 0
            places.append(Place(head.name, number, before, head.rows, heading))
    if not places:
        raise _nothing_to_read(kind, list(sheets.values()))
    for place in places[1:]:
        _check_alike(kind, places[0], place)
    return Plan(places, unread)


def rows_of(workbook: Workbook, plan: Plan) -> Iterator[list[str]]:
    """The rows below the first heading: that of line `n` is at place `n` - 2, lines without one are blank."""
    rows = workbook.rows(*(place.number for place in plan.places))
    columns = plan.columns
    for place in plan.places:
        skipped = place.heading.row + 1
        for _ in range(skipped):
            next(rows)
        yield from [_BLANK] * (skipped - (1 if place is plan.places[0] else 0))
        own = place.heading.columns
        for _ in range(place.rows - skipped):
            row = undo_tricks(next(rows))
            yield row if own == columns else _moved(row, own, columns)


def _is_own(head: Head) -> bool:
    """Whether a sheet is one that a template has beside the table."""
    if head.name == CHOICES_SHEET:
        return not head.visible
    return head.name == EXPLANATION_SHEET and [row[:2] for row in head.first[:1]] == [
        list(EXPLANATION_HEADING[:2])
    ]


def _moved(row: list[str], own: dict[str, int], columns: dict[str, int]) -> list[str]:
    """A row with its cells where the first sheet has them."""
    moved = [""] * (max(columns.values()) + 1)
    for name, place in columns.items():
        if own[name] < len(row):
            moved[place] = row[own[name]]
    return moved


def _heading_of(kind: str, head: Head, *, several: bool) -> Heading | None:
    try:
        return find_heading(kind, [undo_tricks(row) for row in head.first])
    except Problem as problem:
        if not several:
            raise
        raise _on_sheet(head.name, problem) from problem


def _check_alike(kind: str, first: Place, other: Place) -> None:
    lacking = (
        (other, first.heading.columns.keys() - other.heading.columns.keys(), first),
        (first, other.heading.columns.keys() - first.heading.columns.keys(), other),
    )
    for place, names, beside in lacking:
        if names:
            missing = sorted(names)
            titles = "、".join(titles_of(kind, missing))
            raise COLUMNS_MISSING.problem(
                f'Sheet "{place.name}" lacks columns that sheet "{beside.name}" has: {", ".join(missing)}. '
                "Give all sheets the same columns, or upload each as a file of its own.",
                f"工作表“{place.name}”缺少工作表“{beside.name}”中的列：{titles}。"
                "请使各工作表的列一致，或分别作为单独的文件上传。",
                missing_columns=missing,
                sheet=place.name,
            )


def _nothing_to_read(kind: str, heads: Sequence[Head]) -> Problem:
    filled = [head for head in heads if head.visible and head.rows]
    if not filled:
        hidden = [head.name for head in heads if not head.visible]
        if not hidden:
            return FILE_UNREADABLE.problem("The file is empty.", "文件为空。")
        return FILE_UNREADABLE.problem(
            "The visible sheets are empty; hidden ones are not read.",
            "可见的工作表均为空；隐藏的工作表不予读取。",
        )
    best = min(filled, key=lambda head: min(len(missing_columns(kind, row)) for row in head.first or [[]]))
    problem = heading_problem(kind, best.first)
    return problem if len(heads) == 1 else _on_sheet(best.name, problem)


def _on_sheet(name: str, problem: Problem) -> Problem:
    if problem.detail is None:
        return problem
    return Problem(
        problem.type,
        f'Sheet "{name}": {problem.detail}',
        f"工作表“{name}”：{problem.detail_zh}",
        extensions=problem.extensions,
    )


def _hidden(name: str) -> Problem:
    return SHEET_NOT_READ.problem(
        f'The sheet "{name}" is hidden and was not read. If people stand on it, show it and upload '
        "the file again.",
        f"工作表“{name}”为隐藏状态，未被读取。如其中有人员，请取消隐藏后重新上传。",
    )


def _without_columns(kind: str, head: Head) -> Problem:
    why = heading_problem(kind, head.first)
    return SHEET_NOT_READ.problem(
        f'The sheet "{head.name}" was not read. {why.detail or why.type.mend}',
        f"工作表“{head.name}”未被读取。{why.detail_zh or why.type.mend_zh}",
    )
