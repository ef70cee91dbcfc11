"""Members of a family are told apart, and a payer chooses tier and add-ons in an order."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dues", sa.Column("guardian_id", sa.BigInteger(), comment="who acts for a minor"))
    op.add_column(
        "dues", sa.Column("birth_year", sa.Integer(), comment="null: registration has not told it yet")
    )
    op.add_column(
        "dues",
        sa.Column(
            "number_ends", sa.Text(), comment="the last two characters of the number, to tell a family apart"
        ),
    )
    op.create_index(
        "ix_dues_guardian_id",
        "dues",
        ["guardian_id"],
        postgresql_where=sa.text("guardian_id IS NOT NULL"),
    )
    op.add_column(
        "order_items",
        sa.Column("tier", sa.Integer(), comment="on which it was priced; null: there are none"),
    )
    op.add_column(
        "order_items",
        sa.Column(
            "chosen_add_on_fen",
            sa.BigInteger(),
            comment="for add-ons that the payer chose; null: as registered",
        ),
    )


def downgrade() -> None:
    op.drop_column("order_items", "chosen_add_on_fen")
    op.drop_column("order_items", "tier")
    op.drop_index("ix_dues_guardian_id", "dues")
    op.drop_column("dues", "number_ends")
    op.drop_column("dues", "birth_year")
    op.drop_column("dues", "guardian_id")
