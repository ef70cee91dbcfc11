"""The rows of a village's base are found by number, too, whatever the statistics of the table say."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_CURRENT = "until_base IS NULL AND from_base IS NOT NULL"
_PLACE = ["county", "coverage_year", "division_code"]


def upgrade() -> None:
    op.drop_index("survey_rows_current_idx", "survey_rows")
    op.create_index(
        "survey_rows_current_idx",
        "survey_rows",
        [*_PLACE, "number_digest"],
        postgresql_where=sa.text(_CURRENT),
    )


def downgrade() -> None:
    op.drop_index("survey_rows_current_idx", "survey_rows")
    op.create_index("survey_rows_current_idx", "survey_rows", _PLACE, postgresql_where=sa.text(_CURRENT))
