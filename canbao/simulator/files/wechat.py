"""Writes the bills of a day as WeChat Pay would: trades (all, successes, refunds), and its fund flow.

Written apart from what reads them, so that the two check each other.
"""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from canbao.simulator.files.books import Moved, rounded, yuan
from canbao.simulator.files.titles import half_width

MERCHANT = "1900000001"
_PAID = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号",
    "用户标识", "交易类型", "交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额",
)  # fmt: skip
_BACK = (
    "微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态",
)  # fmt: skip
_END = (
    "商品名称", "商户数据包", "手续费", "费率", "订单金额",
)  # fmt: skip
#: Titles of each layout.
TITLES = {
    "all": (*_PAID, *_BACK, *_END, "申请退款金额", "费率备注"),
    "success": (*_PAID, *_END, "费率备注"),
    "refund": (*_PAID, "退款申请时间", "退款成功时间", *_BACK, *_END, "申请退款金额", "费率备注"),
}
_TOTALS = (
    "总交易单数", "应结订单总金额", "退款总金额", "充值券退款总金额", "手续费总金额", "订单总金额",
    "申请退款总金额",
)  # fmt: skip
_FLOW = (
    "记账时间", "微信支付业务单号", "资金流水单号", "业务名称", "业务类型", "收支类型",
    "收支金额（元）", "账户结余（元）", "资金变更提交申请人", "备注", "业务凭证号",
)  # fmt: skip
_FLOW_TOTALS = (
    "资金流水总笔数", "收入笔数", "收入金额", "支出笔数", "支出金额",
)  # fmt: skip


def bill(rows: Iterable[Moved], layout: str = "all", merchant: str = MERCHANT) -> bytes:
    """A bill whose totals are right."""
    return b"".join(bill_lines(rows, layout, merchant))


def bill_lines(rows: Iterable[Moved], layout: str = "all", merchant: str = MERCHANT) -> Iterator[bytes]:
    """The same line by line, for bills of millions."""
    titles = TITLES[layout]
    yield b"\xef\xbb\xbf" + _line(titles)
    count, paid_fen, back_fen, fee = 0, 0, 0, Decimal(0)
    for one in rows:
        count += 1
        cells = _cells(one, merchant)
        yield _line([f"`{cells.get(title, '')}" for title in titles])
        paid_fen += 0 if one.return_no else one.fen
        back_fen += one.fen if one.return_no else 0
        fee += Decimal(one.fee)
    paid, back = yuan(paid_fen), yuan(back_fen)
    totals = (f"{count}.0", paid, back, "0.00", str(rounded(fee)), paid, back)
    yield _line(_TOTALS)
    yield _line([f"`{total}" for total in totals])


def _line(cells: Iterable[str]) -> bytes:
    return f"{','.join(cells)}\r\n".encode()


def packed_bill(rows: Sequence[Moved], merchant: str = MERCHANT) -> bytes:
    """The bill of everything, as it is downloaded: gzip, the same bytes each time."""
    return gzip.compress(bill(rows, merchant=merchant), mtime=0)


def _cells(one: Moved, merchant: str) -> dict[str, str]:
    back = bool(one.return_no)
    return {
        "交易时间": f"{one.at:%Y-%m-%d %H:%M:%S}",
        "商户号": merchant,
        "微信订单号": one.no,
        "商户订单号": one.order,
        "用户标识": "oHkLxt-made-up",
        "交易状态": "REFUND" if back else "SUCCESS",
        "应结订单金额": "0.00" if back else one.yuan,
        "代金券金额": "0.00",
        "微信退款单号": one.return_no or "0",
        "商户退款单号": one.return_no or "0",
        "退款金额": one.yuan if back else "0.00",
        "充值券退款金额": "0.00",
        "退款状态": one.state if back else "",
        "商品名称": ", ".join(("城乡居民医保", "2020")),
        "手续费": one.fee,
        "订单金额": "0.00" if back else one.yuan,
        "申请退款金额": one.yuan if back else "0.00",
    }


def fund_flow(rows: Sequence[Moved]) -> bytes:
    """What moved on the account at WeChat Pay."""
    lines = [half_width(",".join(_FLOW))]
    for no, one in enumerate(rows):
        way = "支出" if one.return_no else "收入"
        cells = (f"{one.at:%Y-%m-%d %H:%M:%S}", one.return_no or one.no, f"9{no:09d}", "交易", "交易", way)
        rest = (one.yuan, "1000.00", "system", "", one.order)
        lines.append(",".join(f"`{cell}" for cell in (*cells, *rest)))
    ways = [[one for one in rows if bool(one.return_no) == back] for back in (False, True)]
    totals = [str(len(rows))] + [
        cell for way in ways for cell in (str(len(way)), yuan(sum(one.fen for one in way)))
    ]
    lines += [",".join(_FLOW_TOTALS), ",".join(f"`{cell}" for cell in totals)]
    return "\n".join(lines).encode()
