"""What an employee's personal account paid goes back to it, and to no card."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "payment_lines",
        sa.Column(
            "employee_fund",
            sa.Text(),
            comment="the employees' fund that owes it: what goes back goes to the personal account that paid",
        ),
    )


def downgrade() -> None:
    op.drop_column("payment_lines", "employee_fund")
