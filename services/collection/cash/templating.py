"""Makes the workbook in which a village lists what it took: the columns of files of receipts."""

from libs.common.blank_tables import Column, blank_table
from services.collection.cash.reading import MOST_ROWS

_COLUMNS = (
    Column("证件号码", 24, "身份证或其他证件号码；单位订单的款项不填。"),
    Column("姓名", 14, "与证件一致；单位订单的款项不填。"),
    Column("金额（元）", 14, "实收金额，如 280.00。", "yuan"),
    Column("收款时间", 20, "写到分，如 2020-11-20 16:40。", "instant"),
    Column("收款方式", 12, "从列表选择；不填为现金。", choices=("现金", "支票", "刷卡", "转账")),
    Column("流水号", 20, "支票号、刷卡或转账流水号；现金不填。"),
    Column("票据号码", 16, "开给个人的票据号码；未开的不填。"),
    Column("户票号码", 16, "一户一张票据时填写。"),
    Column("收据组", 12, "同一次缴费的几行填同一组号；一行一笔的不填。"),
    Column("补缴年数", 12, "金额中含补缴断保年数的，填几年。", "count"),
    Column("单位订单号", 24, "为单位订单收的款项填写，不填人员。"),
)


def template() -> bytes:
    """The workbook of cash receipts, and of a village's batch."""
    return blank_table("现金收据", _COLUMNS, last_row=MOST_ROWS)
