"""Keeps what a party has of its own, and looks at where it differs from its paper: from the draft on, again
whenever that changes, and once more when the handover is sealed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from services.ledger.cases.rules import DIFFERS, FIGURES_AGREE, HANDOVER_SEALED
from services.ledger.handovers import drafts_store
from services.ledger.handovers.drafts_store import DraftRow
from services.ledger.handovers.store import SealedHandover
from services.ledger.papers import store
from services.ledger.papers.comparing import Own, differences, unknown
from services.ledger.papers.making import Comparable, draft_subject_of, drafted, make
from services.ledger.papers.problems import FIGURES_UNKNOWN
from services.ledger.papers.store import NewFigures
from services.ledger.postings.rules import Season
from services.ledger.totals.rules import Document


async def in_draft(conn: AsyncConnection, season: Season, deadline_id: str, party: str) -> Comparable | None:
    """The paper of a party while its handover is prepared and not sealed."""
    draft = await drafts_store.one(conn, season)
    return None if draft is None or draft.deadline_id != deadline_id else drafted(draft, party)


async def enter(
    conn: AsyncConnection, notice: Notice, paper: Comparable, own: Sequence[Own], by: str, now: datetime
) -> list[Document]:
    """Keep a party's own figures; a case is open while they are others than ours. Raises Problem."""
    if strange := unknown(paper.document, own):
        raise FIGURES_UNKNOWN.problem(figures=strange)
    new = NewFigures(
        county=notice.county,
        coverage_year=notice.year,
        deadline_id=paper.deadline_id,
        party=paper.party,
        figures=json.dumps([asdict(one) for one in own], ensure_ascii=False),
        entered_by=by,
        entered_at=now,
    )
    await store.enter(conn, new)
    found = differences(paper.document, own)
    await _tell(conn, notice, paper, found, now)
    return found


@dataclass(frozen=True, slots=True)
class Given:
    """What a party has of its own, as it said last, and who said it when."""

    own: Sequence[Own] = ()
    by: str | None = None
    at: datetime | None = None


async def given_of(conn: AsyncConnection, paper: Comparable) -> Given:
    """What the party said last; nothing where it never did."""
    kept = await store.latest(conn, paper.season, paper.deadline_id, paper.party)
    if kept is None:
        return Given()
    return Given([Own(**one) for one in json.loads(kept.figures)], kept.entered_by, kept.entered_at)


async def look_at_draft(conn: AsyncConnection, notice: Notice, draft: DraftRow, now: datetime) -> None:
    """Compare the papers of a draft that was made again with what their parties gave."""
    for party in json.loads(draft.papers or "{}"):
        if (paper := drafted(draft, party)) is not None:
            await _look_again(conn, notice, paper, now)


async def look_at_sealed(conn: AsyncConnection, notice: Notice, row: SealedHandover, now: datetime) -> None:
    """Compare the papers of a handover that was sealed just now with what their parties gave before."""
    gave = await store.who_gave(conn, row.season, row.deadline_id)
    subjects = {party: draft_subject_of(row.season, row.deadline_id, party) for party in gave}
    gone = [Gone(DIFFERS.code, subject) for subject in subjects.values()]
    await cases.close_cases(conn, gone, now, HANDOVER_SEALED)
    for party in gave:
        made = await make(conn, notice, row.deadline_id, party, now)
        await _look_again(conn, notice, made.comparable, now, before=subjects[party])


async def _look_again(
    conn: AsyncConnection, notice: Notice, paper: Comparable, now: datetime, before: str | None = None
) -> None:
    """Open or close the case, unless two persons have explained these very differences."""
    if not (own := (await given_of(conn, paper)).own):
        return
    found = differences(paper.document, own)
    if found and found == await store.explained(conn, [before or paper.subject, paper.subject], DIFFERS.code):
        return
    await _tell(conn, notice, paper, found, now)


async def _tell(
    conn: AsyncConnection, notice: Notice, paper: Comparable, found: Sequence[Document], now: datetime
) -> None:
    if not found:
        await cases.close_cases(conn, [Gone(DIFFERS.code, paper.subject)], now, FIGURES_AGREE)
        return
    money = [one for one in found if one["their_fen"] is not None]
    case = NewCase(
        kind=DIFFERS.code,
        subject=paper.subject,
        owner=DIFFERS.owner,
        proposed=DIFFERS.steps[0].code,
        opened_at=now,
        evidence={"deadline_id": paper.deadline_id, "party": paper.party, "lines": [*found]},
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(CODE_LENGTH, "0"),
        amount_fen=sum(abs((one["their_fen"] or 0) - (one["our_fen"] or 0)) for one in money),
    )
    await cases.open_cases(conn, [case])
