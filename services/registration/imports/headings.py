"""Finds the row with the names of the columns among the first rows, below titles and blank rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.web.problems import Problem
from services.registration.imports.columns import find_columns, known_columns, missing_columns, titles_of
from services.registration.imports.problems import COLUMNS_MISSING, FILE_UNREADABLE

#: The rows in which the names of the columns are looked for.
ROWS_LOOKED_AT = 20
_SHOWN_CELLS = 6
_SHOWN_CHARACTERS = 20
#: A row with a number as long as a division's code tells of people: it is not repeated in a message.
_PERSONAL = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class Heading:
    """The row with the names of the columns: its place from 0, its cells, the places of known columns."""

    row: int
    cells: list[str]
    columns: dict[str, int]


def find_heading(kind: str, rows: Sequence[list[str]]) -> Heading | None:
    """The first row that names every needed column, or None; raises the problem of a column named twice."""
    for place, cells in enumerate(rows[:ROWS_LOOKED_AT]):
        if not missing_columns(kind, cells):
            return Heading(place, cells, find_columns(kind, cells))
    return None


def heading_problem(kind: str, rows: Sequence[list[str]]) -> Problem:
    """Why no row is the heading: what it lacks, or that there is none and what stands in its place."""
    if not any(any(cells) for cells in rows):
        return FILE_UNREADABLE.problem("The file is empty.", "文件为空。")
    known = [len(set(known_columns(kind, cells)) - {None}) for cells in rows[:ROWS_LOOKED_AT]]
    best = known.index(max(known))
    missing = missing_columns(kind, rows[best])
    titles = "、".join(titles_of(kind, missing))
    if known[best]:
        return COLUMNS_MISSING.problem(
            f"Line {best + 1} names the columns. Add these to it: {', '.join(missing)}.",
            f"第 {best + 1} 行为列名，请补充以下列：{titles}。",
            missing_columns=missing,
        )
    shown, shown_zh = _shown(rows[0])
    return COLUMNS_MISSING.problem(
        f"Line 1 holds {shown}, and none of the first {ROWS_LOOKED_AT} lines names the columns. Put the "
        f"names of the columns into line 1, these among them: {', '.join(missing)}.",
        f"第 1 行内容为{shown_zh}，前 {ROWS_LOOKED_AT} 行中未找到列名。"
        f"请将列名写在第 1 行，须包括：{titles}。",
        missing_columns=missing,
    )


def _shown(cells: Sequence[str]) -> tuple[str, str]:
    printable = ("".join(c if c.isprintable() else " " for c in cell).strip() for cell in cells)
    filled = [cell for cell in printable if cell]
    if not filled:
        return "nothing", "空白"
    if any(_PERSONAL.search(cell) for cell in filled):
        return "a row of data", "数据行"
    texts = [cell[:_SHOWN_CHARACTERS] for cell in filled[:_SHOWN_CELLS]]
    more = " ..." if len(filled) > _SHOWN_CELLS else ""
    return f'"{", ".join(texts)}{more}"', f"“{'、'.join(texts)}{'……' if more else ''}”"
