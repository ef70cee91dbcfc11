"""Lists of villages are looked through household by household: their index has them in this order."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_BEFORE, _AFTER = "ix_households_county_division_code", "ix_households_county_division_code_household_no"


def upgrade() -> None:
    op.create_index(_AFTER, "households", ["county", "division_code", "household_no"])
    op.drop_index(_BEFORE, table_name="households")


def downgrade() -> None:
    op.create_index(_BEFORE, "households", ["county", "division_code"])
    op.drop_index(_AFTER, table_name="households")
