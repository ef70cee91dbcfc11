"""Several payments that pay one due together: help rests on the one that bears the voucher."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "payment_lines",
        sa.Column("part_of", sa.BigInteger(), comment="the payment whose due it pays a part of, without help"),
    )


def downgrade() -> None:
    op.drop_column("payment_lines", "part_of")
