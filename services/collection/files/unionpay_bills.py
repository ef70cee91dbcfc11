"""Files of what succeeded at UnionPay (ZM): columns of fixed width, a blank between them, counted in bytes.

It has no line of totals: each row has to add up, and to be whole. The last columns are cut up differently
from version to version; of them only the order of a refund and the amount that is cleared are read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from libs.common.clock import SHANGHAI
from services.collection.files.rules import Entry, Expected, Fault, Faulty, Row, number_of, optional_number

_WIDTHS = (
    *(3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15),
    *(1, 15, 32, 13, 13, 8, 32, 13, 13, 12, 2, 1),
)
#: Where a column ends: each but the first has a blank before it.
_ENDS = tuple(end + place for place, end in enumerate(accumulate(_WIDTHS)))
#: The columns that are read, by their place.
_COLUMNS = {
    "交易传输时间": 5,
    "交易金额": 7,
    "查询流水号": 10,
    "商户订单号": 12,
    "商户手续费": 16,
    "结算金额": 17,
    "交易类型": 20,
    "原交易查询流水号": 27,
    "商户代码": 28,
}
_TAIL_BEGINS = _ENDS[-1] + 1
#: The longest tail of any version: what is longer is two rows.
_MOST = _TAIL_BEGINS + 132
#: Where what is read begins and ends.
_PLACES = {name: (_ENDS[no - 1] - _WIDTHS[no - 1], _ENDS[no - 1]) for name, no in _COLUMNS.items()} | {
    "原始交易订单号": (_TAIL_BEGINS, _TAIL_BEGINS + 32),
    "清算金额": (_TAIL_BEGINS + 33, _TAIL_BEGINS + 46),
}
_ENTRIES: dict[str, Entry] = {"01": "payment", "04": "refund", "31": "refund"}


def read_trades(lines: Iterable[tuple[int, bytes]], expected: Expected) -> Iterator[Row | Fault]:
    """Read a file of payments, refunds and reversals."""
    yield from read_lines(lines, lambda no, raw: _row(no, _columns(raw), expected))


def read_lines(lines: Iterable[tuple[int, bytes]], row: Callable[[int, bytes], Row]) -> Iterator[Row | Fault]:
    """Read a file of UnionPay line by line; `row` may raise Faulty. The last line may be an end mark."""
    for no, raw in lines:
        bare = raw.rstrip(b"\r\n")
        if not bare.strip(b" \x1a"):
            continue
        try:
            yield row(no, bare)
        except Faulty as why:
            yield Fault(no, why.kind, why.about)


def columns_of(
    raw: bytes, ends: Sequence[int], lengths: tuple[int, int], places: Mapping[str, tuple[int, int]]
) -> dict[str, str]:
    """Columns of fixed width by their places. Raises Faulty for a line too short or too long, or shifted."""
    least, most = lengths
    if (
        len(raw) < least
        or len(raw.rstrip()) > most
        or any(raw[end : end + 1] not in (b" ", b"") for end in ends)
    ):
        raise Faulty("cells", f"{len(ends)}")
    try:
        return {name: raw[begin:end].decode("gb18030").strip() for name, (begin, end) in places.items()}
    except UnicodeDecodeError:
        raise Faulty("encoding", "GB18030") from None


def _columns(raw: bytes) -> dict[str, str]:
    return columns_of(raw, _ENDS, (_ENDS[-1], _MOST), _PLACES)


def _row(no: int, cells: dict[str, str], expected: Expected) -> Row:
    entry = _ENTRIES.get(cells["交易类型"])
    if entry is None:
        raise Faulty("word", "交易类型")
    if expected.account is not None and cells["商户代码"] != expected.account:
        raise Faulty("other_account", "商户代码")
    query_no, paid = number_of(cells, "查询流水号"), entry == "payment"
    return Row(
        line=no,
        entry=entry,
        state="done",
        transaction_no=query_no if paid else number_of(cells, "原交易查询流水号"),
        return_no=None if paid else query_no,
        entry_no=None,
        # A refund has an order number of its own; the tail says which order it is of.
        order_no=optional_number(cells, "商户订单号" if paid else "原始交易订单号"),
        amount_fen=digits_fen(cells, "交易金额"),
        fee_fen=_fee_fen(cells, paid=paid),
        happened_at=settled_at(cells, expected),
    )


def digits_fen(cells: dict[str, str], title: str) -> int:
    """An amount in fen, twelve digits. Raises Faulty."""
    text = cells[title]
    if not (text.isascii() and text.isdigit() and len(text) == 12):
        raise Faulty("amount", title)
    return int(text)


def signed_fen(cells: dict[str, str], title: str) -> int:
    """A letter and twelve digits: C is for us, D against us; where nothing moved it may be left out."""
    text = cells[title]
    letter, digits = text[:-12], text[-12:]
    fen = digits_fen({title: digits}, title)
    if letter not in ("C", "D") and (letter or fen):
        raise Faulty("amount", title)
    return -fen if letter == "D" else fen


def _fee_fen(cells: dict[str, str], *, paid: bool) -> int:
    """What was taken: the difference between amount and settlement, which has to be the fee that is told."""
    told = cells["清算金额"]
    amount_fen = abs(signed_fen(cells, "清算金额")) if told else digits_fen(cells, "交易金额")
    fee_fen = (amount_fen if paid else -amount_fen) - signed_fen(cells, "结算金额")
    if abs(fee_fen) != abs(signed_fen(cells, "商户手续费")):
        raise Faulty("sum_of_row", "结算金额")
    return fee_fen


def settled_at(cells: dict[str, str], expected: Expected) -> datetime:
    """Month to second, with the year of the day that is settled: that begins the evening before."""
    text = cells["交易传输时间"]
    if not (text.isascii() and text.isdigit() and len(text) == 10):
        raise Faulty("instant", "交易传输时间")
    before = expected.day - timedelta(days=1)
    for day in (expected.day, before):
        if text[:4] == f"{day.month:02d}{day.day:02d}":
            try:
                hour, minute, second = int(text[4:6]), int(text[6:8]), int(text[8:10])
                return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SHANGHAI)
            except ValueError:
                raise Faulty("instant", "交易传输时间") from None
    raise Faulty("other_day", "交易传输时间")
