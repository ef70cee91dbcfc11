"""Money for help: what is applied for, what finance confirms, and what has come."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def _recorded_at() -> sa.Column:
    return sa.Column("recorded_at", _AT, server_default=sa.func.now(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "fund_applications",
        sa.Column("application_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="of the payer, rising from 1"),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.Column("applied_at", _AT, nullable=False),
        sa.Column(
            "confirmed_fen", sa.BigInteger(), comment="what finance has for it; null until it answered"
        ),
        sa.Column("confirmed_by", sa.Text()),
        sa.Column("confirmed_at", _AT),
        _recorded_at(),
        sa.CheckConstraint(
            "confirmed_fen BETWEEN 0 AND total_fen", name=op.f("ck_fund_applications_confirmed")
        ),
        sa.CheckConstraint(
            "confirmed_by <> applied_by", name=op.f("ck_fund_applications_maker_is_not_checker")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_fund_applications")),
        sa.UniqueConstraint(
            "county",
            "coverage_year",
            "payer",
            "number",
            name=op.f("uq_fund_applications_county_coverage_year_payer_number"),
        ),
        comment="what the bureau asks finance for; what it sums up never changes",
    )
    op.create_table(
        "fund_application_parts",
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column(
            "division_prefix", sa.Text(collation="C"), nullable=False, comment="the township, nine digits"
        ),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        _recorded_at(),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["fund_applications.application_id"],
            name=op.f("fk_fund_application_parts_application_id"),
        ),
        sa.PrimaryKeyConstraint(
            "application_id", "division_prefix", name=op.f("pk_fund_application_parts")
        ),
        comment="an application by township",
    )
    op.create_table(
        "fund_arrivals",
        sa.Column("arrival_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column(
            "reference", sa.Text(), nullable=False, comment="the number of the bank's or the treasury's paper"
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", _AT, nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", _AT, nullable=False),
        _recorded_at(),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_fund_arrivals_amount")),
        sa.PrimaryKeyConstraint("arrival_id", name=op.f("pk_fund_arrivals")),
        sa.UniqueConstraint(
            "county",
            "coverage_year",
            "payer",
            "reference",
            name=op.f("uq_fund_arrivals_county_coverage_year_payer_reference"),
        ),
        comment="money of payers that has come",
    )
    op.add_column(
        "verification_lines",
        sa.Column("application_id", sa.BigInteger(), comment="by which its money was applied for"),
    )
    op.add_column(
        "verification_lines", sa.Column("funded_at", _AT, comment="since when its money is confirmed")
    )
    op.create_foreign_key(
        op.f("fk_verification_lines_application_id"),
        "verification_lines",
        "fund_applications",
        ["application_id"],
        ["application_id"],
    )
    op.create_check_constraint(
        op.f("ck_verification_lines_funded"),
        "verification_lines",
        "application_id IS NOT NULL OR funded_at IS NULL",
    )
    op.create_index(
        op.f("ix_verification_lines_application_id_grant_id"),
        "verification_lines",
        ["application_id", "grant_id"],
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_verification_lines_application_id_grant_id"), "verification_lines")
    op.drop_constraint(op.f("ck_verification_lines_funded"), "verification_lines", type_="check")
    op.drop_constraint(op.f("fk_verification_lines_application_id"), "verification_lines", type_="foreignkey")
    op.drop_column("verification_lines", "funded_at")
    op.drop_column("verification_lines", "application_id")
    op.drop_table("fund_arrivals")
    op.drop_table("fund_application_parts")
    op.drop_table("fund_applications")
