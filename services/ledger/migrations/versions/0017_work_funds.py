"""Work funds that were paid to townships and villages."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "work_fund_payments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False, comment="a unit of the notice's tasks"),
        sa.Column(
            "reference", sa.Text(), nullable=False, comment="the number on the bank's or treasury's paper"
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_work_fund_payments_amount_is_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_fund_payments")),
        sa.UniqueConstraint(
            "county", "coverage_year", "division_code", "reference",
            name=op.f("uq_work_fund_payments_county_coverage_year_division_code_reference"),
        ),
        comment="work funds that were paid to townships or villages",
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON work_fund_payments "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("work_fund_payments")
