"""Makes the workbook in which a party fills in its own figures: each line, and what cells may say."""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from services.ledger.papers.reading import SUM
from services.ledger.totals.rules import Document

#: The same paper gives the same bytes.
_NO_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
_CHOICES = "选项"
_HEAD = (
    ("项目", 34, "移交单的项目，从列表选择。"),
    ("对象", 34, "移交单所列对象，或“合计”。"),
    ("人数", 12, "整数；不核对的不填。"),
    ("金额（元）", 20, "以元填写，如 1200.50；不核对的不填。"),
)
_LAST_ROW = 2_000
#: People and yuan as own figures may be; less than before is below 0.
_MOST = 10**9


def template(document: Document) -> bytes:
    """The workbook of a paper."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": _NO_INSTANT, "title": "本部门数据"})
    sheet = book.add_worksheet("本部门数据")
    lines = list(_lines(document))
    _write_choices(book, [one["title"] for one in document["sections"]], [name for _, name in lines])
    bold = book.add_format({"bold": True, "border": 1, "bg_color": "#DDEBF7"})
    text = book.add_format({"border": 1, "num_format": "@"})
    forms = (text, text, book.add_format({"num_format": "0"}), book.add_format({"num_format": "#,##0.00"}))
    sheet.freeze_panes(1, 0)
    for place, (title, width, says) in enumerate(_HEAD):
        sheet.set_column(place, place, width, forms[place])
        sheet.write_string(0, place, title, bold)
        sheet.write_comment(0, place, says, {"author": ""})
    for at, line in enumerate(lines, start=1):
        for place, words in enumerate(line):
            sheet.write_string(at, place, words, text)
    _allow(sheet, len(document["sections"]), len(dict.fromkeys(name for _, name in lines)))
    book.close()
    return out.getvalue()


def _lines(document: Document) -> Iterator[tuple[str, str]]:
    """Each line with its section, by its name where no other of the section has it, else by its key."""
    for section in document["sections"]:
        named = Counter(row["name"] for row in section["rows"])
        for row in section["rows"]:
            yield section["title"], row["name"] if named[row["name"]] == 1 else row["key"]
        yield section["title"], SUM


def _write_choices(book: xlsxwriter.Workbook, sections: Sequence[str], names: Sequence[str]) -> None:
    sheet = book.add_worksheet(_CHOICES)
    sheet.hide()
    sheet.write_column(0, 0, sections)
    sheet.write_column(0, 1, list(dict.fromkeys(names)))


def _allow(sheet: Worksheet, sections: int, names: int) -> None:
    for place, count in ((0, sections), (1, names)):
        letter = "AB"[place]
        rule = {
            "validate": "list",
            "source": f"='{_CHOICES}'!${letter}$1:${letter}${count}",
            "error_title": "请从列表中选择",
            "error_message": "只能填写移交单所列的内容。",
        }
        sheet.data_validation(1, place, _LAST_ROW, place, rule)
    for place, kind, says in (
        (2, "integer", "请填写整数。"),
        (3, "decimal", "请填写金额（元），如 1200.50。"),
    ):
        bounds = {"validate": kind, "criteria": "between", "minimum": -_MOST, "maximum": _MOST}
        sheet.data_validation(1, place, _LAST_ROW, place, bounds | {"error_message": says})
