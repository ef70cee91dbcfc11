"""Which deadline may be closed now, and what is sealed.

The notice gives a calendar of deadlines, each with the accounting days that it covers (Youxi 2020, 七). Late
channel files still carry the old business date: so a deadline is closed after its cutoff, when the operator
is ready, and what arrives later is counted at the next one. Calendars overlap: tax hands over month by month
the money that finance hands over by the half-year. So a deadline follows those whose days ended before its
own began, and counts what happened before its cutoff and is counted by none that it follows.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.clock import SHANGHAI
from libs.common.policy import Notice
from services.ledger.postings.rules import Season
from services.ledger.totals.rules import Cell, Document, totals

FORMAT = "canbao.handover/1"


class DeadlineUnknown(Exception):
    """The notice has no such deadline."""


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
class Deadline:
    """One date of the notice's handover calendar; `cutoff_at` is the end of `accounting_to`, exclusive."""

    id: str
    due_on: date
    accounting_from: date
    accounting_to: date
    cutoff_at: datetime
    parties: tuple[str, ...] = ()
    label: str = ""
    label_zh: str = ""

    def follows(self, earlier: "Deadline") -> bool:
        """Whether `earlier` ended before this one begins, so that what it counted is not counted again."""
        return earlier.accounting_to < self.accounting_from


def calendar_of(notice: Notice) -> tuple[Deadline, ...]:
    """Give the deadlines of a notice in the order in which they are closed."""
    deadlines = [
        Deadline(
            id=entry.id,
            due_on=entry.due_on or entry.accounting_to,
            accounting_from=entry.accounting_from,
            accounting_to=entry.accounting_to,
            cutoff_at=entry.cutoff_at,
            parties=tuple(party.department for party in entry.parties),
            label=entry.label.en,
            label_zh=entry.label.zh,
        )
        for entry in notice.handovers
    ]
    return tuple(sorted(deadlines, key=lambda deadline: (deadline.cutoff_at, deadline.due_on, deadline.id)))


def followed(deadline: Deadline, earlier: Sequence[Deadline]) -> list[int]:
    """Give the ordinals of those `earlier` deadlines (all sealed before it) that `deadline` follows."""
    return [ordinal for ordinal, other in enumerate(earlier, start=1) if deadline.follows(other)]


def next_to_close(
    calendar: Sequence[Deadline], deadline_id: str, sealed: Iterable[str], now: datetime, *, forced: bool
) -> tuple[int, Deadline]:
    """Give (ordinal, deadline) if it may be sealed `now`.

    Raises DeadlineUnknown, EarlierDeadlineOpen, and CutoffNotReached unless `forced`.
    """
    known = {deadline.id: number for number, deadline in enumerate(calendar, start=1)}
    if deadline_id not in known:
        raise DeadlineUnknown(deadline_id)
    sealed = set(sealed)
    ordinal = known[deadline_id]
    for earlier in calendar[: ordinal - 1]:
        if earlier.id not in sealed:
            raise EarlierDeadlineOpen(earlier.id)
    deadline = calendar[ordinal - 1]
    if now < deadline.cutoff_at and not forced:
        raise CutoffNotReached(deadline.cutoff_at)
    return ordinal, deadline


@dataclass(frozen=True)
class Late:
    """What of a handover had happened before its own days began: it arrived too late for an earlier one."""

    facts: int = 0
    amount_fen: int = 0


def handover_document(
    season: Season,
    ordinal: int,
    deadline: Deadline,
    follows: Sequence[str],
    previous_sha256: str | None,
    cells: Iterable[Cell],
    late: Late,
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
        **totals(cells),
    }


def canonical(document: Document) -> str:
    """Write a document in the one way that is hashed: UTF-8 JSON, sorted names, no spaces."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Give the SHA-256 of a canonical document as hex."""
    return hashlib.sha256(text.encode()).hexdigest()
