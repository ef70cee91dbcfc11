"""Counts of failed guesses, which instances share."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "failed_guesses",
        sa.Column(
            "about", sa.Text(), nullable=False, comment="token and address, token, or digest of a number"
        ),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column(
            "since", sa.DateTime(timezone=True), nullable=False, comment="wall clock of the first of them"
        ),
        sa.PrimaryKeyConstraint("about", name=op.f("pk_failed_guesses")),
    )
    op.create_index("ix_failed_guesses_since", "failed_guesses", ["since"])


def downgrade() -> None:
    op.drop_table("failed_guesses")
