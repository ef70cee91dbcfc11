"""Until when money waits for the rest of a household; what waits already is judged again, to say it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "payment_lines",
        sa.Column(
            "waits_until",
            sa.DateTime(timezone=True),
            comment="when the window ends for the household that it waits for",
        ),
    )
    op.create_index(
        "ix_payment_lines_overdue",
        "payment_lines",
        ["waits_until"],
        postgresql_where=sa.text("state = 'suspended' AND reason = 'household_incomplete'"),
    )
    op.execute("""
        INSERT INTO matching_queue (notification_id, line_no, occurred_at)
        SELECT payment_id, line_no, received_at FROM payment_lines
        WHERE state = 'suspended' AND reason = 'household_incomplete'
        ON CONFLICT DO NOTHING
    """)


def downgrade() -> None:
    op.drop_index("ix_payment_lines_overdue", "payment_lines")
    op.drop_column("payment_lines", "waits_until")
