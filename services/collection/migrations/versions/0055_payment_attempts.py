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
    op.create_table(
        "refused_orders",
        sa.Column("refusal_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused_by", sa.Text(), nullable=False, comment="who asked for it"),
        sa.Column("refusal", sa.Text(), nullable=False, comment="the problem that was answered"),
        sa.Column(
            "about_person", sa.Boolean(), nullable=False, comment="false: another one in it stood in the way"
        ),
        sa.PrimaryKeyConstraint("refusal_id", name=op.f("pk_refused_orders")),
    )
    op.create_index(
        op.f("ix_refused_orders_person_id_refusal_id"), "refused_orders", ["person_id", "refusal_id"]
    )


def downgrade() -> None:
    op.drop_table("refused_orders")
    op.drop_table("payment_attempts")
