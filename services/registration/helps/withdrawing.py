"""Takes a line of a list back, which two persons do; what is left of its money waits for another list."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND
from services.registration.assessments import store as assessments
from services.registration.helps import store
from services.registration.helps.keeping import CAUSE
from services.registration.helps.problems import HELP_STANDS

#: What the second person agrees to.
OPERATION = "help_withdrawal"
_SUBJECT = "help-lines/"


async def ask(conn: AsyncConnection, line_id: int, reason: str, caller: Caller, now: datetime) -> ApprovalRow:
    """Ask that a line shall help nobody; until a second person agrees it does. Raises Problem."""
    line = await store.line(conn, line_id)
    if line is None:
        raise NOT_FOUND.problem()
    check_division(caller, line.division_code)
    if line.complete or not line.counts:
        raise HELP_STANDS.problem()
    return await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"{_SUBJECT}{line_id}",
            payload={"person_id": line.person_id, "payer": line.payer, "amount_fen": line.amount_fen},
            reason=reason,
            asked_by=caller.subject,
            asked_at=now,
            county=line.county,
            coverage_year=line.coverage_year,
            division_code=line.division_code,
        ),
    )


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """The second person agreed: the person owes it again. Who is complete by now stays so."""
    line_id = int(asked.subject.removeprefix(_SUBJECT))
    without = await store.withdraw(conn, decision.at, line_id=line_id)
    if not without:
        raise HELP_STANDS.problem()
    await assessments.enqueue(conn, without, CAUSE, decision.at)
