"""Of two records of one person that owned different years each year keeps what was known of its own record.

Of merges before nothing more is known than they left.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "person_versions",
        sa.Column(
            "coverage_year",
            sa.Integer(),
            nullable=True,
            comment="null: of the person; else of this enrollment alone, whose record was another then",
        ),
    )
    op.add_column(
        "life_events",
        sa.Column(
            "known_in_years",
            JSONB(),
            nullable=True,
            comment="by coverage year since when an enrollment knows it, where a merge makes that differ",
        ),
    )


def downgrade() -> None:
    op.drop_column("life_events", "known_in_years")
    op.execute("DELETE FROM person_versions WHERE coverage_year IS NOT NULL")
    op.drop_column("person_versions", "coverage_year")
