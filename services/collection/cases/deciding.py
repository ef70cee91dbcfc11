"""What the steps about cases of this service do."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, Desk
from libs.common.cases.store import CaseRow
from services.collection.assembly import CollectionContext
from services.collection.cases.rules import KINDS, SPLIT_PAYMENT
from services.collection.suspense.applying import apply_together


async def _apply_together(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    await apply_together(conn, context.parts.settling, case, decision.by, decision.reason, decision.at)


DESK = Desk(KINDS, actions={(SPLIT_PAYMENT.code, "apply_together"): _apply_together})
