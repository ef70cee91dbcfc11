"""Tells what happened to a person in one year as one story in time."""

from collections.abc import Iterator

from services.console.persons.rules import (
    ENROLLMENT_STATES,
    PAYOUT_STATES,
    REASONS,
    REFUND_STATES,
    Event,
)
from services.console.persons.schemas import (
    Assessment,
    Enrollment,
    EnrollmentStory,
    Line,
    Payment,
    Payments,
    Refund,
    Subsidies,
)

_UNKNOWN = ("", "")


def story(
    person_id: int,
    year: int,
    known: EnrollmentStory | None,
    payments: Payments | None,
    subsidies: Subsidies | None,
) -> list[Event]:
    """All that happened, the first first; what a service did not say is missing."""
    events: list[Event] = []
    if known is not None:
        year_zh, year_en = f"登记 {year} 年度参保", f"Registered for {year}"
        events.append(Event(known.enrollment.registered_at, year_zh, year_en))
        events += [_assessment(one) for one in known.assessments]
    for payment in payments.items if payments else ():
        for line in payment.lines:
            if line.person_id == person_id and line.coverage_year == year:
                events += _line(payment, line)
    if subsidies is not None:
        events += _grants(subsidies, year)
        events += [one for each in subsidies.refunds if each.coverage_year == year for one in _refund(each)]
    if known is not None:
        events += _ending(known.enrollment)
    # What comes at one instant stays in this order: money before the cover that it brings.
    return sorted(events, key=lambda event: event.at)


def _ending(one: Enrollment) -> Iterator[Event]:
    if one.completed_at is not None:
        until = f"{one.benefit_from} 至 {one.benefit_to}", f"from {one.benefit_from} to {one.benefit_to}"
        cover = until if one.benefit_from else _UNKNOWN
        yield Event(
            one.completed_at, f"参保完成，待遇期 {cover[0]}", f"Enrollment complete, cover {cover[1]}"
        )
    if one.cancelled_at is not None:
        name_zh, name = ENROLLMENT_STATES["cancelled"]
        yield Event(one.cancelled_at, f"参保{name_zh}", f"Enrollment {name}")


def _assessment(one: Assessment) -> Event:
    said = one.answer.summary
    zh, en = (said.zh, said.en) if said else (one.answer.outcome, one.answer.outcome)
    return Event(one.assessed_at, f"核定：{zh}", f"Assessed: {en}", one.answer.own_due_fen)


def _line(payment: Payment, line: Line) -> Iterator[Event]:
    of_zh = f"（渠道 {payment.channel}，流水号 {payment.transaction_no}）"
    of = f" ({payment.channel}, transaction {payment.transaction_no})"
    if line.reason is not None:
        why_zh, why = REASONS.get(line.reason, (line.reason, line.reason))
        said_zh, said = f"缴费待确认：{why_zh}{of_zh}", f"Payment in suspense: {why}{of}"
        yield Event(payment.paid_at, said_zh, said, line.amount_fen, trouble=line.state == "suspended")
    else:
        yield Event(payment.paid_at, f"缴费到账{of_zh}", f"Payment received{of}", line.amount_fen)
    if line.voucher_no is not None:
        zh, en = f"开具缴费凭证 {line.voucher_no}", f"Voucher {line.voucher_no} issued"
        yield Event(payment.paid_at, zh, en)
    if line.refunded_at is not None:
        yield Event(line.refunded_at, "缴费已退还", "Payment given back", line.refunded_fen)


def _grants(known: Subsidies, year: int) -> Iterator[Event]:
    for one in known.grants:
        if one.coverage_year != year:
            continue
        state_zh, state = PAYOUT_STATES.get(one.payout_state or "", _UNKNOWN)
        more_zh, more = (f"，发放：{state_zh}", f", payout: {state}") if state else _UNKNOWN
        said_zh, said = f"资助核准（{one.payer}）{more_zh}", f"Help granted ({one.payer}){more}"
        stuck = one.payout_state in ("waiting_card", "needs_card", "held")
        yield Event(one.granted_at, said_zh, said, one.amount_fen, trouble=stuck)
        if one.revoked_at is not None:
            yield Event(one.revoked_at, "资助撤销", "Help revoked", one.amount_fen)


def _refund(one: Refund) -> Iterator[Event]:
    state_zh, state = REFUND_STATES.get(one.state, (one.state, one.state))
    said_zh, said = (
        f"申请退费（{one.requested_by}），{state_zh}",
        f"Refund asked for by {one.requested_by}: {state}",
    )
    yield Event(one.requested_at, said_zh, said, one.amount_fen, trouble=one.state == "requested")
    if one.decided_at is not None:
        yield Event(one.decided_at, f"退费审批：{one.decided_by}", f"Refund decided by {one.decided_by}")
