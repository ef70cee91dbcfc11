"""Lapsed years are repaired with orders, each by a payment line and a voucher of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0045"
down_revision = "0041"
branch_labels = None
depends_on = None

_PERSON = "uq_payment_lines_applied_person"
_APPLIED = "state = 'applied' AND add_on IS NULL AND part_of IS NULL"


def _one_contribution(where: str) -> None:
    op.drop_index(_PERSON, "payment_lines")
    op.create_index(
        _PERSON,
        "payment_lines",
        ["coverage_year", "person_id"],
        unique=True,
        postgresql_where=sa.text(where),
    )


def upgrade() -> None:
    op.add_column(
        "payment_lines",
        sa.Column("repaired_year", sa.Integer(), comment="it is for this lapsed year, beside the contribution"),
    )
    _one_contribution(f"{_APPLIED} AND repaired_year IS NULL")
    op.create_index(
        "uq_payment_lines_applied_repair",
        "payment_lines",
        ["coverage_year", "person_id", "repaired_year"],
        unique=True,
        postgresql_where=sa.text("state = 'applied' AND repaired_year IS NOT NULL"),
    )
    op.add_column(
        "order_items",
        sa.Column(
            "repaired_years", postgresql.ARRAY(sa.Integer()), nullable=False, server_default=sa.text("'{}'")
        ),
    )
    op.add_column(
        "order_items",
        sa.Column(
            "repair_fen",
            sa.BigInteger(),
            nullable=False,
            server_default="0",
            comment="for all of these years",
        ),
    )
    op.add_column(
        "vouchers",
        sa.Column(
            "repaired_year", sa.Integer(), comment="the lapsed year that it is for; null: the contribution"
        ),
    )


def downgrade() -> None:
    op.drop_column("vouchers", "repaired_year")
    op.drop_column("order_items", "repair_fen")
    op.drop_column("order_items", "repaired_years")
    op.drop_index("uq_payment_lines_applied_repair", "payment_lines")
    _one_contribution(_APPLIED)
    op.drop_column("payment_lines", "repaired_year")
