"""Opens refund cases: what somebody asks for, and what nobody has to ask for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as approvals
from libs.common.cases.store import NewApproval
from libs.common.clock import business_date
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.entitlements.lines_store import PaymentLine
from services.subsidy.refunds import channels_store, money_store, problems, returns_store, store
from services.subsidy.refunds.closing import close_claims
from services.subsidy.refunds.money_store import LineAndMoney
from services.subsidy.refunds.providing import NO_GROUND, Ground
from services.subsidy.refunds.rules import (
    AUTOMATIC,
    OPERATION,
    LineMoney,
    Refundable,
    RefundNotCovered,
    refundable,
    subject_of,
)
from services.subsidy.refunds.store import NewRefund

#: Why a repaired year goes back: its contribution does.
WITH_CONTRIBUTION = "with_contribution"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: how much of a line (None: all that is left), why, by whom, when, and whose it is.

    `ground` is what the notice has to do with it.
    """

    reason: str
    by: str
    at: datetime
    amount_fen: int | None = None
    county: str | None = None
    coverage_year: int | None = None
    payee_digest: str | None = None
    ground: Ground = NO_GROUND
    exceptional: bool = False


async def request_refund(conn: AsyncConnection, line: LineKey, asked: Asked) -> int:
    """Open a case about a known payment line; raise a problem where one waits or nothing is left of it.

    The lapsed years that were repaired beside a contribution go back with it.
    """
    locked = await lock_money(conn, line)
    if (waits := (await store.waiting(conn, [line])).get(line)) is not None:
        raise problems.ONE_WAITS.problem(refund_id=waits.refund_id)
    if locked.repaired_year is not None and locked.state == "applied":
        await _check_repair(conn, locked, asked)
    new = _new(locked, asked, await _free(conn, locked, asked))
    opened = await _open(conn, [new])
    if new.withdraws:
        await take_repairs_along(conn, [locked.key], asked.at)
    return opened[line]


async def _free(conn: AsyncConnection, line: LineAndMoney, asked: Asked) -> Refundable:
    """What the money covers; raise a problem where that is less, or its channel is giving it back."""
    try:
        return refundable(line.money, asked.amount_fen)
    except RefundNotCovered as error:
        for by_channel in await channels_store.held(conn, [line.key]):
            raise problems.BY_CHANNEL.problem(request_no=by_channel.request_no) from None
        raise problems.NOT_COVERED.problem(left_fen=error.left_fen) from None


async def take_repairs_along(conn: AsyncConnection, lines: Collection[LineKey], at: datetime) -> None:
    """Ask for the repaired years beside contributions that go back as well; their people are locked."""
    beside = await money_store.repairs_beside(conn, lines)
    await request_by_itself(conn, by_system(WITH_CONTRIBUTION, beside, at))


async def follow_contributions(conn: AsyncConnection, repairs: Sequence[PaymentLine], at: datetime) -> None:
    """Ask for years that were repaired while nothing is left of their contribution; their people are locked.

    Who is exempt has none, and repairs beside the exemption.
    """
    beside = await money_store.contributions_of(conn, [one.key for one in repairs])
    contributions = await money_store.money_of(conn, beside) if beside else ()
    stay = {(one.person_id, one.coverage_year) for one in contributions if one.money.whole_fen}
    leave = {(one.person_id, one.coverage_year) for one in contributions} - stay
    alone = [one.key for one in repairs if (one.person_id, one.coverage_year) in leave]
    await request_by_itself(conn, by_system(WITH_CONTRIBUTION, alone, at))


async def leave_repairs(conn: AsyncConnection, contribution: LineKey, at: datetime) -> None:
    """Ask no more for the repaired years beside a contribution that stays; its person is locked."""
    beside = await money_store.repairs_beside(conn, [contribution])
    if beside:
        along = (WITH_CONTRIBUTION, AUTOMATIC)
        claims = await returns_store.claims(conn, beside)
        mine = [claim for claim in claims if (claim.reason, claim.requested_by) == along]
        await close_claims(conn, mine, "contribution_stays", at)


async def _check_repair(conn: AsyncConnection, line: LineAndMoney, asked: Asked) -> None:
    """Raise a problem where a repaired year cannot go back: in parts, or once there is cover by it."""
    if asked.amount_fen not in (None, line.money.whole_fen):
        raise problems.REPAIR_WHOLE.problem()
    begun = line.cover_from
    if begun is None or begun > business_date(asked.at) or asked.exceptional:
        return
    contributions = await money_store.money_of(conn, await money_store.contributions_of(conn, [line.key]))
    if not contributions or any(one.money.whole_fen for one in contributions):
        raise problems.REPAIR_USED.problem(cover_from=begun.isoformat())


async def request_by_itself(conn: AsyncConnection, asked: Mapping[LineKey, Asked]) -> None:
    """Open a case for what is asked of each of these lines, where none waits and something is left."""
    if not asked:
        return
    waits = await store.waiting(conn, asked)
    new: list[NewRefund] = []
    for line in await money_store.money_of(conn, asked.keys() - waits.keys()):
        if line.money.whole_fen:
            wanted = asked[line.key]
            new.append(_new(line, wanted, refundable(line.money, wanted.amount_fen)))
    await _open(conn, new)


async def _open(conn: AsyncConnection, new: Sequence[NewRefund]) -> dict[LineKey, int]:
    """Open cases, each of which waits for a second person."""
    ids = await store.add_refunds(conn, new)
    await approvals.ask_each(conn, [_approval(one, ids[one.line]) for one in new])
    return ids


def _approval(new: NewRefund, refund_id: int) -> NewApproval:
    return NewApproval(
        operation=OPERATION,
        subject=subject_of(refund_id),
        payload={"amount_fen": new.amount_fen, "payment_id": new.payment_id, "line_no": new.line_no},
        reason=new.reason,
        asked_by=new.requested_by,
        asked_at=new.requested_at,
        county=new.county,
        coverage_year=new.coverage_year,
        division_code=new.division_code,
    )


def by_system(reason: str, lines: Collection[LineKey], at: datetime) -> dict[LineKey, Asked]:
    """Ask for all that is left of lines, without anybody asking."""
    return {line: Asked(reason, AUTOMATIC, at) for line in lines}


async def lock_money(conn: AsyncConnection, line: LineKey, without: int | None = None) -> LineAndMoney:
    """Lock a known line and add up what its money is doing, without one refund; its person is locked."""
    await store.lock_lines(conn, [line])
    locked = await money_store.line(conn, line, without)
    assert locked is not None, "payment lines are never deleted"
    return locked


def covered(money: LineMoney, asked_fen: int | None) -> Refundable:
    """What the money covers of what is asked for; raise a problem where that is less."""
    try:
        return refundable(money, asked_fen)
    except RefundNotCovered as error:
        raise problems.NOT_COVERED.problem(left_fen=error.left_fen) from None


def _new(line: LineAndMoney, asked: Asked, covers: Refundable) -> NewRefund:
    reason, against = asked.ground.reason, asked.ground.against
    named = line.person_id is None or (reason is not None and reason.goes_to == "heir")
    return NewRefund(
        county=line.county or asked.county,
        coverage_year=line.coverage_year or asked.coverage_year,
        payment_id=line.payment_id,
        line_no=line.line_no,
        person_id=line.person_id,
        payee_digest=line.payer_digest or (asked.payee_digest if named else None),
        division_code=line.division_code,
        channel=line.channel,
        amount_fen=covers.amount_fen,
        reason=asked.reason,
        withdraws=covers.withdraws,
        requested_by=asked.by,
        requested_at=asked.at,
        against_rule=against[0] if against is not None else None,
        against_clause=against[1] if against is not None else None,
        ground=reason.id if reason is not None else None,
        proofs=asked.ground.proofs or None,
        repaired_year=line.repaired_year,
    )
