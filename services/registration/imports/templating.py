"""Makes the workbook that an office fills: a heading, cells that are texts, lists of what they may say.

What it says beside the table stands on sheets of its own, which an import passes over (`OWN_SHEETS`).
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from libs.common.blank_tables import NO_INSTANT, write_choices
from libs.common.policy import Notice
from services.registration.imports.choices import OPEN, choices_of
from services.registration.imports.explanations import (
    AMOUNTS,
    DAYS,
    NAMES,
    WHOLE_NUMBERS,
    Need,
    explained,
    need_of,
    titles,
)
from services.registration.imports.sheets import CHOICES_SHEET, EXPLANATION_HEADING, EXPLANATION_SHEET

_LAST_ROW = 1_048_575
_NEEDS: Mapping[Need, str] = {
    "needed": "必填",
    "here_or_with_upload": "必填，也可在上传时统一指定",
    "optional": "选填",
}
_COLORS: Mapping[Need, str] = {"needed": "#F8CBAD", "here_or_with_upload": "#FFE699", "optional": "#DDEBF7"}
_FORMS = {"day": "yyyy-mm-dd", "number": "0", "amount": "0.00", "text": "@"}
_WIDE = frozenset({"id_number", "guardian", "address", "status", "proof"})


def template(kind: str, notice: Notice) -> bytes:
    """The empty workbook for a kind of file under a notice."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": NO_INSTANT, "title": NAMES[kind]})
    offered = choices_of(kind, notice)
    table = book.add_worksheet(NAMES[kind])
    explanation = book.add_worksheet(EXPLANATION_SHEET)
    ranges = write_choices(book, CHOICES_SHEET, offered)
    _write_table(book, table, kind, ranges)
    _explain(book, explanation, kind, offered)
    book.close()
    return out.getvalue()


def _write_table(book: xlsxwriter.Workbook, sheet: Worksheet, kind: str, ranges: Mapping[str, str]) -> None:
    heads = {need: _head(book, color) for need, color in _COLORS.items()}
    forms = {form: book.add_format({"num_format": code}) for form, code in _FORMS.items()}
    sheet.freeze_panes(1, 0)
    for place, (column, title) in enumerate(titles(kind).items()):
        need = need_of(kind, column)
        width = 22 if column in _WIDE else max(12, 2 * len(title) + 2)
        sheet.set_column(place, place, width, forms[_form(column)])
        sheet.write_string(0, place, title, heads[need])
        sheet.write_comment(0, place, f"{_NEEDS[need]}。{explained(column).words}。", {"author": ""})
        sheet.data_validation(1, place, _LAST_ROW, place, _validation(column, need, ranges.get(column)))


def _head(book: xlsxwriter.Workbook, color: str) -> Format:
    return book.add_format({"bold": True, "border": 1, "bg_color": color, "num_format": "@"})


def _form(column: str) -> str:
    if column in DAYS:
        return "day"
    return "number" if column in WHOLE_NUMBERS else "amount" if column in AMOUNTS else "text"


def _validation(column: str, need: Need, words: str | None) -> dict[str, Any]:
    told = explained(column)
    rule: dict[str, Any] = {"validate": "any"}
    if words is not None:
        rule = {"validate": "list", "source": words, "error_title": "请从列表中选择"}
        rule["error_message"] = "该列只能填写下拉列表中的内容。"
        rule["error_type"] = "information" if column in OPEN else "stop"
    elif column in DAYS:
        rule = {"validate": "date", "criteria": ">=", "value": date(1900, 1, 1), "error_title": "不是日期"}
        rule["error_message"] = "请填写日期，如 2019-09-01。"
    elif column in WHOLE_NUMBERS:
        rule = {"validate": "integer", "criteria": "between", "minimum": 1998, "maximum": 2199}
        rule["error_message"] = "请填写四位年份，如 2019。"
    elif column in AMOUNTS:
        rule = {"validate": "decimal", "criteria": ">=", "value": 0}
        rule["error_message"] = "请填写金额（元），如 180.00。"
    prompt = f"{told.words}。例：{told.example}"
    return rule | {"input_title": _NEEDS[need], "input_message": prompt, "ignore_blank": True}


def _explain(
    book: xlsxwriter.Workbook, sheet: Worksheet, kind: str, offered: Mapping[str, Sequence[str]]
) -> None:
    plain = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    bold = book.add_format({"border": 1, "bold": True})
    for place, width in enumerate((20, 18, 44, 44, 22)):
        sheet.set_column(place, place, width)
    for place, word in enumerate(EXPLANATION_HEADING):
        sheet.write_string(0, place, word, bold)
    for row, (column, title) in enumerate(titles(kind).items(), start=1):
        words = offered.get(column, ())
        example = words[0] if words else explained(column).example
        cells = (title, _NEEDS[need_of(kind, column)], explained(column).words, _allowed(column, words))
        for place, cell in enumerate((*cells, example)):
            sheet.write_string(row, place, cell, plain)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _allowed(column: str, words: Sequence[str]) -> str:
    if words:
        return "、".join(words) + ("；也可填写其他" if column == "relation" else "")
    if column in DAYS:
        return "日期：2019-09-01、2019/9/1、20190901 或 2019年9月1日"
    return "数字" if column in WHOLE_NUMBERS | AMOUNTS else "文本"
