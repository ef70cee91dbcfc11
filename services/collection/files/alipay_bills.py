"""Bills of Alipay: GBK, comments around a table, values padded with tabs, totals in words behind it."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from services.collection.files.columns import check_titles, named, titles_of
from services.collection.files.rules import (
    Expected,
    Fault,
    Faulty,
    Row,
    fen_of,
    number_of,
    on_the_day,
    optional_number,
    rounded_fen,
    units_of,
)

_NEEDED = (
    *(
        "支付宝交易号",
        "商户订单号",
        "业务类型",
        "完成时间",
        "订单金额",
        "商家实收",
        "退款批次号/请求号",
        "服务费",
    ),
)
_ACCOUNT = re.compile(r"#账号：\[(\d+)\]")
_DAY = r"\[(\d{4}年\d\d月\d\d日) (\d\d:\d\d:\d\d)\]"
_PERIOD = re.compile(rf"#起始日期：{_DAY}\s*终止日期：{_DAY}.*")
_TOTALS = re.compile(r"#(交易|退款)合计：(\d+)笔，商家实收(?:退款)?共(-?[\d.]+)元.*")
#: Who bears what a payer is spared; where nobody does, the seller gets what the payer owes.
_SPARED = ("支付宝红包", "集分宝", "支付宝优惠", "商家优惠", "券核销金额", "商家红包消费金额", "卡消费金额")
#: What Alipay hangs behind a seller's number on its bills.
_OF_ACCOUNT = "0156"


@dataclass(slots=True)
class _Sum:
    """How many rows of a kind there were, and what the seller got of them."""

    count: int = 0
    received_fen: int = 0


def read_trades(lines: Iterable[tuple[int, bytes]], expected: Expected) -> Iterator[Row | Fault]:
    """Read a bill of payments and refunds."""
    titles: list[str] = []
    sums, told, no, all_read = {"交易": _Sum(), "退款": _Sum()}, set[str](), 0, True
    missing = {"起始日期"} | ({"账号"} if expected.account else set())
    for no, raw in lines:
        try:
            text = _text(raw)
            if text.startswith("#"):
                if (total := _TOTALS.fullmatch(text)) is not None:
                    told.add(total[1])
                    if all_read:
                        _check_total(total, sums[total[1]])
                missing -= _check_heading(text, expected)
            elif text and told:
                raise Faulty("behind_totals")
            elif text and not titles:
                titles = titles_of(_cells(text))
                check_titles(titles, _NEEDED)
            elif text:
                yield _row(no, named(titles, _cells(text)), expected, sums)
        except Faulty as why:
            all_read = all_read and why.kind == "total"
            yield Fault(no, why.kind, why.about)
            if why.kind in ("columns", "column_twice"):
                return
    yield from (Fault(0, "heading_missing", heading) for heading in sorted(missing) if all_read)
    yield from (Fault(no, "totals_missing", f"{kind}合计") for kind in sums if kind not in told)
    if not titles:
        yield Fault(no, "columns", "、".join(_NEEDED))


def _text(raw: bytes) -> str:
    try:
        return raw.decode("gb18030").strip("\r\n ")
    except UnicodeDecodeError:
        raise Faulty("encoding", "GB18030") from None


def _cells(text: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([text], strict=True))]
    except csv.Error:
        raise Faulty("unreadable", '"') from None


def _check_heading(text: str, expected: Expected) -> set[str]:
    """Which heading it is; raises Faulty for a bill of another account, or of other days than the file's."""
    if account := _ACCOUNT.fullmatch(text):
        if expected.account and account[1].removesuffix(_OF_ACCOUNT) != expected.account:
            raise Faulty("other_account", "账号")
        return {"账号"}
    if period := _PERIOD.fullmatch(text):
        begins, begins_at, ends, ends_at = period.groups()
        today, tomorrow = (f"{day:%Y年%m月%d日}" for day in (expected.day, expected.day + timedelta(days=1)))
        if begins != today or begins_at != "00:00:00":
            raise Faulty("other_day", "起始日期")
        if (ends, ends_at) not in ((today, "23:59:59"), (today, "24:00:00"), (tomorrow, "00:00:00")):
            raise Faulty("other_day", "终止日期")
        return {"起始日期"}
    return set()


def _check_total(total: re.Match[str], found: _Sum) -> None:
    if int(total[2]) != found.count or fen_of({"共": total[3]}, "共") != found.received_fen:
        raise Faulty("total", f"{total[1]}合计")


def _row(no: int, cells: dict[str, str], expected: Expected, sums: dict[str, _Sum]) -> Row:
    kind = cells["业务类型"]
    if kind not in sums:
        raise Faulty("word", "业务类型")
    paid, amount_fen, received_fen = kind == "交易", fen_of(cells, "订单金额"), fen_of(cells, "商家实收")
    sums[kind].count += 1
    sums[kind].received_fen += received_fen
    if (amount_fen < 0) == paid and amount_fen:
        raise Faulty("amount", "订单金额")
    spared_fen = sum(abs(fen_of(cells, title)) for title in _SPARED if cells.get(title))
    if abs(amount_fen - received_fen) > spared_fen:
        raise Faulty("sum_of_row", "商家实收")
    # Which sign a fee has is not the same on all bills: of a payment it is taken, of a refund given back.
    fee_fen = rounded_fen(abs(units_of(cells, "服务费")))
    return Row(
        line=no,
        entry="payment" if paid else "refund",
        state="done",
        transaction_no=number_of(cells, "支付宝交易号"),
        return_no=None if paid else optional_number(cells, "退款批次号/请求号"),
        entry_no=None,
        order_no=optional_number(cells, "商户订单号"),
        amount_fen=abs(amount_fen),
        fee_fen=fee_fen if paid else -fee_fen,
        happened_at=on_the_day(cells, "完成时间", expected),
    )
