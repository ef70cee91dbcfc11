"""Auditors are told which seal covers a row: seals are found by the last row that they cover."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_lookup_seals_to_id", "lookup_seals", ["to_id"])


def downgrade() -> None:
    op.drop_index("ix_lookup_seals_to_id", table_name="lookup_seals")
