"""Help that waits while its reason is contested, money that went back outside, banks that correct themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("registered_at", sa.DateTime(timezone=True)),
        sa.Column(
            "cancelled_revision",
            sa.Integer(),
            comment="it holds until an assessment of a higher revision",
        ),
        sa.Column("contest_no", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "contested", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="help waits"
        ),
        sa.Column(
            "withdrawn_revision",
            sa.Integer(),
            comment="help of assessments up to this one was withdrawn",
        ),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("ends_cover", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    ):
        op.add_column("enrollments", column)
    op.create_table(
        "line_returns",
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("return_no", sa.Text(), nullable=False, comment="the channel's own number"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("withdraws", sa.Boolean(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "counted",
            sa.Boolean(),
            nullable=False,
            comment="in the money of its line, which may come later",
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("payment_id", "line_no", "return_no", name=op.f("pk_line_returns")),
        comment="money that went back outside: at the wallet, the tax bureau or a bank",
    )
    op.add_column(
        "attempts",
        sa.Column(
            "contradicted",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="the bank said failed first, and paid later",
        ),
    )
    op.drop_index("uq_attempts_active", "attempts")
    op.create_index(
        "uq_attempts_active",
        "attempts",
        ["payout_id"],
        unique=True,
        postgresql_where=sa.text("(outcome IS NULL OR outcome = 'paid') AND NOT contradicted"),
    )
    op.drop_constraint(op.f("ck_payouts_state"), "payouts", type_="check")
    op.create_check_constraint(
        op.f("ck_payouts_state"),
        "payouts",
        "state IN ('waiting_card', 'ready', 'sent', 'paid', 'needs_card', 'held', 'cancelled')",
    )


def downgrade() -> None:
    raise NotImplementedError("held payouts have no place in the former tables; restore a backup")
