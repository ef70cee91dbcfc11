"""SQL of what decides whether help that has left becomes a case."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.db.rows import any_of, fetch_as, statement
from services.subsidy.cases.rules import GIVEN_UP, PART_RECOVERY, RECOVERY
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.refunds.rules import RefundState
from services.subsidy.tables import grants


@dataclass(frozen=True, slots=True)
class Candidate:
    """A grant whose money has left.

    `cover_ended` where an officer ended the cover with it; `refund_waits` where a whole refund of the money
    that it rests on waits for a decision; `decided` where a case about it was.
    """

    grant_id: int
    payment_id: int | None
    line_no: int | None
    cover_ended: bool
    refund_waits: bool
    decided: bool

    @property
    def line(self) -> LineKey | None:
        """The payment line that it rests on."""
        if self.payment_id is None or self.line_no is None:
            return None
        return LineKey(self.payment_id, self.line_no)


_CANDIDATES = statement(f"""
    SELECT g.grant_id, g.payment_id, g.line_no, coalesce(e.ends_cover, false) AS cover_ended,
           EXISTS (SELECT FROM refunds r WHERE r.payment_id = g.payment_id AND r.line_no = g.line_no
                   AND r.state = '{RefundState.REQUESTED}' AND r.withdraws) AS refund_waits,
           EXISTS (SELECT FROM cases c WHERE c.kind = '{RECOVERY.code}'
                   AND c.subject = 'grants/' || g.grant_id AND c.state = '{CaseState.DECIDED}') AS decided
    FROM grants g LEFT JOIN enrollments e USING (coverage_year, enrollment_id)
    WHERE g.grant_id {any_of(grants.c.grant_id, "ids")}
    ORDER BY g.grant_id
""")


@dataclass(frozen=True, slots=True)
class _Sum:
    grant_id: int
    fen: int


_GIVEN_BACK = statement(f"""
    SELECT g.grant_id, sum(c.amount_fen)::bigint AS fen
    FROM grants g JOIN cases c ON c.kind IN ('{RECOVERY.code}', '{PART_RECOVERY.code}')
     AND c.subject = 'grants/' || g.grant_id AND c.state = '{CaseState.DECIDED}' AND c.step <> '{GIVEN_UP}'
    WHERE g.grant_id {any_of(grants.c.grant_id, "ids")} AND c.decided_at >= :since
    GROUP BY g.grant_id
""")
_GIVEN_UP = statement(f"""
    SELECT g.grant_id, sum(c.amount_fen)::bigint AS fen
    FROM grants g JOIN cases c ON c.kind = '{PART_RECOVERY.code}' AND c.subject = 'grants/' || g.grant_id
     AND c.state = '{CaseState.DECIDED}' AND c.step = '{GIVEN_UP}'
    WHERE g.grant_id {any_of(grants.c.grant_id, "ids")}
    GROUP BY g.grant_id
""")


async def given_back(conn: AsyncConnection, grant_ids: Collection[int], since: datetime) -> dict[int, int]:
    """How much of these grants has come back to the payer since an instant, in fen."""
    rows = await fetch_as(conn, _Sum, _GIVEN_BACK, ids=sorted(grant_ids), since=since)
    return {row.grant_id: row.fen for row in rows}


async def given_up(conn: AsyncConnection, grant_ids: Collection[int]) -> dict[int, int]:
    """How much of these grants was to be recovered in part, and given up, in fen."""
    rows = await fetch_as(conn, _Sum, _GIVEN_UP, ids=sorted(grant_ids))
    return {row.grant_id: row.fen for row in rows}


async def candidates(conn: AsyncConnection, grant_ids: Collection[int]) -> list[Candidate]:
    """These grants, and what decides about a case."""
    return await fetch_as(conn, Candidate, _CANDIDATES, ids=sorted(grant_ids))
