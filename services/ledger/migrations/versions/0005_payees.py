"""To whom the money of add-ons is handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "movements",
        sa.Column("payee", sa.Text(), nullable=True, comment="to whom add-ons were handed over"),
    )


def downgrade() -> None:
    op.drop_column("movements", "payee")
