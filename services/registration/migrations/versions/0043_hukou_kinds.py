"""Registers of villages say of what kind a hukou is."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("survey_rows", sa.Column("hukou_kind", sa.Text()))


def downgrade() -> None:
    op.drop_column("survey_rows", "hukou_kind")
