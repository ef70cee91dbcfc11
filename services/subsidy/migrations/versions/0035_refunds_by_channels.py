"""Money that its channel gives back is held: no card gets it meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_refunds",
        sa.Column("request_no", sa.Text(), nullable=False, comment="collection's number of it"),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="held: no card gets it; refused: one does; ended"
        ),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("state IN ('held', 'refused', 'ended')", name=op.f("ck_channel_refunds_state")),
        sa.PrimaryKeyConstraint("request_no", name=op.f("pk_channel_refunds")),
    )
    op.create_index(
        "ix_channel_refunds_held",
        "channel_refunds",
        ["payment_id", "line_no"],
        postgresql_where=sa.text("state = 'held'"),
    )


def downgrade() -> None:
    op.drop_index("ix_channel_refunds_held", "channel_refunds")
    op.drop_table("channel_refunds")
