"""All that banks say of a sending is kept: paid, and later returned. Of the past the last word is known."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt_answers",
        sa.Column("answer_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "file_sha256",
            sa.Text(collation="C"),
            nullable=True,
            comment="of its result file; null: taken in by a release before",
        ),
        sa.Column(
            "counts",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="false: it is against what the bank had said, and a case came of it",
        ),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "outcome IN ('paid', 'failed', 'returned')", name=op.f("ck_attempt_answers_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["payout_id", "attempt"],
            ["attempts.payout_id", "attempts.attempt"],
            name=op.f("fk_attempt_answers_payout_id_attempt"),
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_attempt_answers")),
    )
    op.create_index(
        op.f("ix_attempt_answers_payout_id_attempt"), "attempt_answers", ["payout_id", "attempt"]
    )
    op.execute("""
        INSERT INTO attempt_answers (payout_id, attempt, outcome, reason, answered_at)
        SELECT payout_id, attempt, outcome, reason, coalesce(settled_at, recorded_at) FROM attempts
        WHERE outcome IN ('paid', 'failed', 'returned') ORDER BY settled_at, payout_id, attempt
    """)


def downgrade() -> None:
    op.drop_index(op.f("ix_attempt_answers_payout_id_attempt"), "attempt_answers")
    op.drop_table("attempt_answers")
