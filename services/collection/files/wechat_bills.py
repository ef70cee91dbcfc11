"""Trade bills and fund flows of WeChat Pay: UTF-8, a backtick before each value, totals in the last line."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from services.collection.files.columns import Columns, check_titles, titles_of
from services.collection.files.rules import (
    BOM,
    UNITS_OF_FEN,
    Entry,
    Expected,
    Fault,
    Faulty,
    Row,
    RowState,
    amount_of,
    number_of,
    on_the_day,
    optional_number,
    rounded_fen,
    units_of,
)

#: Titles of the layout that was written until 2019 -> those of today.
_FORMER = {
    "子商户号": "特约商户号",
    "总金额": "应结订单金额",
    "代金券或立减优惠金额": "代金券金额",
    "代金券或立减优惠退款金额": "充值券退款金额",
    "总交易额": "应结订单总金额",
    "总退款金额": "退款总金额",
    "总代金券或立减优惠退款金额": "充值券退款总金额",
}
_TRADE = ("交易时间", "商户号", "微信订单号", "商户订单号", "交易状态", "应结订单金额", "手续费")
_GIVEN_BACK = ("微信退款单号", "退款金额", "退款状态")
_FLOW = ("记账时间", "微信支付业务单号", "资金流水单号", "收支类型", "收支金额")
#: Total of a bill -> the column whose sum it is.
_SUMS = {
    "应结订单总金额": "应结订单金额",
    "退款总金额": "退款金额",
    "充值券退款总金额": "充值券退款金额",
    "手续费总金额": "手续费",
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
}
_REFUND_STATES: Mapping[str, RowState] = {
    "SUCCESS": "done",
    "PROCESSING": "pending",
    "FAIL": "failed",
    "CHANGE": "failed",
}
_DIRECTIONS: Mapping[str, Entry] = {"收入": "money_in", "支出": "money_out"}
#: What is read of a row.
_READ = {*_TRADE, *_GIVEN_BACK, *_FLOW, *_SUMS.values(), "特约商户号", "业务凭证号"}
#: Rows of so many different amounts are counted apart before they are added up.
_MOST_ALIKE = 10_000


@dataclass(slots=True)
class _Sums:
    """What the rows add up to: how many, and by column or direction, in thousandths of a fen.

    `alike` counts rows by their amounts in the columns `summed`: most rows of a day have the same few.
    """

    count: int = 0
    of: dict[str, int] = field(default_factory=dict)
    summed: tuple[str, ...] = ()
    alike: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(self, name: str, units: int) -> None:
        self.of[name] = self.of.get(name, 0) + units

    def add_row(self, cells: dict[str, str]) -> None:
        """Add up the amounts of a row. Raises Faulty for one that is none."""
        said = tuple([cells[title] for title in self.summed])
        known = self.alike.get(said, 0)
        if not known:
            for title in self.summed:
                units_of(cells, title)
            if len(self.alike) >= _MOST_ALIKE:
                self.settle()
        self.alike[said] = known + 1

    def settle(self) -> None:
        """Add up what was counted."""
        for said, times in self.alike.items():
            for title, text in zip(self.summed, said, strict=True):
                self.add(title, units_of({title: text}, title) * times)
        self.alike.clear()


_ReadRow = Callable[[int, dict[str, str], Expected, _Sums], Row]
_CheckTotals = Callable[[dict[str, str], _Sums], Iterable[str]]


def read_trades(lines: Iterable[tuple[int, bytes]], expected: Expected) -> Iterator[Row | Fault]:
    """Read a bill of payments, or of payments and refunds."""
    return _read(lines, expected, _TRADE, "总交易单数", _trade, _trade_totals)


def read_refunds(lines: Iterable[tuple[int, bytes]], expected: Expected) -> Iterator[Row | Fault]:
    """Read a bill of refunds alone."""
    return _read(lines, expected, (*_TRADE, *_GIVEN_BACK), "总交易单数", _trade, _trade_totals)


def read_fund_flow(lines: Iterable[tuple[int, bytes]], expected: Expected) -> Iterator[Row | Fault]:
    """Read what moved on the account at WeChat Pay."""
    return _read(lines, expected, _FLOW, "资金流水总笔数", _flow, _flow_totals)


def _read(
    lines: Iterable[tuple[int, bytes]],
    expected: Expected,
    needed: tuple[str, ...],
    counted: str,
    read_row: _ReadRow,
    check: _CheckTotals,
) -> Iterator[Row | Fault]:
    """Four parts: titles, rows, titles of totals, totals."""
    titles, columns = list[str](), Columns((), ())
    sums, no, totals_begun, totals_read = _Sums(), 0, False, False
    all_read = True  # of rows that cannot be read no sum is known
    for no, raw in lines:
        try:
            cells = _cells(raw)
            if not cells:
                continue
            if totals_read:
                raise Faulty("behind_totals")
            # Titles have no backtick.
            if not titles or (b"`" not in raw and counted in titles_of(cells)):
                totals_begun = bool(titles)
                titles = [_FORMER.get(title, title) for title in titles_of(cells)]
                check_titles(titles, (counted,) if totals_begun else needed)
                columns = Columns(titles, {*titles} if totals_begun else _READ)
                sums.summed = sums.summed or tuple(one for one in _SUMS.values() if one in titles)
            elif totals_begun:
                totals_read = True
                sums.settle()
                wrong = check(columns.of(cells), sums) if all_read else ()
                yield from (Fault(no, "total", name) for name in wrong)
            else:
                yield read_row(no, columns.of(cells), expected, sums)
        except Faulty as why:
            all_read = False
            yield Fault(no, why.kind, why.about)
            if not sums.count and why.kind in ("columns", "column_twice"):
                return
    if not totals_read:
        yield Fault(no, "totals_missing", counted)


def _cells(raw: bytes) -> list[str]:
    try:
        text = raw.decode().removeprefix(BOM).strip("\r\n")
    except UnicodeDecodeError:
        raise Faulty("encoding", "UTF-8") from None
    if text.startswith("`"):
        return text[1:].split(",`")
    return text.split(",") if text.strip() else []


def _trade(no: int, cells: dict[str, str], expected: Expected, sums: _Sums) -> Row:
    sums.count += 1
    sums.add_row(cells)
    if expected.account is not None and expected.account not in (cells["商户号"], cells.get("特约商户号")):
        raise Faulty("other_account", "商户号")
    paid = cells["交易状态"] == "SUCCESS"
    if not paid and cells["交易状态"] not in ("REFUND", "REVOKED"):
        raise Faulty("word", "交易状态")
    if not paid:
        check_titles(list(cells), _GIVEN_BACK)
    asked = "订单金额" if paid else "申请退款金额"
    settled = "应结订单金额" if paid else "退款金额"
    return Row(
        line=no,
        entry="payment" if paid else "refund",
        state="done" if paid else _refund_state(cells),
        transaction_no=number_of(cells, "微信订单号"),
        return_no=None if paid else optional_number(cells, "微信退款单号"),
        entry_no=None,
        order_no=optional_number(cells, "商户订单号"),
        amount_fen=amount_of(cells, asked if asked in cells else settled),
        fee_fen=rounded_fen(units_of(cells, "手续费")),
        happened_at=on_the_day(cells, "交易时间", expected),
    )


def _refund_state(cells: dict[str, str]) -> RowState:
    state = _REFUND_STATES.get(cells["退款状态"])
    if state is None and cells["交易状态"] != "REVOKED":
        raise Faulty("word", "退款状态")
    return state or "done"


def _trade_totals(cells: dict[str, str], sums: _Sums) -> Iterator[str]:
    if units_of(cells, "总交易单数") != sums.count * 100 * UNITS_OF_FEN:
        yield "总交易单数"
    for name, column in _SUMS.items():
        if name in cells and units_of(cells, name) != sums.of.get(column, 0):
            yield name


def _flow(no: int, cells: dict[str, str], expected: Expected, sums: _Sums) -> Row:
    sums.count += 1
    direction = cells["收支类型"]
    entry = _DIRECTIONS.get(direction)
    if entry is None:
        raise Faulty("word", "收支类型")
    amount_fen = amount_of(cells, "收支金额")
    sums.add(f"{direction}金额", amount_fen * UNITS_OF_FEN)
    sums.add(f"{direction}笔数", 100 * UNITS_OF_FEN)
    return Row(
        line=no,
        entry=entry,
        state="done",
        transaction_no=number_of(cells, "微信支付业务单号"),
        return_no=None,
        entry_no=number_of(cells, "资金流水单号"),
        order_no=optional_number(cells, "业务凭证号"),
        amount_fen=amount_fen,
        fee_fen=0,
        happened_at=on_the_day(cells, "记账时间", expected),
    )


def _flow_totals(cells: dict[str, str], sums: _Sums) -> Iterator[str]:
    if units_of(cells, "资金流水总笔数") != sums.count * 100 * UNITS_OF_FEN:
        yield "资金流水总笔数"
    for name in ("收入笔数", "收入金额", "支出笔数", "支出金额"):
        if name in cells and units_of(cells, name) != sums.of.get(name, 0):
            yield name
