"""The lists of a county's office: its townships in their order, and bulletins."""

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_grouped
from services.console.pages.rules import percent
from services.console.worklists.asking import Wanted
from services.console.worklists.county_schemas import Bulletins, Progress, Unit
from services.console.worklists.naming import BULLETINS, named
from services.console.worklists.rules import Cell, Column, Table, day, money, number, share, words


async def townships(wanted: Wanted) -> Table:
    """Townships by their place, as the notice counts: task, who is insured, completion, money."""
    found = await wanted.asking.figures(Progress, "registration", "/v1/progress", wanted.of_season)
    columns = [
        Column("位次", "Place", right=True), Column("乡镇（街道）", "Township"),
        Column("任务", "Task", right=True), Column("已登记", "Registered", right=True),
        Column("已缴费", "Paid", right=True), Column("免缴", "Exempt", right=True),
        Column("完成率", "Completion"), Column("个人缴费", "Contributions", right=True),
    ]  # fmt: skip
    units = sorted(found.units, key=lambda one: (one.rank is None, one.rank, one.division_code))
    return Table(columns, [_township(one) for one in units], None, *_together(found))


def _township(one: Unit) -> list[Cell]:
    name = (one.name.zh, one.name.en) if one.name else (one.division_code, one.division_code)
    return [
        number(one.rank), Cell(*name, one.division_code, one.division_code), number(one.task),
        number(one.registered), number(one.paid), number(one.exempt),
        share(one.completion.part, one.completion.whole), money(one.own_fen),
    ]  # fmt: skip


def _together(found: Progress) -> tuple[str, str]:
    total, at = found.total, found.as_of.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    money_zh = f"个人缴费 {yuan_grouped(total.own_fen)} 元"
    part, whole = total.completion.part, total.completion.whole
    rate_zh, rate = "", ""
    if part is not None and whole:
        rate_zh, rate = f"，完成率 {percent(part, whole)}", f", {percent(part, whole)} of the task"
    return (
        f"截至 {at}：已参保 {total.paid + total.exempt:,} 人{rate_zh}，{money_zh}。",
        f"As of {at}: {total.paid + total.exempt:,} people are insured{rate}; contributions "
        f"¥{yuan_grouped(total.own_fen)}.",
    )


async def bulletins(wanted: Wanted) -> Table:
    """Bulletins of a season: drafted by the system or an officer, signed by a second person."""
    query = {**wanted.of_season, "state": wanted.part, **wanted.page}
    found = await wanted.asking.get(Bulletins, "registration", "/v1/bulletins", query)
    columns = [
        Column("通报", "Bulletin"), Column("期号", "Number", right=True), Column("截至", "Up to"),
        Column("起草", "Drafted by"), Column("起草日", "On"), Column("签发", "Signed by"),
        Column("状态", "State"),
    ]  # fmt: skip
    rows = [
        [
            Cell(one.title, note_zh=one.lead, note=one.lead, page=f"bulletins/{one.bulletin_id}"),
            number(one.number), day(one.period_to),
            words("系统自动", "by itself") if one.drafted_by == "system" else words(one.drafted_by),
            day(one.drafted_at), words(one.signed_by or ""),
            words(*named(BULLETINS, one.state), warn=one.state == "draft"),
        ]
        for one in found.items
    ]  # fmt: skip
    return Table(columns, rows, found.next_after)
