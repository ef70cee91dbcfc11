"""Which tiers only the amount of a payment named: when it goes back, another may be paid."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "enrollments",
        sa.Column(
            "tier_of_payment",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("false"),
            comment="only an amount that was paid named the tier: it goes with the money",
        ),
    )


def downgrade() -> None:
    op.drop_column("enrollments", "tier_of_payment")
