"""Where two records live that turned out to be one person: their dues move there with the merge."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "merged_people",
        sa.Column(
            "household_id",
            sa.BigInteger(),
            comment="where the person lives since; null: told by an earlier release",
        ),
    )
    op.add_column("merged_people", sa.Column("division_code", sa.Text()))


def downgrade() -> None:
    op.drop_column("merged_people", "division_code")
    op.drop_column("merged_people", "household_id")
