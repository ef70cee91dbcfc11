"""Requests, approves and rejects refund cases, with their payouts and the help that rested on the money."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause, Draft
from libs.common.transitions import TransitionRefused
from services.subsidy.cards import store as cards_store
from services.subsidy.entitlements import rules as entitlement_rules
from services.subsidy.entitlements import store as entitlements_store
from services.subsidy.entitlements.facts import LineKey, PersonYear, YearKey
from services.subsidy.grants import store as grants_store
from services.subsidy.grants.recording import Changes, record, recovered_facts
from services.subsidy.grants.store import Revoked
from services.subsidy.payouts import store as payouts_store
from services.subsidy.payouts.store import NewPayout
from services.subsidy.refunds import problems, store
from services.subsidy.refunds.rules import (
    TRANSITIONS,
    LineMoney,
    Refundable,
    RefundEvent,
    RefundNotCovered,
    RefundState,
    refundable,
)
from services.subsidy.refunds.store import LineRow, NewRefund, RefundDecision, RefundRow


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: how much of a line (None: all that is left), why, and whose it is."""

    reason: str
    amount_fen: int | None = None
    county: str | None = None
    coverage_year: int | None = None
    payee_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who decides a case, when, and with which note."""

    by: str
    at: datetime
    note: str | None
    cause: Cause


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The money of a line; the person's year where the money was applied."""

    money: LineMoney
    key: YearKey | None
    year: PersonYear | None


async def request_refund(conn: AsyncConnection, line: LineRow, asked: Asked, by: str, at: datetime) -> int:
    """Open a case about a payment line that was looked up; raise a problem when nothing is left of it."""
    loaded = await _load(conn, line)
    if (waits := await store.waiting(conn, line.key)) is not None:
        raise problems.ONE_WAITS.problem(refund_id=waits)
    covered = _covered(loaded.money, asked.amount_fen)
    return await store.add_refund(
        conn,
        NewRefund(
            county=line.county or asked.county,
            coverage_year=line.coverage_year or asked.coverage_year,
            payment_id=line.payment_id,
            line_no=line.line_no,
            person_id=line.person_id,
            payee_digest=None if line.person_id is not None else asked.payee_digest,
            division_code=line.division_code,
            channel=line.channel,
            amount_fen=covered.amount_fen,
            reason=asked.reason,
            withdraws=covered.withdraws,
            requested_by=by,
            requested_at=at,
        ),
    )


async def approve_refund(conn: AsyncConnection, refund: RefundRow, verdict: Verdict) -> None:
    """Approve a case that was looked up, open its payout, and take back the help that rested on the money."""
    line = await store.line(conn, refund.line)
    assert line is not None, "payment lines are never deleted"
    loaded = await _load(conn, line, without=refund.refund_id)
    state = await _decided(conn, refund.refund_id, RefundEvent.APPROVED)
    whole = refund.withdraws or refund.amount_fen == loaded.money.whole_fen
    covered = _covered(loaded.money, None if whole else refund.amount_fen)
    if covered.amount_fen != refund.amount_fen:
        raise problems.NOT_COVERED.problem(left_fen=covered.amount_fen)
    if refund.county is None or refund.coverage_year is None:
        raise problems.UNPLACED.problem()
    await store.decide_refund(conn, _decision(refund, state, verdict, withdraws=covered.withdraws))
    await store.give_back(conn, refund.line, covered.amount_fen, whole=covered.withdraws)
    if covered.withdraws:
        await _withdraw(conn, refund.line, loaded, verdict)
    await payouts_store.open_payouts(conn, [_payout(refund, verdict.at)])


async def reject_refund(conn: AsyncConnection, refund: RefundRow, verdict: Verdict) -> None:
    """Reject a case that was looked up."""
    state = await _decided(conn, refund.refund_id, RefundEvent.REJECTED)
    await store.decide_refund(conn, _decision(refund, state, verdict, withdraws=False))


async def _decided(conn: AsyncConnection, refund_id: int, event: RefundEvent) -> RefundState:
    """Lock a case and give its state after the decision."""
    try:
        return TRANSITIONS.after(await store.lock_refund(conn, refund_id), event)
    except TransitionRefused as refusal:
        raise problems.ALREADY_DECIDED.problem(state=refusal.state) from None


def _decision(refund: RefundRow, state: RefundState, verdict: Verdict, *, withdraws: bool) -> RefundDecision:
    return RefundDecision(
        refund_id=refund.refund_id,
        state=state,
        decided_by=verdict.by,
        decided_at=verdict.at,
        decision_note=verdict.note,
        withdraws=withdraws,
    )


def _covered(money: LineMoney, asked_fen: int | None) -> Refundable:
    try:
        return refundable(money, asked_fen)
    except RefundNotCovered as error:
        raise problems.NOT_COVERED.problem(left_fen=error.left_fen) from None


async def _load(conn: AsyncConnection, line: LineRow, without: int | None = None) -> _Loaded:
    """Lock person, line and payouts in this order, and add up what the line's money is doing."""
    if line.person_id is not None:
        await cards_store.lock_persons(conn, [line.person_id])
    locked = await store.lock_line(conn, line.key)
    key, year = None, None
    if locked.state == "applied":
        assert locked.person_id is not None and locked.coverage_year is not None, "applied money has an owner"
        key = YearKey(locked.person_id, locked.coverage_year)
        years = await entitlements_store.load_years(conn, [key])
        await grants_store.load_grants(conn, years)
        year = years[key]
    to_card = [
        grant
        for grant in (year.grants.values() if year else ())
        if grant.mechanism == entitlement_rules.REIMBURSE_TO_CARD
        and (grant.payment_id, grant.line_no) == line.key
    ]
    money = LineMoney(
        applied=locked.state == "applied",
        amount_fen=locked.amount_fen,
        refunded_fen=await store.refunded_fen(conn, line.key, without),
        card_fen=sum(grant.amount_fen for grant in to_card),
        card_out_fen=sum(grant.amount_fen for grant in to_card if grant.locked),
    )
    return _Loaded(money, key, year)


async def _withdraw(conn: AsyncConnection, line: LineKey, loaded: _Loaded, verdict: Verdict) -> None:
    if loaded.key is None or loaded.year is None:
        return
    loaded.year.withdraw(line)
    await _return_help(conn, line, loaded.year, verdict)
    changes = Changes()
    changes.add(loaded.key, entitlement_rules.decide(loaded.year, verdict.at), verdict.cause)
    await record(conn, changes)


async def _return_help(conn: AsyncConnection, line: LineKey, year: PersonYear, verdict: Verdict) -> None:
    """Help on the card was taken off what the person gets back: the fund returns it to its payer."""
    for grant in list(year.grants.values()):
        if not grant.locked or (grant.payment_id, grant.line_no) != line:
            continue
        row = await grants_store.one(conn, grant.grant_id)
        assert row is not None, "an active grant is on record"
        await grants_store.revoke_grants(conn, [Revoked(grant.grant_id, verdict.at, "refunded")])
        drafts = [
            Draft(
                fact,
                str(row.person_id),
                verdict.at,
                correlation_id=verdict.cause.correlation_id,
                causation_id=verdict.cause.causation_id,
            )
            for fact in recovered_facts(row, "fund", verdict.at)
        ]
        await outbox.append(conn, drafts)
        del year.grants[grant.grant_id]


def _payout(refund: RefundRow, at: datetime) -> NewPayout:
    return NewPayout(
        county=refund.county,
        coverage_year=refund.coverage_year,
        kind="refund",
        grant_id=None,
        refund_id=refund.refund_id,
        person_id=refund.person_id,
        payee_digest=refund.payee_digest,
        division_code=refund.division_code,
        payer=None,
        amount_fen=refund.amount_fen,
        created_at=at,
    )
