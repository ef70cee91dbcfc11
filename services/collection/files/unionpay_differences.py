"""Files of what UnionPay corrects (ZME): chargebacks and adjustments, of fixed width, counted in bytes.

It has no totals and no query number: a row is known by its trace and instant, as in UnionPay's other files.
What moved is the amount that is settled: C is for us, D against us.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from services.collection.files.rules import Entry, Expected, Fault, Faulty, Row, number_of
from services.collection.files.unionpay_bills import (
    columns_of,
    digits_fen,
    read_lines,
    settled_at,
    signed_fen,
)

_WIDTHS = (3, 11, 11, 6, 10, 19, 12, 4, 2, 2, 6, 10, 4, 12, 13, 13, 15, 15, 1, 12, 2, 135)
_ENDS = tuple(end + place for place, end in enumerate(accumulate(_WIDTHS)))
#: The columns that are read, by their place. Which of the two long ones names the merchant differs.
_COLUMNS = {
    "系统跟踪号": 4,
    "交易传输时间": 5,
    "交易金额": 7,
    "原始系统跟踪号": 11,
    "原始交易日期时间": 12,
    "手续费": 15,
    "结算金额": 16,
    "商户代码": 17,
    "二级商户代码": 18,
}
_PLACES = {name: (_ENDS[no - 1] - _WIDTHS[no - 1], _ENDS[no - 1]) for name, no in _COLUMNS.items()}


def read_differences(lines: Iterable[tuple[int, bytes]], expected: Expected) -> Iterator[Row | Fault]:
    """Read a file of corrections; each row is a booking."""
    yield from read_lines(lines, lambda no, raw: _row(no, _columns(raw), expected))


def _columns(raw: bytes) -> dict[str, str]:
    # The last column is a reserve, of which nothing but blanks may be missing.
    return columns_of(raw, _ENDS, (_ENDS[-2], _ENDS[-1]), _PLACES)


def _row(no: int, cells: dict[str, str], expected: Expected) -> Row:
    if expected.account not in (None, cells["商户代码"], cells["二级商户代码"]):
        raise Faulty("other_account", "商户代码")
    settled_fen = signed_fen(cells, "结算金额")
    entry: Entry = "money_in" if settled_fen > 0 else "money_out"
    amount_fen, fee_fen = digits_fen(cells, "交易金额"), abs(signed_fen(cells, "手续费"))
    if abs(settled_fen) not in (amount_fen, amount_fen - fee_fen, amount_fen + fee_fen):
        raise Faulty("sum_of_row", "结算金额")
    trace = f"{number_of(cells, '系统跟踪号')}-{cells['交易传输时间']}"
    before = f"{cells['原始系统跟踪号']}-{cells['原始交易日期时间']}".strip("-")
    return Row(
        line=no,
        entry=entry,
        state="done",
        transaction_no=before or trace,
        return_no=None,
        entry_no=trace,
        order_no=None,
        amount_fen=abs(settled_fen),
        fee_fen=0,
        happened_at=settled_at(cells, expected),
    )
