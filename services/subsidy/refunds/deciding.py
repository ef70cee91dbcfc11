"""Approves and rejects refund cases, with their payouts and the help that rested on the money."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.outbox import Cause
from libs.common.cases import store as cases
from libs.common.cases.deciding import Decision
from libs.common.cases.store import ApprovalRow, NewCase
from libs.common.transitions import TransitionRefused
from services.subsidy.cards import store as cards_store
from services.subsidy.cases.rules import ACCOUNT_REFUND
from services.subsidy.entitlements import rules as entitlement_rules
from services.subsidy.entitlements import store as entitlements_store
from services.subsidy.entitlements.facts import PersonYear, YearKey
from services.subsidy.grants import store as grants_store
from services.subsidy.grants.recording import Changes, record
from services.subsidy.grants.recovering import Recovery, recover
from services.subsidy.payouts import store as payouts_store
from services.subsidy.payouts.store import NewPayout
from services.subsidy.refunds import money_store, problems, store
from services.subsidy.refunds.money_store import LineAndMoney
from services.subsidy.refunds.requesting import covered, leave_repairs, lock_money
from services.subsidy.refunds.rules import TRANSITIONS, RefundEvent, RefundState, refund_of, subject_of
from services.subsidy.refunds.store import RefundDecision, RefundRow


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who decides a case, when, and with which note."""

    by: str
    at: datetime
    note: str | None
    cause: Cause


async def hold(conn: AsyncConnection, asked: ApprovalRow) -> LineAndMoney:
    """Hold the money of the refund that an approval is about, before the approval itself is held."""
    return await lock(conn, await _refund(conn, asked))


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """A second person agreed: open the payout, and take back the help that rested on the money.

    What a personal account paid has none: the bureau is told, and gives it back through its channel.
    """
    refund, verdict = await _refund(conn, asked), _verdict(asked, decision)
    line = await lock(conn, refund)
    state = await _decided(conn, refund.refund_id, RefundEvent.APPROVED)
    whole = (refund.withdraws and line.money.applied) or refund.amount_fen == line.money.whole_fen
    covers = covered(line.money, None if whole else refund.amount_fen)
    if covers.amount_fen != refund.amount_fen:
        raise problems.NOT_COVERED.problem(left_fen=covers.amount_fen)
    if refund.county is None or refund.coverage_year is None:
        raise problems.UNPLACED.problem()
    await store.decide_refund(conn, _decision(refund, state, verdict, withdraws=covers.withdraws))
    await _decide_help(conn, line, verdict, returns=covers.withdraws and line.money.nets_help)
    if line.employee_fund is None:
        await payouts_store.open_payouts(conn, [_payout(refund, verdict.at)])
    else:
        await cases.open_cases(conn, [_to_account(refund, line, verdict.at)])


async def refuse(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """A second person refused; help that the refund would have returned may have to be recovered.

    The lapsed years that were repaired beside a contribution stay with it.
    """
    refund, verdict = await _refund(conn, asked), _verdict(asked, decision)
    line = await lock(conn, refund)
    state = await _decided(conn, refund.refund_id, RefundEvent.REJECTED)
    await store.decide_refund(conn, _decision(refund, state, verdict, withdraws=False))
    if refund.withdraws:
        await leave_repairs(conn, refund.line, verdict.at)
    await _decide_help(conn, line, verdict, returns=False)


async def _refund(conn: AsyncConnection, asked: ApprovalRow) -> RefundRow:
    refund = await store.refund(conn, refund_of(asked.subject))
    assert refund is not None, "cases are never deleted"
    return refund


def _verdict(asked: ApprovalRow, decision: Decision) -> Verdict:
    cause = Cause(f"approval-{asked.approval_id}")
    return Verdict(str(decision.approved_by), decision.at, decision.note, cause)


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


async def lock(conn: AsyncConnection, refund: RefundRow) -> LineAndMoney:
    """Lock the person, the payouts of their help and the line; add up the line's money without this case."""
    line = await money_store.line(conn, refund.line)
    assert line is not None, "payment lines are never deleted"
    if line.person_id is not None:
        await cards_store.lock_persons(conn, [line.person_id])
        await _load(conn, line)
    return await lock_money(conn, refund.line, without=refund.refund_id)


async def _load(conn: AsyncConnection, line: LineAndMoney) -> tuple[YearKey, PersonYear] | None:
    """The person's year, whose payouts are locked by it; None where no help rests on the money."""
    if line.state != "applied":
        return None
    assert line.person_id is not None and line.coverage_year is not None, "applied money has an owner"
    key = YearKey(line.person_id, line.coverage_year)
    years = await entitlements_store.load_years(conn, [key])
    await grants_store.load_grants(conn, years)
    return key, years[key]


async def _decide_help(conn: AsyncConnection, line: LineAndMoney, verdict: Verdict, *, returns: bool) -> None:
    """Decide help anew. Where it `returns`, help on the card was taken off what the person gets back."""
    loaded = await _load(conn, line)
    if loaded is None:
        return
    key, year = loaded
    if returns:
        left = [g for g in year.grants.values() if g.locked and (g.payment_id, g.line_no) == line.key]
        rows = await grants_store.some(conn, [grant.grant_id for grant in left])
        await recover(conn, rows, Recovery("fund", verdict.at, "refunded", verdict.cause))
        for grant in left:
            del year.grants[grant.grant_id]
    changes = Changes()
    changes.add(key, entitlement_rules.decide(year, verdict.at), verdict.cause)
    await record(conn, changes, verdict.at)


def _to_account(refund: RefundRow, line: LineAndMoney, at: datetime) -> NewCase:
    return NewCase(
        kind=ACCOUNT_REFUND.code,
        subject=subject_of(refund.refund_id),
        owner=ACCOUNT_REFUND.owner,
        proposed=ACCOUNT_REFUND.steps[0].code,
        opened_at=at,
        evidence={
            "refund_id": refund.refund_id,
            "payment_id": line.payment_id,
            "line_no": line.line_no,
            "channel": line.channel,
            "transaction_no": line.transaction_no,
            "employee_fund": line.employee_fund,
        },
        county=refund.county,
        coverage_year=refund.coverage_year,
        division_code=refund.division_code,
        person_id=refund.person_id,
        amount_fen=refund.amount_fen,
    )


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
