"""Seals the handover of a deadline, and computes a sealed one again.

Closing does not stop the season: facts that are being posted meanwhile are either visible as a whole when the
members are chosen, or stay for the next deadline. Two closings of the same books take turns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.events.ledger import HandoverSealed
from services.ledger.facts.store import lock_books
from services.ledger.handovers import store
from services.ledger.handovers.rules import (
    Deadline,
    Row,
    canonical,
    digest,
    followed,
    handover_document,
    next_to_close,
)
from services.ledger.postings.rules import Place
from services.ledger.totals import store as totals_store


@dataclass(frozen=True)
class Closing:
    """A wish to close: when and by whom, and why although the cutoff has not come."""

    now: datetime
    by: str
    forced_reason: str | None = None


async def close(
    conn: AsyncConnection, place: Place, calendar: Sequence[Deadline], deadline_id: str, closing: Closing
) -> tuple[Row, bool]:
    """Seal a deadline; give its row and whether it is new (closing again changes nothing).

    Raises DeadlineUnknown, EarlierDeadlineOpen, CutoffNotReached.
    """
    await lock_books(conn, place)
    sealed = await store.sealed(conn, place)
    for row in sealed:
        if row["deadline_id"] == deadline_id:
            return row, False
    ordinal, deadline = next_to_close(
        calendar,
        deadline_id,
        (row["deadline_id"] for row in sealed),
        closing.now,
        forced=closing.forced_reason is not None,
    )
    earlier = [deadline_of(row) for row in sealed]
    await store.claim(conn, place, ordinal, deadline, followed(deadline, earlier))
    previous = sealed[-1]["sha256"] if sealed else None
    document = await _document(conn, place, ordinal, deadline, earlier, previous)
    row = await store.seal(conn, place, _values(ordinal, deadline, previous, document, closing))
    await outbox.append(conn, [_draft(row, closing)])
    return row, True


async def recomputed(conn: AsyncConnection, row: Row, sealed: Sequence[Row]) -> str:
    """Compute the canonical document of a sealed handover again; `sealed` are all of its books."""
    before = [other for other in sealed if other["ordinal"] < row["ordinal"]]
    document = await _document(
        conn,
        Place(row["county"], row["coverage_year"]),
        row["ordinal"],
        deadline_of(row),
        [deadline_of(other) for other in before],
        before[-1]["sha256"] if before else None,
    )
    return canonical(document)


def deadline_of(row: Row) -> Deadline:
    """Give the deadline as it was when it was sealed, whatever the notice says now."""
    return Deadline(
        id=row["deadline_id"],
        due_on=row["due_on"],
        accounting_from=row["accounting_from"],
        accounting_to=row["accounting_to"],
        cutoff_at=row["cutoff_at"],
    )


async def _document(
    conn: AsyncConnection,
    place: Place,
    ordinal: int,
    deadline: Deadline,
    earlier: Sequence[Deadline],
    previous_sha256: str | None,
) -> dict[str, Any]:
    follows = followed(deadline, earlier)
    cells = await totals_store.handover_cells(conn, place, ordinal, follows)
    late = await store.late(conn, place, ordinal, deadline)
    names = [earlier[number - 1].id for number in follows]
    return handover_document(place, ordinal, deadline, names, previous_sha256, cells, late)


def _values(
    ordinal: int, deadline: Deadline, previous: str | None, document: dict[str, Any], closing: Closing
) -> dict[str, Any]:
    text = canonical(document)
    return {
        "ordinal": ordinal,
        "deadline_id": deadline.id,
        "due_on": deadline.due_on,
        "accounting_from": deadline.accounting_from,
        "accounting_to": deadline.accounting_to,
        "cutoff_at": deadline.cutoff_at,
        "head_count": document["total"]["head_count"],
        "amount_fen": document["total"]["amount_fen"],
        "document": text,
        "sha256": digest(text),
        "previous_sha256": previous,
        "forced_reason": closing.forced_reason,
        "sealed_by": closing.by,
        "sealed_at": closing.now,
    }


def _draft(row: Row, closing: Closing) -> Draft:
    fact = HandoverSealed(
        handover_id=row["id"],
        county=row["county"],
        coverage_year=row["coverage_year"],
        deadline_id=row["deadline_id"],
        cutoff_at=row["cutoff_at"],
        head_count=row["head_count"],
        amount_fen=row["amount_fen"],
        sha256=row["sha256"],
        sealed_at=row["sealed_at"],
    )
    return Draft(fact, key=f"{row['county']}:{row['deadline_id']}", time=closing.now)
