"""Puts together the pages of auditors."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.console.apis.rules import ServiceAway
from services.console.audits.naming import KINDS, LINE_STATES, REFUSED, operation_of
from services.console.audits.schemas import (
    Handover,
    LedgerFact,
    Lookup,
    Notification,
    Posting,
    Seal,
    SealVerification,
)
from services.console.forms.rules import Fact
from services.console.pages.objects import Part, Shown
from services.console.pages.rules import ROLE_NAMES, SERVICE_NAMES, amount, minute
from services.console.persons.rules import Called
from services.console.persons.schemas import Line, Payment
from services.console.persons.words import REASONS
from services.console.worklists.naming import named
from services.console.worklists.rules import Cell, Column, Table, money, number, words
from services.console.worklists.schemas import Season

_LIST = "lookups", "查询留痕", "Look-ups"
LOOKUPS = (
    Column("时间", "At"), Column("查询人", "Who looked"), Column("操作", "Operation"),
    Column("参保人", "Person"), Column("事由", "Why"), Column("系统", "Service"), Column("封存", "Seal"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """What came from outside, word by word, with what it is."""

    title_zh: str
    title: str
    text: str


def lookup_row(service: str, one: Lookup, called: Called) -> list[Cell]:
    """A look-up as a row; `service` is whose audit it stands in."""
    role = ROLE_NAMES.get(one.role, (one.role or "—",) * 2)
    place = called.place(one.division or "*")
    return [
        words(minute(one.looked_up_at) if one.looked_up_at else "—"),
        Cell(one.subject, note_zh=f"{role[0]} {place[0]}", note=f"{role[1]} {place[1]}"),
        Cell(*operation_of(one.operation), warn=one.operation.endswith(REFUSED)),
        words(str(one.person_id or "—"), page=f"persons/{one.person_id}/lookups" if one.person_id else ""),
        Cell(one.note or one.purpose or ""),
        words(*SERVICE_NAMES[service]),
        words(
            *(("待封存", "not yet") if one.seal is None else (f"第 {one.seal} 号", f"No. {one.seal}")),
            page=f"verify/{service}" if one.seal else "",
        ),
    ]


def lookups_page(
    person_id: int, rows: Iterable[tuple[str, Lookup]], called: Called, part: str, after: str | None
) -> Shown:
    """Who looked somebody up: in all services the newest, or in one of them page by page."""
    table = Table(list(LOOKUPS), [lookup_row(service, one, called) for service, one in rows], after)
    choices = (
        ("all", "最近", "newest"),
        *((name, *SERVICE_NAMES[name]) for name in SERVICE_NAMES if name != "console"),
    )
    none = "没有查询记录。", "Nobody has looked."
    title = f"谁查看过参保人 {person_id}", f"Who looked person {person_id} up"
    facts = [Fact("参保人", "Person", str(person_id), str(person_id), f"persons/{person_id}")]
    return Shown(*title, *_LIST, facts, [Part("查询留痕", "Look-ups", table, choices, part, *none)])


def payment_page(
    payment: Payment, postings: list[Posting] | None, channel: tuple[str, str], *, clear: bool, opens: bool
) -> Shown:
    """A payment with its parts, and what was posted for it for who sees books (None: not).

    `clear` may see what the channel sent, `opens` may go to pages of people.
    """
    raw = f"notifications/{payment.payment_id}" if clear else ""
    facts = [
        Fact("渠道", "Channel", *channel),
        Fact("流水号", "Transaction", payment.transaction_no, payment.transaction_no),
        Fact("订单号", "Order", payment.order_no or "—", payment.order_no or "—"),
        Fact(
            "金额", "Amount", *(amount(payment.amount_fen) if payment.amount_fen is not None else ("—", "—"))
        ),
        Fact("缴费时间", "Paid at", *(_instant(payment),) * 2),
        Fact("收到时间", "Received at", *(minute(payment.received_at),) * 2),
        Fact("原始通知", "Notification", f"第 {payment.payment_id} 号", f"No. {payment.payment_id}", raw),
    ]
    parts = [
        Part("去向", "Where it went", Table(list(_LINES), [_line(one, opens=opens) for one in payment.lines]))
    ]
    if postings is not None:
        parts.append(_posted(postings))
    title = f"缴费 {payment.payment_id}", f"Payment {payment.payment_id}"
    return Shown(*title, "suspense", "挂账（待确认款项）", "Money in suspense", facts, parts)


def _amount(fen: int | None) -> tuple[str, str]:
    return ("—", "—") if fen is None else amount(fen)


def _instant(payment: Payment) -> str:
    return minute(payment.paid_at) if payment.paid_at else "—"


_LINES = (
    Column("行", "Line", right=True), Column("参保人", "Person"), Column("金额", "Amount", right=True),
    Column("已退", "Given back", right=True), Column("状态", "State"), Column("凭证号", "Voucher"),
)  # fmt: skip


def _line(one: Line, *, opens: bool) -> list[Cell]:
    who = one.masked_name or one.masked_id or str(one.person_id or "—")
    why = named(REASONS, one.reason) if one.reason else ("", "")
    return [
        number(one.line_no), words(who, page=f"persons/{one.person_id}" if opens and one.person_id else ""),
        money(one.amount_fen), money(one.refunded_fen or None),
        Cell(*named(LINE_STATES, one.state), *why, warn=one.state == "suspended"),
        words(one.voucher_no or ""),
    ]  # fmt: skip


def _posted(postings: list[Posting]) -> Part:
    columns = [
        Column("分录", "Posting"), Column("摘要", "Summary"), Column("从", "From"), Column("到", "To"),
        Column("金额", "Amount", right=True), Column("会计期间", "Month"), Column("业务时间", "At"),
    ]  # fmt: skip
    rows = [_posting(one) for one in postings]
    return Part("分录", "Postings", Table(columns, rows), none_zh="没有入账。", none="Nothing is posted.")


def _posting(one: Posting) -> list[Cell]:
    fact = one.posting.partition(".")[0]
    back = ("冲回", "reversal") if one.reversal else ("", "")
    return [
        words(one.posting, page=f"facts/{fact}"), Cell(one.summary_zh, one.summary, *back),
        words(one.source_title_zh, one.source_title), words(one.destination_title_zh, one.destination_title),
        money(one.amount_fen), words(one.accounting_month), words(minute(one.business_at)),
    ]  # fmt: skip


def fact_page(fact: LedgerFact, *, pays: bool) -> Shown:
    """What the ledger was told, and what it posted; `pays` may go on to the payment."""
    payment = f"payments/{fact.payment_id}" if pays and fact.payment_id else ""
    number_of = str(fact.payment_id or "—")
    facts = [
        Fact("账簿", "Books", *(f"{fact.county} {fact.coverage_year}",) * 2),
        Fact("事件", "Event", fact.type, fact.type),
        Fact("来源", "Source", fact.source, fact.source),
        Fact("事件编号", "Id of the event", fact.event_id, fact.event_id),
        Fact("业务时间", "Business time", *(minute(fact.business_at),) * 2),
        Fact("发出时间", "Published at", *(minute(fact.event_at),) * 2),
        Fact("缴费", "Payment", number_of, number_of, payment),
    ]
    title = f"入账事实 {fact.fact_id}", f"Fact {fact.fact_id}"
    return Shown(*title, "path", "资金流转", "Way of the money", facts, [_posted(fact.postings)])


def notification_page(one: Notification, channel: tuple[str, str]) -> Shown:
    """What a channel sent, and what it is."""
    place = f"{one.county} {one.coverage_year}" if one.county else "—"
    payment = f"payments/{one.notification_id}" if one.kind == "payment" else ""
    facts = [
        Fact("渠道", "Channel", *channel),
        Fact("流水号", "Transaction", one.transaction_no, one.transaction_no, payment),
        Fact("类别", "Kind", *named(KINDS, one.kind)),
        Fact("账簿", "Books", place, place),
        Fact("收到时间", "Received at", *(minute(one.received_at),) * 2),
        Fact("正文 SHA-256", "SHA-256 of the body", one.raw_sha256, one.raw_sha256),
        Fact("内容 SHA-256", "SHA-256 of what it says", one.content_sha256, one.content_sha256),
    ]
    title = f"原始通知 {one.notification_id}", f"Notification {one.notification_id}"
    return Shown(*title, "suspense", "挂账（待确认款项）", "Money in suspense", facts, [])


def evidence_of(one: Notification) -> list[Evidence]:
    """The parts of a notification, byte for byte where they are text."""
    headers = "\n".join(f"{name}: {value}" for name, value in one.headers.items())
    found = [
        Evidence("请求头（验签所需）", "Headers that the signature needs", headers),
        Evidence("正文", "Body", one.text) if one.text is not None
        else Evidence("正文（Base64）", "Body (Base64)", one.raw_base64),
    ]  # fmt: skip
    if one.content is not None:
        found.append(Evidence("解密后的内容", "What was decrypted", one.content))
    return found


def data_of(fact: LedgerFact) -> Evidence:
    """A fact as it was published."""
    return Evidence("事件内容", "What it says", json.dumps(fact.data, ensure_ascii=False, indent=2))


SEALS = (
    Column("封存号", "Seal", right=True), Column("封存时间", "Sealed at"), Column("覆盖", "Covers"),
    Column("记录数", "Rows", right=True), Column("SHA-256", "SHA-256"), Column("复核", "Verified"),
)  # fmt: skip


def seal_row(one: Seal, verified: SealVerification) -> list[Cell]:
    """A seal beside what its rows say now."""
    held = words("一致", "holds") if verified.holds else words("不一致", "does not hold", warn=True)
    return [
        number(one.number), words(minute(one.sealed_at)), words(f"{one.from_id} – {one.to_id}"),
        number(one.lookups), words(f"{one.sha256[:16]}…"), held,
    ]  # fmt: skip


def seals_page(service: str, rows: list[list[Cell]], after: str | None) -> Shown:
    """The seals over the audit of a service, each made anew."""
    zh, en = SERVICE_NAMES[service]
    part = Part(
        "封存", "Seals", Table(list(SEALS), rows, after), none_zh="尚无封存。", none="Nothing is sealed yet."
    )
    return Shown(f"{zh}：留痕封存", f"{en}: seals over look-ups", *_LIST, [], [part])


_Newest = tuple[Seal, SealVerification] | ServiceAway | None


def verify_page(seals: Sequence[tuple[str, _Newest]], handovers: Sequence[tuple[Season, Handover]]) -> Shown:
    """What was sealed beside what is there now."""
    columns = [Column("系统", "Service"), *SEALS]
    newest = Part("查询留痕（各系统最新封存）", "Look-ups, the newest seal of each service",
                  Table(columns, [_newest(service, one) for service, one in seals]))  # fmt: skip
    sealed = [
        Column("参保年度", "Season"), Column("移交", "Handover"), Column("SHA-256", "SHA-256"),
        Column("复核", "Verified"),
    ]  # fmt: skip
    rows = [_handover(season, one) for season, one in handovers]
    none = "尚无封存的移交。", "No handover is sealed yet."
    parts = [newest, Part("基金移交", "Handovers", Table(sealed, rows), none_zh=none[0], none=none[1])]
    return Shown("封存复核", "What was sealed, verified", *_LIST, [], parts)


def _handover(season: Season, one: Handover) -> list[Cell]:
    """A sealed handover; it is made anew from all that it counts on a page of its own."""
    way = f"handovers/{season.county}/{season.coverage_year}/{one.deadline_id}"
    return [
        words(f"{season.place_zh} {season.coverage_year}", f"{season.place} {season.coverage_year}"),
        words(one.label_zh, one.label, page=way), words(f"{(one.sha256 or '')[:16]}…"),
        words("重算", "compute it again", page=f"{way}/verification"),
    ]  # fmt: skip


def _newest(service: str, newest: _Newest) -> list[Cell]:
    name = words(*SERVICE_NAMES[service], page=f"verify/{service}")
    if isinstance(newest, ServiceAway):
        return [name, *[Cell()] * 5, words("无法连接", "does not answer", warn=True)]
    if newest is None:
        return [name, *[Cell()] * 5, words("尚无封存", "nothing is sealed yet")]
    return [name, *seal_row(*newest)]
