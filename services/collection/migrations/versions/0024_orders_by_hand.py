"""Money taken by hand may be for the order of a unit, and a unit's one receipt says which order it is of."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cash_receipts", sa.Column("order_no", sa.Text(), comment="of a unit, which says whom it is for")
    )
    op.create_index(
        "uq_cash_receipts_order",
        "cash_receipts",
        ["order_no"],
        unique=True,
        postgresql_where=sa.text("order_no IS NOT NULL AND state <> 'refused' AND returned_fen = 0"),
    )
    op.add_column(
        "certificates", sa.Column("order_no", sa.Text(), comment="of the unit whose one receipt it is")
    )
    op.create_index(
        "ix_certificates_order_no",
        "certificates",
        ["order_no"],
        postgresql_where=sa.text("order_no IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_column("certificates", "order_no")
    op.drop_column("cash_receipts", "order_no")
