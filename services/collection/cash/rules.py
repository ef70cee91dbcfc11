"""What a notice says of money taken by hand: by which channels, with which paper, until when it may stay.

Nothing here knows a county: it is all in the notice (`channels`, `vouchers`, `cash_deposit`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from libs.common.dates import instant_of, second_of
from libs.common.divisions import prefix_of
from libs.common.policy import Notice
from libs.common.policy.engine.office_days import deposit_due_on
from libs.common.policy.format.custody_rules import Channel, Voucher
from libs.common.web.problems import FieldError
from libs.common.workdays import YearUnknown

#: cash and cheque are in the collector's hands; pos and transfer are at a bank already.
Instrument = Literal["cash", "cheque", "pos", "transfer"]
#: passed: matched like all other money; held: somebody has to look first; refused: it is to be given back.
ReceiptState = Literal["passed", "held", "refused"]
#: late_entry: typed after its window; paper: a number on it was lost; review: the notice has villages
#: reviewed before they deposit.
HeldFor = Literal["late_entry", "paper", "review"]
#: bounced_cheque and charged_back: the bank took it back; entered_wrongly: the payer has it again.
ReversalReason = Literal["bounced_cheque", "charged_back", "entered_wrongly"]
IN_HAND: tuple[Instrument, ...] = ("cash", "cheque")
_NUMBERED: tuple[Instrument, ...] = ("cheque", "pos", "transfer")


@dataclass(frozen=True, slots=True)
class ReceiptItem:
    """The part of a receipt that is for one insured person, by number and name or from the list."""

    #: Empty where somebody of the list is named by `person_id`.
    id_number: str
    name: str
    amount_fen: int
    voucher_no: str | None = None
    #: How many lapsed years some of it repairs.
    repair_years: int = 0
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """Money for the order of a unit, which says whom it is for."""

    order_no: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class TakenMoney:
    """One payer's money as a collector records it: for people, or for the order of a unit."""

    instrument: Instrument
    paid_at: datetime
    items: tuple[ReceiptItem, ...]
    reference: str | None = None
    voucher_no: str | None = None
    order: OrderMoney | None = None

    @property
    def amount_fen(self) -> int:
        """All of it."""
        if self.order is not None:
            return self.order.amount_fen
        return sum(item.amount_fen for item in self.items)

    @property
    def voucher_nos(self) -> list[tuple[int, str]]:
        """Every voucher number with the line it is for; 0 is the whole receipt."""
        own = [(0, self.voucher_no)] if self.voucher_no else []
        return own + [(no, one.voucher_no) for no, one in enumerate(self.items, 1) if one.voucher_no]


@dataclass(frozen=True, slots=True)
class Term:
    """Until when money may stay in hand. `year_unknown`: nobody has said that year's workdays yet."""

    due_on: date | None = None
    year_unknown: int | None = None


def channel_of(notice: Notice, code: str) -> Channel | None:
    """The notice's channel of this code, where a person takes the money."""
    found = next((one for one in notice.document.channels if one.code == code), None)
    return found if found is not None and found.by_hand else None


def paper_of(notice: Notice, channel: Channel) -> Voucher | None:
    """The numbered paper that a payer gets through a channel; None where there is none to count."""
    found = next((one for one in notice.document.vouchers if one.code == channel.voucher), None)
    return found if found is not None and found.medium == "paper_stock" else None


def takes_cash(notice: Notice, channel: Channel) -> bool:
    """Whether cash is taken there. `no_cash` is said of the fund: add-ons have a payee of their own."""
    rule = notice.document.cash_deposit
    refused = rule is not None and rule.rule == "no_cash" and channel.kind != "add_on"
    return channel.takes_cash and not refused


def clause_of_cash(notice: Notice, channel: Channel) -> str:
    """Where the notice speaks of it."""
    rule = notice.document.cash_deposit
    return rule.clause if rule is not None else channel.clause


def term_of(notice: Notice, paid_at: datetime) -> Term:
    """Until when money taken at an instant may stay in hand; no day where none follows from the notice."""
    rule = notice.document.cash_deposit
    if rule is None:
        return Term()
    try:
        return Term(deposit_due_on(rule, paid_at))
    except YearUnknown as unknown:
        return Term(year_unknown=unknown.year)


def is_pressing(notice: Notice | None, now: datetime) -> bool:
    """Whether what is due today will not grow any more: after the notice's hour, else the whole day."""
    rule = None if notice is None else notice.document.cash_deposit
    if rule is None or rule.cutoff is None:
        return True
    return f"{instant_of(second_of(now)):%H:%M:%S}" > f"{rule.cutoff}:00"


def waits_for_review(notice: Notice) -> bool:
    """Whether money stays in hand until the roster has passed (Songming 2018, 七(二))."""
    rule = notice.document.cash_deposit
    return rule is not None and rule.rule == "after_review"


def window_ended(notice: Notice, paid_at: datetime, entered_at: datetime) -> datetime | None:
    """When the window had ended in which money was taken that is typed only now; None: it is not late.

    Windows of events and of groups are the matter of whoever judges the person.
    """
    paid, entered = second_of(paid_at), second_of(entered_at)
    plain = [one for one in notice.document.windows if one.event is None and one.when is None]
    end = max((one.to for one in plain if one.from_ <= paid < one.to), default=None)
    return None if end is None or entered < end else instant_of(end)


def faults_of(notice: Notice, channel: Channel, taken: TakenMoney, now: datetime) -> Iterator[FieldError]:
    """Everything that keeps a receipt from being recorded; pointers are within it."""
    clause = clause_of_cash(notice, channel)
    if bool(taken.items) == (taken.order is not None):
        yield FieldError(
            "/items",
            "Name the people in items, or the order of a unit in order_no with its amount_fen.",
            "请在 items 中列出参保人，或填写单位订单号 order_no 及金额 amount_fen。",
        )
    if taken.instrument in IN_HAND and not takes_cash(notice, channel):
        yield FieldError(
            "/instrument",
            f"The notice takes no cash here ({clause}); have it paid by POS, transfer or in an app.",
            f"按通知{clause}，此处不收现金；请改用刷卡、转账或手机缴费。",
        )
    if taken.paid_at > now:
        yield FieldError("/paid_at", "Lies in the future.", "晚于当前时间。")
    if taken.instrument in _NUMBERED and not taken.reference:
        yield FieldError(
            "/reference",
            "Give the number of the cheque, POS slip or transfer.",
            "请填写支票号、POS 小票号或转账流水号。",
        )
    yield from _voucher_faults(paper_of(notice, channel), taken)
    if channel.kind == "add_on":
        yield from _add_on_faults(notice, taken)


def _voucher_faults(paper: Voucher | None, taken: TakenMoney) -> Iterator[FieldError]:
    if paper is None:
        return
    if paper.per == "person" and taken.order is None:
        for no, item in enumerate(taken.items):
            if not item.voucher_no:
                yield FieldError(
                    f"/items/{no}/voucher_no",
                    f"One voucher for each person ({paper.clause}): give its number.",
                    f"一人一票（{paper.clause}）：请填写该人票据号码。",
                )
    elif not taken.voucher_no:
        yield FieldError(
            "/voucher_no",
            f"Give the number of the voucher ({paper.clause}).",
            f"请填写票据号码（{paper.clause}）。",
        )


def _add_on_faults(notice: Notice, taken: TakenMoney) -> Iterator[FieldError]:
    prices = {int(one.price) for one in notice.document.add_ons if not one.inside_price}
    for no, item in enumerate(taken.items):
        if item.amount_fen not in prices or item.repair_years:
            yield FieldError(
                f"/items/{no}/amount_fen",
                "Only the price of an add-on is taken here; the contribution is paid elsewhere.",
                "此处只收附加险保费；基本医保费请通过其他渠道缴纳。",
            )


def lies_outside(channel: Channel, collector_division: str, person_division: str) -> bool:
    """Whether nobody may pay for somebody here (Huining 2021, 八(一): never into another place)."""
    return channel.pays_for == "own_area" and not person_division.startswith(prefix_of(collector_division))


#: How the channels of money in hand begin; no notice names one so.
CASH = "cash:"


def cash_channel(collector_id: int) -> str:
    """The channel of the money in one collector's hands: an account of its own in the ledger."""
    return f"{CASH}{collector_id}"


@dataclass(frozen=True, slots=True)
class Held:
    """Money of one collector that is in hand, as far as it has a term."""

    amount_fen: int
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How the cash of a collector stands on a day."""

    due_fen: int
    overdue_fen: int
    next_due_on: date | None


def comes_back_so(instrument: Instrument, reason: ReversalReason, *, banked: bool) -> bool:
    """Whether money of an instrument can come back for a reason; what was banked is at the bank still."""
    if reason == "entered_wrongly":
        return not banked
    return instrument == "cheque" if reason == "bounced_cheque" else instrument in ("pos", "transfer")


def standing_of(held: Sequence[Held], today: date) -> Standing:
    """What has to be in the bank today, what should have been there before, and the next day."""
    days = [one.due_on for one in held if one.due_on is not None]
    return Standing(
        due_fen=sum(one.amount_fen for one in held if one.due_on == today),
        overdue_fen=sum(one.amount_fen for one in held if one.due_on is not None and one.due_on < today),
        next_due_on=min(days, default=None),
    )
