"""Reads a party's own figures: CSV or a workbook, as its spreadsheet saves it."""

from collections.abc import Mapping

from libs.common.small_tables import TableUnreadable, fen_of, read_table
from libs.common.web.problems import FieldError
from services.ledger.papers.comparing import TOTAL, Own, rows_of
from services.ledger.papers.problems import FIGURES_FILE_REFUSED
from services.ledger.totals.rules import Document

MOST_FIGURES = 2_000
#: What a paper calls the sum of a section.
SUM = "合计"
_COLUMNS: Mapping[str, str] = {
    "项目": "section", "section": "section",
    "对象": "row", "row": "row",
    "人数": "heads", "heads": "heads",
    "金额（元）": "yuan", "金额": "yuan", "yuan": "yuan",
}  # fmt: skip
_NO_FIGURE = (
    "write whole heads, and yuan such as 1200.50.",
    "人数请填整数，金额请以元填写，例如 1200.50。",
)
_NOTHING = (
    "The file has no figures: fill in people or money of the lines that are compared.",
    "文件中没有数据，请填写需要核对的各行人数或金额。",
)
_NEEDED = {"section": "项目", "row": "对象"}


def read_figures(body: bytes, document: Document) -> list[Own]:
    """Read all rows; sections and rows by their codes or as the paper names them. Raises Problem."""
    try:
        rows = read_table(body, _COLUMNS, _NEEDED, MOST_FIGURES)
    except TableUnreadable as error:
        raise FIGURES_FILE_REFUSED.problem(str(error), error.message_zh, errors=[]) from None
    known = rows_of(document)
    read: dict[tuple[str, str], tuple[int, Own]] = {}
    faults: list[FieldError] = []
    for line, row in rows:
        if not (row.get("heads") or row.get("yuan")):
            # A line of the template that was left empty.
            continue
        try:
            own = _own(document, row)
        except ValueError:
            faults.append(_fault(line, *_NO_FIGURE))
            continue
        key = own.section, own.row
        if key not in known:
            said = f"{row.get('section', '')} / {row.get('row', '')}"
            faults.append(
                _fault(
                    line,
                    f"the paper has no {said}; take the words of the template.",
                    f"移交单没有“{said}”，请按模板所列填写。",
                )
            )
        elif key in read:
            first = read[key][0]
            faults.append(
                _fault(line, f"the same as line {first}; leave one.", f"与第 {first} 行重复，请只保留一行。")
            )
        else:
            read[key] = line, own
    if faults or not read:
        raise FIGURES_FILE_REFUSED.problem(*(() if faults else _NOTHING), errors=faults)
    return [own for _, own in read.values()]


def _own(document: Document, row: Mapping[str, str]) -> Own:
    """What a row says. Raises ValueError."""
    section = _section(document, row.get("section", ""))
    return Own(
        section["code"] if section else row.get("section", ""),
        _row(section, row.get("row", "")),
        int(row["heads"].replace(",", "")) if row.get("heads") else None,
        _fen(row["yuan"]) if row.get("yuan") else None,
    )


def _fen(cell: str) -> int:
    """An amount in yuan; less than before is below 0. Raises ValueError."""
    return -fen_of(cell[1:]) if cell.startswith("-") else fen_of(cell)


def _fault(line: int, says: str, says_zh: str) -> FieldError:
    return FieldError(f"#/file/{line}", f"Line {line}: {says}", f"第 {line} 行：{says_zh}")


def _section(document: Document, said: str) -> Document | None:
    return next((one for one in document["sections"] if said in (one["code"], one["title"])), None)


def _row(section: Document | None, said: str) -> str:
    if said in (TOTAL, SUM) or section is None:
        return TOTAL if said == SUM else said
    return next((one["key"] for one in section["rows"] if said in (one["key"], one["name"])), said)
