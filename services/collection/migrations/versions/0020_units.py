"""Units that pay for the people on their lists: who they are, whom they listed, and what they paid."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "units",
        sa.Column("unit_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column(
            "channels",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="of the notice, through which it pays",
        ),
        sa.Column("version_no", sa.Integer(), nullable=False, comment="of the list by which this was told"),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_units")),
        sa.UniqueConstraint(
            "county", "coverage_year", "code", name=op.f("uq_units_county_coverage_year_code")
        ),
    )
    op.create_table(
        "unit_lines",
        sa.Column("unit_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("unit_id", "enrollment_id", name=op.f("pk_unit_lines")),
    )
    op.add_column(
        "orders",
        sa.Column("payer_digest", sa.Text(), nullable=True, comment="the unit that pays for its people"),
    )
    op.add_column(
        "payments",
        sa.Column("payer_digest", sa.Text(), nullable=True, comment="the unit that paid for its people"),
    )


def downgrade() -> None:
    op.drop_column("payments", "payer_digest")
    op.drop_column("orders", "payer_digest")
    op.drop_table("unit_lines")
    op.drop_table("units")
