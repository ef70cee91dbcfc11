"""Takes what lives and the model have to know out of the files of the notices."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from canbao.simulate.terms import SHANGHAI, Cancelled, Deadline, Selector, StatusKind, Terms, day_of
from libs.common.dates import instant_of
from libs.common.policy import Notice, Notices, assess, parse_question
from libs.common.policy.format.custody_rules import Channel

#: How long after the main windows, or after the last of all, something still happens.
_AFTER_MAIN, _AFTER_ALL = timedelta(days=240), timedelta(days=30)
_DAY = timedelta(days=1)
#: What the state adds to a contribution, where the notice does not say it.
_MATCH_FEN = 52_000
_NOON = time(12)


def terms_of(notices: Notices) -> dict[str, Terms]:
    """The terms of each county's newest notice, in the order of their names."""
    newest = {county: max(year for other, year in notices if other == county) for county, _ in notices}
    return {county: _terms(notices[(county, newest[county])]) for county in sorted(newest)}


def _terms(notice: Notice) -> Terms:
    document, windows = notice.document, _windows(notice)
    main = [windows[window.id] for window in document.windows if window.kind == "main"]
    opening, closing = min(first for first, _ in main), max(last for _, last in main)
    selectors = _selectors(notice)
    borders = [day_of(instant_of(second)) for second in notice.borders]
    terms = Terms(
        county=notice.county,
        year=notice.year,
        first=opening - timedelta(days=7),
        last=min(closing + _AFTER_MAIN, max(last for _, last in windows.values()) + _AFTER_ALL),
        main=(opening, closing),
        borders=sorted({*borders, *(day - _DAY for day in borders), *_dividing(notice)}),
        opens=sorted({*(first for first, _ in windows.values()), *_opened_again(notice, windows)}),
        events=_events(notice),
        supplied={
            one.parameter: _MATCH_FEN for one in document.amounts if one.parameter and one.value is None
        },
        deadlines=[
            Deadline(one.id, one.series, one.accounting_from, one.last_day, one.due_on or one.last_day)
            for one in notice.handovers
        ],
        cancelled=_cancelled(notice, windows),
        statuses=_statuses(notice, selectors),
        selectors=selectors,
        prices_fen=(),
        helped_fen={},
        tiers=sorted(notice.price_rules.tiers),
        same_tier=document.household.same_tier,
        together=document.household.indivisible_payment,
        plain=_plain(notice),
        by_hand=_by_hand(notice),
        deposits=document.cash_deposit is None or document.cash_deposit.rule != "after_review",
        counted_from=None if notice.waiting_rules is None else notice.waiting_rules.waiting.counted_from,
        locks=document.changes is not None and document.changes.rule == "locked_after_payment_registration",
        helps_any_time=document.subsidies.after_payment.rule == "reassess"
        and document.subsidies.after_payment.effective == "any_time",
    )
    return _priced(notice, terms)


def collecting(notice: Notice) -> Channel | None:
    """The channel by which collectors take contributions, if there is one: where they may, in cash."""
    rule = notice.document.cash_deposit
    cash = rule is None or rule.rule != "no_cash"
    some = [one for one in notice.document.channels if one.by_hand and one.kind != "add_on"]
    some = [one for one in some if not one.real_name_check]
    return next((one for one in some if cash and one.takes_cash), next(iter(some), None))


def _by_hand(notice: Notice) -> Sequence[str]:
    channel, rule = collecting(notice), notice.document.cash_deposit
    if channel is None:
        return ()
    refused = rule is not None and rule.rule == "no_cash"
    return ("pos",) if refused or not channel.takes_cash else ("cash", "cash", "cheque", "pos")


def _plain(notice: Notice) -> list[tuple[datetime, datetime]]:
    """From when to when the windows are open that open for everybody."""
    return [
        (instant_of(one.from_), instant_of(one.to))
        for one in notice.document.windows
        if one.event is None and one.when is None
    ]


def _cancelled(notice: Notice, windows: Mapping[str, tuple[date, date]]) -> list[Cancelled]:
    """Which statuses take their help with them when they end in some windows."""
    return [
        Cancelled(frozenset(rule.statuses), windows[window][0], windows[window][1] + _DAY)
        for rule in notice.document.subsidies.ended
        for window in rule.windows
    ]


def _windows(notice: Notice) -> dict[str, tuple[date, date]]:
    """The first and the last day of every window."""
    return {
        one.id: (day_of(instant_of(one.from_)), day_of(instant_of(one.to - 1)))
        for one in notice.document.windows
    }


def _opened_again(notice: Notice, windows: Mapping[str, tuple[date, date]]) -> Iterator[date]:
    """The days on which windows open again that are closed on some days of each month."""
    for window in notice.document.windows:
        first, last = windows[window.id]
        for number in range(1, (last - first).days + 1):
            day = first + number * _DAY
            closed = [one.day in window.closed_days_of_month for one in (day - _DAY, day)]
            if closed == [True, False]:
                yield day


def _selectors(notice: Notice) -> list[Selector]:
    return [
        Selector(one.status, frozenset(one.classes), frozenset(one.grades), frozenset(one.not_grades))
        for rule in notice.document.subsidies.rules
        for one in rule.for_
    ]


def _events(notice: Notice) -> list[str]:
    """What may open a window for one person; what rosters tell and a birth are known without being told."""
    kinds = {window.event.kind for window in notice.document.windows if window.event}
    return sorted(kinds - {"birth", *notice.status_events.values()})


def _dividing(notice: Notice) -> Iterator[date]:
    for rule in notice.document.subsidies.rules:
        if rule.dividing is not None:
            yield rule.dividing.listed_after
            yield rule.dividing.listed_after + _DAY


def _statuses(notice: Notice, selectors: Sequence[Selector]) -> list[StatusKind]:
    """The statuses that bring help of a known amount, with what tells their classes and grades apart."""
    found: list[StatusKind] = []
    for code in dict.fromkeys(one.status for one in selectors):
        grades = {grade for one in selectors if one.status == code for grade in one.grades}
        others = sorted(set(range(1, 5)) - grades)[:1] if grades else []
        classes = [one.code for one in notice.statuses[code].classes]
        found.append(StatusKind(code, classes or (None,), [*sorted(grades)[:1], *others] or (None,)))
    return found


def _priced(notice: Notice, terms: Terms) -> Terms:
    """The same with the amounts that may be right at some border of the season."""
    days = [terms.main[0] + timedelta(days=40), *(day + _DAY for day in terms.borders)]
    owed = _Owed(notice, terms, days)
    helped = {
        kind.code: sorted({fen for said in _said(kind) for fen in owed.fen([said])})
        for kind in terms.statuses
    }
    known = [kind for kind in terms.statuses if owed.known(kind)]
    prices = sorted(owed.fen([]))
    return replace(terms, statuses=known, prices_fen=prices, helped_fen=helped)


def _said(kind: StatusKind) -> Iterator[dict[str, object]]:
    """A status as the contract asks about it, with each of its classes and grades."""
    for status_class in kind.classes:
        for grade in kind.grades:
            told = {"code": kind.code, "class": status_class, "grade": grade}
            yield {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True)
class _Owed:
    """Asks the assessment what somebody grown up owes on some days."""

    notice: Notice
    terms: Terms
    days: Sequence[date]

    def fen(self, statuses: Sequence[dict[str, object]]) -> set[int]:
        """What may be owed by somebody with these statuses."""
        due = {answer["own_due_fen"] for answer in self._answers(statuses)}
        return {fen for fen in due if isinstance(fen, int) and fen > 0}

    def known(self, kind: StatusKind) -> bool:
        """Whether the notice says what help a status brings."""
        codes = {
            code
            for said in _said(kind)
            for answer in self._answers([said])
            for code in answer["reason_codes"]
        }
        return "subsidy_amount_unknown" not in codes

    def _answers(self, statuses: Sequence[dict[str, object]]) -> Iterator[dict[str, Any]]:
        since = {"effective_on": "2010-01-01", "listed_on": self.terms.first.isoformat()}
        tiers: list[int | None] = [*self.terms.tiers] or [None]
        for day in self.days:
            for tier in tiers:
                asked = {
                    "county": self.notice.county,
                    "year": self.notice.year,
                    "at": datetime.combine(day, _NOON, SHANGHAI).isoformat(),
                    "person": {"born": "1980-06-15", "sex": "female", "hukou": "county"},
                    "statuses": [{**said, **since} for said in statuses],
                    "parameters": dict(self.terms.supplied),
                } | ({} if tier is None else {"tier": tier})
                yield assess(self.notice, parse_question(asked), trace=False).as_dict()
