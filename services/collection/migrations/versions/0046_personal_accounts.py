"""Employees' personal accounts pay: orders and payments say the fund that owes their money."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_COMMENT = "the employees' fund of the notice that owes it: personal accounts pay"


def upgrade() -> None:
    op.add_column("orders", sa.Column("employee_fund", sa.Text(), comment=_COMMENT))
    op.add_column("payments", sa.Column("employee_fund", sa.Text(), comment=_COMMENT))


def downgrade() -> None:
    op.drop_column("payments", "employee_fund")
    op.drop_column("orders", "employee_fund")
