"""Work funds that were entered wrongly as paid can be taken back, and their reference entered anew."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_BEFORE = "uq_work_fund_payments_county_coverage_year_division_code_reference"
_AFTER = "uq_work_fund_payments_county_coverage_year_division_code_reference_entry_no"
_KEY = ["county", "coverage_year", "division_code", "reference"]


def upgrade() -> None:
    op.add_column(
        "work_fund_payments",
        sa.Column(
            "entry_no", sa.Integer(), nullable=False, server_default=sa.text("1"),
            comment="of the reference: what was taken back may be entered anew, rightly",
        ),
    )
    op.drop_constraint(op.f(_BEFORE), "work_fund_payments", type_="unique")
    op.create_unique_constraint(op.f(_AFTER), "work_fund_payments", [*_KEY, "entry_no"])
    op.create_table(
        "work_fund_payment_reversals",
        sa.Column("payment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("agreed_by", sa.Text(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["work_fund_payments.id"],
            name=op.f("fk_work_fund_payment_reversals_payment_id_work_fund_payments"),
        ),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_work_fund_payment_reversals")),
        comment="work funds that were entered wrongly as paid, taken back by two",
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON work_fund_payment_reversals "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("work_fund_payment_reversals")
    op.drop_constraint(op.f(_AFTER), "work_fund_payments", type_="unique")
    op.create_unique_constraint(op.f(_BEFORE), "work_fund_payments", _KEY)
    op.drop_column("work_fund_payments", "entry_no")
