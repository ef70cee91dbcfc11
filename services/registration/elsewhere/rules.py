"""What the notice says of somebody insured elsewhere: whether it may be asked for, and how much it gives."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Literal

from libs.common.clock import SHANGHAI, business_date
from libs.common.dates import second_of
from libs.common.policy import Notice, parse_question
from libs.common.policy.engine.elsewhere import HelpElsewhere, help_elsewhere
from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.help_rules import ElsewhereRule
from libs.common.web.problems import Problem
from services.registration.assessments import rules
from services.registration.assessments.subject import Line, Lives, Subject, as_registered
from services.registration.elsewhere.problems import (
    ELSEWHERE_NO_HELP,
    ELSEWHERE_NOT_IN_NOTICE,
    ELSEWHERE_OUTSIDE,
    ELSEWHERE_PROOFS_MISSING,
    ELSEWHERE_TOO_LATE,
)

ASKED, AGREED, REFUSED, ENDED = "asked", "agreed", "refused", "ended"
STATES = (ASKED, AGREED, REFUSED, ENDED)
#: While one of a person and year is of these there is no second one.
STANDING = (ASKED, AGREED)
#: Why help ended.
EndReason = Literal["withdrawn", "insured_here", "status_gone", "merged"]
END_REASONS: tuple[EndReason, ...] = ("withdrawn", "insured_here", "status_gone", "merged")
_PROVINCE_DIGITS = 2
#: A paper tells the day alone; windows open and close at the borders of a day, or at 17:00.
_NOON = time(12, tzinfo=SHANGHAI)
_WHY = dict(v.REASONS) | {"no_subsidy": ("当日身份没有对应的资助", "no status of that day brings help")}


@dataclass(frozen=True, slots=True)
class InsuredElsewhere:
    """Somebody insured elsewhere: who, where they live on our record, and what was paid there when."""

    person_id: int
    household_id: int
    division_code: str
    paid_on: date
    paid_fen: int
    tier: int | None


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives, as an assessment asks for it."""

    person_id: int
    household_id: int
    division_code: str


def paid_at(paid_on: date) -> datetime:
    """The instant for which the notice is asked: noon of the day on the paper."""
    return datetime.combine(paid_on, _NOON)


def rule_of(notice: Notice) -> ElsewhereRule:
    """What the notice says of people insured elsewhere. Raises Problem where it says nothing."""
    rule = notice.document.subsidies.elsewhere
    if rule is None:
        raise ELSEWHERE_NOT_IN_NOTICE.problem()
    return rule


def check(
    notice: Notice, insured_in: str, paid_on: date, proofs: Collection[str], now: datetime
) -> ElsewhereRule:
    """Refuse what the notice does not allow, whoever it is. Raises Problem."""
    rule, home = rule_of(notice), notice.division
    if rule.to is not None and second_of(now) >= rule.to:
        raise ELSEWHERE_TOO_LATE.problem(clause=rule.clause)
    near = rule.area == "country" or insured_in[:_PROVINCE_DIGITS] == home[:_PROVINCE_DIGITS]
    if insured_in.startswith(home) or home.startswith(insured_in) or not near:
        raise ELSEWHERE_OUTSIDE.problem(area=rule.area, clause=rule.clause)
    missing = [proof.code for proof in rule.proofs if proof.code not in proofs]
    if missing:
        raise ELSEWHERE_PROOFS_MISSING.problem(missing=missing, clause=rule.clause)
    if paid_on > business_date(now):
        raise no_help(("window_not_open",))
    return rule


def help_of(notice: Notice, subject: Subject, one: InsuredElsewhere, known_at: datetime) -> HelpElsewhere:
    """What the notice gives, by what is known at an instant."""
    question = rules.question_of(notice, subject, paid_at(one.paid_on), known_at)
    return help_elsewhere(notice, parse_question(question), one.paid_fen, business_date(known_at))


def subject_of(notice: Notice, one: InsuredElsewhere, subject: Subject) -> Subject:
    """The person as if enrolled here at the payment; what is known of them is given."""
    home: Lives = Home(one.person_id, one.household_id, one.division_code)
    enrolled = replace(as_registered(notice, home, paid_at(one.paid_on)), tier=one.tier)
    return replace(subject, enrollment=enrolled)


def lines_of(found: HelpElsewhere) -> list[Line]:
    """The help as it is kept and told."""
    return [
        Line(payer=s.payer, status=s.status, amount_fen=s.amount_fen, mechanism=s.mechanism)
        for s in found.subsidies
    ]


def total_fen(lines: Sequence[Line]) -> int:
    """What all payers give together."""
    return sum(line["amount_fen"] for line in lines)


def no_help(reasons: Sequence[str]) -> Problem:
    """The problem of somebody whom the notice does not help, with why."""
    said: list[Mapping[str, str]] = [
        {"reason": reason, "because_zh": _WHY.get(reason, (reason, reason))[0],
         "because": _WHY.get(reason, (reason, reason))[1]}
        for reason in reasons
    ]  # fmt: skip
    return ELSEWHERE_NO_HELP.problem(reasons=said)
