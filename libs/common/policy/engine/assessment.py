"""What a person owes at an instant, who helps, from when they are covered: the one place that decides it."""

from collections.abc import Callable
from datetime import date

from libs.common.policy.engine.decision import Decision, Subsidy
from libs.common.policy.engine.facts import Facts, event_day, verdict_on
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.prices import AmountUnknown
from libs.common.policy.engine.question import Question, Status
from libs.common.policy.engine.repairing import price_of_year
from libs.common.policy.engine.subsidies import SubsidyUnknown, by_others
from libs.common.policy.engine.waiting import NOT_POSSIBLE
from libs.common.policy.engine.windows import registered_late
from libs.common.policy.format.rules import Window

#: Whether a status is in force on a day, as far as it was known on another: verdict(status, on, known_on).
Verdict = Callable[[Status, date, date], str]


def decide(notice: Notice, question: Question, at: int, verdict: Verdict | None = None) -> Decision:
    """Decide one question at a second, as if nothing had been paid yet. Pure; never raises for a person."""
    d = Decision(gather(notice, question, at, verdict))
    if not _admitted(notice, d):
        return d
    window = notice.window_rules.choose(d.facts)
    if isinstance(window, str):
        return d.refuse(window)
    d.window = window
    if registered_late(window, d.facts):
        return d.refuse("registration_closed")
    refusal = _tier_refusal(notice, d, window) or _add_ons(notice, d) or _waits(notice, d)
    if refusal:
        return d.refuse(refusal)
    if not _priced(notice, d, window):
        return d
    _helped(notice, d)
    if d.outcome != "blocked":
        notice.benefit_rules.settle(d)
        d.reminders = tuple(
            m
            for m, test in notice.reminders
            if (not m.windows or window.id in m.windows) and (test is None or test(d.facts))
        )
    return d


def admit(notice: Notice, question: Question, at: int) -> Decision:
    """Decide only whether somebody may enroll; who may not has a reason."""
    d = Decision(gather(notice, question, at))
    _admitted(notice, d)
    return d


def decide_standing(notice: Notice, question: Question, known_on: date) -> Decision:
    """Decide what holds for somebody whose enrollment was complete at `question.at`, as known on a later day.

    A status counts that was in force then, or is now: one that ended later, or came under another class,
    takes nothing away, and one that came later may change who bears what.
    """

    def judge(status: Status, on: date, _: date) -> str:
        then = verdict_on(status, on, known_on)
        return then if then == "counts" else verdict_on(status, max(on, known_on), known_on)

    return decide(notice, question, question.at, judge)


def gather(notice: Notice, question: Question, at: int, verdict: Verdict | None = None) -> Facts:
    """Collect the facts of a question at a second: events, and statuses with the verdict on each."""
    f = Facts(question, at)
    for kind in notice.event_kinds:
        day = event_day(kind, question, notice.status_events)
        if day is not None:
            f.event_days[kind] = day
    if notice.waiting_rules is not None:
        f.past = notice.waiting_rules.past_of(question.person, notice.year)
    if question.statuses:
        judge = verdict or verdict_on
        for status in sorted(question.statuses, key=Status.sort_key):
            named = status.code in notice.statuses
            f.judged.append((status, judge(status, f.on, f.on) if named else "not_in_notice"))
        f.held = tuple(s for s, found in f.judged if found == "counts")
    return f


def _admitted(notice: Notice, d: Decision) -> bool:
    f = d.facts
    if f.on < f.person.born:
        d.refuse("not_born")
        return False
    for rule, test in notice.exclude:
        if test(f):
            d.refuse(rule.reason or "not_in_scope", rule)
            return False
    for rule, test in notice.admit:
        if test(f):
            d.admitted_by = rule
            return True
    d.refuse("not_in_scope")
    return False


def _tier_refusal(notice: Notice, d: Decision, window: Window) -> str | None:
    """Say what is wrong with the tier; whose price has none has none to choose, and none is looked at."""
    tiers, question = notice.price_rules.tiers, d.facts.question
    if not tiers or (notice.price_rules.tier_of_some and not notice.price_rules.wants_tier(d.facts, window)):
        return None
    if question.tier is None:
        return "tier_required"
    if question.tier not in tiers:
        return "tier_not_offered"
    paid = question.paid_tier
    mixed = notice.document.household.same_tier and paid is not None and paid != question.tier
    return "household_tier_mismatch" if mixed else None


def _add_ons(notice: Notice, d: Decision) -> str | None:
    chosen = d.facts.question.add_ons
    if not chosen:
        return None
    if any(code not in notice.add_ons for code in chosen):
        return "add_on_not_offered"
    d.add_ons = tuple(notice.add_ons[code] for code in chosen)
    d.add_on_due = sum(a.price for a in d.add_ons)
    return None


def _waits(notice: Notice, d: Decision) -> str | None:
    """Fill in the wait that follows from the history; a notice that counts none repairs none."""
    if notice.waiting_rules is not None:
        return notice.waiting_rules.judge(d)
    return NOT_POSSIBLE if d.facts.question.repair_years else None


def _priced(notice: Notice, d: Decision, window: Window) -> bool:
    rule = notice.price_rules.choose(d.facts, window)
    if rule is None:
        d.block("amount_unknown")
        return False
    d.price_rule = rule
    try:
        d.price, d.own_standard = notice.price_rules.price(rule, d.facts)
    except AmountUnknown as error:
        d.block(error.reason)
        return False
    if notice.inside:
        _split(notice, d)
    return True


def _split(notice: Notice, d: Decision) -> None:
    """Take out of the price what is in it for others than the fund: it is paid with it, and posted apart."""
    for add_on, test in notice.inside:
        if test is None or test(d.facts):
            part = min(add_on.price, priced(d))
            d.price = priced(d) - part
            d.add_ons += (add_on,)
            d.add_on_due += part
            d.included += part
    d.own_standard = min(d.own_standard, priced(d))


def _helped(notice: Notice, d: Decision) -> None:
    try:
        d.subsidies = subsidies_of(notice, d)
    except SubsidyUnknown as error:
        d.unknown = (error.status, error.rule)
        d.block("subsidy_amount_unknown")
        return
    d.own_due = priced(d)
    if d.subsidies:
        d.own_due -= sum(s.amount_fen for s in d.subsidies if s.mechanism == "paid_on_behalf")
    d.outcome = "payable" if d.own_due else "exempt"
    if d.wait is not None and d.wait.years:
        _repaired(notice, d, d.wait.years)


def _repaired(notice: Notice, d: Decision, years: int) -> None:
    """Charge repaired years; what is not known yet is never guessed."""
    try:
        d.repair_due = years * price_of_year(notice, d)
    except AmountUnknown as error:
        d.block(error.reason)


def priced(d: Decision) -> int:
    """Return the price of a decision that has one."""
    assert d.price is not None
    return d.price


def subsidies_of(notice: Notice, d: Decision) -> tuple[Subsidy, ...]:
    """Return all help due on the facts of a decision that has a price. Raises SubsidyUnknown.

    Others help with what the notice's own subsidies leave.
    """
    own = _own_subsidies(notice, d)
    if not notice.other_help:
        return own
    left = priced(d) - sum(s.amount_fen for s in own)
    return (*own, *by_others(notice.other_help, d.facts, left))


def _own_subsidies(notice: Notice, d: Decision) -> tuple[Subsidy, ...]:
    f = d.facts
    if not f.held and not notice.subsidy_rules.of_all:
        return ()
    for rule, test in notice.no_subsidy:
        if test(f):
            d.no_subsidy_by = rule
            return ()
    return notice.subsidy_rules.grant(f, priced(d), d.own_standard, notice.year)
