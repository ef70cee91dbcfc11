"""Money that was entered as arrived can be taken back; its reference is free again then."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_KEY = "county, coverage_year, payer, reference"


def upgrade() -> None:
    op.execute("ALTER TABLE fund_arrivals ADD COLUMN reversed_at timestamp with time zone")
    op.execute(
        "COMMENT ON COLUMN fund_arrivals.reversed_at IS "
        "'when two persons took back what was entered wrongly'"
    )
    op.execute("ALTER TABLE fund_arrivals DROP CONSTRAINT uq_fund_arrivals_county_coverage_year_payer_reference")
    op.execute(
        f"CREATE UNIQUE INDEX uq_fund_arrivals_standing ON fund_arrivals ({_KEY}) WHERE reversed_at IS NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX uq_fund_arrivals_standing")
    op.execute("DELETE FROM fund_arrivals WHERE reversed_at IS NOT NULL")
    op.execute(
        "ALTER TABLE fund_arrivals ADD CONSTRAINT uq_fund_arrivals_county_coverage_year_payer_reference "
        f"UNIQUE ({_KEY})"
    )
    op.execute("ALTER TABLE fund_arrivals DROP COLUMN reversed_at")
