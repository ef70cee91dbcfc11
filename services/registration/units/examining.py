"""Says of people on a unit's list what each owes by the notice, and whom such a unit may not list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Answer, Notice, Question, assess, parse_question
from libs.common.policy.engine.assessment import gather as facts_of
from libs.common.policy.format.vocabulary import REASONS
from libs.common.policy.format.work_rules import UnitRule
from libs.common.web.problems import Problem
from services.registration.assessments.gathering import gather
from services.registration.assessments.rules import question_of
from services.registration.assessments.subject import Waiting
from services.registration.enrollments.rules import ENDED, OPEN
from services.registration.histories.rules import counting
from services.registration.units import store
from services.registration.units.problems import ENDED as ENDED_BY_OFFICE
from services.registration.units.problems import NOT_INSURABLE, NOT_OF_UNIT
from services.registration.units.store import Unit

#: Not yet, rather than not: units list before the window opens.
_NOT_YET = "window_not_open"


@dataclass(frozen=True, slots=True)
class Examined:
    """How it stands with somebody of a list: what is owed now and why, or why the line is refused."""

    enrollment: Waiting
    outcome: str | None = None
    own_due_fen: int | None = None
    price_fen: int | None = None
    clauses: tuple[str, ...] = ()
    reason: str | None = None
    problem: Problem | None = None

    @property
    def owed_fen(self) -> int | None:
        """What is owed now; None where nothing can be paid, which is not the same as owing nothing."""
        return self.own_due_fen if self.outcome in ("payable", "exempt") else None


async def examine(
    conn: AsyncConnection, notice: Notice, unit: Unit, people: Sequence[int], now: datetime
) -> dict[int, Examined]:
    """Examine those of these people who are enrolled, by person; as they stand in this transaction."""
    enrolled = await store.enrolled(conn, unit, people, now)
    rule = notice.units[unit.rule]
    examined: dict[int, Examined] = {}
    for subject in await gather(conn, enrolled, counting([notice])):
        question = parse_question(question_of(notice, subject, now, now))
        examined[subject.person.id] = _examined(notice, rule, subject.enrollment, question)
    return examined


def _examined(notice: Notice, rule: UnitRule, enrollment: Waiting, question: Question) -> Examined:
    may_list = notice.may_list[rule.id]
    if enrollment.state in ENDED:
        return Examined(enrollment, problem=ENDED_BY_OFFICE.problem())
    if may_list is not None and not may_list(facts_of(notice, question, question.at)):
        return Examined(enrollment, problem=NOT_OF_UNIT.problem(clause=rule.clause))
    if enrollment.state not in OPEN:
        return Examined(enrollment)
    found = assess(notice, question, trace=False)
    reason = found.reason_codes[0] if found.reason_codes else None
    refused = found.outcome == "rejected" and reason is not None and reason != _NOT_YET
    return Examined(
        enrollment,
        outcome=found.outcome,
        own_due_fen=found.own_due_fen,
        price_fen=found.price_fen,
        clauses=_clauses(found),
        reason=reason,
        problem=_not_insurable(reason) if refused and reason is not None else None,
    )


def _clauses(found: Answer) -> tuple[str, ...]:
    """Where the notice says the price, and the help with it."""
    decision = found.decision
    price = () if decision.price_rule is None else (decision.price_rule.clause,)
    return tuple(dict.fromkeys([*price, *(one.rule.clause for one in decision.subsidies)]))


def _not_insurable(reason: str) -> Problem:
    zh, en = REASONS[reason]
    return NOT_INSURABLE.problem(f"{en[:1].upper()}{en[1:]}.", f"{zh}。", reason=reason)
