"""Tells what was applied for."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause, Draft
from libs.common.events.subsidy import FundsRequested
from services.subsidy.funds.store import ApplicationRow


async def tell_requested(conn: AsyncConnection, rows: Sequence[ApplicationRow], cause: Cause) -> None:
    """Tell of applications."""
    facts = [
        FundsRequested(
            application_id=row.application_id,
            county=row.county,
            coverage_year=row.coverage_year,
            payer=row.payer,
            amount_fen=row.total_fen,
            requested_at=row.applied_at,
        )
        for row in rows
    ]
    drafts = [
        Draft(fact, f"{fact.county}:{fact.payer}", fact.requested_at, correlation_id=cause.correlation_id)
        for fact in facts
    ]
    await outbox.append(conn, drafts)
