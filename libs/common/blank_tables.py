"""Makes the workbook of a small table to be filled in: what each column says, and what its cells may say.

`small_tables` reads what comes back.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

#: The same table gives the same bytes.
NO_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
_CHOICES = "选项"
_FORMS = {"text": "@", "count": "0", "yuan": "#,##0.00", "instant": "yyyy-mm-dd hh:mm"}
_MOST = 10**9


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, how many letters wide it is, and what stands in the note at its title.

    `choices` are all that a cell may say; `signed` numbers may be below 0.
    """

    title: str
    width: int
    says: str
    kind: Literal["text", "count", "yuan", "instant"] = "text"
    choices: Sequence[str] = ()
    signed: bool = False


def blank_table(
    title: str, columns: Sequence[Column], lines: Sequence[Sequence[str]] = (), *, last_row: int = 5_000
) -> bytes:
    """Make the workbook; `lines` are cells that are given, from the first column on."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": NO_INSTANT, "title": title})
    sheet = book.add_worksheet(title)
    words = write_choices(book, _CHOICES, {one.title: one.choices for one in columns if one.choices})
    bold = book.add_format({"bold": True, "border": 1, "bg_color": "#DDEBF7"})
    given = book.add_format({"border": 1, "num_format": "@"})
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width, book.add_format({"num_format": _FORMS[column.kind]}))
        sheet.write_string(0, place, column.title, bold)
        sheet.write_comment(0, place, column.says, {"author": ""})
        if (rule := _rule(column, words.get(column.title))) is not None:
            sheet.data_validation(1, place, last_row, place, rule)
    _write(sheet, lines, given)
    book.close()
    return out.getvalue()


def _write(sheet: Worksheet, lines: Sequence[Sequence[str]], given: object) -> None:
    for at, line in enumerate(lines, start=1):
        for place, words in enumerate(line):
            sheet.write_string(at, place, words, given)


def write_choices(
    book: xlsxwriter.Workbook, name: str, offered: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Put words on a hidden sheet, for a list in a cell holds 255 characters; say where those of each are."""
    if not offered:
        return {}
    sheet = book.add_worksheet(name)
    sheet.hide()
    ranges = {}
    for place, (column, words) in enumerate(offered.items()):
        sheet.write_column(0, place, words)
        letter = xlsxwriter.utility.xl_col_to_name(place)
        ranges[column] = f"='{name}'!${letter}$1:${letter}${len(words)}"
    return ranges


def _rule(column: Column, words: str | None) -> dict[str, object] | None:
    """What cells may say; of instants nothing: text is as good as a day of the spreadsheet's."""
    if words is not None:
        return {
            "validate": "list",
            "source": words,
            "error_title": "请从列表中选择",
            "error_message": "只能填写列表中的内容。",
        }
    if column.kind not in ("count", "yuan"):
        return None
    whole = column.kind == "count"
    return {
        "validate": "integer" if whole else "decimal",
        "criteria": "between",
        "minimum": -_MOST if column.signed else 0,
        "maximum": _MOST,
        "error_message": "请填写整数。" if whole else "请填写金额（元），如 1200.50。",
    }
