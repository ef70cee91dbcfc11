"""Rosters of an earlier day that came after the window wait for a second person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_rosters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column(
            "defaults",
            postgresql.JSONB(),
            nullable=False,
            comment="what stands in its header for rows that leave it out",
        ),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.Column(
            "receipt",
            sa.Text(),
            nullable=False,
            comment="the paper that shows the day on which it arrived",
        ),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("mode IN ('add', 'remove', 'replace')", name=op.f("ck_waiting_rosters_mode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_rosters")),
        comment="rosters of an earlier day that came after the window; an approval decides",
    )


def downgrade() -> None:
    op.drop_table("waiting_rosters")
