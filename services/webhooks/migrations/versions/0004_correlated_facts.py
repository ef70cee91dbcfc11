"""A delivery can be followed to what set it off: the correlation id of each fact is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "facts",
        sa.Column("correlation_id", sa.Text(), comment="what set it off, for whoever follows it; told nobody"),
    )


def downgrade() -> None:
    op.drop_column("facts", "correlation_id")
