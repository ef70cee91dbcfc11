"""Where somebody registers by a notice at an instant, and until when."""

from libs.common.policy.engine.facts import Facts
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.question import Person, Question
from libs.common.policy.format.registration_rules import Registration


def registration_of(notice: Notice, person: Person, at: int) -> Registration | None:
    """Give the first registration that is for this person, or where it sends them once it is over.

    None where neither the notice nor what is known of the person tells: it is not guessed.
    """
    facts = Facts(Question(notice.county, notice.year, at, person), at)
    rule = next((rule for rule, holds in notice.registers if holds(facts)), None)
    while rule is not None and rule.by is not None and at >= rule.by and rule.then is not None:
        rule = next(one for one in notice.registration if one.id == rule.then)
    return rule
