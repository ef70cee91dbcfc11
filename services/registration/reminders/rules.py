"""Whom a reminder goes to, when, and what it says."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args

from pydantic import JsonValue

from libs.common.clock import SHANGHAI
from libs.common.policy import Notice, assess, parse_question
from libs.common.policy.engine.reports import season_of
from libs.common.policy.format.message_rules import Messages, MessageText, Quiet
from services.registration.assessments.rules import instant

#: `gateway`: sent from here. `file`: handed to the operator's platform. `list`: officers telephone.
Means = Literal["gateway", "file", "list"]
MEANS: tuple[str, ...] = get_args(Means)
#: `queued`: to be sent. `sending`: on its way. `sent`: the gateway took it. `unknown`: nobody knows whether
#: it did; it is asked before anything is sent again. `given`: in a file or on a list. `withdrawn`: paid, or
#: agreed no more, before it was sent.
State = Literal["queued", "sending", "sent", "delivered", "failed", "unknown", "given", "withdrawn"]
STATES: tuple[str, ...] = get_args(State)
#: What reached nobody does not count against the cadence.
UNHEARD = ("failed", "withdrawn")


@dataclass(frozen=True, slots=True)
class Payer:
    """Somebody who has not paid, and agreed to be reminded under a phone."""

    person_id: int
    phone: str


@dataclass(frozen=True, slots=True)
class Repair:
    """How many lapsed years somebody could repair, and how many months shorter the wait is then."""

    years: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class Reminded:
    """When something went to a phone in this season, about whom."""

    phone: str | None
    person_id: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to one phone, about everybody who is reminded there."""

    phone: str
    people: Sequence[int]
    repairs: Mapping[int, Repair] = field(default_factory=dict)


def text_of(notice: Notice, text_id: str) -> MessageText | None:
    """A text of the notice."""
    messages = notice.document.messages
    return next((one for one in messages.texts if one.id == text_id), None) if messages else None


def repair_of(notice: Notice, question: Mapping[str, JsonValue], now: datetime) -> Repair | None:
    """What somebody could repair by the question that was asked last of them; None where nothing."""
    found = assess(notice, parse_question({**question, "at": instant(now)})).repairable
    return None if found is None else Repair(len(found.years), found.months[0] - found.months[-1])


def words(notice: Notice, text: MessageText, people: int, repair: Repair) -> str:
    """The message in Chinese, filled in; `repair` is the most of one of the people."""
    known: Mapping[str, object] = {
        "place": notice.document.notice.place.zh,
        "year": notice.year,
        "people": people,
        "last_day": _spoken(season_of(notice)[1]),
        "repair_years": repair.years,
        "repair_months": repair.months,
    }
    return text.text.zh.format_map(known)


def _spoken(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def planned(
    rule: Messages,
    payers: Iterable[Payer],
    before: Iterable[Reminded],
    now: datetime,
    repairs: Mapping[int, Repair] | None = None,
) -> tuple[list[Planned], int]:
    """One message for each phone that may have one now, and how many phones have to wait.

    With `repairs` it is about those who could repair years alone.
    """
    to_phone: dict[str | None, set[datetime]] = defaultdict(set)
    about: dict[int, set[datetime]] = defaultdict(set)
    for one in before:
        to_phone[one.phone].add(one.made_at)
        about[one.person_id].add(one.made_at)
    by_phone: dict[str, list[Payer]] = defaultdict(list)
    for payer in payers:
        if repairs is not None and payer.person_id not in repairs:
            continue
        by_phone[payer.phone].append(payer)
    free = [
        Planned(phone, sorted(one.person_id for one in theirs), repairs or {})
        for phone, theirs in by_phone.items()
        if _may(rule, to_phone[phone].union(*(about[one.person_id] for one in theirs)), now)
    ]
    return free, len(by_phone) - len(free)


def _may(rule: Messages, heard: Collection[datetime], now: datetime) -> bool:
    return len(heard) < rule.most and all(now - at >= timedelta(days=rule.every_days) for at in heard)


def is_quiet(quiet: Quiet, now: datetime) -> bool:
    """Whether nobody is sent a message at an instant."""
    at = now.astimezone(SHANGHAI).time()
    first, last = time.fromisoformat(quiet.from_), time.fromisoformat(quiet.to)
    return first <= at < last if first <= last else at >= first or at < last
