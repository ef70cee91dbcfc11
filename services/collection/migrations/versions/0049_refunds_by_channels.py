"""Money in suspense goes back by the channel that took it: what channels are asked for, and answered."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_UNDER_WAY = "state IN ('requested', 'processing', 'abnormal')"


def upgrade() -> None:
    op.add_column(
        "payment_lines",
        sa.Column(
            "giving_back",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="its channel is to give money of it back: it has no other place meanwhile",
        ),
    )
    op.create_check_constraint(
        op.f("ck_payment_lines_giving_back"), "payment_lines", "NOT (giving_back AND state = 'applied')"
    )
    op.add_column(
        "returns",
        sa.Column(
            "request_no", sa.Text(), comment="the number under which its channel was asked to give it back"
        ),
    )
    op.create_index(op.f("ix_returns_return_no_channel"), "returns", ["return_no", "channel"])
    _refunds()
    _answers()


def _refunds() -> None:
    op.create_table(
        "channel_refunds",
        sa.Column("channel_refund_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column(
            "request_no", sa.Text(), nullable=False, comment="ours, the same however often it is asked for"
        ),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("agreed_by", sa.Text(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "accepted",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="the channel has taken it",
        ),
        sa.Column("refused", sa.Text(), comment="the channel's word for that it will not; to be made sure of"),
        sa.Column("word", sa.Text(), comment="what was said last, or why it failed"),
        sa.Column("return_no", sa.Text(), comment="the channel's number of it"),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), comment="when the channel was asked last"),
        sa.Column("next_at", sa.DateTime(timezone=True), comment="when it is asked again"),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_channel_refunds_amount")),
        sa.CheckConstraint("agreed_by <> requested_by", name=op.f("ck_channel_refunds_two_persons")),
        sa.CheckConstraint(
            "(state = 'processing') = (next_at IS NOT NULL)", name=op.f("ck_channel_refunds_due")
        ),
        sa.CheckConstraint(f"({_UNDER_WAY}) = (ended_at IS NULL)", name=op.f("ck_channel_refunds_ended")),
        sa.CheckConstraint(
            "state IN ('requested', 'processing', 'done', 'closed', 'abnormal', 'failed')",
            name=op.f("ck_channel_refunds_state"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id", "line_no"],
            ["payment_lines.payment_id", "payment_lines.line_no"],
            name=op.f("fk_channel_refunds_payment_id_payment_lines"),
        ),
        sa.PrimaryKeyConstraint("channel_refund_id", name=op.f("pk_channel_refunds")),
        sa.UniqueConstraint("request_no", name=op.f("uq_channel_refunds_request_no")),
    )
    op.create_index(
        "ix_channel_refunds_due",
        "channel_refunds",
        ["next_at"],
        postgresql_where=sa.text("state = 'processing'"),
    )
    op.create_index(
        "uq_channel_refunds_under_way",
        "channel_refunds",
        ["payment_id", "line_no"],
        unique=True,
        postgresql_where=sa.text(_UNDER_WAY),
    )
    op.create_index(op.f("ix_channel_refunds_payment_id"), "channel_refunds", ["payment_id"])


def _answers() -> None:
    op.create_table(
        "channel_refund_answers",
        sa.Column("answer_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("channel_refund_id", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), comment="null: no answer came"),
        sa.Column("word", sa.Text(), nullable=False, comment="what it says, or why it could not be used"),
        sa.Column("headers", sa.Text(), comment="what was signed, and by whom"),
        sa.Column("body", sa.LargeBinary()),
        sa.CheckConstraint("asked IN ('refund', 'query')", name=op.f("ck_channel_refund_answers_asked")),
        sa.ForeignKeyConstraint(
            ["channel_refund_id"],
            ["channel_refunds.channel_refund_id"],
            name=op.f("fk_channel_refund_answers_channel_refund_id_channel_refunds"),
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_channel_refund_answers")),
    )
    op.create_index(
        op.f("ix_channel_refund_answers_channel_refund_id"), "channel_refund_answers", ["channel_refund_id"]
    )


def downgrade() -> None:
    op.drop_table("channel_refund_answers")
    op.drop_table("channel_refunds")
    op.drop_index("ix_returns_return_no_channel", "returns")
    op.drop_column("returns", "request_no")
    op.drop_column("payment_lines", "giving_back")
