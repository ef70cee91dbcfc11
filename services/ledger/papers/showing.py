"""Shows papers, and how they stand."""

from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from libs.common.policy.format.custody_rules import Handover, HandoverParty
from services.ledger.handovers import drafts_store
from services.ledger.handovers.rules import canonical, digest
from services.ledger.handovers.store import SealedHandover
from services.ledger.papers import making, signing, store
from services.ledger.papers.comparing import differences
from services.ledger.papers.disputing import Given, given_of
from services.ledger.papers.dividing import divided
from services.ledger.papers.making import Paper
from services.ledger.papers.rules import due_on, needs_two
from services.ledger.papers.schemas import (
    Difference,
    Entered,
    HandoverPaper,
    PaperDocument,
    PaperState,
    PartyPaper,
)
from services.ledger.papers.store import PaperRow
from services.ledger.postings.rules import Season
from services.ledger.totals.rules import Document


async def _standing(
    conn: AsyncConnection, sealed: SealedHandover, party: str
) -> tuple[PaperState, PaperRow | None, int | None]:
    """How the paper of a party stands, as it was signed, and the approval for which it waits."""
    row = await store.signed(conn, sealed.season, sealed.ordinal, party)
    asked = await store.waiting(conn, making.subject_of(sealed, party), signing.OPERATION)
    return "signed" if row else "waiting" if asked is not None else "unsigned", row, asked


async def state_of(
    conn: AsyncConnection, notice: Notice, handover: Handover, sealed: SealedHandover, party: HandoverParty
) -> PartyPaper:
    """How the paper of a party stands, without making it."""
    state, row, asked = await _standing(conn, sealed, party.department)
    name = notice.departments[party.department].label
    return PartyPaper(
        party=party.department,
        name=name.en,
        name_zh=name.zh,
        does_zh=party.does.zh,
        clause=party.clause,
        due_on=due_on(handover, party),
        two_persons=needs_two(notice, party.department),
        state=state,
        approval_id=asked,
        sha256=row.sha256 if row else None,
        made_by=row.made_by if row else None,
        signed_by=row.signed_by if row else None,
        signed_at=row.signed_at if row else None,
    )


async def shown(conn: AsyncConnection, made: Paper) -> HandoverPaper:
    """The paper as it was signed, else as it would be signed now, with the party's own figures."""
    paper = await _whole(conn, made)
    given = await given_of(conn, made.comparable)
    return paper.model_copy(update=_compared(made.document, given))


def _compared(document: Document, given: Given) -> dict[str, object]:
    """What the party has itself, and where that differs."""
    return {
        "own": [Entered.model_validate(asdict(one)) for one in given.own],
        "own_entered_by": given.by,
        "own_entered_at": given.at,
        "differences": [Difference.model_validate(one) for one in differences(document, given.own)],
    }


async def prepared(
    conn: AsyncConnection, season: Season, deadline_id: str, party: str
) -> HandoverPaper | None:
    """The paper of a party as it would be signed, while its handover is prepared and not sealed."""
    row = await drafts_store.one(conn, season)
    if row is None or row.deadline_id != deadline_id or (draft := making.drafted(row, party)) is None:
        return None
    paper = HandoverPaper(
        state="draft",
        sha256=digest(canonical(draft.document)),
        made_by=None,
        made_at=row.prepared_at,
        signed_by=None,
        signed_at=None,
        differences=[],
        document=PaperDocument.model_validate(draft.document),
    )
    return paper.model_copy(update=_compared(draft.document, await given_of(conn, draft)))


async def part(conn: AsyncConnection, notice: Notice, made: Paper, township: str) -> HandoverPaper:
    """What of it belongs to a township; how it stands, and by what it is known, is the whole paper's."""
    paper = await _whole(conn, made)
    document = divided(notice, made, paper.document.model_dump(mode="json"), township)
    return paper.model_copy(update={"document": PaperDocument.model_validate(document)})


async def _whole(conn: AsyncConnection, made: Paper) -> HandoverPaper:
    state, row, _ = await _standing(conn, made.handover, made.party.department)
    text = row.document if row else canonical(made.document)
    return HandoverPaper(
        state=state,
        sha256=digest(text),
        made_by=row.made_by if row else None,
        made_at=row.made_at if row else None,
        signed_by=row.signed_by if row else None,
        signed_at=row.signed_at if row else None,
        differences=[],
        document=PaperDocument.model_validate_json(text),
    )
