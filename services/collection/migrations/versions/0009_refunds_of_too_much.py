"""How much of a refund went out although it was not left of its line."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "refunds",
        sa.Column(
            "excess_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="went out although it was not left of the line",
        ),
    )


def downgrade() -> None:
    op.drop_column("refunds", "excess_fen")
