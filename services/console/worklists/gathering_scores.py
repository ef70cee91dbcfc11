"""The lists of scores: sheets of a season, and the entries that they rest on."""

import asyncio

from services.console.scores.asking import kept_of
from services.console.scores.naming import ENTRIES, KINDS
from services.console.scores.schemas import Entries, Entry, ScoreSheet
from services.console.scores.showing import SHEETS_COLUMNS, row_of
from services.console.worklists.asking import Wanted
from services.console.worklists.county_schemas import Words
from services.console.worklists.naming import named
from services.console.worklists.rules import Cell, Column, Table, day, money, number, words


async def scores(wanted: Wanted) -> Table:
    """What stands of a season, and what was frozen before, the newest first."""
    season = wanted.season
    assert season is not None, "the list is of a season"
    # A notice that scores nobody says so here.
    await wanted.asking.get(ScoreSheet, "registration", "/v1/scores", wanted.of_season)
    kept = await kept_of(wanted.asking, season.county, season.coverage_year)
    rows = [row_of(season, one) for one in kept]
    if all(one.state == "refused" for one in kept):
        rows.insert(0, row_of(season, None))
    zh = "得分和工作经费按通知规定的统计日计算；由一名考核人员冻结提请，另一名签认定稿。"
    en = "Points and work funds are of the days that the notice names; one officer freezes, another signs."
    return Table(list(SHEETS_COLUMNS), rows, None, zh, en)


async def entries(wanted: Wanted) -> Table:
    """What was entered: judged points, incidents, budgets, in the order in which it was."""
    query = {**wanted.of_season, "state": wanted.part, **wanted.page}
    found, sheet = await asyncio.gather(
        wanted.asking.get(Entries, "registration", "/v1/scores/entries", query),
        wanted.asking.get(ScoreSheet, "registration", "/v1/scores", wanted.of_season),
    )
    columns = [
        Column("编号", "No.", right=True), Column("单位", "Unit"), Column("种类", "Kind"),
        Column("项目", "Item"), Column("评定分", "Points", right=True),
        Column("预算额", "Budget", right=True), Column("日期", "Day"), Column("依据", "Evidence"),
        Column("登记人", "Entered by"), Column("状态", "State"), Column("办理", "Do"),
    ]  # fmt: skip
    rows = [_entry(one, sheet, wanted.asking.visitor.name) for one in found.items]
    return Table(columns, rows, found.next_after)


def _entry(one: Entry, sheet: ScoreSheet, own: str) -> list[Cell]:
    season, code = f"{one.county}/{one.coverage_year}", one.division_code
    name = next((u.name for u in sheet.document.units if u.division_code == code), Words(zh=code, en=code))
    state = Cell(*named(ENTRIES, one.state), warn=one.state == "waiting")
    if one.late:
        late = ("晚于该项统计日，不计入", "after its item's day: does not count")
        state = Cell(*named(ENTRIES, one.state), *late)
    return [
        words(str(one.entry_id)), words(name.zh, name.en, page=f"scores/{season}/units/{code}"),
        words(*named(KINDS, one.kind)), words(one.item or ""), number(one.points), money(one.amount_fen),
        day(one.happened_on), words(one.evidence or ""), words(one.entered_by), state,
        # Nothing moves any more once a sheet is frozen.
        _do(one, season, own) if sheet.state == "provisional" else Cell(),
    ]  # fmt: skip


def _do(one: Entry, season: str, own: str) -> Cell:
    way = f"score-entries/{season}/{one.entry_id}"
    if one.approval_id is not None and one.state == "agreed":
        return words("复核撤销", "its withdrawal", page=f"{way}/decision")
    if one.approval_id is not None:
        if one.entered_by == own:
            return words("等待他人复核", "waits for another")
        return words("复核", "second person", page=f"{way}/decision")
    return words("撤销", "withdraw", page=f"{way}/withdrawal") if one.state == "agreed" else Cell()
