"""Who may chase whom: one at a time, until they let go or nothing has happened for too long.

A chase is free again on the day `free_from`: some days after the last thing that happened, and after the day
of the next step that was promised.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from libs.common.clock import business_date
from libs.common.web.problems import FieldError, Problem
from services.registration.chases.problems import CHASED_BY_ANOTHER, NOT_YOURS, NOTHING_TO_CHASE
from services.registration.enrollments.rules import COMPLETE
from services.registration.registering.problems import ROW_INVALID
from services.registration.surveys.rules import EXCLUDING

StepKind = Literal["take", "contact", "release"]
STEPS: tuple[str, ...] = get_args(StepKind)
Means = Literal["visit", "phone", "message", "other"]
MEANS: tuple[str, ...] = get_args(Means)
Outcome = Literal["promised", "not_met", "hesitates", "refuses", "says_paid", "needs_help", "other"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)

#: A next step that lies further ahead would keep everybody else away for the rest of the window.
_MOST_DAYS_AHEAD = 31


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody did, or is about to do, about one person. `at` is when."""

    kind: str
    at: datetime
    means: str | None = None
    outcome: str | None = None
    next_step: str | None = None
    next_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Chase:
    """Who chases somebody, and how far it is."""

    taken_by: str
    taken_at: datetime
    released_at: datetime | None
    last_contact_at: datetime | None
    last_outcome: str | None
    next_step: str | None
    next_on: date | None
    free_from: date

    def free_for(self, officer: str, today: date) -> bool:
        """Whether an officer may go on with it."""
        return self.taken_by == officer or self.released_at is not None or today >= self.free_from


@dataclass(frozen=True, slots=True)
class Owing:
    """Somebody who may be chased: what was said last, how the enrollment stands, who is on it already."""

    state: str | None
    reason: str | None
    dead: bool
    chase: Chase | None


def faults_of(step: Step, now: datetime) -> list[FieldError]:
    """What is wrong with a step by itself."""
    faults, today = [], business_date(now)
    if step.kind == "contact" and (step.means is None or step.outcome is None):
        faults.append(FieldError("outcome", "A contact has means and outcome.", "联系记录须填写方式和结果。"))
    if step.kind != "contact" and (step.means is not None or step.outcome is not None):
        faults.append(FieldError("outcome", "Goes with a contact only.", "仅在联系记录中填写。"))
    if step.kind == "release" and (step.next_on is not None or step.next_step is not None):
        faults.append(FieldError("next_on", "Who lets go has no next step.", "放弃跟进的，不填写下一步。"))
    if step.next_on is not None and not today <= step.next_on <= today + timedelta(days=_MOST_DAYS_AHEAD):
        faults.append(
            FieldError(
                "next_on",
                f"Must lie between today and {_MOST_DAYS_AHEAD} days ahead.",
                f"须为今天起 {_MOST_DAYS_AHEAD} 天以内的日期。",
            )
        )
    if step.at > now:
        faults.append(FieldError("at", "Lies in the future.", "晚于当前时间。"))
    return faults


def taken(owing: Owing, step: Step, officer: str, now: datetime, stale_days: int) -> Chase | Problem:
    """How a chase stands after a step of an officer, or why the step is refused."""
    if faults := faults_of(step, now):
        return ROW_INVALID.problem(errors=faults)
    before, today = owing.chase, business_date(now)
    if before is not None and not before.free_for(officer, today):
        return CHASED_BY_ANOTHER.problem(
            f"{before.taken_by} is on it since {business_date(before.taken_at)}; it is free from "
            f"{before.free_from} on.",
            f"{before.taken_by} 自 {business_date(before.taken_at)} 起跟进；{before.free_from} 起可接手。",
            taken_by=before.taken_by,
            free_from=before.free_from.isoformat(),
        )
    mine = (
        before if before is not None and before.taken_by == officer and before.released_at is None else None
    )
    if step.kind == "release":
        return NOT_YOURS.problem() if mine is None else replace(mine, released_at=step.at)
    if (done := _done(owing)) is not None:
        return NOTHING_TO_CHASE.problem(on_list=done)
    return _after(mine, before, step, officer, stale_days)


def _after(mine: Chase | None, before: Chase | None, step: Step, officer: str, stale_days: int) -> Chase:
    contact = step.kind == "contact"
    last = before.last_contact_at if before is not None else None
    outcome = before.last_outcome if before is not None else None
    if contact and (last is None or step.at >= last):
        last, outcome = step.at, step.outcome
    quiet_from = business_date(max(step.at, mine.taken_at) if mine is not None else step.at)
    free_from = quiet_from + timedelta(days=stale_days)
    if step.next_on is not None:
        free_from = max(free_from, step.next_on + timedelta(days=1))
    return Chase(
        taken_by=officer,
        taken_at=mine.taken_at if mine is not None else step.at,
        released_at=None,
        last_contact_at=last,
        last_outcome=outcome,
        next_step=step.next_step,
        next_on=step.next_on,
        free_from=free_from if mine is None else max(free_from, mine.free_from),
    )


def _done(owing: Owing) -> str | None:
    """The list of somebody whom nobody has to chase."""
    if owing.state in COMPLETE:
        return owing.state
    return "excluded" if owing.dead or owing.reason in EXCLUDING else None
