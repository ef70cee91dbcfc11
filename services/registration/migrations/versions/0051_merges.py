"""Merges are listed: the cases about them are found among all others."""

from alembic import op
from sqlalchemy import text

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_merges", "cases", ["case_id"], postgresql_where=text("kind = 'same_person'"))


def downgrade() -> None:
    op.drop_index("ix_cases_merges", table_name="cases")
