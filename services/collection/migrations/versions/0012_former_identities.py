"""Numbers and names that a person had: who paid under them is found after a correction too.

What earlier releases forgot stays forgotten; the names of assessments to come are kept.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("due_schedules", sa.Column("name_digest", sa.Text()))
    op.create_table(
        "former_identities",
        sa.Column("digest", sa.Text(), nullable=False, comment="keyed digest of one identity document"),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("assessment_id", sa.BigInteger(), nullable=False, comment="the last one that named it"),
        sa.PrimaryKeyConstraint(
            "digest", "county", "coverage_year", "enrollment_id", name=op.f("pk_former_identities")
        ),
    )


def downgrade() -> None:
    op.drop_table("former_identities")
    op.drop_column("due_schedules", "name_digest")
