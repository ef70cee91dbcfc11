"""Imports of households say how many of them have not joined whole, or belong to another village."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_COUNTS = ("incomplete", "wrong_place")


def upgrade() -> None:
    for name in _COUNTS:
        op.add_column("imports", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    for name in _COUNTS:
        op.drop_column("imports", name)
