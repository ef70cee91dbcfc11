"""Ends help of people who are insured elsewhere: withdrawn by two persons, or by facts that changed."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND
from services.registration.elsewhere import store
from services.registration.elsewhere.problems import ELSEWHERE_NOT_STANDING
from services.registration.elsewhere.recording import help_id_of
from services.registration.elsewhere.rules import AGREED, ENDED, EndReason
from services.registration.elsewhere.store import HelpRow
from services.registration.elsewhere.telling import tell_ended

#: What the second person agrees to.
WITHDRAWAL = "elsewhere_help_withdrawal"


async def ask(conn: AsyncConnection, help_id: int, reason: str, caller: Caller, now: datetime) -> ApprovalRow:
    """Ask that a record that was agreed to helps no more; until a second person agrees it does."""
    row = await store.one(conn, help_id)
    if row is None:
        raise NOT_FOUND.problem()
    check_division(caller, row.division_code)
    if row.state != AGREED:
        raise ELSEWHERE_NOT_STANDING.problem()
    return await ask_second(
        conn,
        NewApproval(
            operation=WITHDRAWAL,
            subject=f"elsewhere-helps/{help_id}",
            payload={"person_id": row.person_id, "amount_fen": row.amount_fen},
            reason=reason,
            asked_by=caller.subject,
            asked_at=now,
            county=row.county,
            coverage_year=row.coverage_year,
            division_code=row.division_code,
        ),
    )


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """The second person agreed: the help ends; what is on the card already is to be recovered."""
    row = await store.one(conn, help_id_of(asked))
    if row is None or row.state != AGREED:
        raise ELSEWHERE_NOT_STANDING.problem()
    await end(conn, [row], "withdrawn", decision.at)


async def end(conn: AsyncConnection, rows: Sequence[HelpRow], reason: EndReason, at: datetime) -> None:
    """End records that stand, and tell of those that others know."""
    gone = [
        replace(
            row,
            state=ENDED,
            revision=row.revision + (row.agreed_at is not None),
            ended_at=at,
            end_reason=reason,
        )
        for row in rows
    ]
    await store.change(conn, gone)
    await tell_ended(conn, gone, at)


async def end_insured_here(conn: AsyncConnection, complete: Collection[int], at: datetime) -> None:
    """Whose enrollment here is complete by now is helped here, and no more for another place."""
    if complete and (rows := await store.of_enrolled(conn, complete)):
        await end(conn, rows, "insured_here", at)


async def end_second(conn: AsyncConnection, people: Collection[int], at: datetime) -> None:
    """Of two records that are one person's keep one for each year: what was agreed to goes first."""
    kept: set[tuple[str, int]] = set()
    second: list[HelpRow] = []
    for row in sorted(await store.of_people(conn, people), key=lambda row: (row.state != AGREED, row.id)):
        if (row.county, row.coverage_year) in kept:
            second.append(row)
        kept.add((row.county, row.coverage_year))
    if second:
        await end(conn, second, "merged", at)
