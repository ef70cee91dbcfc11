"""Writes who is on the list of a unit as lines of a table: how each stands, what is owed, what was paid."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_number
from libs.common.policy import Notice
from libs.common.policy.format.vocabulary import REASONS
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_identity_number, mask_name
from libs.common.text_workbooks import Cell
from services.registration.enrollments.rules import State
from services.registration.people.viewing import UNMASKED
from services.registration.settings import RegistrationContext
from services.registration.units.examining import Examined
from services.registration.units.lines_store import ShownLine
from services.registration.units.listing import look
from services.registration.units.rules import OnLists, Trouble, troubles_of
from services.registration.units.store import Unit

HEADER = (
    "行号",
    "姓名",
    "证件号码",
    "参保状态",
    "应缴（元）",
    "已缴（元）",
    "缴费时间",
    "列入名单时间",
    "说明",
)
WIDTHS = (6, 12, 22, 12, 12, 12, 18, 18, 40)
_AT_ONCE = 1_000
_STATES: Mapping[State, str] = {
    "registered": "已登记",
    "assessed": "未缴",
    "paid": "已缴",
    "exempt": "免缴",
    "cancelled": "登记已取消",
    "withdrawn": "参保已撤销",
}
_TROUBLES: Mapping[Trouble, str] = {
    "on_two_lists": "同时在其他单位名单",
    "paid_before": "列入名单前已缴费",
}


async def rows_of(
    context: RegistrationContext, notice: Notice, unit: Unit, caller: Caller, now: datetime
) -> AsyncIterator[list[tuple[Cell, ...]]]:
    """The lines of the table; no transaction is open while the caller is written to."""
    after: int | None = 0
    while after is not None:
        async with context.engine.begin() as conn:
            wanted = OnLists(after, _AT_ONCE)
            found, after = await look(conn, notice, unit, caller, now, wanted, "export_unit_list")
        yield [_cells(one, examined, unit, caller) for one, examined in found]


def _cells(one: ShownLine, examined: Examined | None, unit: Unit, caller: Caller) -> tuple[Cell, ...]:
    """A line. Clerks see the names that they have listed; numbers in full needs the scope for that."""
    whole, number = caller.may(UNMASKED), one.number or ""
    due = examined.owed_fen if examined is not None else None
    return (
        str(one.line_no),
        one.name if whole or caller.unit == unit.code else mask_name(one.name),
        number if whole else mask_identity_number(number),
        _STATES[one.state] if one.state is not None else "",
        yuan_number(due) if due is not None else "",
        yuan_number(one.paid_fen) if one.paid_fen is not None else "",
        _minute(one.completed_at),
        _minute(one.listed_at),
        "；".join(_remarks(one, examined)),
    )


def _remarks(one: ShownLine, examined: Examined | None) -> list[str]:
    troubles = troubles_of(one.state, one.completed_at, one.listed_at, one.also_listed_by)
    said = [_TROUBLES[trouble] for trouble in troubles]
    if examined is not None and examined.reason is not None:
        said.append(REASONS[examined.reason][0])
    return said


def _minute(at: datetime | None) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if at is not None else ""
