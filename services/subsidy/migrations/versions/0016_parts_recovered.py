"""What a person gave back of help that had left while the rest of it goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "grants",
        sa.Column(
            "recovered_fen",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="what the person gave back of it while it goes on",
        ),
    )


def downgrade() -> None:
    op.drop_column("grants", "recovered_fen")
