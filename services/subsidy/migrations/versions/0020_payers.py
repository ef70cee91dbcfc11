"""Who paid: a unit gets back what it paid for its people."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_BEFORE = "whose card gets money of an unknown person"


def upgrade() -> None:
    op.add_column(
        "payment_lines",
        sa.Column(
            "payer_digest",
            sa.Text(),
            nullable=True,
            comment="the unit that paid: what goes back goes back to it",
        ),
    )
    op.alter_column("refunds", "payee_digest", comment=f"{_BEFORE}, or of a unit", existing_comment=_BEFORE)


def downgrade() -> None:
    op.alter_column("refunds", "payee_digest", comment=_BEFORE)
    op.drop_column("payment_lines", "payer_digest")
