"""Writes the bill of a day as Alipay would: a table between comments, in GBK, packed with its summary.

Written apart from what reads it, so that the two check each other.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime

from canbao.simulator.files.books import Moved, yuan
from canbao.simulator.files.titles import half_width

SELLER = "2088"
_TITLES = (
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号",
    "门店名称", "操作员", "终端号", "对方账户", "订单金额（元）", "商家实收（元）",
    "支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）", "商家优惠（元）", "券核销金额（元）",
    "券名称", "商家红包消费金额（元）", "卡消费金额（元）", "退款批次号/请求号", "服务费（元）",
    "分润（元）", "备注",
)  # fmt: skip
_LINE = "-" * 40


def bill(rows: Sequence[Moved], day: datetime, seller: str = SELLER) -> bytes:
    """The table of a bill, between its comments."""
    begin, end = f"{day:%Y年%m月%d日} 00:00:00", f"{day:%Y年%m月%d日} 24:00:00"
    lines = [
        "#支付宝业务明细查询",
        f"#账号：[{seller}0156]",
        f"#起始日期：[{begin}]   终止日期：[{end}]",
        f"#{_LINE}业务明细列表{_LINE}",
        ",".join(_TITLES),
    ]
    for one in rows:
        cells = _cells(one)
        empty = ("0.00" if title.endswith("（元）") else "" for title in _TITLES)
        lines.append(",".join(cells.get(title, no) for title, no in zip(_TITLES, empty, strict=True)))
    paid = [one.fen for one in rows if not one.return_no]
    back = [one.fen for one in rows if one.return_no]
    lines += [
        f"#{_LINE}业务明细列表结束{_LINE}",
        f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid))}元，商家优惠共0.00元",
        f"#退款合计：{len(back)}笔，商家实收退款共{yuan(-sum(back))}元，商家优惠退款共0.00元",
        f"#导出时间：[{begin}]",
    ]
    return "\r\n".join(lines).encode("gb18030")


def _cells(one: Moved) -> dict[str, str]:
    fen = -one.fen if one.return_no else one.fen
    return {
        "支付宝交易号": f"{one.no}\t",
        "商户订单号": f"{one.order}\t",
        "业务类型": "退款\t" if one.return_no else "交易\t",
        "商品名称": "城乡居民医保",
        "完成时间": f"{one.at:%Y-%m-%d %H:%M:%S}",
        "对方账户": half_width("*某某（138****0000）\t"),
        "订单金额（元）": yuan(fen),
        "商家实收（元）": yuan(fen),
        "退款批次号/请求号": f"{one.return_no}\t",
        "服务费（元）": one.fee[:-3],
    }


def packed_bill(rows: Sequence[Moved], day: datetime, seller: str = SELLER) -> bytes:
    """As it is downloaded: two tables in a zip, whose names are GBK; the same bytes each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            (half_width(f"{seller}0156_业务明细（汇总）.csv"), "#支付宝业务汇总查询\r\n".encode("gb18030")),
            (f"{seller}0156_业务明细.csv", bill(rows, day, seller)),
        ):
            entry = zipfile.ZipInfo(name.encode("gb18030").decode("cp437"))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()
