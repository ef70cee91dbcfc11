"""What a notice gives to somebody who is insured elsewhere: as if the person had joined here when paying."""

from dataclasses import dataclass, replace
from datetime import date

from libs.common.policy.engine.assessment import decide, priced
from libs.common.policy.engine.decision import Subsidy
from libs.common.policy.engine.facts import verdict_on
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.question import Question, Status
from libs.common.policy.engine.subsidies import OUTSIDE, SubsidyUnknown

#: The payer has had its money elsewhere: nothing else can reach the person.
_TO_CARD = "reimburse_to_card"
_NO_HELP = "no_subsidy"


@dataclass(frozen=True, slots=True)
class HelpElsewhere:
    """The help, payer by payer; where there is none, why."""

    subsidies: tuple[Subsidy, ...] = ()
    reasons: tuple[str, ...] = ()


def help_elsewhere(notice: Notice, question: Question, paid_fen: int, known_on: date) -> HelpElsewhere:
    """Give the help of a question at the second of the payment, as far as the person paid there.

    A status counts that was in force then, whenever a roster told of it up to `known_on`: who recognized the
    person learns of the payment later. Pure; never raises for a person.
    """
    rules = notice.elsewhere_rules
    if rules is None:
        return HelpElsewhere(reasons=("not_in_notice",))

    def judge(status: Status, on: date, _: date) -> str:
        return verdict_on(status, on, known_on)

    decision = decide(notice, question, question.at, judge)
    if decision.price is None:
        return HelpElsewhere(reasons=decision.reasons)
    if decision.no_subsidy_by is not None:
        return HelpElsewhere(reasons=(_NO_HELP,))
    try:
        own = rules.grant(decision.facts, priced(decision), decision.own_standard, notice.year)
    except SubsidyUnknown:
        return HelpElsewhere(reasons=("subsidy_amount_unknown",))
    given, left = [], paid_fen
    for one in own:
        if one.mechanism == OUTSIDE:
            continue
        fen = min(one.amount_fen, left)
        left -= fen
        if fen > 0:
            given.append(replace(one, amount_fen=fen, mechanism=_TO_CARD))
    return HelpElsewhere(tuple(given), () if given else (_NO_HELP,))
