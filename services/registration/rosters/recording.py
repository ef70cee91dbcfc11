"""Records of whom a roster said something, and for whom a row was refused, and why.

Refused rows are recorded by digest, and by id where the person is known.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.audit import RefusedRow, record_lookup, record_refusals
from libs.common.security.caller import Caller
from libs.common.security.digests import Digests
from services.registration.rosters.rules import Listed


async def record_taken(
    conn: AsyncConnection, caller: Caller, operation: str, rows: Sequence[Listed], at: datetime, about: str
) -> None:
    """Keep the registered people of whom rows were taken; of the others the statements themselves tell."""
    people = sorted({row.person_id for row in rows if row.problem is None and row.person_id is not None})
    await record_lookup(conn, caller, operation=operation, at=at, person_ids=people, purpose=about)


async def record_refused(
    conn: AsyncConnection,
    digests: Digests,
    caller: Caller,
    operation: str,
    rows: Sequence[Listed],
    at: datetime,
) -> None:
    """Keep every row that was refused, one by one, without its number."""
    refused = [
        RefusedRow(digests.identity(row.document_type, row.number), row.person_id, row.problem.type.slug)
        for row in rows
        if row.problem is not None
    ]
    await record_refusals(conn, caller, operation=f"{operation}_refused", at=at, refused=refused)
