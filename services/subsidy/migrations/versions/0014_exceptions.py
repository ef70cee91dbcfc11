"""A refund that the notice does not provide for says so, and which clause it departs from."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "refunds",
        sa.Column("against_rule", sa.Text(), comment="an exception: what the notice says; null: it provides for it"),
    )
    op.add_column("refunds", sa.Column("against_clause", sa.Text(), comment="where the notice says so"))


def downgrade() -> None:
    op.drop_column("refunds", "against_clause")
    op.drop_column("refunds", "against_rule")
