"""Tells what happened to a person in one year as one story in time."""

from collections.abc import Iterator

from services.console.persons.money_schemas import Notifications, Orders, RefusedOrders
from services.console.persons.rules import Called, Event, named
from services.console.persons.schemas import (
    Assessment,
    Enrollment,
    EnrollmentStory,
    Line,
    Payment,
    Payments,
    Refund,
    Subsidies,
    Ticket,
)
from services.console.persons.telling_notifications import told_of_notification
from services.console.persons.telling_orders import told_of_order, told_of_refusal
from services.console.persons.telling_payouts import told_of_payout
from services.console.persons.words import (
    ENROLLMENT_STATES,
    OUTCOMES,
    REASONS,
    REFUND_STATES,
    TICKET_KINDS,
    TICKET_STATES,
)

#: Who asks for refunds that nobody has to ask for.
_SYSTEM = "system"


class Story:
    """What happened to one person in one year, told with the words of its notice.

    `clear` is for who may see what channels sent, byte for byte.
    """

    def __init__(self, person_id: int, year: int, called: Called, *, clear: bool = False) -> None:
        self._person_id = person_id
        self._year = year
        self._called = called
        self._clear = clear

    def told(
        self,
        known: EnrollmentStory | None,
        payments: Payments | None,
        subsidies: Subsidies | None,
        tickets: list[Ticket] | None = None,
        orders: Orders | None = None,
        notifications: Notifications | None = None,
        refused: RefusedOrders | None = None,
    ) -> list[Event]:
        """All of it, the first first; what a service did not say is missing."""
        events: list[Event] = []
        if known is not None:
            zh, en = f"登记 {self._year} 年度参保", f"Registered for {self._year}"
            events.append(Event(known.enrollment.registered_at, zh, en))
            events += [_assessment(one) for one in known.assessments]
        for order in orders.items if orders else ():
            events += told_of_order(order, self._called)
        events += [told_of_refusal(one, self._called) for one in (refused.items if refused else ())]
        for told in notifications.items if notifications else ():
            events += told_of_notification(told, self._called, clear=self._clear)
        for payment in payments.items if payments else ():
            for line in payment.lines:
                if line.person_id == self._person_id and line.coverage_year == self._year:
                    events += self._line(payment, line)
        if subsidies is not None:
            events += self._grants(subsidies)
            of_year = (one for one in subsidies.refunds if one.coverage_year == self._year)
            events += [event for one in of_year for event in _refund(one)]
            paid_out = (one for one in subsidies.payouts if one.coverage_year == self._year)
            events += [event for one in paid_out for event in told_of_payout(one)]
        events += [event for one in tickets or () for event in _ticket(one)]
        if known is not None:
            events += _ending(known.enrollment)
        # What comes at one instant stays in this order: money before the cover that it brings.
        return sorted(events, key=lambda event: event.at)

    def _line(self, payment: Payment, line: Line) -> Iterator[Event]:
        at, (channel_zh, channel) = (
            payment.paid_at or payment.received_at,
            named(self._called.channels, payment.channel),
        )
        of_zh = f"（{channel_zh}，流水号 {payment.transaction_no}）"
        of = f" ({channel}, transaction {payment.transaction_no})"
        page = f"payments/{payment.payment_id}"
        if line.reason is not None and line.state == "suspended":
            why_zh, why = named(REASONS, line.reason)
            said = f"缴费待确认：{why_zh}{of_zh}", f"Payment in suspense: {why}{of}"
            yield Event(at, *said, line.amount_fen, trouble=True, page=page)
        else:
            said = f"缴费到账{of_zh}", f"Payment received{of}"
            yield Event(at, *said, line.amount_fen, page=page)
            if line.reason is not None:
                why_zh, why = named(REASONS, line.reason)
                yield Event(at, f"曾挂账：{why_zh}", f"It waited in suspense: {why}")
        if line.voucher_no is not None:
            yield Event(at, f"开具缴费凭证 {line.voucher_no}", f"Voucher {line.voucher_no} issued")
        if line.refunded_at is not None:
            yield Event(line.refunded_at, "缴费已退还", "Payment given back", line.refunded_fen)

    def _grants(self, known: Subsidies) -> Iterator[Event]:
        for one in known.grants:
            if one.coverage_year != self._year:
                continue
            payer_zh, payer = named(self._called.payers, one.payer)
            status_zh, status = named(self._called.statuses, one.status or "")
            by_zh, by = (f"{payer_zh}，{status_zh}", f"{payer}, {status}") if status else (payer_zh, payer)
            yield Event(one.granted_at, f"资助核准（{by_zh}）", f"Help granted ({by})", one.amount_fen)
            if one.revoked_at is not None:
                yield Event(one.revoked_at, "资助撤销", "Help revoked", one.amount_fen)


def _ending(one: Enrollment) -> Iterator[Event]:
    if one.completed_at is not None:
        cover_zh, cover = "", ""
        if one.benefit_from is not None:
            cover_zh, cover = f"，待遇期自 {one.benefit_from} 起", f", cover from {one.benefit_from}"
        if one.benefit_from is not None and one.benefit_to is not None:
            cover_zh = f"，待遇期 {one.benefit_from} 至 {one.benefit_to}"
            cover = f", cover from {one.benefit_from} to {one.benefit_to}"
        yield Event(one.completed_at, f"参保完成{cover_zh}", f"Enrollment complete{cover}")
    for at, state in ((one.cancelled_at, "cancelled"), (one.withdrawn_at, "withdrawn")):
        if at is not None:
            zh, en = named(ENROLLMENT_STATES, state)
            yield Event(at, f"参保登记{zh}", f"Enrollment {en}")


def _assessment(one: Assessment) -> Event:
    said = one.answer.summary
    zh, en = (said.zh, said.en) if said else named(OUTCOMES, one.answer.outcome)
    return Event(one.assessed_at, f"核定：{zh}", f"Assessed: {en}", one.answer.own_due_fen)


def _refund(one: Refund) -> Iterator[Event]:
    why_zh, why = named(REASONS, one.reason)
    by_zh, by = (
        ("系统自动发起", "opened by itself")
        if one.requested_by == _SYSTEM
        else (f"申请人 {one.requested_by}", f"by {one.requested_by}")
    )
    waits = one.state == "requested"
    more_zh, more = ("，待审批", ", waits for approval") if waits else ("", "")
    said_zh, said = f"申请退费：{why_zh}（{by_zh}）{more_zh}", f"Refund asked for: {why} ({by}){more}"
    yield Event(one.requested_at, said_zh, said, one.amount_fen, trouble=waits)
    if waits:
        return
    state_zh, state = named(REFUND_STATES, one.state)
    by_zh, by = (f"（审批人 {one.decided_by}）", f" (by {one.decided_by})") if one.decided_by else ("", "")
    yield Event(
        one.decided_at or one.requested_at,
        f"退费{state_zh}{by_zh}",
        f"Refund {state}{by}",
        one.amount_fen,
    )


def _ticket(one: Ticket) -> Iterator[Event]:
    kind_zh, kind = named(TICKET_KINDS, one.kind)
    yield Event(
        one.reported_at,
        f"报送更正单：{kind_zh}（{one.reported_by}）",
        f"Error reported: {kind} (by {one.reported_by})",
    )
    if one.answered_at is not None:
        state_zh, state = named(TICKET_STATES, one.state)
        more = f"：{one.answer}" if one.answer else ""
        yield Event(
            one.answered_at, f"更正单{state_zh}{more}", f"Report {state}{more.replace('：', ': ')}",
            trouble=one.state == "refused",
        )  # fmt: skip
