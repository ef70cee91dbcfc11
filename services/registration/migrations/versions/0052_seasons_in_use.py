"""Whether anybody is enrolled in a season is asked at every look: an index says so of those of nobody, too."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_INDEX = "ix_enrollments_county_coverage_year"


def upgrade() -> None:
    op.create_index(_INDEX, "enrollments", ["county", "coverage_year"])


def downgrade() -> None:
    op.drop_index(_INDEX, table_name="enrollments")
