"""Asks a second person to agree that money in suspense goes back by its channel, and begins it then.

Nothing is sent before subsidy has said that no card claims the money (`clearing.py`).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.clock import SHANGHAI
from libs.common.events.channel_refunds import ChannelRefundAsked
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND
from libs.common.web.schemas import shanghai
from services.collection.assembly import CollectionContext
from services.collection.channel_refunds import problems, store
from services.collection.channel_refunds.locating import handed_over
from services.collection.channel_refunds.rules import request_no
from services.collection.channel_refunds.settling import key_of
from services.collection.channel_refunds.store import NewRefund
from services.collection.channels.refunding import refunds_of
from services.collection.matching import store as matching
from services.collection.matching.store import KeptLine
from services.collection.problems import LINE_NOT_SUSPENDED
from services.collection.suspense.splitting import ask_about_splits

#: What the second person agrees to.
OPERATION = "give_back_by_channel"


@dataclass(frozen=True, slots=True)
class Wish:
    """How much of a line is to go back (None: all that is left of it), and why."""

    payment_id: int
    line_no: int
    amount_fen: int | None
    reason: str


async def ask_to_give_back(
    conn: AsyncConnection, context: CollectionContext, wish: Wish, caller: Caller, now: datetime
) -> ApprovalRow:
    """Ask for a second person; nothing is done before. The caller holds the lease. Raises Problem."""
    line = await _line(conn, wish.payment_id, wish.line_no)
    check_division(caller, line.division_code)
    amount_fen = await _fits(conn, context, line, wish.amount_fen, now)
    people = [line.person_id] if line.person_id is not None else []
    await record_lookup(conn, caller, operation=OPERATION, at=now, person_ids=people, note=wish.reason)
    return await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"payments/{line.payment_id}/{line.line_no}",
            payload={"payment_id": line.payment_id, "line_no": line.line_no, "amount_fen": amount_fen},
            reason=wish.reason,
            asked_by=caller.subject,
            asked_at=now,
            county=line.county,
            coverage_year=line.coverage_year,
            division_code=line.division_code,
        ),
    )


async def agree(
    conn: AsyncConnection, context: CollectionContext, asked: ApprovalRow, decision: Decision
) -> None:
    """A second person agreed: hold the money, and ask whether a card claims it. Raises Problem."""
    assert decision.approved_by is not None, "a second person agreed"
    payment_id, line_no, amount_fen = (
        int(str(asked.payload[name])) for name in ("payment_id", "line_no", "amount_fen")
    )
    line = await _line(conn, payment_id, line_no)
    await _fits(conn, context, line, amount_fen, decision.at)
    number = request_no(decision.at.astimezone(SHANGHAI), secrets.randbelow(10**14))
    new = NewRefund(number, payment_id, line_no, amount_fen, decision.by, decision.approved_by, decision.at)
    await store.add(conn, new)
    if line.person_id is not None:
        await ask_about_splits(conn, [line.person_id], decision.at)
    (refund,) = await store.some(conn, [number])
    fact = ChannelRefundAsked(
        request_no=number,
        payment_id=payment_id,
        line_no=line_no,
        amount_fen=amount_fen,
        person_id=refund.person_id,
        county=refund.county,
        coverage_year=refund.coverage_year,
        division_code=refund.division_code,
        channel=refund.channel,
        asked_at=decision.at,
    )
    draft = Draft(
        fact,
        key_of(refund),
        decision.at,
        subject=f"payments/{payment_id}/{line_no}",
        correlation_id=f"approval-{asked.approval_id}",
    )
    await outbox.append(conn, [draft])


async def _line(conn: AsyncConnection, payment_id: int, line_no: int) -> KeptLine:
    found = await matching.lines(conn, [(payment_id, line_no)])
    if not found:
        raise NOT_FOUND.problem()
    return found[0]


async def _fits(
    conn: AsyncConnection, context: CollectionContext, line: KeptLine, amount_fen: int | None, now: datetime
) -> int:
    """How much is to go back; raise a Problem where it is not there, or the channel would not give it."""
    if line.giving_back:
        before = await store.under_way(conn, line.payment_id, line.line_no)
        assert before is not None, "it is held for that"
        raise problems.UNDER_WAY.problem(request_no=before.request_no)
    if line.state != "suspended":
        raise LINE_NOT_SUSPENDED.problem(state=line.state)
    wanted_fen = line.amount_fen if amount_fen is None else amount_fen
    if wanted_fen > line.amount_fen:
        raise problems.EXCEEDS.problem(left_fen=line.amount_fen)
    refunds = refunds_of(context.parts.keys.channels.get(line.channel))
    if refunds is None:
        raise problems.CHANNEL_CANNOT_REFUND.problem()
    if (handed := await handed_over(conn, context, line.county, line.channel, line.paid_at)) is not None:
        raise problems.IN_TREASURY.problem(account=handed.account, business_on=handed.business_on.isoformat())
    if refunds.within is not None and now > line.paid_at + refunds.within:
        raise problems.TOO_LATE.problem(until=shanghai(line.paid_at + refunds.within))
    if refunds.most is not None and await store.how_often(conn, line.payment_id) >= refunds.most:
        raise problems.TOO_OFTEN.problem(most=refunds.most)
    return wanted_fen
