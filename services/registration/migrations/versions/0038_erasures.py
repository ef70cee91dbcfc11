"""People may be erased when the time of keeping is over: the record stays, and says since when."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "persons",
        sa.Column(
            "erased_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="since when nobody knows any more who it was",
        ),
    )


def downgrade() -> None:
    op.drop_column("persons", "erased_at")
