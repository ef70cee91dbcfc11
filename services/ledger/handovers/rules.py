"""Which deadline may be closed now, and what is sealed.

The notice gives a calendar of deadlines, each with the accounting days that it covers (Youxi 2020, 七). Late
channel files still carry the old business date: so a deadline is closed after its cutoff, when the operator
is ready, and what arrives later is counted at the next one. Calendars overlap: tax hands over month by month
the money that finance hands over by the half-year. So a deadline goes on from one before it, that one from
another, and counts what happened before its cutoff and is counted by none of this chain: whatever was sealed
beside it, a chain as a whole counts everything once. After the closing deadline there is one a month, for
the months in which anything moved.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from libs.common.clock import SHANGHAI
from libs.common.policy import Notice
from libs.common.policy.engine.handovers import supplementary_months
from libs.common.policy.format.custody_rules import Handover
from services.ledger.postings.rules import Season
from services.ledger.totals.rules import Cell, Document, totals

FORMAT = "canbao.handover/1"


class DeadlineUnknown(Exception):
    """The notice has no such deadline."""


class NothingToHandOver(Exception):
    """In this month after the closing deadline nothing has moved."""


class EarlierDeadlineOpen(Exception):
    """An earlier deadline of the season is not sealed yet."""

    def __init__(self, deadline_id: str) -> None:
        super().__init__(deadline_id)
        self.deadline_id = deadline_id


class CutoffNotReached(Exception):
    """The business time that the deadline covers has not ended."""

    def __init__(self, cutoff_at: datetime) -> None:
        super().__init__(cutoff_at.isoformat())
        self.cutoff_at = cutoff_at


@dataclass(frozen=True)
class Work:
    """What a department does for a deadline, and until when; some before the others, by the notice."""

    department: str
    does: str
    does_zh: str
    due_on: date


@dataclass(frozen=True)
class Deadline:
    """One date of the notice's handover calendar; `cutoff_at` is the end of `accounting_to`, exclusive."""

    id: str
    due_on: date
    accounting_from: date
    accounting_to: date
    cutoff_at: datetime
    series: str = ""
    parties: tuple[str, ...] = ()
    work: tuple["Work", ...] = ()
    label: str = ""
    label_zh: str = ""

    @property
    def begins_at(self) -> datetime:
        """The first instant of its own days."""
        return datetime.combine(self.accounting_from, time(), SHANGHAI)

    def follows(self, earlier: "Deadline") -> bool:
        """Whether `earlier` ended before this one begins, so that what it counted is not counted again."""
        return earlier.accounting_to < self.accounting_from


def calendar_of(notice: Notice) -> tuple[Deadline, ...]:
    """Give the deadlines of a notice that have a date, in the order in which they are closed."""
    deadlines = map(_deadline, notice.handovers)
    return tuple(sorted(deadlines, key=lambda deadline: (deadline.cutoff_at, deadline.due_on, deadline.id)))


def months_after(notice: Notice, now: datetime) -> tuple[Deadline, ...]:
    """Give the months after the closing deadline up to that of `now`, whether anything moved or not."""
    if notice.supplementary is None:
        return ()
    return tuple(map(_deadline, supplementary_months(notice.supplementary, now.astimezone(SHANGHAI).date())))


def with_moving_months(
    dated: Sequence[Deadline], months: Sequence[Deadline], sealed: Collection[str], moving: Iterable[date]
) -> tuple[Deadline, ...]:
    """Add to the deadlines that have a date the months that are sealed or have to be.

    `moving` are the first days of the months of what no handover counts. What comes late for a sealed month
    has its turn in the first month after it.
    """
    kept = [month for month in months if month.id in sealed]
    after = months[months.index(kept[-1]) + 1 :] if kept else months
    if after:
        first = after[0].accounting_from
        wanted = {max(day, first) for day in moving}
        kept += [month for month in after if month.accounting_from in wanted]
    return (*dated, *kept)


def _deadline(entry: Handover) -> Deadline:
    due_on = entry.due_on or entry.last_day
    return Deadline(
        id=entry.id,
        due_on=due_on,
        accounting_from=entry.accounting_from,
        accounting_to=entry.last_day,
        cutoff_at=entry.cutoff_at,
        series=entry.series,
        parties=tuple(party.department for party in entry.parties),
        work=tuple(
            Work(party.department, party.does.en, party.does.zh, party.due_on or due_on)
            for party in entry.parties
        ),
        label=entry.label.en,
        label_zh=entry.label.zh,
    )


def followed(deadline: Deadline, earlier: Sequence[Deadline]) -> list[int]:
    """Give the ordinals of those `earlier` deadlines (all sealed before it) from which `deadline` goes on.

    Each goes on from the one of its own series that ended last before it began, or else from any that did;
    of two that ended on the same day from the one that covers more.
    """
    chain: list[int] = []
    current: Deadline | None = deadline
    while current is not None:
        before = [ordinal for ordinal, other in enumerate(earlier, start=1) if current.follows(other)]
        own = [ordinal for ordinal in before if earlier[ordinal - 1].series == current.series]
        last = max(own or before, key=lambda ordinal: _reach(earlier[ordinal - 1]), default=None)
        current = None if last is None else earlier[last - 1]
        chain += [] if last is None else [last]
    return sorted(chain)


def _reach(deadline: Deadline) -> tuple[date, int]:
    return deadline.accounting_to, -deadline.accounting_from.toordinal()


def next_to_close(
    calendar: Sequence[Deadline], deadline_id: str, sealed: Collection[str], now: datetime, *, forced: bool
) -> tuple[int, Deadline]:
    """Give (ordinal, deadline) if it may be sealed `now`.

    Raises DeadlineUnknown, EarlierDeadlineOpen, and CutoffNotReached unless `forced`.
    """
    deadline = next((one for one in calendar if one.id == deadline_id), None)
    if deadline is None:
        raise DeadlineUnknown(deadline_id)
    for earlier in calendar[: calendar.index(deadline)]:
        if earlier.id not in sealed:
            raise EarlierDeadlineOpen(earlier.id)
    if now < deadline.cutoff_at and not forced:
        raise CutoffNotReached(deadline.cutoff_at)
    return len(sealed) + 1, deadline


@dataclass(frozen=True)
class Late:
    """What of a handover had happened before its own days began: it arrived too late for an earlier one."""

    facts: int = 0
    amount_fen: int = 0


class SignedPaper(NamedTuple):
    """A paper that a party signed since the seal before: its hash is part of the chain."""

    deadline_id: str
    party: str
    sha256: str


def handover_document(
    season: Season,
    ordinal: int,
    deadline: Deadline,
    follows: Sequence[str],
    previous_sha256: str | None,
    cells: Iterable[Cell],
    late: Late,
    papers: Sequence[SignedPaper] = (),
) -> Document:
    """Make the totals of a deadline. They hold no ids and no instant but the cutoff: two runs agree."""
    return {
        "format": FORMAT,
        "county": season.county,
        "coverage_year": season.coverage_year,
        "deadline": {
            "ordinal": ordinal,
            "id": deadline.id,
            "due_on": deadline.due_on.isoformat(),
            "accounting_from": deadline.accounting_from.isoformat(),
            "accounting_to": deadline.accounting_to.isoformat(),
            "cutoff_at": deadline.cutoff_at.astimezone(SHANGHAI).isoformat(),
            "follows": list(follows),
        },
        "previous_sha256": previous_sha256,
        "late": {"facts": late.facts, "amount_fen": late.amount_fen},
        **({"papers": [one._asdict() for one in papers]} if papers else {}),
        **totals(cells),
    }


def canonical(document: Document) -> str:
    """Write a document in the one way that is hashed: UTF-8 JSON, sorted names, no spaces."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Give the SHA-256 of a canonical document as hex."""
    return hashlib.sha256(text.encode()).hexdigest()
