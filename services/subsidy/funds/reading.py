"""Reads a list of payers' money that has come: CSV as finance's spreadsheet saves it."""

import csv
import io
from collections.abc import Mapping

from pydantic import ValidationError

from libs.common.money import parse_yuan
from libs.common.spreadsheets import decoded, undo_tricks
from libs.common.web.problems import FieldError
from services.subsidy.funds.problems import FILE_REFUSED
from services.subsidy.funds.schemas import MOST_ARRIVALS, NewArrival

#: What stands above a column -> what it is.
_COLUMNS: Mapping[str, str] = {
    "资助方": "payer", "payer": "payer",
    "凭证号": "reference", "reference": "reference",
    "金额（元）": "yuan", "金额": "yuan", "yuan": "yuan",
    "到账时间": "arrived_at", "arrived_at": "arrived_at",
}  # fmt: skip
#: Brackets as a spreadsheet has them, whichever keyboard wrote them.
_WIDE = str.maketrans("()", "（）")


def read_arrivals(body: bytes, payers: Mapping[str, str]) -> list[NewArrival]:
    """Read all rows; `payers` are codes by their names. Raises a problem that lists the rows at fault."""
    rows = _rows(decoded(body) or "")
    if not 1 <= len(rows) <= MOST_ARRIVALS:
        raise FILE_REFUSED.problem(errors=[])
    read: list[NewArrival] = []
    faults: list[FieldError] = []
    for number, row in enumerate(rows, 2):
        try:
            payer = payers.get(row.get("payer", ""), row.get("payer", ""))
            fen = parse_yuan(row.get("yuan", "").replace(",", "").removesuffix("元") + "元")
            read.append(
                NewArrival.model_validate(
                    {
                        "payer": payer,
                        "reference": row.get("reference"),
                        "amount_fen": fen,
                        "arrived_at": row.get("arrived_at"),
                    }
                )
            )
        except (ValueError, ValidationError):
            faults.append(
                FieldError(
                    f"#/lines/{number}",
                    "payer, reference, yuan or instant (2020-12-28T10:00:00+08:00) cannot be read",
                    "资助方、凭证号、金额或到账时间（如 2020-12-28T10:00:00+08:00）有误",
                )
            )
    if faults:
        raise FILE_REFUSED.problem(errors=faults)
    return read


def _rows(text: str) -> list[dict[str, str]]:
    lines = csv.reader(io.StringIO(text, newline=""))
    names = [_COLUMNS.get(cell.strip().translate(_WIDE)) for cell in next(lines, [])]
    found = [
        {name: cell.strip() for name, cell in zip(names, undo_tricks(cells), strict=False) if name}
        for cells in lines
    ]
    return [row for row in found if any(row.values())]
