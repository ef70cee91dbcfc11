"""The lists of a township: its villages beside their targets, reported errors, cards that are missing."""

from libs.common.money import yuan_grouped
from services.console.home.rules import may
from services.console.pages.rules import percent
from services.console.worklists.asking import Wanted, villages_of, word_of
from services.console.worklists.naming import PAYOUT_KINDS, TICKET_KINDS, TICKETS, named
from services.console.worklists.rules import Column, Table, day, money, number, share, words
from services.console.worklists.schemas import Payouts, PayoutSums, Tickets, Village


async def villages(wanted: Wanted) -> Table:
    """Villages by their codes: target, who has paid, who has not, and who needs a look."""
    query = {**wanted.of_season, **wanted.place, **wanted.page}
    found = await villages_of(wanted.asking, query)
    columns = [
        Column("村（社区）", "Village"), Column("目标", "Target", right=True),
        Column("应参保", "To insure", right=True), Column("已缴费", "Paid", right=True),
        Column("免缴", "Exempt", right=True), Column("未缴费", "Not paid", right=True),
        Column("完成率", "Completion"), Column("未登记", "Not registered", right=True),
        Column("待核", "To look at", right=True), Column("名册", "Roster"),
    ]  # fmt: skip
    season = f"&season={word_of(wanted.season)}" if wanted.season else ""
    called = await wanted.called()
    rows = [
        [
            words(*called.place(one.division_code)), number(one.target.task if one.target else None),
            number(one.to_insure), number(one.paid), number(one.exempt),
            number(one.unpaid, page=f"work/unpaid?division={one.division_code}{season}"),
            share(one.paid + one.exempt, _whole(one)), number(one.not_registered),
            number(one.troubled, warn=True),
            words("打印", "Print", page=f"rosters/{one.division_code}?{season.removeprefix('&')}"),
        ]
        for one in found.items
    ]  # fmt: skip
    return Table(columns, rows, found.next_after, *_together(found.items))


def _whole(one: Village) -> int:
    """What a village is held against: the notice's task, else whom it has to insure."""
    return one.target.task if one.target else one.to_insure


def _together(found: list[Village]) -> tuple[str, str]:
    done, whole = sum(one.paid + one.exempt for one in found), sum(_whole(one) for one in found)
    if not whole:
        return "", ""
    rate = percent(done, whole)
    return (
        f"本页 {len(found)} 个村（社区）：已参保 {done:,} 人，应完成 {whole:,} 人，完成率 {rate}。",
        f"{len(found)} villages on this page: {done:,} of {whole:,} people are insured, {rate}.",
    )


async def tickets(wanted: Wanted) -> Table:
    """Reported errors, by the day until which each has to be answered: the overdue ones come first."""
    query = {**wanted.of_season, **wanted.place, "list": wanted.part, **wanted.page}
    found = await wanted.asking.get(Tickets, "registration", "/v1/tickets", query)
    columns = [
        Column("编号", "No."), Column("错误信息", "What is wrong"), Column("姓名", "Name"),
        Column("村（社区）", "Village"), Column("报送", "Reported by"), Column("报送日", "On"),
        Column("期限", "Due"), Column("状态", "State"),
    ]  # fmt: skip
    called = await wanted.called()
    rows = [
        [
            words(str(one.ticket_id), page=f"tickets/{one.ticket_id}"),
            words(*_wrong(one.kind, one.wrong)), words(one.name or ""),
            words(*called.place(one.division_code)), words(one.reported_by), day(one.reported_at),
            day(one.due_on, warn=one.overdue),
            words(*_state(one.state, overdue=one.overdue), warn=one.overdue),
        ]
        for one in found.items
    ]  # fmt: skip
    return Table(columns, rows, found.next_after)


def _wrong(kind: str, wrong: str) -> tuple[str, str]:
    zh, en = named(TICKET_KINDS, kind)
    return f"{zh}：{wrong}", f"{en}: {wrong}"


def _state(state: str, *, overdue: bool) -> tuple[str, str]:
    zh, en = named(TICKETS, state)
    return (f"{zh}（超期）", f"{en}, overdue") if overdue else (zh, en)


async def cards(wanted: Wanted) -> Table:
    """Payouts that no bank can be sent, because the person has no card on record."""
    query = {**wanted.of_season, "state": "waiting_card", **wanted.page}
    found = await wanted.asking.get(Payouts, "subsidy", "/v1/payouts", query)
    columns = [
        Column("编号", "No."), Column("款项", "For"), Column("参保人", "Person"),
        Column("村（社区）", "Village"), Column("金额", "Amount", right=True), Column("起始日期", "Since"),
        Column("下一步", "Next"),
    ]  # fmt: skip
    rows = [
        [
            words(str(one.payout_id)), words(*named(PAYOUT_KINDS, one.kind)),
            words(str(one.person_id or ""), page=f"persons/{one.person_id}" if one.person_id else ""),
            words(one.division_code or ""), money(one.amount_fen), day(one.created_at),
            words("登记社保卡", "record a card", page=_to_card(wanted, one.person_id)),
        ]
        for one in found.items
    ]  # fmt: skip
    return Table(columns, rows, found.next_after, *await _missing(wanted))


def _to_card(wanted: Wanted, person_id: int | None) -> str:
    """The form of the person's card; of a unit's account there is none."""
    if person_id is None or wanted.season is None or not may(wanted.asking.visitor, "cards:write"):
        return ""
    return f"persons/{person_id}/card?season={word_of(wanted.season)}"


async def _missing(wanted: Wanted) -> tuple[str, str]:
    found = await wanted.asking.get(PayoutSums, "subsidy", "/v1/payouts/totals", wanted.of_season)
    waiting = [one for one in found.items if one.next_step == "record_card"]
    count, fen = sum(one.count for one in waiting), sum(one.amount_fen for one in waiting)
    return (
        f"共 {count:,} 笔，{yuan_grouped(fen)} 元，等待登记社保卡。",
        f"{count:,} payouts, ¥{yuan_grouped(fen)}, wait for a card.",
    )
