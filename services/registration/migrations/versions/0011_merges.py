"""Records that turned out to be one person."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "persons",
        sa.Column(
            "merged_into",
            sa.BigInteger(),
            nullable=True,
            comment="the person who goes on: two records were one person",
        ),
    )
    op.create_index(
        op.f("ix_persons_merged_into"),
        "persons",
        ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.add_column(
        "enrollments",
        sa.Column(
            "merged_into",
            sa.BigInteger(),
            nullable=True,
            comment="the enrollment of the same person and year that stands",
        ),
    )


def downgrade() -> None:
    op.drop_column("enrollments", "merged_into")
    op.drop_index(op.f("ix_persons_merged_into"), "persons")
    op.drop_column("persons", "merged_into")
