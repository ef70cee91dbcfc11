"""Records that turned out to be one person, and the enrollments that ended by it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _one_active_grant(of: str) -> None:
    op.drop_index(op.f("uq_grants_active"), "grants")
    op.create_index(
        op.f("uq_grants_active"),
        "grants",
        ["coverage_year", of, "payer", "late"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def upgrade() -> None:
    op.create_table(
        "merged_people",
        sa.Column("merged_person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("merged_person_id", name=op.f("pk_merged_people")),
        comment="records that turned out to be another person: facts that name them mean who goes on",
    )
    op.create_index(op.f("ix_merged_people_person_id"), "merged_people", ["person_id"])
    op.add_column(
        "enrollments",
        sa.Column(
            "merged_into",
            sa.BigInteger(),
            nullable=True,
            comment="it ended for this one when two records became one person",
        ),
    )
    # Help of both records belongs to one person; until it is decided anew a payer may have helped each.
    _one_active_grant("enrollment_id")


def downgrade() -> None:
    _one_active_grant("person_id")
    op.drop_column("enrollments", "merged_into")
    op.drop_index(op.f("ix_merged_people_person_id"), "merged_people")
    op.drop_table("merged_people")
