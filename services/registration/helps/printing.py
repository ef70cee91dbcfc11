"""Writes whom money helps as lines of a table: who, where, with how much, and whether it counts."""

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_number
from libs.common.policy import Notice
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_identity_number, mask_name
from libs.common.text_workbooks import Cell
from services.registration.helps.store import NamedLine
from services.registration.people.viewing import UNMASKED

HEADER = ("序号", "资助方", "资助者", "姓名", "证件号码", "村代码", "资助金额（元）", "登记时间", "状态")
WIDTHS = (6, 16, 30, 12, 22, 14, 14, 18, 16)


def cells(notice: Notice, one: NamedLine, caller: Caller) -> tuple[Cell, ...]:
    """A line of the table; names and numbers are whole for whoever may see them so."""
    whole, payer = caller.may(UNMASKED), notice.payer_labels.get(one.payer)
    number = one.number or ""
    return (
        str(one.line_id),
        payer.zh if payer else one.payer,
        one.helper,
        one.name if whole else mask_name(one.name),
        number if whole else mask_identity_number(number),
        one.division_code,
        yuan_number(one.amount_fen),
        one.listed_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        _state(one),
    )


def _state(one: NamedLine) -> str:
    if one.withdrawn_at is not None:
        return "已撤回"
    if not one.counts:
        return "未使用"
    return "已参保完成" if one.complete else "待本人缴费"
