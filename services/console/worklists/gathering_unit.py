"""The lists of those who bring others in: units with their people, and money of those who help."""

from services.console.helps.schemas import Money, Moneys
from services.console.persons.rules import Called
from services.console.units.schemas import Unit, Units
from services.console.worklists.asking import Wanted
from services.console.worklists.rules import Cell, Column, Table, day, money, number, words


async def units(wanted: Wanted) -> Table:
    """Units of a season, each with how far its people are; a clerk sees the own one."""
    query = {**wanted.of_season, **wanted.page}
    found = await wanted.asking.get(Units, "registration", "/v1/units", query)
    columns = [
        Column("单位", "Unit"), Column("村（社区）", "Village"), Column("名单截止", "Until"),
        Column("名单人数", "Listed", right=True), Column("已缴费", "Paid", right=True),
        Column("免缴", "Exempt", right=True), Column("待缴费", "To be paid", right=True),
        Column("逾期行", "Too late", right=True), Column("重复", "On two lists", right=True),
    ]  # fmt: skip
    called = await wanted.called()
    return Table(columns, [_unit(one, called) for one in found.items], found.next_after)


def _unit(one: Unit, called: Called) -> list[Cell]:
    return [
        Cell(one.name, None, one.code, one.code, page=f"units/{one.unit_id}"),
        words(*called.place(one.division_code)),
        day(one.closes_at), number(one.listed), number(one.paid), number(one.exempt), number(one.unpaid),
        number(one.late, warn=True), number(one.on_two_lists, warn=True),
    ]  # fmt: skip


async def helps(wanted: Wanted) -> Table:
    """Money of those who help by lists, and what is left of each to be given to people."""
    query = {**wanted.of_season, **wanted.page}
    found = await wanted.asking.get(Moneys, "registration", "/v1/help-moneys", query)
    columns = [
        Column("到账", "Arrival"), Column("资助方", "Who helps"), Column("到账日", "On"),
        Column("金额", "Amount", right=True), Column("已列入名单", "Given by lists", right=True),
        Column("已退回", "Given back", right=True), Column("余额", "Left", right=True),
    ]  # fmt: skip
    return Table(columns, [_money(one) for one in found.items], found.next_after)


def _money(one: Money) -> list[Cell]:
    way = f"helps/{one.county}/{one.coverage_year}/{one.arrival_id}"
    gone = ("已撤销", "taken back") if one.reversed_at is not None else ("", "")
    return [
        Cell(f"第 {one.arrival_id} 笔", f"No. {one.arrival_id}", *gone, page=way),
        words(one.payer_label_zh, one.payer_label), day(one.arrived_at), money(one.amount_fen),
        money(one.listed_fen), money(one.returned_fen or None), money(one.left_fen, warn=True),
    ]  # fmt: skip
