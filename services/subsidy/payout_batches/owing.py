"""Asks for money that somebody is owed: help that came back to its payer, and that the bank returned, too."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import NewCase
from services.subsidy.cases import store as recoveries
from services.subsidy.cases.rules import OWED_BACK
from services.subsidy.payout_batches.results_store import AttemptRow


async def ask(conn: AsyncConnection, returned: Sequence[AttemptRow], sent_at: datetime, at: datetime) -> None:
    """Open a case for each of these payouts of which help was given back after they were sent."""
    about = {row.grant_id: row for row in returned if row.grant_id is not None}
    if not about:
        return
    back = await recoveries.given_back(conn, about.keys(), sent_at)
    await cases.open_cases(conn, [_case(about[grant_id], fen, at) for grant_id, fen in back.items()])


def _case(row: AttemptRow, given_back_fen: int, at: datetime) -> NewCase:
    return NewCase(
        kind=OWED_BACK.code,
        subject=f"payouts/{row.payout_id}/attempts/{row.attempt}",
        owner=OWED_BACK.owner,
        proposed=OWED_BACK.steps[0].code,
        opened_at=at,
        evidence={
            "payout_id": row.payout_id,
            "attempt": row.attempt,
            "grant_id": row.grant_id,
            "paid_fen": row.amount_fen,
            "given_back_fen": given_back_fen,
        },
        county=row.county,
        coverage_year=row.coverage_year,
        division_code=row.division_code,
        person_id=row.person_id,
        amount_fen=min(given_back_fen, row.amount_fen),
    )
