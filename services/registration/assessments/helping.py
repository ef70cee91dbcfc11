"""What a notice still grants to somebody who has paid, and what was promised of it before.

Help that was promised is not taken away by assessing: where less is due by present knowledge, it goes on
being told, the enrollment is contested, and an officer decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.common.dates import instant_of
from libs.common.policy import Answer, Decision, Notice, Question, Subsidy, assess, parse_question, schedule
from services.registration.assessments import rules, telling
from services.registration.assessments.subject import Asked, Line, Subject

_TO_CARD = "reimburse_to_card"


@dataclass(frozen=True, slots=True)
class LateHelp:
    """The question that was asked, what is due now, and what is told: that, or more that was promised."""

    at: datetime
    given: Asked
    answer: Answer
    entitled: Sequence[Subsidy]
    due: Sequence[Line]
    told: Sequence[Line]

    @property
    def is_less_than_promised(self) -> bool:
        """Whether less is due than was promised."""
        return fen(self.due) < fen(self.told)


@dataclass(frozen=True, slots=True)
class HelpTold:
    """All help that was told, what is due by present knowledge, and what of the told is for the card."""

    given_fen: int
    left_fen: int
    to_card_fen: int


def help_of(decided: Decision, late: LateHelp | None, left: Sequence[Subsidy]) -> HelpTold:
    """Add up the help of an enrollment: at its completion, and late. `left` is there after a withdrawal."""
    told = late.told if late is not None else ()
    card_fen = sum(line["amount_fen"] for line in told if line["mechanism"] == _TO_CARD)
    card_fen += sum(s.amount_fen for s in decided.subsidies if s.mechanism == _TO_CARD)
    given_fen = fen(told) + sum(s.amount_fen for s in decided.subsidies)
    return HelpTold(given_fen, sum(s.amount_fen for s in left), card_fen)


def late_help(notice: Notice, subject: Subject, paid_at: datetime, decided: Sequence[Subsidy]) -> LateHelp:
    """Ask what is granted on top of `decided`, by what is known now."""
    row = subject.enrollment
    now = max(row.assess_at, rules.last_change(subject.statuses))
    given = rules.question_of(notice, subject, now, now, (paid_at, row.paid_fen or 0))
    question = parse_question(given)
    answer = assess(notice, question)
    entitled: Sequence[Subsidy] = ()
    if answer.outcome == "paid":
        entitled = _best(answer.subsidies, _exempt_before(notice, question, paid_at))
    due, promised = telling.late_subsidies(entitled, decided), row.promised or ()
    told = due if fen(due) >= fen(promised) else promised
    return LateHelp(now, given, answer, entitled, due, told)


def fen(lines: Sequence[Line]) -> int:
    """The amount of all lines."""
    return sum(line["amount_fen"] for line in lines)


def _best(one: Sequence[Subsidy], other: Sequence[Subsidy]) -> Sequence[Subsidy]:
    return max(one, other, key=lambda lines: sum(line.amount_fen for line in lines))


def _exempt_before(notice: Notice, question: Question, paid_at: datetime) -> Sequence[Subsidy]:
    """The help of an exemption that was complete before the payment, whenever its roster was typed."""
    rule = notice.document.subsidies.after_payment
    if rule.rule != "reassess" or rule.effective != "any_time":
        return ()
    registered_at = question.person.registered_at
    for segment in schedule(notice, question):
        since = segment.from_at if segment.from_at is not None else paid_at
        if registered_at is not None:
            since = max(since, instant_of(registered_at))
        over = segment.until_at is not None and segment.until_at <= since
        if segment.answer.outcome == "exempt" and since < paid_at and not over:
            return segment.answer.decision.subsidies
    return ()
