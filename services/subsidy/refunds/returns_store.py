"""SQL of money that went back outside, and of the refund cases that claim money of lines."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as approvals
from libs.common.db.rows import Records, any_of, execute, fetch_as, statement
from libs.common.transitions import listed
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.refunds.rules import (
    ALREADY_PAID,
    AUTOMATIC,
    CLAIMS_MONEY,
    OPERATION,
    TRANSITIONS,
    RefundEvent,
    RefundState,
    subject_of,
)
from services.subsidy.tables import line_returns, payment_lines, refunds


@dataclass(frozen=True, slots=True)
class LineReturn:
    """Money of a line that went back outside, under the channel's own number."""

    payment_id: int
    line_no: int
    return_no: str
    amount_fen: int
    withdraws: bool
    returned_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A refund case that claims money of a line, with its payout."""

    refund_id: int
    payment_id: int
    line_no: int
    amount_fen: int
    reason: str
    requested_by: str
    state: str
    payout_id: int | None
    payout_state: str | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    person_id: int | None

    @property
    def line(self) -> LineKey:
        """The line whose money it claims."""
        return LineKey(self.payment_id, self.line_no)


_NEW = Records(line_returns, *LineReturn.__dataclass_fields__)
_ADD = statement(f"""
    INSERT INTO line_returns ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ORDER BY payment_id, line_no, return_no
    ON CONFLICT DO NOTHING
    RETURNING payment_id, line_no
""")
_LINES = Records(payment_lines, "payment_id", "line_no", alias="asked")
_CLAIMS = statement(
    f"""
    SELECT r.refund_id, r.payment_id, r.line_no, r.amount_fen, r.reason, r.requested_by, r.state, p.payout_id,
           p.state AS payout_state, r.county, r.coverage_year, r.division_code, r.person_id
    FROM {_LINES} JOIN refunds r USING (payment_id, line_no) LEFT JOIN payouts p USING (refund_id)
    WHERE r.state IN {listed(CLAIMS_MONEY)} ORDER BY r.refund_id
""",
    refunds.c.reason,
)
_BEFORE = sorted(
    {*TRANSITIONS.before(RefundEvent.APPLIED), *TRANSITIONS.before(RefundEvent.PAYOUT_CANCELLED)}
)
_SUPERSEDE = statement(f"""
    UPDATE refunds SET state = '{TRANSITIONS.leads_to(RefundEvent.APPLIED)}'
    WHERE refund_id {any_of(refunds.c.refund_id, "ids")} AND state IN {listed(_BEFORE)}
""")


async def add(conn: AsyncConnection, returns: Sequence[LineReturn]) -> set[LineKey]:
    """Note returns, and give the lines of those that are new."""
    return set(await fetch_as(conn, LineKey, _ADD, rows=returns))


async def claims(conn: AsyncConnection, lines: Collection[LineKey]) -> list[Claim]:
    """The cases that claim money of these lines, oldest first."""
    return await fetch_as(conn, Claim, _CLAIMS, asked=[line._asdict() for line in lines])


async def unasked(conn: AsyncConnection, lines: Collection[LineKey]) -> list[int]:
    """The cases of lines that were opened because they came twice, and about which nobody decided."""
    by_itself = RefundState.REQUESTED, AUTOMATIC, ALREADY_PAID
    found = await claims(conn, lines)
    return [one.refund_id for one in found if (one.state, one.requested_by, one.reason) == by_itself]


async def supersede(conn: AsyncConnection, refund_ids: Collection[int], at: datetime) -> None:
    """Close cases whose money is elsewhere; where they were approved, their payouts are cancelled."""
    if refund_ids:
        await execute(conn, _SUPERSEDE, ids=sorted(refund_ids))
        await approvals.lapse(conn, OPERATION, [subject_of(one) for one in refund_ids], at)
