"""How the answer for one person changes with the instant of payment, as a list of segments.

The answer is piecewise constant (benefit dates aside): it can change only at a border of the notice or of the
person's life. The borders are collected, one question is asked at each, equal neighbors are merged.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from operator import attrgetter

from libs.common.dates import first_second, instant_of, second_of
from libs.common.policy.engine.assessment import decide
from libs.common.policy.engine.facts import event_day
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.question import Person, Question
from libs.common.policy.telling.answer import Answer

_CACHE_SIZE = 20_000
_OWN = ("born", "registered_at", "history")
_FACTS = attrgetter(*(f.name for f in fields(Person) if f.name not in _OWN))


@dataclass(frozen=True, slots=True)
class Segment:
    """The answer from `from_at` (included; None: since ever) until `until_at` (excluded; None: for ever).

    The answer carries no benefit, which depends on the day of payment itself; ask `assess` for that.
    """

    from_at: datetime | None
    until_at: datetime | None
    answer: Answer


def schedule(
    notice: Notice, question: Question, from_at: datetime | None = None, until_at: datetime | None = None
) -> list[Segment]:
    """Return the answers for every instant of payment in [from_at, until_at), in order, without gaps.

    `question.at` and `question.paid` are not looked at. Statuses count from the day they were listed. All
    time before the first border of the notice is one segment, and all after the last: nobody can pay then.
    """
    low = None if from_at is None else second_of(from_at)
    high = None if until_at is None else second_of(until_at)
    births = _birth_borders(notice, question)
    key = _memo_key(notice, question, births, low, high)
    if key is None:
        return _segments(notice, question, births, low, high)
    found = notice.schedule_cache.get(key)
    if found is None:
        if len(notice.schedule_cache) >= _CACHE_SIZE:
            notice.schedule_cache.clear()
        found = notice.schedule_cache[key] = _segments(notice, question, births, low, high)
    return list(found)


def _segments(
    notice: Notice, question: Question, births: list[int], low: int | None, high: int | None
) -> list[Segment]:
    first, last = notice.borders[0], notice.borders[-1]
    person = (b for b in (*births, *_other_borders(notice, question)) if first < b < last)
    every = {*notice.borders, *person, *_months(notice)}
    cuts = sorted(b for b in every if (low is None or b > low) and (high is None or b < high))
    rows: list[tuple[int | None, Answer, tuple[object, ...]]] = []
    for at in (low, *cuts):
        answer = _answer(notice, question, first - 1 if at is None else at)
        core = answer.core()
        if not rows or rows[-1][2] != core:
            rows.append((at, answer, core))
    ends = [*(row[0] for row in rows[1:]), high]
    return [
        Segment(_instant(at), _instant(end), answer) for (at, answer, _), end in zip(rows, ends, strict=True)
    ]


def _answer(notice: Notice, question: Question, at: int) -> Answer:
    decision = decide(notice, question, at)
    decision.benefit, decision.benefit_days = None, 0
    return Answer(notice, None, decision, traced=False)


def _instant(second: int | None) -> datetime | None:
    return None if second is None else instant_of(second)


def _birth_borders(notice: Notice, q: Question) -> list[int]:
    """Return every second at which a rule about birth or age may change its result for this person."""
    return [
        *notice.turns.of_birth(q.person.born),
        *notice.window_rules.person_borders({"birth": q.person.born}),
    ]


def _other_borders(notice: Notice, q: Question) -> Iterator[int]:
    yield from notice.turns.of_residence(q.person)
    if q.person.registered_at is not None:
        yield q.person.registered_at
    days: dict[str, date] = {}
    for kind in notice.event_kinds:
        day = event_day(kind, q, notice.status_events)
        if day is not None:
            days[kind] = day
    if days:
        yield from notice.window_rules.person_borders(days)
    for status in q.statuses:
        for day in (status.effective_on, status.listed_on, status.ended_on):
            if day is not None:
                yield first_second(day)


def _months(notice: Notice) -> Iterator[int]:
    """Yield every first of a month in the coverage year, for notices whose price counts months."""
    if not notice.price_rules.monthly:
        return
    benefit = notice.document.benefit
    day = benefit.from_
    while day <= benefit.to:
        yield first_second(day)
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _memo_key(
    notice: Notice, q: Question, births: list[int], low: int | None, high: int | None
) -> tuple[object, ...] | None:
    """Return all that the schedule depends on, or None when it must be worked out for this person alone.

    When no border of birth or age lies between the first and the last border of the notice, every such rule
    is constant there, and the borders already passed tell its value. So people alike in all other facts
    share one schedule, exactly.
    """
    first, last = notice.borders[0], notice.borders[-1]
    if any(first < b < last for b in births):
        return None
    parameters = tuple(sorted(q.parameters.items())) if q.parameters else ()
    if not all(isinstance(value, int | str) for _, value in parameters):
        return None
    born = q.person.born
    passed = tuple(b <= first for b in births)
    spans = tuple(born >= day for day in notice.born_borders)
    person = (*_FACTS(q.person), _registration(notice, q))
    given = (q.statuses, q.event, q.tier, q.paid_tier, q.add_ons, parameters)
    past = (*_past(notice, q), q.repair_years, q.repaid_years)
    return (person, passed, spans, given, low, high, past)


def _past(notice: Notice, q: Question) -> tuple[int | None, ...]:
    """Return what matters of the years before, where the notice counts them."""
    if notice.waiting_rules is None:
        return ()
    past = notice.waiting_rules.past_of(q.person, notice.year)
    stated = None if q.person.history is None else q.person.history.due_from_year
    return past.lapsed, past.continuous, stated, past.due_from if notice.turns.first_year_due else None


def _registration(notice: Notice, q: Question) -> object:
    """Return what matters of the instant of registration: the cut-offs it missed.

    Only where a window wants both registration and payment after an event does the instant itself matter;
    for a birth it cannot, because a schedule with such a border is never shared.
    """
    registered = q.person.registered_at
    if registered is None:
        return None
    for kind in notice.window_rules.completing_kinds:
        if event_day(kind, q, notice.status_events) is not None:
            return registered
    return tuple(registered >= closes for closes in notice.window_rules.registration_cutoffs)
