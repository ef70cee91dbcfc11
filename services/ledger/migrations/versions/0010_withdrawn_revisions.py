"""Up to which assessment a withdrawal holds: by its revision, clocks may step."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Facts of earlier releases do not say it: of those the instants go on to count.
    op.add_column(
        "due_positions",
        sa.Column("withdrawn_revision", sa.Integer(), server_default=sa.text("-1"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("due_positions", "withdrawn_revision")
