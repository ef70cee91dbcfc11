"""Records that turned out to be one person count as one head."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merges",
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("merged_person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="who goes on; the lower id"),
        sa.Column("fact_id", sa.BigInteger(), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county", "merged_person_id", name=op.f("pk_merges")),
        sa.UniqueConstraint("fact_id", name=op.f("uq_merges_fact_id")),
        comment="records that turned out to be one person: one head, whichever id a posting was made with",
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON merges "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("merges")
