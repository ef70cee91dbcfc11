"""What is still to be adjusted when a person has already paid: late rosters, overpaid or missing shares."""

from datetime import date

from libs.common.dates import day_of
from libs.common.policy.engine.assessment import Verdict, decide, gather, priced, subsidies_of
from libs.common.policy.engine.decision import Decision, Subsidy
from libs.common.policy.engine.facts import verdict_on
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.question import Question, Status
from libs.common.policy.engine.subsidies import SubsidyUnknown


def decide_paid(notice: Notice, question: Question) -> Decision:
    """Decide what remains after a payment, as known at `question.at`.

    Price, window and benefit are those of the instant of payment. Which statuses still help is the notice's
    own rule (`subsidies.after_payment`): none that came later, those in force before the payment, or all.
    """
    paid = question.paid
    assert paid is not None
    d = decide(notice, question, paid.at)
    if d.outcome not in ("payable", "exempt"):
        return d
    if notice.waiting_rules is not None:
        too_late = notice.waiting_rules.bought_later(d, day_of(question.at))
        if too_late:
            return d.refuse(too_late)
    d.paid_note = rule = notice.document.subsidies.after_payment
    missing = (d.own_due or 0) - paid.amount_fen
    if missing > 0:
        d.outcome, d.own_due = "payable", missing
        return d
    if rule.rule == "reassess":
        asked_on = day_of(question.at)
        d.facts = gather(notice, question, paid.at, _judge(rule.effective, asked_on))
        try:
            due = subsidies_of(notice, d)
        except SubsidyUnknown as error:
            d.unknown = (error.status, error.rule)
            return d.block("subsidy_amount_unknown")
    else:
        due = d.subsidies
    d.outcome, d.own_due = "paid", 0
    d.subsidies = _still_due(due, priced(d) - paid.amount_fen, rule.mechanism)
    return d


def _judge(effective: str, asked_on: date) -> Verdict:
    """Return the verdict of a status after payment: known by now, in force by then or by now."""

    def judge(status: Status, paid_on: date, _: date) -> str:
        if effective == "before_payment":
            return verdict_on(status, paid_on, asked_on)
        found = verdict_on(status, max(asked_on, paid_on), asked_on)
        if found == "ended" and status.ended_on is not None and status.ended_on > paid_on:
            return "counts"
        return found

    return judge


def _still_due(due: tuple[Subsidy, ...], not_paid_by_person: int, mechanism: str) -> tuple[Subsidy, ...]:
    """Leave out what was already borne at payment; pay back what the person bore in a helper's place."""
    left, rows = not_paid_by_person, []
    for s in due:
        if s.mechanism != "paid_on_behalf":
            rows.append(s)
            continue
        borne = min(s.amount_fen, max(left, 0))
        left -= borne
        if s.amount_fen > borne:
            rows.append(Subsidy(s.payer, s.status, s.amount_fen - borne, mechanism, s.rule))
    return tuple(rows)
