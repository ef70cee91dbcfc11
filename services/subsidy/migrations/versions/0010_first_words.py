"""Money that waits is told of again when why it waits changes: what is the first word about a line is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "payment_lines",
        sa.Column(
            "first", sa.Boolean(), comment="nothing is known of it but that it arrived and waits"
        ),
    )
    op.execute("UPDATE payment_lines SET first = state = 'suspended' AND NOT taken_back")
    op.alter_column("payment_lines", "first", nullable=False)
    op.drop_column("payment_lines", "taken_back")


def downgrade() -> None:
    op.add_column(
        "payment_lines",
        sa.Column(
            "taken_back",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("false"),
            comment="it had been applied and is suspended again",
        ),
    )
    op.execute("UPDATE payment_lines SET taken_back = state = 'suspended' AND NOT first")
    op.drop_column("payment_lines", "first")
