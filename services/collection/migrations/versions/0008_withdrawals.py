"""Whether a grant stands is what subsidy says of it: withdrawals of help need no note of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("dues", "withdrawn_at")


def downgrade() -> None:
    op.add_column(
        "dues",
        sa.Column(
            "withdrawn_at", sa.DateTime(timezone=True), comment="help granted until then was withdrawn"
        ),
    )
