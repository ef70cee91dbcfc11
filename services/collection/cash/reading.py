"""Reads a file of receipts as a spreadsheet saves it, a row for each person, or order of a unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from libs.common.small_tables import check_columns, fen_of, instant_of, read_table
from libs.common.web.problems import FieldError
from services.collection.cash.rules import Instrument, TakenMoney
from services.collection.cash.schemas import MOST_ITEMS, NewItem, NewReceipt, taken

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
    "补缴年数": "repair_years", "补缴断保年数": "repair_years", "repair_years": "repair_years",
    "单位订单号": "order_no", "订单号": "order_no", "order_no": "order_no",
}  # fmt: skip
_NEEDED = {"amount": "金额", "paid_at": "收款时间"}
#: What the order of a unit says itself.
_OF_PEOPLE = {"id_number": "证件号码", "name": "姓名"}
_INSTRUMENTS: Mapping[str, Instrument] = {
    "": "cash", "现金": "cash", "cash": "cash", "支票": "cheque", "cheque": "cheque",
    "刷卡": "pos", "POS": "pos", "pos": "pos", "转账": "transfer", "transfer": "transfer",
}  # fmt: skip


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
    """Read all rows. Raises TableUnreadable."""
    found: dict[str, tuple[str, TakenMoney]] = {}
    faults: list[FieldError] = []
    rows = read_table(body, COLUMNS, _NEEDED, MOST_ROWS)
    titles = {name for _, row in rows for name in row}
    if "order_no" not in titles:
        check_columns(_OF_PEOPLE, titles)
    for line, row in rows:
        try:
            one = _taken(row)
        except ValueError as error:
            faults.append(_fault(line, str(error)))
            continue
        key = f"={row['receipt']}" if row.get("receipt") else f"line {line}"
        if key not in found:
            found[key] = f"#/file/{line}", one
            continue
        pointer, before = found[key]
        if (why := _apart(before, one)) is not None:
            faults.append(_fault(line, "receipt", why))
        else:
            found[key] = pointer, replace(before, items=before.items + one.items)
    return ReadFile([one for _, one in found.values()], [at for at, _ in found.values()], faults)


def _taken(row: Mapping[str, str]) -> TakenMoney:
    """One row as the money of one payer. Raises ValueError with the column that is wrong."""
    try:
        fen = fen_of(row.get("amount", ""))
    except ValueError:
        raise ValueError("amount") from None
    instrument = _INSTRUMENTS.get(row.get("instrument", ""))
    if instrument is None:
        raise ValueError("instrument")
    if not fen:
        raise ValueError("amount")
    order_no, people = row.get("order_no") or None, [row[name] for name in _OF_PEOPLE if row.get(name)]
    if order_no and people:
        raise ValueError("order_no")
    if order_no and row.get("repair_years"):
        raise ValueError("repair_years")
    if not order_no and len(people) < len(_OF_PEOPLE):
        raise ValueError("name" if row.get("id_number") else "id_number")
    try:
        paid_at = instant_of(row.get("paid_at", ""))
    except ValueError:
        raise ValueError("paid_at") from None
    own, whole = row.get("voucher_no") or None, row.get("household_voucher_no") or None
    try:
        said = NewReceipt(
            instrument=instrument,
            paid_at=paid_at,
            reference=row.get("reference") or None,
            # Of an order there is one voucher, in whichever column it stands.
            voucher_no=whole or own if order_no else whole,
            items=[] if order_no else [_item(row, fen, own)],
            order_no=order_no,
            amount_fen=fen if order_no else None,
        )
    except ValidationError as error:
        raise ValueError(_column(error)) from None
    return taken(said)


def _item(row: Mapping[str, str], fen: int, voucher_no: str | None) -> NewItem:
    years = row.get("repair_years") or "0"
    if not years.isdecimal():
        raise ValueError("repair_years")
    return NewItem(
        id_number=row["id_number"],
        name=row["name"],
        amount_fen=fen,
        voucher_no=voucher_no,
        repair_years=int(years),
    )


def _apart(before: TakenMoney, one: TakenMoney) -> str | None:
    """Why a row is not of the receipt that the rows before it are; what it leaves out they said."""
    if before.order is not None or one.order is not None:
        return "order_alone"
    if len(before.items) == MOST_ITEMS:
        return "receipt_too_long"
    pairs = (before.reference, one.reference), (before.voucher_no, one.voucher_no)
    otherwise = any(new is not None and new != old for old, new in pairs)
    if otherwise or (before.instrument, before.paid_at) != (one.instrument, one.paid_at):
        return "receipt_differs"
    return None


def _column(error: ValidationError) -> str:
    """The column that a receipt as it is typed would not allow."""
    member = next(str(part) for part in reversed(error.errors()[0]["loc"]) if isinstance(part, str))
    return "amount" if member == "amount_fen" else member


_MENDS = {
    "amount": ("Write the amount in yuan, such as 280 or 280.00.", "金额请以元填写，例如 280 或 280.00。"),
    "instrument": ("Write cash, cheque, pos or transfer.", "收款方式请填写现金、支票、刷卡或转账。"),
    "paid_at": ("Write day and time, such as 2020-11-20 16:40.", "收款时间请写到分，例如 2020-11-20 16:40。"),
    "name": ("Write the name as on the document.", "请按证件填写姓名。"),
    "id_number": ("Write the number as on the document.", "请填写证件号码。"),
    "order_no": (
        "Name the people, or the order of a unit with nobody beside it, as its confirmation has it.",
        "请填写参保人，或单独填写单位订单号（与单位订单一致，同一行不再填姓名和证件号码）。",
    ),
    "repair_years": (
        "Write how many lapsed years some of the amount repairs, up to 20, or nothing.",
        "补缴年数请填写本笔金额中补缴断保年度的年数（不超过 20），没有的留空；单位订单不填。",
    ),
    "receipt_too_long": (
        f"One payer's receipt has at most {MOST_ITEMS} people: start another group.",
        f"一笔收款最多 {MOST_ITEMS} 人，请另起收据组。",
    ),
    "voucher_no": (
        "Write the number as on the paper, up to 40 letters and digits without blanks.",
        "请按票面填写票据号码，最多 40 位，不含空格。",
    ),
    "reference": (
        "Write the number as on the slip, up to 40 letters and digits without blanks.",
        "请按小票填写流水号或支票号，最多 40 位，不含空格。",
    ),
    "receipt_differs": (
        "Rows of one receipt have one way and time of payment, one slip and one household voucher.",
        "同一笔收款各行的收款方式、收款时间、流水号和户票号码须一致。",
    ),
    "order_alone": (
        "The order of a unit is a receipt of its own: leave the group empty.",
        "单位订单须单独成一笔收款，请勿填写收据组。",
    ),
}


def _fault(line: int, column: str, why: str | None = None) -> FieldError:
    detail, detail_zh = _MENDS[why or column]
    return FieldError(f"#/file/{line}/{column}", f"Line {line}: {detail}", f"第 {line} 行：{detail_zh}")
