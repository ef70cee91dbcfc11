"""Enters what judges gave, incidents and budgets, and withdraws them; a second person agrees to each."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND
from services.registration.scores import store
from services.registration.scores.problems import (
    SCORE_ENTRY_NOT_AGREED,
    SCORE_ENTRY_NOT_ALLOWED,
    SCORE_IS_FINAL,
    SCORE_UNIT_UNKNOWN,
)
from services.registration.scores.rules import fault_of, units_of
from services.registration.scores.schemas import NewEntry
from services.registration.scores.store import EntryRow
from services.registration.settings import RegistrationContext

#: What the second person agrees to.
OPERATION, WITHDRAWAL = "score_entry", "score_entry_withdrawal"
_SUBJECT = "score-entries/"


async def enter(
    conn: AsyncConnection, notice: Notice, wanted: NewEntry, caller: Caller, now: datetime
) -> EntryRow:
    """Keep an entry until a second person agrees; nothing counts before. Raises Problem."""
    if wanted.division_code not in {row.division for row in units_of(notice)}:
        raise SCORE_UNIT_UNKNOWN.problem()
    check_division(caller, wanted.division_code)
    fault = fault_of(notice, wanted.kind, wanted.item, wanted.points, wanted.amount_fen)
    if fault is not None:
        raise SCORE_ENTRY_NOT_ALLOWED.problem(member=fault)
    await _must_be_open(conn, notice.county, notice.year)
    new = store.NewEntry(**wanted.model_dump(), entered_by=caller.subject, entered_at=now)
    entry_id = await store.add(conn, new)
    entry = await store.entry(conn, entry_id)
    assert entry is not None, "it has just been kept"
    await ask_second(conn, _approval(OPERATION, entry, wanted.evidence, caller, now))
    return await _again(conn, entry_id)


async def withdraw(
    conn: AsyncConnection, entry_id: int, reason: str, caller: Caller, now: datetime
) -> EntryRow:
    """Ask that an entry shall count no more; until a second person agrees it does. Raises Problem."""
    entry = await store.entry(conn, entry_id)
    if entry is None:
        raise NOT_FOUND.problem()
    check_division(caller, entry.division_code)
    if entry.state != "agreed":
        raise SCORE_ENTRY_NOT_AGREED.problem(state=entry.state)
    await _must_be_open(conn, entry.county, entry.coverage_year)
    await ask_second(conn, _approval(WITHDRAWAL, entry, reason, caller, now))
    return await _again(conn, entry_id)


async def agree(
    conn: AsyncConnection, context: RegistrationContext, asked: ApprovalRow, decision: Decision
) -> None:
    """The second person agreed: the entry counts from now on, while no sheet is frozen."""
    await _decide(conn, asked, decision, "waiting", "agreed")


async def refuse(
    conn: AsyncConnection, context: RegistrationContext, asked: ApprovalRow, decision: Decision
) -> None:
    """The second person refused: it never counts."""
    moved = await store.move(conn, _id(asked), "waiting", "refused", by=_second(decision), at=decision.at)
    assert moved, "an entry waits as long as its approval does"


async def agree_withdrawal(
    conn: AsyncConnection, context: RegistrationContext, asked: ApprovalRow, decision: Decision
) -> None:
    """The second person agreed: the entry counts no more."""
    await _decide(conn, asked, decision, "agreed", "withdrawn")


async def _decide(
    conn: AsyncConnection, asked: ApprovalRow, decision: Decision, before: str, state: str
) -> None:
    assert asked.county is not None and asked.coverage_year is not None, "an entry is of a season"
    await _must_be_open(conn, asked.county, asked.coverage_year)
    moved = await store.move(conn, _id(asked), before, state, by=_second(decision), at=decision.at)
    assert moved, "an entry stays as it is while an approval about it waits"


async def _must_be_open(conn: AsyncConnection, county: str, coverage_year: int) -> None:
    """Refuse what would change a frozen sheet: whoever signs it at the same time is waited for."""
    if await store.standing(conn, county, coverage_year, lock=True) is not None:
        raise SCORE_IS_FINAL.problem()


async def _again(conn: AsyncConnection, entry_id: int) -> EntryRow:
    entry = await store.entry(conn, entry_id)
    assert entry is not None, "entries are never deleted"
    return entry


def _id(asked: ApprovalRow) -> int:
    return int(asked.subject.removeprefix(_SUBJECT))


def _second(decision: Decision) -> str:
    assert decision.approved_by is not None, "an approval has a second person"
    return decision.approved_by


def _approval(operation: str, entry: EntryRow, reason: str, caller: Caller, now: datetime) -> NewApproval:
    told: dict[str, JsonValue] = {
        "division_code": entry.division_code,
        "kind": entry.kind,
        "item": entry.item,
        "points": entry.points,
        "amount_fen": entry.amount_fen,
        "happened_on": entry.happened_on.isoformat(),
    }
    return NewApproval(
        operation=operation,
        subject=f"{_SUBJECT}{entry.entry_id}",
        payload=told,
        reason=reason,
        asked_by=caller.subject,
        asked_at=now,
        county=entry.county,
        coverage_year=entry.coverage_year,
        division_code=entry.division_code,
    )
