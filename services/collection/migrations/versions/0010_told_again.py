"""When the last word about a line was published; and words that earlier releases did not say.

Money that waited was judged again without anybody being told. What has become a second payment is told here, so
that it gets its refund case.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Of a line that was told of as it is, nothing new is heard.
_TELL = """
    INSERT INTO outbox (key, type, time, data, subject, correlation_id)
    SELECT COALESCE(l.person_id::text, 'payment-' || l.payment_id), 'canbao.payment.rejudged.v1', l.told_at,
           jsonb_build_object(
               'payment_id', l.payment_id, 'line_no', l.line_no, 'channel', p.channel,
               'transaction_no', p.transaction_no, 'amount_fen', l.amount_fen - l.refunded_fen,
               'reason', l.reason, 'person_id', l.person_id, 'household_id', l.household_id,
               'enrollment_id', l.enrollment_id, 'county', l.county, 'coverage_year', l.coverage_year,
               'division_code', l.division_code, 'paid_at', l.paid_at, 'rejudged_at', l.told_at)::text,
           'payments/' || l.payment_id || '/' || l.line_no, 'payment-' || l.payment_id
    FROM payment_lines l JOIN payments p ON p.id = l.payment_id
    WHERE l.state = 'suspended' AND l.reason = 'already_paid'
    ORDER BY l.payment_id, l.line_no
"""


def upgrade() -> None:
    op.add_column(
        "payment_lines",
        sa.Column(
            "told_at",
            sa.DateTime(timezone=True),
            comment="the time of the last word about it; null: of lines of earlier releases",
        ),
    )
    op.execute("UPDATE payment_lines SET told_at = received_at WHERE state = 'suspended'")
    op.execute(_TELL)


def downgrade() -> None:
    op.drop_column("payment_lines", "told_at")
