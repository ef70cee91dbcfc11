"""Where a card reaches its owner: a list of one county pays nobody of another. Earlier cards reach everywhere."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cards",
        sa.Column(
            "division", sa.Text(), nullable=True, comment="a prefix: it reaches nobody elsewhere; null for everywhere"
        ),
    )


def downgrade() -> None:
    op.drop_column("cards", "division")
