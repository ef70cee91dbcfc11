"""Files as channels give them, made for tests: they share nothing with what reads them."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WECHAT_MERCHANT, ALIPAY_SELLER, UNIONPAY_MERCHANT = "1900000001", "2088", "777290058110097"
_PAID = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额"
)
_BACK = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态"
_END = "商品名称,商户数据包,手续费,费率,订单金额"
WECHAT = {
    "all": f"{_PAID},{_BACK},{_END},申请退款金额,费率备注",
    "success": f"{_PAID},{_END},费率备注",
    "refund": f"{_PAID},退款申请时间,退款成功时间,{_BACK},{_END},申请退款金额,费率备注",
}
_WECHAT_TOTALS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
_FLOW = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,"
    "业务凭证号"
)
ALIPAY = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
_ZM = (
    *(3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15),
    *(1, 15, 32, 13, 13, 8, 32, 13, 13, 12, 2, 1),
)


@dataclass(frozen=True)
class Moved:
    """Money of one transaction; with a `return_no` it went back. `fee` in yuan, as bills write it."""

    no: str
    fen: int
    at: datetime
    order: str = "CB2019112000000000000007"
    return_no: str = ""
    fee: str = "0.00000"

    @property
    def yuan(self) -> str:
        return f"{self.fen // 100}.{self.fen % 100:02d}"


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def wechat(rows: Sequence[Moved], layout: str = "all") -> bytes:
    """A bill of WeChat Pay whose totals are right."""
    titles = WECHAT[layout].split(",")
    lines = [",".join(titles)]
    for one in rows:
        back = bool(one.return_no)
        cells = {
            "交易时间": f"{one.at:%Y-%m-%d %H:%M:%S}",
            "商户号": WECHAT_MERCHANT,
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
            "退款状态": "SUCCESS" if back else "",
            "商品名称": "城乡居民医保, 2020",
            "手续费": one.fee,
            "订单金额": "0.00" if back else one.yuan,
            "申请退款金额": one.yuan if back else "0.00",
        }
        lines.append(",".join(f"`{cells.get(title, '')}" for title in titles))
    paid = yuan(sum(one.fen for one in rows if not one.return_no))
    back = yuan(sum(one.fen for one in rows if one.return_no))
    fee = f"{sum(float(one.fee) for one in rows):.2f}"
    totals = (f"{len(rows)}.0", paid, back, "0.00", fee, paid, back)
    lines += [_WECHAT_TOTALS, ",".join(f"`{total}" for total in totals)]
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n"


def fund_flow(rows: Sequence[Moved]) -> bytes:
    """What moved on the account at WeChat Pay."""
    lines = [_FLOW]
    for no, one in enumerate(rows):
        way = "支出" if one.return_no else "收入"
        cells = (f"{one.at:%Y-%m-%d %H:%M:%S}", one.return_no or one.no, f"9{no:09d}", "交易", "交易", way)
        rest = (one.yuan, "1000.00", "system", "", one.order)
        lines.append(",".join(f"`{cell}" for cell in (*cells, *rest)))
    ways = [[one for one in rows if bool(one.return_no) == back] for back in (False, True)]
    totals = [str(len(rows))] + [
        cell for way in ways for cell in (str(len(way)), yuan(sum(one.fen for one in way)))
    ]
    lines += ["资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额", ",".join(f"`{cell}" for cell in totals)]
    return "\n".join(lines).encode()


def alipay(rows: Sequence[Moved], day: datetime) -> bytes:
    """The table of a bill of Alipay, between its comments."""
    titles = ALIPAY.split(",")
    begin, end = f"{day:%Y年%m月%d日} 00:00:00", f"{day:%Y年%m月%d日} 24:00:00"
    lines = [
        "#支付宝业务明细查询",
        f"#账号：[{ALIPAY_SELLER}0156]",
        f"#起始日期：[{begin}]   终止日期：[{end}]",
        "#-----------------------------------------业务明细列表----------------------------------------",
        ",".join(titles),
    ]
    for one in rows:
        fen = -one.fen if one.return_no else one.fen
        cells = {
            "支付宝交易号": f"{one.no}\t",
            "商户订单号": f"{one.order}\t",
            "业务类型": "退款\t" if one.return_no else "交易\t",
            "商品名称": "城乡居民医保",
            "完成时间": f"{one.at:%Y-%m-%d %H:%M:%S}",
            "对方账户": "*某某(138****0000)\t",
            "订单金额（元）": yuan(fen),
            "商家实收（元）": yuan(fen),
            "退款批次号/请求号": f"{one.return_no}\t",
            "服务费（元）": one.fee[:-3],
        }
        lines.append(
            ",".join(cells.get(title, "0.00" if title.endswith("（元）") else "") for title in titles)
        )
    paid = [one.fen for one in rows if not one.return_no]
    back = [one.fen for one in rows if one.return_no]
    lines += [
        "#-----------------------------------------业务明细列表结束------------------------------------",
        f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid))}元，商家优惠共0.00元",
        f"#退款合计：{len(back)}笔，商家实收退款共{yuan(-sum(back))}元，商家优惠退款共0.00元",
        f"#导出时间：[{begin}]",
    ]
    return "\r\n".join(lines).encode("gb18030")


def alipay_zip(rows: Sequence[Moved], day: datetime) -> bytes:
    """As Alipay gives it: two tables in a zip, whose names are GBK."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in (
            ("20880156_业务明细(汇总).csv", "#支付宝业务汇总查询\r\n".encode("gb18030")),
            ("20880156_业务明细.csv", alipay(rows, day)),
        ):
            archive.writestr(name.encode("gb18030").decode("cp437"), content)
    return packed.getvalue()


def unionpay(rows: Sequence[Moved], *, tail: bool = True) -> bytes:
    """A file ZM: fixed width in bytes, a blank between columns."""
    lines = []
    for one in rows:
        back = bool(one.return_no)
        fee = round(float(one.fee) * 100)
        settled = f"{'D' if back else 'C'}{one.fen - fee:012d}"
        cells = {
            1: "S22", 2: "48722900", 3: "00049999", 4: "120150", 5: f"{one.at:%m%d%H%M%S}",
            6: "622262*********0000", 7: f"{one.fen:012d}", 8: "4511", 9: "07",
            10: one.return_no or one.no, 11: "06", 12: "R1" if back else one.order, 13: "01",
            16: f"{('C' if back else 'D') if fee else ' '}{fee:012d}", 17: settled, 18: "0301",
            20: "04" if back else "01", 27: one.no if back else "", 28: UNIONPAY_MERCHANT, 31: "县税务局",
            32: " 000000000000", 33: settled, 34: "01080209",
        }  # fmt: skip
        line = b" ".join(
            cells.get(no, "").encode("gb18030").ljust(width) for no, width in enumerate(_ZM, start=1)
        )
        if tail:
            order = one.order if back else ""
            line += b" " + order.encode().ljust(32) + f" {'D' if back else 'C'}{one.fen:012d}".encode()
        lines.append(line + b" " * 84 + b"\r\n")
    return b"".join(lines)


def _out(one: Moved) -> bool:
    return bool(one.return_no)


def mt940(rows: Sequence[Moved], day: datetime, opening_fen: int = 100_000) -> bytes:
    """A bank's statement as SWIFT writes it; who paid stands in free texts."""

    def balance(tag: str, fen: int) -> str:
        return f":{tag}:{'D' if fen < 0 else 'C'}{day:%y%m%d}CNY{yuan(abs(fen)).replace('.', ',')}"

    lines = ["{1:F01BANKCNBJAXXX}{4:", ":20:STATEMENT", ":25:6222000000000000", ":28C:323/1"]
    lines.append(balance("60F", opening_fen))
    for one in rows:
        lines.append(
            f":61:{one.at:%y%m%d%m%d}{'D' if _out(one) else 'C'}{one.yuan.replace('.', ',')}"
            f"NTRF{one.order[:16]}//{one.no[:16]}"
        )
        lines.append(":86:/ORDP/林某某 缴费")
    moved = sum(-one.fen if _out(one) else one.fen for one in rows)
    lines += [balance("62F", opening_fen + moved), "-}"]
    return "\r\n".join(lines).encode("gb18030")


def camt053(rows: Sequence[Moved], day: datetime, opening_fen: int = 100_000) -> bytes:
    """The same as ISO 20022 writes it."""

    def balance(code: str, fen: int) -> str:
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='CNY'>{yuan(abs(fen))}</Amt>"
            f"<CdtDbtInd>{'DBIT' if fen < 0 else 'CRDT'}</CdtDbtInd><Dt><Dt>{day:%Y-%m-%d}</Dt></Dt></Bal>"
        )

    entries = "".join(
        f"<Ntry><Amt Ccy='CNY'>{one.yuan}</Amt><CdtDbtInd>{'DBIT' if _out(one) else 'CRDT'}</CdtDbtInd>"
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{one.at:%Y-%m-%d}</Dt></BookgDt>"
        f"<AcctSvcrRef>{one.no}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>{one.order}</EndToEndId></Refs>"
        f"<RltdPties><Dbtr><Pty><Nm>林某某</Nm></Pty></Dbtr></RltdPties></TxDtls></NtryDtls></Ntry>"
        for one in rows
    )
    moved = sum(-one.fen if _out(one) else one.fen for one in rows)
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'>"
        "<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr><Stmt><Id>323</Id>"
        f"{balance('OPBD', opening_fen)}{balance('CLBD', opening_fen + moved)}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def unionpay_corrections(rows: Sequence[Moved]) -> bytes:
    """A file ZME: what UnionPay books back, or pays after all."""
    widths = (3, 11, 11, 6, 10, 19, 12, 4, 2, 2, 6, 10, 4, 12, 13, 13, 15, 15, 1, 12, 2, 135)
    lines = []
    for no, one in enumerate(rows, start=1):
        cells = {
            1: "E74", 2: "48722900", 3: "00049999", 4: f"{no:06d}", 5: f"{one.at:%m%d%H%M%S}",
            6: "622262*********0000", 7: f"{one.fen:012d}", 8: "4511", 9: "07", 11: one.no[-6:],
            12: "1101083015", 15: " 000000000000", 16: f"{'D' if one.return_no else 'C'}{one.fen:012d}",
            17: UNIONPAY_MERCHANT, 22: "县税务局",
        }  # fmt: skip
        line = b" ".join(
            cells.get(at, "").encode("gb18030").ljust(width) for at, width in enumerate(widths, 1)
        )
        lines.append(line + b"\r\n")
    return b"".join(lines)
