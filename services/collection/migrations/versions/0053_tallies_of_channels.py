"""Operators see what became of what channels sent, day by day, and what came of trying them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

# What was stored before is counted once, so that no channel seems never to have been heard.
_SO_FAR = """
    INSERT INTO channel_tallies (channel, outcome, counted_on, count, last_at)
    SELECT channel, 'stored', (received_at AT TIME ZONE 'Asia/Shanghai')::date, count(*), max(received_at)
    FROM notifications GROUP BY 1, 3
"""


def upgrade() -> None:
    op.create_table(
        "channel_tallies",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False, comment="stored, repeated, or the problem: refused"),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "outcome", "counted_on", name=op.f("pk_channel_tallies")),
    )
    op.create_table(
        "channel_trials",
        sa.Column("trial_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_by", sa.Text(), nullable=False),
        sa.Column(
            "checked", postgresql.ARRAY(sa.Text()), nullable=False, comment="what was right, in order"
        ),
        sa.Column("fault", sa.Text(), comment="what was not; null: all was"),
        sa.Column("fingerprint", sa.Text(), comment="of the secret that signed"),
        sa.PrimaryKeyConstraint("trial_id", name=op.f("pk_channel_trials")),
    )
    op.create_index(op.f("ix_channel_trials_channel_trial_id"), "channel_trials", ["channel", "trial_id"])
    op.execute(_SO_FAR)


def downgrade() -> None:
    op.drop_table("channel_trials")
    op.drop_table("channel_tallies")
