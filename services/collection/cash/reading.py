"""Reads a file of receipts: CSV as a village's spreadsheet saves it, a row for each insured person."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from libs.common.clock import SHANGHAI
from libs.common.money import parse_yuan
from libs.common.spreadsheets import decoded, undo_tricks
from libs.common.web.problems import FieldError
from libs.common.web.schemas import bounded
from services.collection.cash.rules import Instrument, ReceiptItem, TakenMoney
from services.collection.cash.schemas import NewReceipt, taken

MOST_ROWS = 5_000
#: What stands above a column -> what it is. Rows with the same receipt are one payer's money.
COLUMNS: Mapping[str, str] = {
    "收据组": "receipt", "组号": "receipt", "receipt": "receipt",
    "证件号码": "id_number", "身份证号": "id_number", "身份证号码": "id_number", "id_number": "id_number",
    "姓名": "name", "name": "name",
    "金额": "amount", "金额（元）": "amount", "amount": "amount",
    "收款时间": "paid_at", "paid_at": "paid_at",
    "收款方式": "instrument", "instrument": "instrument",
    "流水号": "reference", "支票号": "reference", "reference": "reference",
    "票据号码": "voucher_no", "票据号": "voucher_no", "voucher_no": "voucher_no",
    "户票号码": "household_voucher_no", "household_voucher_no": "household_voucher_no",
}  # fmt: skip
#: Brackets as a spreadsheet has them, whichever keyboard wrote them.
_WIDE = str.maketrans("()", "（）")
#: 2020-11-20 16:40, 2020/11/5 9:05:00, with an offset or without; a day alone says nothing of 17:00.
_INSTANT = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?([+-]\d{2}:\d{2})?", re.ASCII
)
_NEEDED = {"id_number": "证件号码", "name": "姓名", "amount": "金额", "paid_at": "收款时间"}
_INSTRUMENTS: Mapping[str, Instrument] = {
    "": "cash", "现金": "cash", "cash": "cash", "支票": "cheque", "cheque": "cheque",
    "刷卡": "pos", "POS": "pos", "pos": "pos", "转账": "transfer", "transfer": "transfer",
}  # fmt: skip


class FileUnreadable(Exception):
    """The file as a whole cannot be read; the sentences say how to mend it."""

    def __init__(self, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.message_zh = message_zh


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The receipts of a file, where each stands, and what is wrong with rows."""

    taken: list[TakenMoney]
    pointers: list[str]
    faults: list[FieldError]


def typed(receipts: Sequence[NewReceipt]) -> ReadFile:
    """What was typed instead of sent as a file."""
    pointers = [f"#/receipts/{no}" for no in range(len(receipts))]
    return ReadFile([taken(one) for one in receipts], pointers, [])


def read_file(body: bytes) -> ReadFile:
    """Read all rows. Raises FileUnreadable."""
    text = decoded(body)
    if text is None:
        raise FileUnreadable(
            "The file is neither UTF-8 nor GB18030: save it as CSV (UTF-8).",
            "文件既不是 UTF-8 也不是 GB18030 编码，请另存为 CSV（UTF-8）。",
        )
    rows = list(_rows(text))
    if not rows:
        raise FileUnreadable("The file has no rows.", "文件没有数据行。")
    if len(rows) > MOST_ROWS:
        raise FileUnreadable(
            f"More than {MOST_ROWS} rows: split the file.", f"超过 {MOST_ROWS} 行，请拆分文件。"
        )
    taken: dict[str, tuple[str, TakenMoney]] = {}
    faults: list[FieldError] = []
    for line, row in rows:
        try:
            one = _taken(row)
        except ValueError as error:
            faults.append(_fault(line, str(error)))
            continue
        key = f"={row['receipt']}" if row.get("receipt") else f"line {line}"
        if key not in taken:
            taken[key] = f"#/file/{line}", one
        else:
            pointer, before = taken[key]
            taken[key] = pointer, replace(before, items=before.items + one.items)
    return ReadFile([one for _, one in taken.values()], [at for at, _ in taken.values()], faults)


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [COLUMNS.get(cell.strip().translate(_WIDE)) for cell in next(lines, [])]
        if missing := [title for name, title in _NEEDED.items() if name not in names]:
            raise FileUnreadable(
                f"The first line has to name the columns {', '.join(missing)}.",
                f"首行须有列名：{'、'.join(missing)}。",
            )
        for cells in lines:
            row = {name: cell.strip() for name, cell in zip(names, undo_tricks(cells), strict=False) if name}
            if any(row.values()):
                yield lines.line_num, row
    except csv.Error:
        raise FileUnreadable(
            f"Line {lines.line_num} cannot be read: look at its quotation marks and at overlong cells.",
            f"第 {lines.line_num} 行无法读取：请检查引号和过长的单元格。",
        ) from None


def _taken(row: Mapping[str, str]) -> TakenMoney:
    """One row as the money of one payer. Raises ValueError with the column that is wrong."""
    try:
        amount = row.get("amount", "").removesuffix("元")
        fen = parse_yuan(f"{amount}元")
    except ValueError:
        raise ValueError("amount") from None
    instrument = _INSTRUMENTS.get(row.get("instrument", ""))
    if instrument is None:
        raise ValueError("instrument")
    if not fen:
        raise ValueError("amount")
    if not row.get("name") or not row.get("id_number"):
        raise ValueError("name" if row.get("id_number") else "id_number")
    item = ReceiptItem(row["id_number"], row["name"], fen, row.get("voucher_no") or None)
    return TakenMoney(
        instrument=instrument,
        paid_at=_instant(row.get("paid_at", "")),
        items=(item,),
        reference=row.get("reference") or None,
        voucher_no=row.get("household_voucher_no") or None,
    )


def _instant(text: str) -> datetime:
    """An instant as a spreadsheet writes it, in China's time where no offset stands."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise ValueError("paid_at")
    year, month, day, hour, minute, second, offset = (part or "" for part in found.groups())
    written = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:{second or '00'}{offset}"
    try:
        taken = datetime.fromisoformat(written)
        return bounded(taken if offset else taken.replace(tzinfo=SHANGHAI))
    except ValueError:
        raise ValueError("paid_at") from None


_MENDS = {
    "amount": ("Write the amount in yuan, such as 280 or 280.00.", "金额请以元填写，例如 280 或 280.00。"),
    "instrument": ("Write cash, cheque, pos or transfer.", "收款方式请填写现金、支票、刷卡或转账。"),
    "paid_at": ("Write day and time, such as 2020-11-20 16:40.", "收款时间请写到分，例如 2020-11-20 16:40。"),
    "name": ("Write the name as on the document.", "请按证件填写姓名。"),
    "id_number": ("Write the number as on the document.", "请填写证件号码。"),
}


def _fault(line: int, column: str) -> FieldError:
    detail, detail_zh = _MENDS[column]
    return FieldError(f"#/file/{line}/{column}", f"Line {line}: {detail}", f"第 {line} 行：{detail_zh}")
