"""Days of channels are compared with our own payments: when last, with how much of ours, what differs."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("channel_files", sa.Column("compared_at", sa.DateTime(timezone=True)))
    op.add_column(
        "channel_files", sa.Column("compared_with", sa.Text(), comment="how much of ours there was then")
    )
    op.add_column(
        "channel_files", sa.Column("difference_count", sa.Integer(), comment="null: not compared")
    )
    op.create_index(
        "ix_channel_file_rows_refunds",
        "channel_file_rows",
        ["transaction_no"],
        postgresql_where=sa.text("entry = 'refund'"),
    )
    op.create_index(op.f("ix_payments_channel_paid_at"), "payments", ["channel", "paid_at"])
    op.create_index(op.f("ix_returns_channel_returned_at"), "returns", ["channel", "returned_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_returns_channel_returned_at"), "returns")
    op.drop_index(op.f("ix_payments_channel_paid_at"), "payments")
    op.drop_index("ix_channel_file_rows_refunds", "channel_file_rows")
    for column in ("difference_count", "compared_with", "compared_at"):
        op.drop_column("channel_files", column)
