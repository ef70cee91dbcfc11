"""Refunds wait for the one approval by a second person: those that wait already, too."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# A value that lies clear stands behind a byte 00 until it is sealed.
_CLEAR = r"""'\x00'::bytea || convert_to({}, 'UTF8')"""


def upgrade() -> None:
    payload = _CLEAR.format(
        "json_build_object('amount_fen', amount_fen, 'payment_id', payment_id, 'line_no', line_no)::text"
    )
    reason = _CLEAR.format("'refund'")
    op.execute(f"""
        INSERT INTO approvals (county, coverage_year, division_code, operation, subject, payload, reason,
                               asked_by, asked_at, state)
        SELECT county, coverage_year, division_code, 'refund', 'refunds/' || refund_id, {payload}, {reason},
               requested_by, requested_at, 'waiting'
        FROM refunds WHERE state = 'requested' ORDER BY refund_id
    """)


def downgrade() -> None:
    op.execute("DELETE FROM approvals WHERE operation = 'refund'")
