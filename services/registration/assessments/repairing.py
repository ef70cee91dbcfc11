"""The cover of somebody who is complete and has repaired lapsed years, with the contribution or later."""

from collections.abc import Sequence
from datetime import date, datetime

from libs.common.clock import business_date
from libs.common.policy import Answer, Notice, assess, parse_question
from services.registration.assessments.subject import Asked
from services.registration.repairs.rules import Repaired


def with_repairs(
    notice: Notice, given: Asked, repairs: Sequence[Repaired], completed_at: datetime
) -> tuple[Asked, Answer]:
    """Ask about a completion with the years that were repaired, the oldest payment first; with which it asks.

    What was repaired later never lets cover begin before the day of that payment. Should the years before
    turn out to be others, a year that was repaired for nothing takes no cover away.
    """
    counting = [one for one in repairs if one.counts]
    best = given, assess(notice, parse_question(given))
    for number, last in enumerate(counting, start=1):
        asked: Asked = {**given, "repaid_years": number}
        answer = assess(notice, parse_question(asked))
        _not_before(answer, last.paid_on, business_date(completed_at))
        if _begins(answer) <= _begins(best[1]):
            best = asked, answer
    return best


def _not_before(answer: Answer, paid_on: date, completed_on: date) -> None:
    decision = answer.decision
    if paid_on <= completed_on or decision.benefit is None or decision.benefit[0] >= paid_on:
        return
    last = decision.benefit[1]
    decision.benefit, decision.benefit_days = None, 0
    decision.cover(paid_on, last)


def _begins(answer: Answer) -> date:
    return answer.decision.benefit[0] if answer.decision.benefit is not None else date.max
