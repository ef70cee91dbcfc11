"""Imports that try again by and by, in turns of their offices; enrollments that could not be assessed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("imports", "attempts", comment="since it last moved on")
    op.add_column(
        "imports",
        sa.Column(
            "trouble", sa.Text(), nullable=True, comment="why the last attempt broke off; personal data masked"
        ),
    )
    op.add_column(
        "imports",
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="wall clock, of the last attempt: who was served last waits longest",
        ),
    )
    op.add_column(
        "imports",
        sa.Column(
            "retry_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="wall clock: not tried again before",
        ),
    )
    op.create_index(
        "ix_imports_division_sent_by_started_at", "imports", ["division", "sent_by", "started_at"]
    )
    op.create_table(
        "unassessed",
        sa.Column("enrollment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("assess_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="one sentence, personal data masked"),
        sa.Column("trace", sa.Text(), nullable=True, comment="where in the code it failed; no values"),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("enrollment_id", name=op.f("pk_unassessed")),
        comment="enrollments that could not be assessed; they wait for somebody to have them tried again",
    )


def downgrade() -> None:
    op.drop_table("unassessed")
    op.drop_index("ix_imports_division_sent_by_started_at", "imports")
    op.drop_column("imports", "retry_at")
    op.drop_column("imports", "started_at")
    op.drop_column("imports", "trouble")
    op.alter_column("imports", "attempts", comment=None)
