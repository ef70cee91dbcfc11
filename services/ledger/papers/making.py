"""Makes the paper of a party from the sealed handover, and looks at what the party has of its own."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.clock import business_date
from libs.common.dates import DAY_SECONDS, first_second, instant_of
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from libs.common.policy.engine.handovers import supplementary_months
from libs.common.policy.format.custody_rules import Handover, HandoverParty
from services.ledger.cases.rules import DIFFERS, FIGURES_AGREE
from services.ledger.handovers import store as handovers_store
from services.ledger.handovers.store import SealedHandover
from services.ledger.matches import store as matches_store
from services.ledger.papers import store
from services.ledger.papers.comparing import Own, differences, unknown
from services.ledger.papers.problems import FIGURES_UNKNOWN, PARTY_UNKNOWN
from services.ledger.papers.rules import Sealed, needs_two, paper
from services.ledger.papers.store import NewFigures
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


def subject_of(handover: SealedHandover, party: str) -> str:
    """What cases and approvals about the paper of a party are about."""
    return f"handovers/{handover.id}/{party}"


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


async def enter(
    conn: AsyncConnection, notice: Notice, made: Paper, own: Sequence[Own], by: str, now: datetime
) -> list[Document]:
    """Keep a party's own figures; a case is open while they are others than ours. Raises Problem."""
    if strange := unknown(made.document, own):
        raise FIGURES_UNKNOWN.problem(figures=strange)
    new = NewFigures(
        county=notice.county,
        coverage_year=notice.year,
        deadline_id=made.handover.deadline_id,
        party=made.party.department,
        figures=json.dumps([asdict(one) for one in own], ensure_ascii=False),
        entered_by=by,
        entered_at=now,
    )
    await store.enter(conn, new)
    found = differences(made.document, own)
    if not found:
        await cases.close_cases(conn, [Gone(DIFFERS.code, made.subject)], now, FIGURES_AGREE)
        return found
    money = [one for one in found if one["their_fen"] is not None]
    case = NewCase(
        kind=DIFFERS.code,
        subject=made.subject,
        owner=DIFFERS.owner,
        proposed=DIFFERS.steps[0].code,
        opened_at=now,
        evidence={"deadline_id": new.deadline_id, "party": new.party, "lines": [*found]},
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(CODE_LENGTH, "0"),
        amount_fen=sum(abs((one["their_fen"] or 0) - (one["our_fen"] or 0)) for one in money),
    )
    await cases.open_cases(conn, [case])
    return found


async def own_of(conn: AsyncConnection, made: Paper) -> list[Own]:
    """What the party has of its own, as it said last."""
    kept = await store.latest(conn, made.handover.season, made.handover.deadline_id, made.party.department)
    return [] if kept is None else [Own(**one) for one in json.loads(kept.figures)]
