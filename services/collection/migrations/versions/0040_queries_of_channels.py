"""Channels' gateways are asked about payments that nobody told of: what was asked, and what was said."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_queries",
        sa.Column("query_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column(
            "subject", sa.Text(), nullable=False, comment="the order or the transaction: each is one query"
        ),
        sa.Column("order_no", sa.Text()),
        sa.Column("transaction_no", sa.Text()),
        sa.Column("ordered_at", sa.DateTime(timezone=True)),
        sa.Column("county", sa.Text()),
        sa.Column("division_code", sa.Text()),
        sa.Column("coverage_year", sa.Integer()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), comment="the officer who wanted to know"),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("outcome", sa.Text(), comment="what was said last"),
        sa.Column("fault", sa.Text(), comment="why the last answer could not be used"),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("next_at", sa.DateTime(timezone=True), comment="null: it is not asked again"),
        sa.Column("notification_id", sa.BigInteger(), comment="what was stored of the answer"),
        sa.CheckConstraint("(state = 'due') = (next_at IS NOT NULL)", name=op.f("ck_channel_queries_due")),
        sa.CheckConstraint(
            "(order_no IS NULL) <> (transaction_no IS NULL)", name=op.f("ck_channel_queries_about_one")
        ),
        sa.CheckConstraint(
            "reason IN ('silent', 'unmatched_return', 'file_only', 'officer')",
            name=op.f("ck_channel_queries_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('due', 'answered', 'given_up')", name=op.f("ck_channel_queries_state")
        ),
        sa.CheckConstraint(
            "outcome IN ('paid', 'unpaid', 'closed', 'unknown')", name=op.f("ck_channel_queries_outcome")
        ),
        sa.PrimaryKeyConstraint("query_id", name=op.f("pk_channel_queries")),
        sa.UniqueConstraint("subject", "channel", name=op.f("uq_channel_queries_subject_channel")),
    )
    op.create_index(
        "ix_channel_queries_due", "channel_queries", ["next_at"], postgresql_where=sa.text("state = 'due'")
    )
    op.create_index(
        "ix_orders_unpaid", "orders", ["created_at"], postgresql_where=sa.text("payment_id IS NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_orders_unpaid", "orders")
    op.drop_index("ix_channel_queries_due", "channel_queries")
    op.drop_table("channel_queries")
