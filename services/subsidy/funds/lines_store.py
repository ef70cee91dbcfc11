"""SQL of the help that an application for money asks for, line by line."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement


@dataclass(frozen=True, slots=True)
class FundLineRow:
    """A grant whose money was applied for; `funded_at` since when it may be paid out."""

    grant_id: int
    verification_id: int
    person_id: int
    division_code: str
    status: str
    mechanism: str
    amount_fen: int
    state: str
    revoked: bool
    funded_at: datetime | None


_LINES = statement("""
    SELECT l.grant_id, l.verification_id, g.person_id, l.division_code, g.status, g.mechanism, g.amount_fen,
           l.state, g.revoked_at IS NOT NULL AS revoked, l.funded_at
    FROM verification_lines l JOIN grants g USING (grant_id)
    WHERE l.application_id = :application_id AND l.grant_id > :after
    ORDER BY l.grant_id
    LIMIT :limit
""")


async def lines(conn: AsyncConnection, application_id: int, *, after: int, limit: int) -> list[FundLineRow]:
    """A page of the lines of an application, in the order of their grants."""
    return await fetch_as(conn, FundLineRow, _LINES, application_id=application_id, after=after, limit=limit)
