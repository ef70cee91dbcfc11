"""Takes back money of the match that was entered and has not come so; two persons do it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.arrivals import ARRIVAL_REVERSED
from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from libs.common.security.caller import Caller
from services.ledger.accounts import store as accounts_store
from services.ledger.accounts.rules import SPECIAL_FISCAL_ACCOUNT
from services.ledger.arrivals import store
from services.ledger.arrivals.store import ArrivalRow
from services.ledger.facts.keeping import keep
from services.ledger.facts.store import lock_books
from services.ledger.matches.matching import SOURCE
from services.ledger.matches.rules import MatchArrivalReversed
from services.ledger.postings.rules import Season
from services.ledger.problems import more_than_there_is

#: What the second person agrees to.
OPERATION = "match_arrival_reversal"
_SUBJECT = "match-arrivals/"


async def ask(
    conn: AsyncConnection, notice: Notice, row: ArrivalRow, reason: str, caller: Caller, now: datetime
) -> ApprovalRow:
    """Ask that money shall count as never come; until a second person agrees it counts. Raises Problem."""
    await _check(conn, row)
    return await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"{_SUBJECT}{row.id}",
            payload={"level": row.level, "reference": row.reference, "amount_fen": row.amount_fen},
            reason=reason,
            asked_by=caller.subject,
            asked_at=now,
            county=row.county,
            coverage_year=row.coverage_year,
            division_code=notice.division.ljust(CODE_LENGTH, "0"),
        ),
    )


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """The second person agreed: it is posted back as of now, in the month that is open."""
    assert asked.county is not None and asked.coverage_year is not None, "an arrival is of a season"
    assert decision.approved_by is not None, "an approval has a second person"
    await lock_books(conn, Season(asked.county, asked.coverage_year))
    row = await store.ARRIVALS.one(conn, int(asked.subject.removeprefix(_SUBJECT)))
    assert row is not None, "arrivals are never deleted"
    await _check(conn, row)
    await store.ARRIVALS.reverse(conn, row.id, asked.asked_by, decision.approved_by, decision.at)
    fact = MatchArrivalReversed(
        arrival_id=row.id,
        county=row.county,
        coverage_year=row.coverage_year,
        level=row.level,
        amount_fen=row.amount_fen,
        reversed_at=decision.at,
    )
    await keep(conn, SOURCE, {f"arrival-{row.id}-reversed": fact}, decision.at)


async def _check(conn: AsyncConnection, row: ArrivalRow) -> None:
    """Refuse what was taken back, or has moved on already. Raises Problem."""
    if row.reversed_at is not None:
        raise ARRIVAL_REVERSED.problem()
    balances = await accounts_store.balances(conn, Season(row.county, row.coverage_year))
    there_fen = balances.get(SPECIAL_FISCAL_ACCOUNT, 0)
    if row.amount_fen > there_fen:
        raise more_than_there_is(SPECIAL_FISCAL_ACCOUNT, there_fen, row.amount_fen)
