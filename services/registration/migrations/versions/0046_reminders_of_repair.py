"""Reminders say to who lapsed how many years could be repaired, and how much shorter the wait is then."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "reminder_people",
        sa.Column(
            "repair_years",
            sa.Integer(),
            comment="how many lapsed years could be repaired then, where it says so",
        ),
    )
    op.add_column(
        "reminder_people",
        sa.Column("repair_months", sa.Integer(), comment="by how many months that shortens the wait"),
    )


def downgrade() -> None:
    op.drop_column("reminder_people", "repair_months")
    op.drop_column("reminder_people", "repair_years")
