"""SQL of refund cases that open and close without anybody deciding."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_values, statement
from libs.common.transitions import listed
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.refunds.rules import TRANSITIONS, RefundEvent, RefundState
from services.subsidy.tables import payment_lines, refunds

_LINES = Records(payment_lines, "payment_id", "line_no", alias="lines")

_OPEN_AUTOMATIC = statement(f"""
    INSERT INTO refunds (county, coverage_year, payment_id, line_no, person_id, division_code, channel,
                         amount_fen, reason, state, withdraws, requested_by, requested_at)
    SELECT l.county, l.coverage_year, l.payment_id, l.line_no, l.person_id, l.division_code, l.channel,
           l.amount_fen, l.reason, '{RefundState.REQUESTED}', false, :by, l.happened_at
    FROM {_LINES} JOIN payment_lines l USING (payment_id, line_no)
    ORDER BY l.payment_id, l.line_no
""")
_SUPERSEDE_UNDECIDED = statement(f"""
    UPDATE refunds SET state = '{TRANSITIONS.leads_to(RefundEvent.APPLIED)}' FROM {_LINES}
    WHERE refunds.payment_id = lines.payment_id AND refunds.line_no = lines.line_no
      AND refunds.state IN {listed(TRANSITIONS.before(RefundEvent.APPLIED))}
""")
_APPROVED = statement(f"""
    SELECT refund_id FROM refunds JOIN {_LINES} USING (payment_id, line_no)
    WHERE state IN {listed(TRANSITIONS.before(RefundEvent.PAYOUT_CANCELLED))}
""")
# What an approved refund had taken off its line is there again.
_SUPERSEDE = statement(f"""
    WITH closed AS (
        UPDATE refunds SET state = '{TRANSITIONS.leads_to(RefundEvent.PAYOUT_CANCELLED)}'
        WHERE refund_id {any_of(refunds.c.refund_id, "ids")}
          AND state IN {listed(TRANSITIONS.before(RefundEvent.PAYOUT_CANCELLED))}
        RETURNING payment_id, line_no, amount_fen
    ), sums AS (
        SELECT payment_id, line_no, sum(amount_fen)::bigint AS amount_fen FROM closed
        GROUP BY payment_id, line_no
    )
    UPDATE payment_lines l SET refunded_fen = l.refunded_fen - s.amount_fen
    FROM sums s WHERE l.payment_id = s.payment_id AND l.line_no = s.line_no
""")


def _rows(lines: Sequence[LineKey]) -> list[dict[str, int]]:
    return [line._asdict() for line in lines]


async def open_automatic(conn: AsyncConnection, lines: Sequence[LineKey], by: str) -> None:
    """Open a case for each of these suspended payment lines, for all of its money."""
    await execute(conn, _OPEN_AUTOMATIC, lines=_rows(lines), by=by)


async def supersede_undecided(conn: AsyncConnection, lines: Sequence[LineKey]) -> None:
    """Close the undecided cases of lines whose money was applied after all."""
    await execute(conn, _SUPERSEDE_UNDECIDED, lines=_rows(lines))


async def approved_refunds(conn: AsyncConnection, lines: Sequence[LineKey]) -> list[int]:
    """The approved cases of these lines."""
    return await fetch_values(conn, int, _APPROVED, lines=_rows(lines))


async def supersede(conn: AsyncConnection, refund_ids: Collection[int]) -> None:
    """Close these cases, whose payouts are cancelled."""
    await execute(conn, _SUPERSEDE, ids=list(refund_ids))
