"""Lapsed years that were repaired: lines without help, which go back with the contribution, or alone."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "payment_lines",
        sa.Column("repaired_year", sa.Integer(), comment="the lapsed year that it repairs, without help"),
    )
    op.add_column(
        "payment_lines", sa.Column("cover_from", sa.Date(), comment="from when on there is cover by that")
    )
    op.add_column(
        "refunds",
        sa.Column("repaired_year", sa.Integer(), comment="of an applied line that repairs a lapsed year"),
    )


def downgrade() -> None:
    op.drop_column("refunds", "repaired_year")
    op.drop_column("payment_lines", "cover_from")
    op.drop_column("payment_lines", "repaired_year")
