"""Decides refund cases: loads what the rules ask for, writes the case, its payout and what it takes along."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.outbox import Cause
from services.subsidy.cards import store as cards_store
from services.subsidy.entitlements import rules
from services.subsidy.entitlements import store as entitlements_store
from services.subsidy.entitlements.facts import PersonYear
from services.subsidy.grants import store as grants_store
from services.subsidy.grants.recording import Changes, record
from services.subsidy.payouts import store as payouts_store
from services.subsidy.payouts.rules import PayoutKind
from services.subsidy.payouts.store import NewPayout
from services.subsidy.refunds import problems, store
from services.subsidy.refunds.rules import LineMoney, Refundable, RefundNotCovered, RefundState, refundable
from services.subsidy.refunds.store import Line, NewRefund, RefundRow

_CARD = rules.REIMBURSE_TO_CARD


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: the line, how much of it (None: all that is left), why, and whose it is."""

    payment_id: int
    line_no: int
    reason: str
    amount_fen: int | None = None
    county: str | None = None
    coverage_year: int | None = None
    payee_digest: str | None = None


async def request_refund(conn: AsyncConnection, line: Line, wish: Asked, by: str, at: datetime) -> int:
    """Open a case about a payment line that was looked up; raise a problem when nothing is left of it."""
    money, _ = await _money(conn, line)
    covered = _covered(money, wish.amount_fen)
    return await store.add_refund(
        conn,
        NewRefund(
            county=line.county or wish.county,
            coverage_year=line.coverage_year or wish.coverage_year,
            payment_id=wish.payment_id,
            line_no=wish.line_no,
            person_id=line.person_id,
            payee_digest=None if line.person_id is not None else wish.payee_digest,
            division_code=line.division_code,
            channel=line.channel,
            amount_fen=covered.amount_fen,
            reason=wish.reason,
            withdraws=covered.withdraws,
            requested_by=by,
            requested_at=at,
        ),
    )


async def approve_refund(
    conn: AsyncConnection, refund: RefundRow, by: str, at: datetime, note: str | None, cause: Cause
) -> None:
    """Approve a case that was looked up, open its payout, and take back the help that rested on the money."""
    line = await store.line(conn, refund.line_key)
    assert line is not None, "a case has its line"
    money, year = await _money(conn, line, without=refund.refund_id)
    await _still_requested(conn, refund.refund_id)
    whole = refund.withdraws or refund.amount_fen == money.whole_fen
    covered = _covered(money, None if whole else refund.amount_fen)
    if covered.amount_fen != refund.amount_fen:
        raise problems.NOT_COVERED.problem(left_fen=covered.amount_fen)
    if refund.county is None or refund.coverage_year is None:
        raise problems.UNPLACED.problem()
    await store.decide_refund(
        conn, refund.refund_id, RefundState.APPROVED, by=by, at=at, note=note, withdraws=covered.withdraws
    )
    await store.give_back(conn, refund.line_key, covered.amount_fen, covered.withdraws)
    if covered.withdraws and year is not None:
        await _withdraw(conn, refund, year, at, cause)
    await payouts_store.open_payouts(conn, [_payout(refund, at)])


async def reject_refund(
    conn: AsyncConnection, refund: RefundRow, by: str, at: datetime, note: str | None
) -> None:
    """Reject a case that was looked up."""
    await _still_requested(conn, refund.refund_id)
    await store.decide_refund(conn, refund.refund_id, RefundState.REJECTED, by=by, at=at, note=note)


async def _still_requested(conn: AsyncConnection, refund_id: int) -> None:
    state = await store.lock_refund(conn, refund_id)
    if state != RefundState.REQUESTED:
        raise problems.ALREADY_DECIDED.problem(state=state)


def _covered(money: LineMoney, asked_fen: int | None) -> Refundable:
    try:
        return refundable(money, asked_fen)
    except RefundNotCovered as error:
        raise problems.NOT_COVERED.problem(left_fen=error.left_fen) from None


async def _money(
    conn: AsyncConnection, line: Line, without: int | None = None
) -> tuple[LineMoney, PersonYear | None]:
    """Lock person, line and payouts in this order, and add up what the line's money is doing."""
    place = line.key
    year: PersonYear | None = None
    if line.person_id is not None:
        await cards_store.lock_persons(conn, [line.person_id])
    locked = await store.line(conn, place, lock=True)
    assert locked is not None, "lines stay"
    if locked.state == "applied":
        assert locked.person_id is not None and locked.coverage_year is not None, "applied money has a person"
        years = await entitlements_store.load_years(conn, [(locked.person_id, locked.coverage_year)])
        await grants_store.load_grants(conn, years)
        (year,) = years.values()
    to_card = [
        grant
        for grant in (year.grants.values() if year else ())
        if grant.mechanism == _CARD and (grant.payment_id, grant.line_no) == place
    ]
    money = LineMoney(
        applied=locked.state == "applied",
        amount_fen=locked.amount_fen,
        refunded_fen=await store.refunded_fen(conn, place, without),
        card_fen=sum(grant.amount_fen for grant in to_card),
        card_out_fen=sum(grant.amount_fen for grant in to_card if grant.locked),
    )
    return money, year


async def _withdraw(
    conn: AsyncConnection, refund: RefundRow, year: PersonYear, at: datetime, cause: Cause
) -> None:
    place = refund.line_key
    assert refund.person_id is not None and refund.coverage_year is not None, "applied money has a person"
    key = (refund.person_id, refund.coverage_year)
    year.withdraw(place)
    changes = Changes()
    changes.add(key, rules.decide(year, at), cause)
    await record(conn, changes)


def _payout(refund: RefundRow, at: datetime) -> NewPayout:
    return NewPayout(
        county=refund.county,
        coverage_year=refund.coverage_year,
        kind=PayoutKind.REFUND,
        refund_id=refund.refund_id,
        person_id=refund.person_id,
        payee_digest=refund.payee_digest,
        division_code=refund.division_code,
        amount_fen=refund.amount_fen,
        created_at=at,
    )
