"""Records whom rows registered or changed, and for whom one was refused as not the sender's to register."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.access import FORBIDDEN
from libs.common.security.audit import record_searches
from libs.common.security.caller import Caller
from libs.common.security.digests import Digests
from services.registration.registering.plan import Plan, Row


def written(plan: Plan) -> list[int]:
    """The people whom a plan registers, changes or enrolls."""
    touched = {person.id for person in plan.people if person.before is None or person.changed}
    touched |= {enrollment.person.id for enrollment in plan.enrollments}
    return sorted(touched)


async def record_refused(
    conn: AsyncConnection, digests: Digests, caller: Caller, operation: str, rows: Sequence[Row], at: datetime
) -> None:
    """Keep the digests of the numbers of rows that were refused for the division; nothing for the others."""
    tried = [
        digests.document(document)
        for row in rows
        if row.problem is not None and row.problem.status == FORBIDDEN
        for document in row.person.documents
    ]
    await record_searches(conn, caller, operation=f"{operation}_refused", at=at, query_digests=tried)
