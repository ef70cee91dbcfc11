"""Seals the handover of a deadline, and computes a sealed one again.

Closing does not stop the season: facts that are being posted meanwhile are either visible as a whole when the
members are chosen, or stay for the next deadline. Two closings of the same books take turns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.events.ledger import HandoverSealed
from libs.common.policy import Notice
from services.ledger.facts.store import lock_books
from services.ledger.handovers import drafts_store, store
from services.ledger.handovers.rules import (
    Deadline,
    NothingToHandOver,
    SignedPaper,
    calendar_of,
    canonical,
    digest,
    followed,
    handover_document,
    months_after,
    next_to_close,
    with_moving_months,
)
from services.ledger.handovers.store import NewHandover, SealedHandover
from services.ledger.matches import matching
from services.ledger.papers import store as papers_store
from services.ledger.postings.rules import Season
from services.ledger.totals import store as totals_store
from services.ledger.totals.rules import Document

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Closing:
    """Who wants to close, and why although the cutoff has not come."""

    now: datetime
    by: str
    forced_reason: str | None = None


async def close(
    conn: AsyncConnection, season: Season, notice: Notice, deadline_id: str, closing: Closing
) -> tuple[SealedHandover, bool]:
    """Seal a deadline; give its row and whether it is new (closing again changes nothing).

    Raises DeadlineUnknown, NothingToHandOver, EarlierDeadlineOpen, CutoffNotReached.
    """
    await lock_books(conn, season)
    sealed = await store.sealed(conn, season)
    for row in sealed:
        if row.deadline_id == deadline_id:
            return row, False
    calendar = await calendar_now(conn, season, notice, sealed, closing.now)
    if any(month.id == deadline_id for month in months_after(notice, closing.now)) and not any(
        deadline.id == deadline_id for deadline in calendar
    ):
        raise NothingToHandOver(deadline_id)
    ids = {row.deadline_id for row in sealed}
    forced = closing.forced_reason is not None
    ordinal, deadline = next_to_close(calendar, deadline_id, ids, closing.now, forced=forced)
    follows = followed(deadline, _earlier(notice, sealed, closing.now))
    await store.claim(conn, season, ordinal, deadline, follows)
    if matching.is_matched_at(notice, deadline.parties):
        await _match(conn, notice, season, ordinal, deadline, follows, closing)
    previous = sealed[-1].sha256 if sealed else None
    names = {number: row.deadline_id for number, row in enumerate(sealed, start=1) if number in follows}
    document = await _document(conn, season, ordinal, deadline, names, previous)
    row = await store.seal(conn, _handover(season, ordinal, deadline, previous, document, closing))
    await drafts_store.drop(conn, season)
    await outbox.append(conn, [_draft(row, closing)])
    return row, True


async def _match(
    conn: AsyncConnection,
    notice: Notice,
    season: Season,
    ordinal: int,
    deadline: Deadline,
    follows: Sequence[int],
    closing: Closing,
) -> None:
    """Post what finance adds for those whom the handover counts, as the last that happens in its days."""
    of = matching.Matching(
        season, ordinal, deadline.id, [*follows, ordinal], deadline.cutoff_at - timedelta(seconds=1),
        closing.by, closing.now,
    )  # fmt: skip
    made = await matching.match(conn, notice, of)
    if made is not None and made[1] is not None:
        await store.count(conn, season, ordinal, made[1])


async def calendar_now(
    conn: AsyncConnection, season: Season, notice: Notice, sealed: Sequence[SealedHandover], now: datetime
) -> tuple[Deadline, ...]:
    """Give the deadlines of the notice, and the months after the closing one in which anything moved."""
    dated, months = calendar_of(notice), months_after(notice, now)
    if not months:
        return dated
    ids = {row.deadline_id for row in sealed}
    since, until = months[0].begins_at, months[-1].cutoff_at
    follows: list[int] = []
    if all(deadline.id in ids for deadline in dated):  # else what is older belongs to one of them
        since = _EVER
        following = next((month for month in months if month.id not in ids), months[-1])
        follows = followed(following, _earlier(notice, sealed, now))
    moving = await store.moving(conn, season, follows, since, until)
    return with_moving_months(dated, months, ids, moving)


def _earlier(notice: Notice, sealed: Sequence[SealedHandover], now: datetime) -> list[Deadline]:
    """Give the sealed deadlines with the days of their seals, and the series that the notice puts them in."""
    series = {one.id: one.series for one in (*calendar_of(notice), *months_after(notice, now))}
    return [replace(row.deadline, series=series.get(row.deadline_id, row.deadline_id)) for row in sealed]


async def recomputed(conn: AsyncConnection, row: SealedHandover, sealed: Sequence[SealedHandover]) -> str:
    """Compute the canonical document of a sealed handover again; `sealed` are all of its books.

    It goes on from those that its seal names, whatever the calendar says today.
    """
    before = [other for other in sealed if other.ordinal < row.ordinal]
    names = {other.ordinal: other.deadline_id for other in before if other.deadline_id in row.follows}
    previous = before[-1].sha256 if before else None
    return canonical(await _document(conn, row.season, row.ordinal, row.deadline, names, previous))


async def _document(
    conn: AsyncConnection,
    season: Season,
    ordinal: int,
    deadline: Deadline,
    follows: Mapping[int, str],
    previous_sha256: str | None,
) -> Document:
    cells = await totals_store.handover_cells(conn, season, ordinal, list(follows))
    late = await store.late(conn, season, ordinal, deadline)
    names = list(follows.values())
    signed = await papers_store.chained(conn, season, ordinal)
    papers = [SignedPaper(one.deadline_id, one.party, one.sha256) for one in signed]
    return handover_document(season, ordinal, deadline, names, previous_sha256, cells, late, papers)


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
