"""Reads a party's own figures: CSV as its spreadsheet saves it."""

from collections.abc import Mapping

from libs.common.small_tables import TableUnreadable, fen_of, read_table
from libs.common.web.problems import FieldError
from services.ledger.papers.comparing import TOTAL, Own
from services.ledger.papers.problems import FIGURES_FILE_REFUSED
from services.ledger.totals.rules import Document

MOST_FIGURES = 2_000
_COLUMNS: Mapping[str, str] = {
    "项目": "section", "section": "section",
    "对象": "row", "row": "row",
    "人数": "heads", "heads": "heads",
    "金额（元）": "yuan", "金额": "yuan", "yuan": "yuan",
}  # fmt: skip
_NEEDED = {"section": "项目", "row": "对象"}


def read_figures(body: bytes, document: Document) -> list[Own]:
    """Read all rows; sections and rows by their codes or as the paper names them. Raises Problem."""
    try:
        rows = read_table(body, _COLUMNS, _NEEDED, MOST_FIGURES)
    except TableUnreadable as error:
        raise FIGURES_FILE_REFUSED.problem(str(error), error.message_zh, errors=[]) from None
    read: list[Own] = []
    faults: list[FieldError] = []
    for line, row in rows:
        section = _section(document, row.get("section", ""))
        try:
            read.append(
                Own(
                    section["code"] if section else row.get("section", ""),
                    _row(section, row.get("row", "")),
                    int(row["heads"].replace(",", "")) if row.get("heads") else None,
                    fen_of(row["yuan"]) if row.get("yuan") else None,
                )
            )
        except ValueError:
            faults.append(
                FieldError(
                    f"#/file/{line}",
                    f"Line {line}: write whole heads, and yuan such as 1200.50.",
                    f"第 {line} 行：人数请填整数，金额请以元填写，例如 1200.50。",
                )
            )
    if faults:
        raise FIGURES_FILE_REFUSED.problem(errors=faults)
    return read


def _section(document: Document, said: str) -> Document | None:
    return next((one for one in document["sections"] if said in (one["code"], one["title"])), None)


def _row(section: Document | None, said: str) -> str:
    if said in (TOTAL, "合计") or section is None:
        return TOTAL if said == "合计" else said
    return next((one["key"] for one in section["rows"] if said in (one["key"], one["name"])), said)
