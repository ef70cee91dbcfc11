"""Signs the paper of a party, which is frozen then: where it answers for money, by two of its people."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from libs.common.security.caller import Caller
from libs.common.service import ServiceContext
from libs.common.web.notices import without_notice
from services.ledger.cases.rules import DIFFERS
from services.ledger.facts.store import lock_books
from services.ledger.handovers import store as handovers_store
from services.ledger.handovers.rules import canonical, digest
from services.ledger.papers import store
from services.ledger.papers.making import Paper, make
from services.ledger.papers.problems import NOT_YOUR_PAPER, PAPER_DISPUTED, PAPER_MOVED_ON, PAPER_SIGNED
from services.ledger.papers.store import NewPaper
from services.ledger.postings.rules import Season
from services.ledger.problems import COUNTY_UNKNOWN
from services.ledger.settings import LedgerSettings

#: What the second person agrees to.
OPERATION = "handover_paper"


def check_party(caller_department: str, party: str) -> None:
    """Let only the party's own people act; who is of no certain department may. Raises Problem."""
    if caller_department not in ("", party):
        raise NOT_YOUR_PAPER.problem(department=party)


async def sign(
    conn: AsyncConnection, notice: Notice, made: Paper, caller: Caller, now: datetime
) -> ApprovalRow | None:
    """Sign the paper that is held and not signed, or ask for the one who does. Raises Problem."""
    await _check_undisputed(conn, made)
    party = made.party.department
    if not made.two_persons:
        await _freeze(conn, made, caller.subject, now, caller.subject, now)
        return None
    return await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=made.subject,
            payload={
                "deadline_id": made.handover.deadline_id,
                "party": party,
                "sha256": digest(canonical(made.document)),
            },
            reason=f"{made.document['party_name']} {made.document['deadline']['label']}",
            asked_by=caller.subject,
            asked_at=now,
            county=notice.county,
            coverage_year=notice.year,
            division_code=notice.division.ljust(CODE_LENGTH, "0"),
        ),
    )


async def agree(
    conn: AsyncConnection,
    context: ServiceContext[LedgerSettings, None],
    asked: ApprovalRow,
    decision: Decision,
) -> None:
    """The second person of the party signs the paper that is held, if it is what was made. Raises Problem."""
    assert asked.county is not None and asked.coverage_year is not None, "a paper is of a season"
    assert decision.approved_by is not None, "an approval has a second person"
    party = str(asked.payload["party"])
    check_party(decision.department, party)
    notice = context.notices.get((asked.county, asked.coverage_year))
    if notice is None:
        raise without_notice(COUNTY_UNKNOWN, context.notices, asked.county, asked.coverage_year)
    made = await make(conn, notice, str(asked.payload["deadline_id"]), party, decision.at)
    await check_unsigned(conn, made)
    if digest(canonical(made.document)) != asked.payload["sha256"]:
        raise PAPER_MOVED_ON.problem()
    await _check_undisputed(conn, made)
    await _freeze(conn, made, asked.asked_by, asked.asked_at, decision.approved_by, decision.at)


async def hold(conn: AsyncConnection, asked: ApprovalRow) -> None:
    """Have the books before the approval, as whoever asks for one has. Raises Problem."""
    assert asked.county is not None and asked.coverage_year is not None, "a paper is of a season"
    await lock_books(conn, Season(asked.county, asked.coverage_year))


async def check_unsigned(conn: AsyncConnection, made: Paper) -> None:
    """Let a paper be changed or signed that is not frozen. Raises Problem."""
    if (
        await store.signed(conn, made.handover.season, made.handover.ordinal, made.party.department)
        is not None
    ):
        raise PAPER_SIGNED.problem()


async def _check_undisputed(conn: AsyncConnection, made: Paper) -> None:
    if (case_id := await store.open_case(conn, made.subject, DIFFERS.code)) is not None:
        raise PAPER_DISPUTED.problem(case_id=case_id)


async def _freeze(
    conn: AsyncConnection, made: Paper, made_by: str, made_at: datetime, signed_by: str, signed_at: datetime
) -> None:
    """Keep it; the document of the next handover that is sealed has its hash."""
    season, text = made.handover.season, canonical(made.document)
    await store.sign(
        conn,
        NewPaper(
            county=season.county,
            coverage_year=season.coverage_year,
            ordinal=made.handover.ordinal,
            deadline_id=made.handover.deadline_id,
            party=made.party.department,
            document=text,
            sha256=digest(text),
            chained_in=len(await handovers_store.sealed(conn, season)) + 1,
            made_by=made_by,
            made_at=made_at,
            signed_by=signed_by,
            signed_at=signed_at,
        ),
    )


async def held(
    conn: AsyncConnection, notice: Notice, caller: Caller, deadline_id: str, party: str, now: datetime
) -> Paper:
    """The paper, held for one of its own people, while it is not signed. Raises Problem."""
    check_party(caller.department, party)
    await lock_books(conn, Season(notice.county, notice.year))
    made = await make(conn, notice, deadline_id, party, now)
    await check_unsigned(conn, made)
    return made
