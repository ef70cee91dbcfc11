"""The lists of the tax authority: money in suspense, files of channels, what is exchanged, refunds."""

from libs.common.money import yuan_grouped
from services.console.forms.rules import Pick
from services.console.home.rules import may
from services.console.persons.rules import Called
from services.console.persons.words import PAYOUT_STATES, REASONS, REFUND_STATES
from services.console.worklists.asking import Wanted
from services.console.worklists.channel_schemas import (
    Ages,
    ChannelDay,
    ChannelDays,
    ChannelRefund,
    ChannelRefunds,
    DayTotals,
    DebitBatch,
    DebitBatches,
    Exchange,
    Exchanged,
    File,
    Files,
)
from services.console.worklists.money_schemas import Refund, Refunds, SuspendedLine, Suspense
from services.console.worklists.naming import CHANNEL_REFUNDS, DAYS, DEBITS, ENDINGS, EXCHANGE, FILES, named
from services.console.worklists.pictures import Bar, Picture
from services.console.worklists.rules import Cell, Column, Table, day, money, number, words

#: Differences that wait for longer are drawn as late.
_LATE = 7


async def suspense(wanted: Wanted) -> Table:
    """Money that could not be applied, the oldest first, with its reason."""
    found = await wanted.asking.get(Suspense, "collection", "/v1/suspense", wanted.page)
    columns = [
        Column("交易号", "Transaction"), Column("渠道", "Channel"), Column("参保人", "Person"),
        Column("原因", "Reason"), Column("金额", "Amount", right=True), Column("缴费日", "Paid on"),
        Column("天数", "Days", right=True), Column("办理", "Step"),
    ]  # fmt: skip
    zh = f"共 {found.count:,} 笔，{yuan_grouped(found.amount_fen)} 元。"
    en = f"{found.count:,} amounts, ¥{yuan_grouped(found.amount_fen)}."
    opens = may(wanted.asking.visitor, "registration:read")
    acts = may(wanted.asking.visitor, "collection:write")
    called = await wanted.called()
    rows = [_suspended(one, called, opens=opens, acts=acts) for one in found.items]
    under_way = "原路退款办理中", "its channel is giving it back"
    picks = [Pick(_key(one), one.amount_fen, *(under_way if one.giving_back else ())) for one in found.items]
    return Table(columns, rows, found.next_after, zh, en, picks)


def _key(one: SuspendedLine) -> str:
    """The line, and whose money it probably is."""
    line = f"{one.payment_id}-{one.line_no}"
    return line if one.person_id is None else f"{line}-{one.person_id}"


def _suspended(one: SuspendedLine, called: Called, *, opens: bool, acts: bool) -> list[Cell]:
    who, place = one.masked_name or one.masked_id or "", called.place(one.division_code)
    return [
        words(f"{one.transaction_no} / {one.line_no}", page=f"payments/{one.payment_id}"),
        words(*called.channel(one.channel)),
        _person(who or str(one.person_id or "—"), one.person_id, place, opens=opens),
        words(*named(REASONS, one.reason)),
        money(one.amount_fen),
        day(one.paid_at),
        number(one.age_days),
        _step(one, acts=acts),
    ]


def _step(one: SuspendedLine, *, acts: bool) -> Cell:
    """The way to have it given back, for who may; what is on its way already has none."""
    if one.giving_back:
        return words("原路退款中", "going back")
    if not acts:
        return Cell()
    return words("原路退款", "give back", page=f"suspense/{one.payment_id}/{one.line_no}/give-back")


async def channel_refunds(wanted: Wanted) -> Table:
    """Money that channels are to give back, and how each stands."""
    query = {"state": wanted.part, **wanted.page}
    found = await wanted.asking.get(ChannelRefunds, "collection", "/v1/channel-refunds", query)
    columns = [
        Column("退款单号", "Number"), Column("渠道", "Channel"), Column("参保人", "Person"),
        Column("金额", "Amount", right=True), Column("申请", "Asked by"), Column("批准", "Agreed by"),
        Column("批准日", "On"), Column("状态", "State"), Column("办结日", "Ended on"),
    ]  # fmt: skip
    opens = may(wanted.asking.visitor, "registration:read")
    called = await wanted.called()
    return Table(columns, [_by_channel(one, called, opens=opens) for one in found.items], found.next_after)


def _by_channel(one: ChannelRefund, called: Called, *, opens: bool) -> list[Cell]:
    why = named(ENDINGS, one.word) if one.word else ("", "")
    return [
        words(one.request_no), words(*called.channel(one.channel)),
        _person(str(one.person_id or "—"), one.person_id, called.place(one.division_code), opens=opens),
        money(one.amount_fen), words(one.requested_by), words(one.agreed_by), day(one.agreed_at),
        Cell(*named(CHANNEL_REFUNDS, one.state), *why, warn=one.state == "abnormal"), day(one.ended_at),
    ]  # fmt: skip


def _person(who: str, person_id: int | None, place: tuple[str, str], *, opens: bool) -> Cell:
    """Somebody, from where, and the way to their page for who may see it."""
    page = f"persons/{person_id}" if opens and person_id is not None else ""
    return Cell(who, note_zh=place[0], note=place[1], page=page)


async def files(wanted: Wanted) -> Table:
    """What channels said of their days, and what of it is not explained."""
    query = {**wanted.page, **({"state": "refused"} if wanted.part == "refused" else {})}
    found = await wanted.asking.get(Files, "collection", "/v1/channel-files", query)
    columns = [
        Column("渠道", "Channel"), Column("业务日", "Day"), Column("状态", "State"),
        Column("笔数", "Rows", right=True), Column("收入", "In", right=True),
        Column("退回", "Out", right=True), Column("差异", "Differences", right=True),
        Column("错误行", "Faults", right=True), Column("上传", "Sent"),
    ]  # fmt: skip
    called = await wanted.called()
    return Table(columns, [_file(one, called) for one in found.items], found.next_after)


def _file(one: File, called: Called) -> list[Cell]:
    version = (f"第 {one.version} 版", f"version {one.version}") if (one.version or 1) > 1 else ("", "")
    return [
        Cell(*called.channel(one.channel), *version), day(one.business_on),
        words(*named(FILES, one.state), warn=one.state == "refused"), number(one.row_count),
        money(one.in_fen), money(one.out_fen), number(one.difference_count, warn=True),
        number(one.fault_count, warn=True), day(one.uploaded_at),
    ]  # fmt: skip


async def days(wanted: Wanted) -> Table:
    """Days of channels in the season: what the file says beside what we have, and which are closed."""
    query = {**wanted.of_season, **wanted.page}
    if wanted.part != "all":
        query["state"] = wanted.part
    found = await wanted.asking.get(ChannelDays, "collection", "/v1/channel-days", query)
    columns = [
        Column("渠道", "Channel"), Column("业务日", "Day"), Column("状态", "State"),
        Column("渠道收款", "Theirs", right=True), Column("本系统收款", "Ours", right=True),
        Column("渠道退款", "Back, theirs", right=True), Column("本系统退款", "Back, ours", right=True),
        Column("待办差异", "To decide", right=True), Column("应日结", "Due"), Column("日结人", "Closed by"),
    ]  # fmt: skip
    picture = await _ages(wanted) if not wanted.after else None
    called = await wanted.called()
    return Table(columns, [_day(one, called) for one in found.items], found.next_after, picture=picture)


async def _ages(wanted: Wanted) -> Picture | None:
    """The open differences of the season by how long they wait; None where nothing waits."""
    found = await wanted.asking.get(DayTotals, "collection", "/v1/channel-day-totals", wanted.of_season)
    together: dict[tuple[int, int | None], list[Ages]] = {}
    for one in found.items:
        for each in one.ages:
            together.setdefault((each.since_days, each.until_days), []).append(each)
    bars = [
        Bar(
            *_days(*days),
            sum(one.count for one in some),
            sum(one.amount_fen for one in some),
            days[0] > _LATE,
        )
        for days, some in together.items()
    ]
    if not any(one.count for one in bars):
        return None
    return Picture("待办差异按天龄", "Differences to decide, by how many days they wait", bars)


def _days(since: int, until: int | None) -> tuple[str, str]:
    if until is None:
        return f"{since} 天及以上", f"{since} days and more"
    return f"{since}–{until} 天", f"{since}–{until} days"


def _day(one: ChannelDay, called: Called) -> list[Cell]:
    theirs, ours = one.theirs, one.ours
    page = f"channel-days/{one.county}/{one.channel}/{one.business_on.isoformat()}"
    return [
        words(*called.channel(one.channel)), words(one.business_on.isoformat(), page=page),
        words(*named(DAYS, one.state), warn=one.state in ("open", "no_file")),
        money(theirs.paid_fen if theirs else None), money(ours.paid_fen),
        money(theirs.refunded_fen if theirs else None), money(ours.refunded_fen),
        number(one.open_cases, warn=True), day(one.due_on), words(one.closed_by or ""),
    ]  # fmt: skip


async def exchange(wanted: Wanted) -> Table:
    """What was told to the collector and to medical insurance, and what they answered."""
    query = {**wanted.of_season, **wanted.page}
    if wanted.part == "unanswered":
        query["state"] = "unanswered"
    found = await wanted.asking.get(Exchange, "collection", "/v1/exchange-batches", query)
    columns = [
        Column("报送方", "To"), Column("批次", "Batch", right=True), Column("类别", "Of what"),
        Column("生成", "Made"), Column("记录", "Rows", right=True), Column("金额", "Amount", right=True),
        Column("已接受", "Accepted", right=True), Column("已退回", "Refused", right=True),
        Column("未回执", "Not answered", right=True),
    ]  # fmt: skip
    return Table(columns, [_exchanged(one) for one in found.items], found.next_after)


def _exchanged(one: Exchanged) -> list[Cell]:
    return [
        words(*named(EXCHANGE, one.party)),
        number(one.batch_no, page=f"exchange-batches/{one.batch_id}"), words(*named(EXCHANGE, one.kind)),
        day(one.made_at), number(one.row_count), money(one.total_fen), number(one.accepted),
        number(one.refused, warn=True, page=f"exchange-batches/{one.batch_id}?part=refused"),
        number(one.row_count - one.accepted - one.refused),
    ]  # fmt: skip


async def debits(wanted: Wanted) -> Table:
    """What banks debit, batch by batch, and where each stands."""
    query = {**wanted.page, **({"open": "true"} if wanted.part == "open" else {})}
    found = await wanted.asking.get(DebitBatches, "collection", "/v1/debit-batches", query)
    columns = [
        Column("批次", "Batch"), Column("渠道", "Channel"), Column("年度", "Year"),
        Column("扣款日", "Debited on"), Column("笔数", "Accounts", right=True),
        Column("金额", "Amount", right=True), Column("状态", "State"), Column("制单", "Made by"),
        Column("复核", "Decided by"), Column("送银行", "Given out"),
    ]  # fmt: skip
    called = await wanted.called()
    return Table(columns, [_debits(one, called) for one in found.items], found.next_after)


def _debits(one: DebitBatch, called: Called) -> list[Cell]:
    waits = f"approvals/collection/{one.approval_id}" if one.state == "waiting" else ""
    return [
        words(str(one.batch_id), page=f"debit-batches/{one.batch_id}"),
        words(*called.channel(one.channel)), words(str(one.coverage_year)), day(one.debit_on),
        number(one.declared_count), money(one.declared_total_fen),
        words(*named(DEBITS, one.state), page=waits), words(one.created_by), words(one.decided_by or ""),
        day(one.given_at),
    ]  # fmt: skip


async def refunds(wanted: Wanted) -> Table:
    """Money that goes back, and where each case stands."""
    query = {"state": wanted.part, **wanted.page}
    found = await wanted.asking.get(Refunds, "subsidy", "/v1/refunds", query)
    columns = [
        Column("编号", "No."), Column("参保人", "Person"), Column("渠道", "Channel"),
        Column("原因", "Reason"), Column("金额", "Amount", right=True), Column("申请", "Asked by"),
        Column("申请日", "On"), Column("状态", "State"),
    ]  # fmt: skip
    opens, called = may(wanted.asking.visitor, "registration:read"), await wanted.called()
    return Table(
        columns,
        [_refund(one, called, opens=opens) for one in found.items],
        found.next_after,
        picks=[_refund_pick(one, wanted.asking.visitor.name) for one in found.items],
    )


def _refund_pick(one: Refund, visitor: str) -> Pick:
    """Who asked for it does not decide it; what is decided stays so."""
    if one.state != "requested":
        return Pick(str(one.refund_id), one.amount_fen, "已审批", "it is decided")
    own = ("本人申请的须由他人审批", "you asked for it: somebody else decides")
    return Pick(str(one.refund_id), one.amount_fen, *(own if one.requested_by == visitor else ()))


def _refund(one: Refund, called: Called, *, opens: bool) -> list[Cell]:
    payout = named(PAYOUT_STATES, one.payout_state) if one.payout_state else ("", "")
    return [
        words(str(one.refund_id)),
        _person(str(one.person_id or "—"), one.person_id, called.place(one.division_code), opens=opens),
        words(*called.channel(one.channel)), words(*named(REASONS, one.reason)), money(one.amount_fen),
        words(*_asker(one.requested_by)), day(one.requested_at),
        Cell(*named(REFUND_STATES, one.state), *payout),
    ]  # fmt: skip


def _asker(name: str) -> tuple[str, str]:
    return ("系统自动", "by itself") if name == "system" else (name, name)
