"""Papers of handovers ask what was moved for all together: it lay among the postings of every person."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_TOGETHER = (
    "kind IN ('channel_settlement', 'employee_fund_transfer', 'channel_fee', 'channel_fee_reimbursed', "
    "'treasury_receipt', 'fiscal_transfer', 'upward_remittance', 'add_on_handover', 'match_arrived', "
    "'work_funds_settled', 'work_funds_paid')"
)


def upgrade() -> None:
    op.create_index(
        "ix_postings_together",
        "postings",
        ["county", "coverage_year", "business_at"],
        postgresql_where=sa.text(_TOGETHER),
    )


def downgrade() -> None:
    op.drop_index("ix_postings_together", table_name="postings")
