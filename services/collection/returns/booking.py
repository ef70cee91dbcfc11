"""Books what channels gave back: lines, dues and vouchers follow; what is unclear becomes a case.

Whoever calls holds the lease of the counties whose money it is, which may be others than those where it came.
A return whose payment has not come waits for it, as a case that closes by itself then.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.events.collection import PaymentReturned
from libs.common.security.masking import mask_identities
from libs.common.web.schemas import shanghai
from services.collection.cases.rules import (
    KINDS,
    RETURN_ABNORMAL,
    RETURN_AFTER_REFUND,
    RETURN_ANNOUNCED,
    RETURN_ENDS_COVER,
    RETURN_EXCEEDS,
    RETURN_UNMATCHED,
    subject_of_year,
)
from services.collection.channel_refunds import store as asked_store
from services.collection.channel_refunds.settling import Ended, settle
from services.collection.matching.sharing import check_within
from services.collection.refunds.parting import change_lines
from services.collection.refunds.rules import LineMoney
from services.collection.refunds.store import ChangedLine
from services.collection.returns import store
from services.collection.returns.recognizing import recognize
from services.collection.returns.rules import Part, Return, Unclear, after, parts_of, this_time, whose
from services.collection.returns.store import Transaction
from services.collection.suspense.splitting import ask_about_splits


@dataclass
class Booked:
    """What is to be written about some returns; they may be of money of `counties` alone (None: of any)."""

    counties: Collection[str] | None = None
    told: list[Return] = field(default_factory=list)
    changed: dict[tuple[int, int], ChangedLine] = field(default_factory=dict)
    facts: list[tuple[PaymentReturned, datetime]] = field(default_factory=list)
    opened: list[NewCase] = field(default_factory=list)
    known_better: list[NewCase] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)


async def book(
    conn: AsyncConnection,
    told: Sequence[Return],
    new_payments: Sequence[Transaction],
    at: datetime,
    counties: Collection[str] | None = None,
) -> None:
    """Book what was told now, and what had waited for payments that came now. Raises BeyondCounties."""
    told = await recognize(conn, told)
    told = this_time(told, await store.so_far(conn, [one.transaction for one in told if one.so_far]))
    waited = await store.waiting(conn, new_payments)
    new = {one.notification_id for one in told}
    news = [*told, *(one for one in waited if one.notification_id not in new)]
    booked = Booked(counties, [one for one in news if one.state == "ignored"])
    await _know_again(conn, booked)
    news = [one for one in news if one.state != "ignored"]
    await _book_done(conn, [one for one in news if one.status == "done"], booked)
    await _ask_about_failed(conn, [one for one in news if one.status != "done"], booked)
    await _write(conn, booked, at)


async def _know_again(conn: AsyncConnection, booked: Booked) -> None:
    """End what we asked for where its money is booked already: from a file, or without our number."""
    again = [one for one in booked.told if one.request_no is not None and one.status == "done"]
    known = await store.booked(conn, again) if again else set()
    booked.ended += [
        Ended(one.request_no, "done", one.returned_at, None, one.return_no, booked_before=True)
        for one in again
        if one.request_no is not None and (one.channel, one.return_no) in known
    ]


async def _ask_about_failed(conn: AsyncConnection, failed: Sequence[Return], booked: Booked) -> None:
    """Ask somebody about refunds that failed; of those told before their payment it is known now where."""
    # It may have succeeded before this arrives, late or out of order: then there is nothing to ask.
    settled = {(one.channel, one.return_no) for one in booked.told if one.state == "booked"}
    settled |= await store.booked(conn, failed)
    payments = await store.payments_of(conn, [one.transaction for one in failed])
    lines = await _lines(conn, [payment.payment_id for payment in payments.values()], booked)
    for one in failed:
        payment = payments.get(one.transaction)
        payment_id = payment.payment_id if payment else None
        if one.request_no is not None:
            booked.ended.append(Ended(one.request_no, one.status, one.returned_at, None, one.return_no))
        asks = (one.channel, one.return_no) not in settled and one.request_no is None
        booked.told.append(replace(one, state="open" if asks else "ignored", payment_id=payment_id))
        if asks:
            case = _case(one, RETURN_ABNORMAL.code, lines[payment_id] if payment_id else ())
            (booked.known_better if one.state == "open" else booked.opened).append(case)


async def _lines(conn: AsyncConnection, ids: Sequence[int], booked: Booked) -> dict[int, list[LineMoney]]:
    lines = await store.lines(conn, ids)
    check_within(booked.counties, {line.county for of in lines.values() for line in of})
    return lines


async def book_on(conn: AsyncConnection, told: Return, line_no: int, at: datetime) -> bool:
    """Book an unclear return on the line that an officer names; False when that has not so much left."""
    assert told.payment_id is not None
    booked = Booked()
    lines = (await store.lines(conn, [told.payment_id]))[told.payment_id]
    try:
        parts = parts_of(told, lines, line_no=line_no)
    except Unclear:
        return False
    _book_parts(told, told.payment_id, parts, booked)
    await _write(conn, booked, at)
    return True


async def announce(conn: AsyncConnection, payments: Mapping[Transaction, NewCase]) -> None:
    """Open a case for payments of which something went back, unless a channel told already how much."""
    told = await store.told_of(conn, list(payments))
    found = await store.payments_of(conn, [key for key in payments if key not in told])
    lines = await store.lines(conn, [payment.payment_id for payment in found.values()])
    opened = [replace(payments[key], **whose(lines[one.payment_id])) for key, one in found.items()]
    await cases.open_cases(conn, opened)


async def _book_done(conn: AsyncConnection, done: Sequence[Return], booked: Booked) -> None:
    if not done:
        return
    payments = await store.payments_of(conn, [one.transaction for one in done])
    ids = [payment.payment_id for payment in payments.values()]
    lines = await _lines(conn, ids, booked)
    by_card = await store.refunded_by_card(conn, ids)
    ours = await asked_store.numbered(conn, [one.request_no for one in done if one.request_no is not None])
    asked = {(one.request_no, one.amount_fen): one.line_no for one in ours}
    for one in sorted(done, key=lambda one: one.notification_id):
        payment = payments.get(one.transaction)
        if payment is None:
            booked.told.append(replace(one, state="waiting"))
            if one.kind != "failed":  # of a payment that failed no money came
                booked.opened.append(_case(one, RETURN_UNMATCHED.code, ()))
            continue
        payment_id = payment.payment_id
        if one.kind == "failed" and one.returned_at < payment.paid_at:
            # What had failed was tried again under the same number, and then the money came.
            booked.told.append(replace(one, state="ignored", payment_id=payment_id))
            continue
        of = lines[payment_id]
        try:
            parts = parts_of(one, of, line_no=asked.get((one.request_no or "", one.amount_fen or 0)))
        except Unclear as unclear:
            kind = RETURN_AFTER_REFUND.code if payment_id in by_card else str(unclear)
            booked.told.append(replace(one, state="open", payment_id=payment_id))
            booked.gone.append(Gone(RETURN_UNMATCHED.code, one.subject))
            booked.opened.append(_case(one, kind, of))
            continue
        _book_parts(one, payment_id, parts, booked)
        twice_fen = (one.amount_fen or 0) - sum(part.amount_fen for part in parts)
        if twice_fen > 0:
            kind = (RETURN_AFTER_REFUND if payment_id in by_card else RETURN_EXCEEDS).code
            booked.opened.append(replace(_case(one, kind, of), amount_fen=twice_fen))
        changed = {part.line.line_no: after(part) for part in parts}
        lines[payment_id] = [changed.get(line.line_no, line) for line in of]


def _book_parts(one: Return, payment_id: int, parts: Sequence[Part], booked: Booked) -> None:
    booked.told.append(replace(one, state="booked", payment_id=payment_id))
    booked.gone += [Gone(kind, one.subject) for kind in KINDS if kind.startswith("return_")]
    booked.gone.append(Gone(RETURN_ANNOUNCED.code, f"payments/{payment_id}"))
    if one.request_no is not None:
        booked.ended.append(Ended(one.request_no, "done", one.returned_at, None, one.return_no))
    for part in parts:
        line = after(part)
        was_paid = part.line.state == "applied" and part.line.add_on is None
        ended = was_paid and line.state == "refunded"
        before = booked.changed.get(line.key)
        why = "refunded" if one.kind == "refund" else "reversed"
        booked.changed[line.key] = ChangedLine(
            payment_id=line.payment_id,
            line_no=line.line_no,
            state=line.state,
            reason=line.reason,
            refunded_fen=line.refunded_fen,
            refunded_at=one.returned_at,
            void_reason=why if ended else (before.void_reason if before else None),
            changed_at=one.returned_at,
        )
        booked.facts.append((_fact(one, part, line, ended), one.received_at))
        if ended and line.repaired_year is None and not one.decided:
            booked.opened.append(_ends_cover(one, part))


def _ends_cover(one: Return, part: Part) -> NewCase:
    line = part.line
    assert line.person_id is not None and line.coverage_year is not None, "it was applied"
    case = _case(one, RETURN_ENDS_COVER.code, [line])
    return replace(
        case, subject=subject_of_year(line.person_id, line.coverage_year), amount_fen=part.amount_fen
    )


def _fact(one: Return, part: Part, line: LineMoney, ended: bool) -> PaymentReturned:
    return PaymentReturned(
        payment_id=line.payment_id,
        line_no=line.line_no,
        return_no=one.return_no,
        kind="refund" if one.kind == "refund" else "reversal",
        channel=one.channel,
        amount_fen=part.amount_fen,
        left_fen=line.amount_fen - line.refunded_fen,
        withdraws=ended,
        was_applied=part.line.state == "applied",
        person_id=line.person_id,
        enrollment_id=line.enrollment_id,
        county=line.county,
        coverage_year=line.coverage_year,
        division_code=line.division_code,
        repaired_year=line.repaired_year,
        returned_at=one.returned_at,
        employee_fund=line.employee_fund,
        request_no=one.request_no,
    )


async def _write(conn: AsyncConnection, booked: Booked, at: datetime) -> None:
    await store.write(conn, booked.told)
    await change_lines(conn, list(booked.changed.values()), at)
    await outbox.append(conn, [_draft(fact, time) for fact, time in booked.facts])
    await settle(conn, booked.ended, at)
    people = {fact.person_id for fact, _ in booked.facts if fact.person_id is not None}
    await ask_about_splits(conn, people, at)
    closed: dict[str, list[Gone]] = defaultdict(list)
    for gone in booked.gone:
        closed[gone.kind].append(gone)
    for some in closed.values():
        await cases.close_cases(conn, some, at, "it is booked, or known better")
    await cases.open_cases(conn, booked.opened)
    await cases.bring_up_to_date(conn, booked.known_better)


def _draft(fact: PaymentReturned, time: datetime) -> Draft:
    return Draft(
        fact,
        str(fact.person_id) if fact.person_id is not None else f"payment-{fact.payment_id}",
        time,
        subject=f"payments/{fact.payment_id}/{fact.line_no}",
        correlation_id=f"payment-{fact.payment_id}",
    )


def _case(one: Return, kind: str, lines: Sequence[LineMoney]) -> NewCase:
    evidence: dict[str, JsonValue] = {
        "notification_id": one.notification_id,
        "channel": one.channel,
        "transaction_no": mask_identities(one.transaction_no),
        "return_no": mask_identities(one.return_no),
        "status": one.status,
        "returned_at": shanghai(one.returned_at),
        "lines": [
            {"payment_id": line.payment_id, "line_no": line.line_no, "left_fen": line.left_fen}
            for line in lines
        ],
    }
    return NewCase(
        kind=kind,
        subject=one.subject,
        owner=KINDS[kind].owner,
        proposed=KINDS[kind].steps[0].code,
        opened_at=one.received_at,
        evidence=evidence,
        amount_fen=one.amount_fen,
        **whose(lines),
    )
