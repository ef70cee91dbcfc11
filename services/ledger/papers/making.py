"""Makes the paper of a party from the sealed handover, and looks at what the party has of its own."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.dates import DAY_SECONDS, first_second, instant_of
from libs.common.policy import Notice
from libs.common.policy.engine.handovers import supplementary_months
from libs.common.policy.format.custody_rules import Handover, HandoverParty
from services.ledger.handovers import store as handovers_store
from services.ledger.handovers.drafts_store import DraftRow
from services.ledger.handovers.store import SealedHandover
from services.ledger.matches import store as matches_store
from services.ledger.papers import store
from services.ledger.papers.problems import PARTY_UNKNOWN
from services.ledger.papers.rules import Sealed, needs_two, paper
from services.ledger.postings.rules import Season
from services.ledger.problems import DEADLINE_UNKNOWN, NOT_SEALED
from services.ledger.totals.rules import Document
from services.ledger.work_funds import store as work_funds_store


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper of a party as it would be signed now."""

    handover: SealedHandover
    party: HandoverParty
    document: Document
    #: Whether one makes it and another signs.
    two_persons: bool

    @property
    def subject(self) -> str:
        """What cases and approvals about it are about."""
        return subject_of(self.handover, self.party.department)

    @property
    def comparable(self) -> "Comparable":
        """What of it the party compares with its own."""
        one = self.handover
        return Comparable(one.season, one.deadline_id, self.party.department, self.document, self.subject)


@dataclass(frozen=True, slots=True)
class Comparable:
    """A paper that a party compares with what it has itself: of a sealed handover, or a draft."""

    season: Season
    deadline_id: str
    party: str
    document: Document
    subject: str


def subject_of(handover: SealedHandover, party: str) -> str:
    """What cases and approvals about the paper of a party are about."""
    return f"handovers/{handover.id}/{party}"


def drafted(draft: DraftRow, party: str) -> Comparable | None:
    """The paper of a party in a draft, if there is one."""
    document = json.loads(draft.papers or "{}").get(party)
    if document is None:
        return None
    season, deadline_id = Season(draft.county, draft.coverage_year), draft.deadline_id
    return Comparable(season, deadline_id, party, document, draft_subject_of(season, deadline_id, party))


def draft_subject_of(season: Season, deadline_id: str, party: str) -> str:
    """What a case about the paper of a party is about before its handover is sealed."""
    return f"handover-drafts/{season.county}/{season.coverage_year}/{deadline_id}/{party}"


def handover_of(notice: Notice, deadline_id: str, now: datetime) -> Handover:
    """The deadline as the notice has it. Raises Problem."""
    rule, today = notice.supplementary, business_date(now)
    months = () if rule is None else tuple(supplementary_months(rule, today))
    for one in (*notice.handovers, *months):
        if one.id == deadline_id:
            return one
    raise DEADLINE_UNKNOWN.problem()


async def sealed_of(conn: AsyncConnection, season: Season, deadline_id: str) -> SealedHandover:
    """What of a deadline is sealed. Raises Problem."""
    for row in await handovers_store.sealed(conn, season):
        if row.deadline_id == deadline_id:
            return row
    raise NOT_SEALED.problem()


async def make(conn: AsyncConnection, notice: Notice, deadline_id: str, party: str, now: datetime) -> Paper:
    """Make the paper of a party. Raises Problem."""
    handover = handover_of(notice, deadline_id, now)
    wanted = next((one for one in handover.parties if one.department == party), None)
    if wanted is None:
        raise PARTY_UNKNOWN.problem(parties=[one.department for one in handover.parties])
    season = Season(notice.county, notice.year)
    row = await sealed_of(conn, season, deadline_id)
    match = await matches_store.of_deadline(conn, season, deadline_id)
    until = instant_of(first_second(row.due_on) + DAY_SECONDS)
    made = Sealed(
        notice, handover, json.loads(row.document), row.sha256,
        None if match is None else json.loads(match.document),
        await store.moved(conn, season, row.cutoff_at, until),
        await work_funds_store.by_unit(conn, season, until),
    )  # fmt: skip
    return Paper(row, wanted, paper(made, wanted), needs_two(notice, party))
