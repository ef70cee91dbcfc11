"""Locks an accounting month, closes it and opens it again: in order, and the last two by a second person.

Locking is short: it waits for the batches that are posting, which go on in the next month. What is then
looked through and added up, minutes or days later, does not change any more and holds up nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notices
from libs.common.web.problems import Problem
from services.ledger.handovers.rules import digest
from services.ledger.journal import store as journal_store
from services.ledger.periods import store
from services.ledger.periods.checking import CHECKS, Found, Seals, examine
from services.ledger.periods.rules import (
    Month,
    MonthNotOver,
    MonthUnknown,
    NotInState,
    OutOfTurn,
    State,
    Step,
    check_close,
    check_lock,
    check_reopen,
    closing_document,
    month_of,
    months,
)
from services.ledger.periods.schemas import month_text
from services.ledger.periods.store import ClosingRow, MonthsBusy, StepRow
from services.ledger.problems import (
    CLOSING_BUSY,
    EARLIER_MONTH_FIRST,
    MONTH_NOT_OVER,
    MONTH_NOT_SOUND,
    MONTH_STANDS_OTHERWISE,
    MONTH_UNKNOWN,
)

#: What the second person agrees to.
CLOSE, REOPEN = "close_month", "reopen_month"
#: So many flaws are told one by one; all are counted.
_TOLD = 100
_REASON = "month end"
#: In the payload of an approval: which seals held when it was asked for.
_SEALS = "seals"


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants a step about which month, and why."""

    county: str
    month: date
    by: str
    now: datetime
    division: str
    reason: str | None = None


async def calendar(conn: AsyncConnection, county: str, now: datetime) -> list[Month]:
    """Every month of a county, from the first in which anything is booked to this one."""
    booked, known = await store.booked(conn, county), await store.known(conn, county)
    last = max([month_of(now), *([booked.last] if booked.last else []), *(one.month for one in known)])
    return months(booked.first, known, last)


async def lock(conn: AsyncConnection, wish: Wish) -> bool:
    """Lock a month; whether it was open. What happens from now on is booked in the next. Raises Problem."""
    await _alone(conn, wish.county)
    with _Refusals():
        if not check_lock(await calendar(conn, wish.county, wish.now), wish.month, wish.now):
            return False
    await store.set_state(conn, wish.county, wish.month, State.LOCKED)
    await _took(conn, Step.LOCK, wish)
    return True


async def ask_to_close(conn: AsyncConnection, notices: Notices, wish: Wish) -> ApprovalRow:
    """Look a locked month through and ask for the second person who closes it. Raises Problem."""
    with _Refusals():
        check_close(await calendar(conn, wish.county, wish.now), wish.month)
    seals = await _check_sound(conn, notices, wish)
    return await ask_second(conn, _approval(CLOSE, wish, {_SEALS: {**seals}}))


async def ask_to_reopen(conn: AsyncConnection, wish: Wish) -> ApprovalRow:
    """Ask for the second person who opens a locked month again. Raises Problem."""
    with _Refusals():
        check_reopen(await calendar(conn, wish.county, wish.now), wish.month)
    return await ask_second(conn, _approval(REOPEN, wish))


async def close(conn: AsyncConnection, notices: Notices, asked: ApprovalRow, decision: Decision) -> None:
    """Freeze the totals and number the journal, if everything still holds. Raises Problem."""
    wish = _wish_of(asked, decision)
    await store.hold_month(conn, wish.county, wish.month)
    with _Refusals():
        check_close(await calendar(conn, wish.county, wish.now), wish.month)
    await _check_sound(conn, notices, wish, _seals_in(asked))
    await journal_store.number(conn, wish.county, wish.month)
    await store.freeze(conn, await frozen(conn, wish.county, wish.month))
    await store.set_state(conn, wish.county, wish.month, State.CLOSED)
    await _took(conn, Step.CLOSE, wish, decision, asked)


async def reopen(conn: AsyncConnection, asked: ApprovalRow, decision: Decision) -> None:
    """Open a locked month again: what came meanwhile stays where it is booked. Raises Problem."""
    wish = _wish_of(asked, decision)
    await store.hold_month(conn, wish.county, wish.month)
    await _alone(conn, wish.county)
    with _Refusals():
        check_reopen(await calendar(conn, wish.county, wish.now), wish.month)
    await store.set_state(conn, wish.county, wish.month, State.OPEN)
    await _took(conn, Step.REOPEN, wish, decision, asked)


async def frozen(conn: AsyncConnection, county: str, month: date) -> ClosingRow:
    """The totals of a month as they are frozen, following those of the month before."""
    before = [one for one in await store.closings(conn, county) if one.month < month]
    previous = before[-1].sha256 if before else None
    turnovers = await store.turnovers(conn, county, month)
    entries = await journal_store.count(conn, county, month)
    document = closing_document(county, month, turnovers, entries, previous)
    return ClosingRow(county, month, document, digest(document), previous)


def flaw_members(found: Found) -> dict[str, object]:
    """A flaw with its words in both languages."""
    check = CHECKS[found.check]
    return {
        "check": found.check,
        "title": check.title,
        "title_zh": check.title_zh,
        "mend": check.mend,
        "mend_zh": check.mend_zh,
        "subject": found.subject,
        "amount_fen": found.amount_fen,
    }


async def _check_sound(
    conn: AsyncConnection, notices: Notices, wish: Wish, known: Seals | None = None
) -> Seals:
    """Look the month through; give the seals that hold. Raises Problem."""
    examined = await examine(conn, notices, wish.county, wish.month, known)
    if found := examined.flaws:
        raise MONTH_NOT_SOUND.problem(count=len(found), items=[flaw_members(one) for one in found[:_TOLD]])
    return examined.seals


def _seals_in(asked: ApprovalRow) -> Seals:
    """The seals that held when the second person was asked for; of an earlier release none."""
    seals = asked.payload.get(_SEALS)
    return {which: str(sha) for which, sha in seals.items()} if isinstance(seals, dict) else {}


async def _alone(conn: AsyncConnection, county: str) -> None:
    try:
        await store.have_alone(conn, county)
    except MonthsBusy:
        raise CLOSING_BUSY.problem(headers={"retry-after": "5"}) from None


async def _took(
    conn: AsyncConnection,
    step: Step,
    wish: Wish,
    decision: Decision | None = None,
    asked: ApprovalRow | None = None,
) -> None:
    number = await store.next_step_no(conn, wish.county, wish.month)
    row = StepRow(
        county=wish.county,
        month=wish.month,
        step_no=number,
        step=step.value,
        taken_by=wish.by,
        approved_by=decision.approved_by if decision else None,
        approval_id=asked.approval_id if asked else None,
        taken_at=wish.now,
    )
    await store.take(conn, row)
    if asked is not None:
        await store.lapse(conn, asked.subject, wish.now)


def _approval(operation: str, wish: Wish, more: Mapping[str, JsonValue] | None = None) -> NewApproval:
    return NewApproval(
        operation=operation,
        subject=f"periods/{wish.county}/{month_text(wish.month)}",
        payload={"month": month_text(wish.month), **(more or {})},
        reason=wish.reason or _REASON,
        asked_by=wish.by,
        asked_at=wish.now,
        county=wish.county,
        division_code=wish.division.ljust(CODE_LENGTH, "0"),
    )


def _wish_of(asked: ApprovalRow, decision: Decision) -> Wish:
    assert asked.county is not None, "a month is of a county"
    month = date.fromisoformat(f"{asked.payload['month']}-01")
    return Wish(asked.county, month, asked.asked_by, decision.at, asked.division_code or "")


class _Refusals:
    """Turns what the rules refuse into what a caller is told."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if (problem := _refusal(error)) is not None:
            raise problem from None


def _refusal(error: BaseException | None) -> Problem | None:
    if isinstance(error, MonthUnknown):
        return MONTH_UNKNOWN.problem()
    if isinstance(error, MonthNotOver):
        return MONTH_NOT_OVER.problem()
    if isinstance(error, OutOfTurn):
        return EARLIER_MONTH_FIRST.problem(month=month_text(error.month))
    if isinstance(error, NotInState):
        return MONTH_STANDS_OTHERWISE.problem(state=error.state.value)
    return None
