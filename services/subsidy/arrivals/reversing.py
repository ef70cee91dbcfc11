"""Takes back money that was entered as arrived and has not come so; two persons do it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.arrivals import ARRIVAL_REVERSED
from libs.common.bus.outbox import Cause
from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.divisions import CODE_LENGTH
from libs.common.security.caller import Caller
from services.subsidy.arrivals import store
from services.subsidy.arrivals.problems import ARRIVAL_GIVEN_BACK
from services.subsidy.arrivals.store import ArrivalRow
from services.subsidy.arrivals.telling import tell_reversed

#: What the second person agrees to.
OPERATION = "fund_arrival_reversal"
_SUBJECT = "fund-arrivals/"


async def ask(
    conn: AsyncConnection, row: ArrivalRow, division: str, reason: str, caller: Caller, now: datetime
) -> ApprovalRow:
    """Ask that money shall count as never come; until a second person agrees it counts. Raises Problem."""
    _check(row)
    return await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"{_SUBJECT}{row.arrival_id}",
            payload={"payer": row.payer, "reference": row.reference, "amount_fen": row.amount_fen},
            reason=reason,
            asked_by=caller.subject,
            asked_at=now,
            county=row.county,
            coverage_year=row.coverage_year,
            division_code=division.ljust(CODE_LENGTH, "0"),
        ),
    )


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """The second person agreed: it is taken back as of now, and the ledger hears of it."""
    arrival_id = int(asked.subject.removeprefix(_SUBJECT))
    known = await store.one(conn, arrival_id)
    assert known is not None, "money is never deleted"
    _check(known)
    row = await store.reverse(conn, arrival_id, decision.at)
    if row is None:
        raise ARRIVAL_REVERSED.problem()
    await tell_reversed(conn, row, decision.at, Cause(f"approval-{asked.approval_id}"))


def _check(row: ArrivalRow) -> None:
    """Refuse what was taken back, or has gone back to who gave it in part: that had come. Raises Problem."""
    if row.reversed_at is not None:
        raise ARRIVAL_REVERSED.problem()
    if row.returned_fen:
        raise ARRIVAL_GIVEN_BACK.problem(returned_fen=row.returned_fen)
