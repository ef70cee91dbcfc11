"""Tells what has come of payers' money, and what was taken back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause, Draft
from libs.common.events.subsidy import FundsArrived, FundsReversed
from services.subsidy.arrivals.store import ArrivalRow


async def tell_arrived(conn: AsyncConnection, rows: Sequence[ArrivalRow], cause: Cause) -> None:
    """Tell of money that has come."""
    drafts = [
        Draft(
            FundsArrived(
                arrival_id=row.arrival_id,
                county=row.county,
                coverage_year=row.coverage_year,
                payer=row.payer,
                amount_fen=row.amount_fen,
                arrived_at=row.arrived_at,
            ),
            f"{row.county}:{row.payer}",
            row.entered_at,
            correlation_id=cause.correlation_id,
        )
        for row in rows
    ]
    await outbox.append(conn, drafts)


async def tell_reversed(conn: AsyncConnection, row: ArrivalRow, at: datetime, cause: Cause) -> None:
    """Tell that money has not come as it was told."""
    fact = FundsReversed(
        arrival_id=row.arrival_id,
        county=row.county,
        coverage_year=row.coverage_year,
        payer=row.payer,
        amount_fen=row.amount_fen,
        reversed_at=at,
    )
    key = f"{row.county}:{row.payer}"
    await outbox.append(conn, [Draft(fact, key, at, correlation_id=cause.correlation_id)])
