"""Holders of accounts are compared with the names of people. What neither has a digest of is not compared."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "persons",
        sa.Column(
            "name_digest",
            sa.Text(collation="C"),
            comment="keyed digest of the name, to compare holders with",
        ),
    )
    op.add_column(
        "cards",
        sa.Column("holder_digest", sa.Text(collation="C"), comment="keyed digest of the holder's name"),
    )
    op.add_column(
        "cards",
        sa.Column(
            "accepted_at",
            sa.DateTime(timezone=True),
            comment="when two persons accepted a holder who is not the owner",
        ),
    )


def downgrade() -> None:
    op.drop_column("cards", "accepted_at")
    op.drop_column("cards", "holder_digest")
    op.drop_column("persons", "name_digest")
