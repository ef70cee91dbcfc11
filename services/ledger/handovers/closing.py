"""Seals the handover of a deadline, and computes a sealed one again.

Closing does not stop the season: facts that are being posted meanwhile are either visible as a whole when the
members are chosen, or stay for the next deadline. Two closings of the same books take turns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.events.ledger import HandoverSealed
from services.ledger.facts.store import lock_books
from services.ledger.handovers import store
from services.ledger.handovers.rules import (
    Deadline,
    canonical,
    digest,
    followed,
    handover_document,
    next_to_close,
)
from services.ledger.handovers.store import NewHandover, SealedHandover
from services.ledger.postings.rules import Season
from services.ledger.totals import store as totals_store
from services.ledger.totals.rules import Document


@dataclass(frozen=True)
class Closing:
    """Who wants to close, and why although the cutoff has not come."""

    now: datetime
    by: str
    forced_reason: str | None = None


async def close(
    conn: AsyncConnection, season: Season, calendar: Sequence[Deadline], deadline_id: str, closing: Closing
) -> tuple[SealedHandover, bool]:
    """Seal a deadline; give its row and whether it is new (closing again changes nothing).

    Raises DeadlineUnknown, EarlierDeadlineOpen, CutoffNotReached.
    """
    await lock_books(conn, season)
    sealed = await store.sealed(conn, season)
    for row in sealed:
        if row.deadline_id == deadline_id:
            return row, False
    ordinal, deadline = next_to_close(
        calendar,
        deadline_id,
        (row.deadline_id for row in sealed),
        closing.now,
        forced=closing.forced_reason is not None,
    )
    earlier = [row.deadline for row in sealed]
    await store.claim(conn, season, ordinal, deadline, followed(deadline, earlier))
    previous = sealed[-1].sha256 if sealed else None
    document = await _document(conn, season, ordinal, deadline, earlier, previous)
    row = await store.seal(conn, _handover(season, ordinal, deadline, previous, document, closing))
    await outbox.append(conn, [_draft(row, closing)])
    return row, True


async def recomputed(conn: AsyncConnection, row: SealedHandover, sealed: Sequence[SealedHandover]) -> str:
    """Compute the canonical document of a sealed handover again; `sealed` are all of its books."""
    before = [other for other in sealed if other.ordinal < row.ordinal]
    document = await _document(
        conn,
        row.season,
        row.ordinal,
        row.deadline,
        [other.deadline for other in before],
        before[-1].sha256 if before else None,
    )
    return canonical(document)


async def _document(
    conn: AsyncConnection,
    season: Season,
    ordinal: int,
    deadline: Deadline,
    earlier: Sequence[Deadline],
    previous_sha256: str | None,
) -> Document:
    follows = followed(deadline, earlier)
    cells = await totals_store.handover_cells(conn, season, ordinal, follows)
    late = await store.late(conn, season, ordinal, deadline)
    names = [earlier[number - 1].id for number in follows]
    return handover_document(season, ordinal, deadline, names, previous_sha256, cells, late)


def _handover(
    season: Season,
    ordinal: int,
    deadline: Deadline,
    previous: str | None,
    document: Document,
    closing: Closing,
) -> NewHandover:
    text = canonical(document)
    return NewHandover(
        county=season.county,
        coverage_year=season.coverage_year,
        ordinal=ordinal,
        deadline_id=deadline.id,
        due_on=deadline.due_on,
        accounting_from=deadline.accounting_from,
        accounting_to=deadline.accounting_to,
        cutoff_at=deadline.cutoff_at,
        head_count=document["total"]["head_count"],
        amount_fen=document["total"]["amount_fen"],
        document=text,
        sha256=digest(text),
        previous_sha256=previous,
        forced_reason=closing.forced_reason,
        sealed_by=closing.by,
        sealed_at=closing.now,
    )


def _draft(row: SealedHandover, closing: Closing) -> Draft:
    fact = HandoverSealed(
        handover_id=row.id,
        county=row.county,
        coverage_year=row.coverage_year,
        deadline_id=row.deadline_id,
        cutoff_at=row.cutoff_at,
        head_count=row.head_count,
        amount_fen=row.amount_fen,
        sha256=row.sha256,
        sealed_at=row.sealed_at,
    )
    return Draft(fact, key=f"{row.county}:{row.deadline_id}", time=closing.now)
