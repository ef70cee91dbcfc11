"""Gives back what is left of others' money, which two persons do; what helps people stays."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause, Draft
from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.divisions import CODE_LENGTH
from libs.common.events.helps import HelpReturned
from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from services.registration.helps import returns_store, store
from services.registration.helps.problems import HELP_MONEY_TOO_LITTLE, HELP_RETURNED
from services.registration.helps.rules import Money

#: What the second person agrees to.
OPERATION = "help_return"
_SUBJECT = "help-moneys/"


async def ask(
    conn: AsyncConnection,
    notice: Notice,
    money: Money,
    wanted: tuple[int, str, str],
    caller: Caller,
    now: datetime,
) -> ApprovalRow:
    """Ask that so much goes back, by which paper and why; until a second person agrees it is there.

    It is the county's money: whoever sees only a part of the county asks for none. Raises Problem.
    """
    amount_fen, reference, reason = wanted
    division = notice.division.ljust(CODE_LENGTH, "0")
    check_division(caller, division)
    if amount_fen > money.left_fen:
        raise HELP_MONEY_TOO_LITTLE.problem(left_fen=money.left_fen)
    return await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"{_SUBJECT}{money.arrival_id}",
            payload={"payer": money.payer, "reference": reference, "amount_fen": amount_fen},
            reason=reason,
            asked_by=caller.subject,
            asked_at=now,
            county=money.county,
            coverage_year=money.coverage_year,
            division_code=division,
        ),
    )


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """The second person agreed: it goes back as of now, unless lists have given it to people meanwhile."""
    arrival_id = int(asked.subject.removeprefix(_SUBJECT))
    amount_fen, reference = int(str(asked.payload["amount_fen"])), str(asked.payload["reference"])
    money = await store.money(conn, arrival_id, lock=True)
    assert money is not None, "money is never deleted"
    if amount_fen > money.left_fen:
        raise HELP_MONEY_TOO_LITTLE.problem(left_fen=money.left_fen)
    return_id = await returns_store.give_back(conn, arrival_id, amount_fen, reference, decision.at)
    if return_id is None:
        raise HELP_RETURNED.problem()
    fact = HelpReturned(
        return_id=return_id,
        arrival_id=arrival_id,
        county=money.county,
        coverage_year=money.coverage_year,
        payer=money.payer,
        amount_fen=amount_fen,
        returned_at=decision.at,
    )
    cause = Cause(f"approval-{asked.approval_id}")
    key = f"{money.county}:{money.payer}"
    await outbox.append(conn, [Draft(fact, key, decision.at, correlation_id=cause.correlation_id)])
