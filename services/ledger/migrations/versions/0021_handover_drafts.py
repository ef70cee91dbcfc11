"""What the next handover would be is prepared when its days are over."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handover_drafts",
        sa.Column(
            "county", sa.Text(), nullable=False, comment="name of the notice's county; '' while unknown"
        ),
        sa.Column(
            "coverage_year", sa.Integer(), autoincrement=False, nullable=False, comment="0 while unknown"
        ),
        sa.Column("deadline_id", sa.Text(), nullable=False),
        sa.Column(
            "newest_fact", sa.BigInteger(), nullable=False, comment="of the books when it was made"
        ),
        sa.Column("document", sa.Text(), comment="canonical JSON, as it would be sealed"),
        sa.Column("papers", sa.Text(), comment="JSON: party -> its paper as it would be signed"),
        sa.Column("head_count", sa.Integer()),
        sa.Column("amount_fen", sa.BigInteger()),
        sa.Column("prepared_at", sa.DateTime(timezone=True)),
        sa.Column(
            "tries", sa.SmallInteger(), nullable=False, server_default=sa.text("0"),
            comment="that failed in a row",
        ),
        sa.Column("trouble", sa.Text(), comment="why the last one failed"),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("county", "coverage_year", name=op.f("pk_handover_drafts")),
        comment="what the next handover to be sealed would be; gone when it is sealed",
    )


def downgrade() -> None:
    op.drop_table("handover_drafts")
