"""A household's number is its village's: two villages may both have a family number 17."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("uq_households_county_household_no", "households", type_="unique")
    op.create_unique_constraint(
        "uq_households_county_household_no_division_code",
        "households",
        ["county", "household_no", "division_code"],
    )
    op.alter_column("households", "household_no", comment="as the village numbers its families")


def downgrade() -> None:
    op.alter_column("households", "household_no", comment=None)
    op.drop_constraint("uq_households_county_household_no_division_code", "households", type_="unique")
    op.create_unique_constraint(
        "uq_households_county_household_no", "households", ["county", "household_no"]
    )
