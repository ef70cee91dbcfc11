"""The lists of a village: who has not paid and why, cash and paper in hand, batches on their way."""

from datetime import date
from urllib.parse import urlencode

from services.console.apis.asking import Query
from services.console.books.asking import titles_of
from services.console.books.rules import way
from services.console.home.rules import may
from services.console.village_batches.standing import batch_pick
from services.console.worklists.asking import Wanted, villages_of
from services.console.worklists.naming import (
    ABSENCES,
    ANSWERS,
    BATCHES,
    CONTACTS,
    PAPER,
    STANDINGS,
    TROUBLES,
    named,
)
from services.console.worklists.rules import Cell, Column, Table, day, money, number, words
from services.console.worklists.schemas import (
    Batches,
    Collectors,
    Position,
    Positions,
    Stretches,
    Unpaid,
    UnpaidPage,
)

_PURPOSE = "console"


async def unpaid(wanted: Wanted) -> Table:
    """Who has not paid, household by household: why, who is on it, and what is to be done next."""
    body = {**wanted.of_season, **wanted.place, "on_list": "unpaid", "purpose": _PURPOSE}
    path = "/v1/surveys/search"
    found = await wanted.asking.post(UnpaidPage, "registration", path, body, wanted.page)
    columns = [
        Column("户号", "Household"), Column("姓名", "Name"), Column("情况及原因", "Standing, and why"),
        Column("下一步", "Next"), Column("最近联系", "Last contact"),
        Column("登记缴费处", "Where to register"),
    ]  # fmt: skip
    opens, asks = (may(wanted.asking.visitor, one) for one in ("registration:read", "survey:write"))
    rows = [_unpaid(one, opens=opens) for one in found.items]
    if asks:
        columns.append(Column("办理", "Do"))
        for one, row in zip(found.items, rows, strict=True):
            row.append(words("记录答复", "write down", page=_asked(wanted, one)))
    zh, en = await _counted(wanted)
    return Table(columns, rows, found.next_after, zh, en)


def _unpaid(one: Unpaid, *, opens: bool) -> list[Cell]:
    head = ("（户主）", " (head)") if one.head else ("", "")
    name = f"{one.name}{head[0]}"
    return [
        words(one.household_no),
        Cell(
            name, f"{one.name}{head[1]}", f"{one.age} 岁" + (f"，电话 {one.phone}" if one.phone else ""),
            f"aged {one.age}" + (f", telephone {one.phone}" if one.phone else ""),
            page=f"persons/{one.person_id}" if opens and one.person_id else "",
        ),
        _why(one),
        _next(one),
        _contact(one),
        _where(one),
    ]  # fmt: skip


def _asked(wanted: Wanted, one: Unpaid) -> str:
    """Where it is written down what somebody answered."""
    who = {"row": one.row_id} if one.row_id is not None else {"person": one.person_id}
    said = who | {"village": one.division_code, "then": wanted.back_to("unpaid")}
    season = "/".join(str(part) for part in wanted.of_season.values())
    return f"surveys/{season}/answer?{urlencode(said)}"


def _why(one: Unpaid) -> Cell:
    said = one.answer
    parts = [named(STANDINGS, one.state) if one.state else ("未登记", "not registered")]
    if said is not None:
        parts.append(named(ABSENCES, said.reason) if said.reason else named(ANSWERS, said.answer))
    troubles = [named(TROUBLES, code) for code in one.troubles]
    return Cell(
        "，".join(zh for zh, _ in parts), ", ".join(en for _, en in parts),
        "；".join(zh for zh, _ in troubles), "; ".join(en for _, en in troubles), warn=bool(troubles),
    )  # fmt: skip


def _next(one: Unpaid) -> Cell:
    """What was promised, else what follows from how it stands."""
    chase = one.chase
    if chase is not None and chase.next_step:
        when = f"{chase.next_on} " if chase.next_on else ""
        return Cell(when + chase.next_step, None, f"由 {chase.taken_by} 跟进", f"{chase.taken_by} is on it")
    if "money_waits" in one.troubles:
        step = ("先核对待核款，不要再收款", "have the waiting money matched, take none")
    elif one.person_id is None or one.state is None:
        step = ("先办理参保登记", "register first")
    elif one.answer is None:
        step = ("入户询问并记录答复", "ask at the door, and write the answer down")
    else:
        step = ("提醒缴费或上门收款", "remind, or take the money")
    if chase is None:
        return words(*step)
    return Cell(*step, f"由 {chase.taken_by} 跟进", f"{chase.taken_by} is on it")


def _contact(one: Unpaid) -> Cell:
    if one.last_contact is None:
        return words("尚未联系", "none yet")
    zh, en = named(CONTACTS, one.last_contact.outcome)
    return Cell(on=one.last_contact.at, note_zh=zh, note=en)


def _where(one: Unpaid) -> Cell:
    where = one.registers
    if where is None:
        return Cell()
    until = where.to_at.date() if where.to_at else None
    return Cell(
        where.where_zh, where.where, f"截至 {until}" if until else "", f"until {until}" if until else ""
    )


async def _counted(wanted: Wanted) -> tuple[str, str]:
    query = {**wanted.of_season, **wanted.place, "limit": 500}
    found = await villages_of(wanted.asking, query)
    whole, open_ = (sum(one.to_insure for one in found.items), sum(one.unpaid for one in found.items))
    return (
        f"应参保 {whole:,} 人，未缴费 {open_:,} 人。已缴费、免缴人员自动销号。",
        f"{whole:,} people to insure, {open_:,} have not paid. Who pays or is exempt goes from the list.",
    )


async def cash(wanted: Wanted) -> Table:
    """Cash of each collector: how much, since when, and by when it has to be at the bank."""
    which: Query = {"overdue": True} if wanted.part == "overdue" else {}
    query = {**which, **wanted.page}
    found = await wanted.asking.get(Positions, "collection", "/v1/cash-positions", query)
    titles = await collectors(wanted)
    columns = [
        Column("收缴点", "Collector"), Column("年度", "Year"), Column("手持金额", "In hand", right=True),
        Column("收据", "Receipts", right=True), Column("最早收款", "Oldest"), Column("解款期限", "Due"),
        Column("今日应解", "Due today", right=True), Column("逾期未解", "Overdue", right=True),
        Column("办理", "Step"),
    ]  # fmt: skip
    brings = may(wanted.asking.visitor, "cash:write")
    rows = [
        [
            words(titles.get(one.collector_id, str(one.collector_id))), words(str(one.coverage_year)),
            money(one.in_hand_fen), number(one.receipts), day(one.oldest_paid_at),
            words("批次审核通过后解款", "after the batch has passed") if one.waits_for_review
            else _due(one.next_due_on, overdue=one.overdue_fen > 0),
            money(one.due_today_fen or None), money(one.overdue_fen or None, warn=True),
            words("登记解款", "to the bank", page=_to_the_bank(one)) if brings else Cell(),
        ]
        for one in found.items
    ]  # fmt: skip
    return Table(columns, rows, found.next_after)


def _due(on: date | None, *, overdue: bool) -> Cell:
    """The day until which something has to be done; that it is over stands there in words."""
    if on is None or not overdue:
        return day(on)
    return Cell(on=on, note_zh="（超期）", note="(overdue)", warn=True)


def _to_the_bank(one: Position) -> str:
    return f"deposits/new?collector={one.collector_id}&year={one.coverage_year}"


async def vouchers(wanted: Wanted) -> Table:
    """Numbers of paper, who holds them, and how they stand."""
    found = await wanted.asking.get(Stretches, "collection", "/v1/voucher-stretches", wanted.page)
    titles = await collectors(wanted)
    papers = await titles_of(wanted.asking, {(one.county, one.voucher) for one in found.items})
    columns = [
        Column("票据", "Voucher"), Column("起号", "From"), Column("止号", "To"),
        Column("份数", "Count", right=True), Column("持有人", "Holder"), Column("状态", "State"),
        Column("起始日期", "Since"),
    ]  # fmt: skip
    rows = [
        [
            words(*papers.get((one.county, one.voucher), (one.voucher, one.voucher))),
            words(one.first_no, page=way(one.county, one.voucher, one.first_no)),
            words(one.last_no), number(one.count),
            words(titles.get(one.collector_id or 0, one.division_code)),
            words(*named(PAPER, one.state), warn=one.state == "lost"), day(one.from_at),
        ]
        for one in found.items
    ]  # fmt: skip
    return Table(columns, rows, found.next_after)


async def batches(wanted: Wanted) -> Table:
    """Batches of paper, lines and money, and the step that each waits for."""
    which = {"overdue": True} if wanted.part == "overdue" else {"state": wanted.part}
    query = {**wanted.of_season, **which, **wanted.page}
    found = await wanted.asking.get(Batches, "collection", "/v1/village-batches", query)
    titles = await collectors(wanted)
    columns = [
        Column("批次", "Batch"), Column("收缴点", "Collector"), Column("状态", "State"),
        Column("人数", "People", right=True), Column("金额", "Amount", right=True),
        Column("起始日", "Since"), Column("期限", "Due"),
    ]  # fmt: skip
    rows = [
        [
            words(str(one.batch_id), page=f"village-batches/{one.batch_id}"),
            words(titles.get(one.collector_id, one.division_code)),
            words(*named(BATCHES, one.state), warn=one.state == "sent_back"), number(one.people),
            money(one.amount_fen), day(one.since_at), _due(one.due_on, overdue=one.overdue),
        ]
        for one in found.items
    ]  # fmt: skip
    picks = [batch_pick(wanted.asking.visitor, one) for one in found.items]
    return Table(columns, rows, found.next_after, picks=picks)


async def collectors(wanted: Wanted) -> dict[int, str]:
    """What the places are called where money is taken by hand."""
    found = await wanted.asking.get(Collectors, "collection", "/v1/collectors", {"limit": 500})
    return {one.collector_id: one.title for one in found.items}
