"""Whoever tells a payer on the telephone what happened needs to know what the payer tried, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_attempts",
        sa.Column("attempt_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False, comment="jsapi, native or h5"),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempted_by", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), comment="the problem that was answered; null: it was opened"),
        sa.Column("fault", sa.Text(), comment="in what state the order was, or what the channel answered"),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_payment_attempts")),
        sa.ForeignKeyConstraint(["order_no"], ["orders.order_no"], name=op.f("fk_payment_attempts_order_no")),
    )
    op.create_index(
        op.f("ix_payment_attempts_order_no_attempt_id"), "payment_attempts", ["order_no", "attempt_id"]
    )


def downgrade() -> None:
    op.drop_table("payment_attempts")
