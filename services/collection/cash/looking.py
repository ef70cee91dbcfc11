"""Looks at receipts before they are recorded: when they are typed, and whose the paper on them is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice, Notices
from libs.common.policy.format.custody_rules import Channel
from libs.common.security.caller import Caller
from libs.common.web.problems import FieldError, Problem
from services.collection.books.checking import DOUBTS, Doubt, Shown, doubts
from services.collection.books.store import Paper
from services.collection.cash import rules
from services.collection.cash.collectors_store import Collector
from services.collection.cash.registering import channel_at, notice_at
from services.collection.cash.rules import HeldFor, TakenMoney
from services.collection.payers.rules import check_agent
from services.collection.problems import RECEIPTS_REFUSED

#: A long list of faults helps nobody.
MOST_FAULTS = 50


@dataclass(frozen=True, slots=True)
class Desk:
    """At which collector, for which year, by which rules, and who writes it down."""

    notice: Notice
    channel: Channel
    collector: Collector
    caller: Caller
    now: datetime


def desk_at(
    notices: Notices, collector: Collector, coverage_year: int, caller: Caller, now: datetime
) -> Desk:
    """Where the caller writes down what a collector took, if the notice lets him. Raises Problem."""
    notice = notice_at(notices, collector.county, coverage_year)
    channel = channel_at(notice, collector.channel)
    check_agent(channel, caller)
    return Desk(notice, channel, collector, caller, now)


@dataclass(frozen=True, slots=True)
class Look:
    """Why somebody has to look at a receipt first, and what is doubtful about numbers on it."""

    held_for: HeldFor | None
    doubts: Mapping[str, Doubt]


def refused(faults: Sequence[FieldError]) -> Problem:
    """Nothing was recorded: every fault is named, up to a length that can be read."""
    return RECEIPTS_REFUSED.problem(errors=list(faults[:MOST_FAULTS]))


def pointer_of(at: str, line: int) -> str:
    """Where a number of paper stands in what was sent; line 0 is the whole receipt."""
    return f"{at}/items/{line - 1}/voucher_no" if line else f"{at}/voucher_no"


async def look_at(
    conn: AsyncConnection, desk: Desk, taken: Sequence[TakenMoney], pointers: Sequence[str]
) -> list[Look]:
    """Say of each receipt whether it is held. Raises Problem for paper that is not the collector's.

    What is typed after its window counts by itself only with numbers that the collector had got before it
    ended; without books nobody can tell.
    """
    ends = [rules.window_ended(desk.notice, one.paid_at, desk.now) for one in taken]
    shown = [
        {no: Shown(no, one.paid_at, end) for _, no in one.voucher_nos}
        for one, end in zip(taken, ends, strict=True)
    ]
    paper = rules.paper_of(desk.notice, desk.channel)
    found: Mapping[Shown, Doubt] | None = None
    if paper is not None:
        which = Paper(desk.collector.county, paper.code)
        every = [one for numbers in shown for one in numbers.values()]
        found = await doubts(conn, which, desk.collector.collector_id, every)
    looks, faults = [], []
    for one, end, numbers, at in zip(taken, ends, shown, pointers, strict=True):
        doubtful = {no: found[number] for no, number in numbers.items() if number in found} if found else {}
        looks.append(Look(_held_for(end, doubtful, counted=found is not None and bool(numbers)), doubtful))
        if end is None:
            faults += [
                _fault(pointer_of(at, line), no, doubtful[no])
                for line, no in one.voucher_nos
                if doubtful.get(no, "lost") != "lost"
            ]
    if faults:
        raise refused(faults)
    return looks


def _held_for(end: datetime | None, doubtful: Mapping[str, Doubt], *, counted: bool) -> HeldFor | None:
    if end is not None:
        return "late_entry" if doubtful or not counted else None
    return "paper" if doubtful else None


def _fault(pointer: str, number: str, doubt: Doubt) -> FieldError:
    why, why_zh = DOUBTS[doubt]
    return FieldError(pointer, f"Voucher {number} {why}.", f"票据号码 {number} {why_zh}。")
