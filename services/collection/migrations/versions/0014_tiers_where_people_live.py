"""The tier of a household is found by who lives there now: the index by where they had paid has no use."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_payment_lines_tiers", table_name="payment_lines")


def downgrade() -> None:
    op.create_index(
        "ix_payment_lines_tiers",
        "payment_lines",
        ["household_id", "coverage_year"],
        postgresql_where=sa.text("state = 'applied' AND tier IS NOT NULL"),
    )
