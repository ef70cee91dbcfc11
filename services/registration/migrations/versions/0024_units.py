"""Units that register their people by list: the units, the versions of their lists, and who is on them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def _recorded_at() -> sa.Column:
    return sa.Column(
        "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "units",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version_no", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("late_lines", sa.Integer(), server_default=sa.text("0"), nullable=False),
        _recorded_at(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint(
            "county", "coverage_year", "code", name=op.f("uq_units_county_coverage_year_code")
        ),
        comment="schools, stations and other units that list their people; `rule` is of the notice",
    )
    op.create_table(
        "unit_lists",
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        _recorded_at(),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_unit_lists_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", "version_no", name=op.f("pk_unit_lists")),
        comment="the versions of a unit's list",
    )
    op.create_table(
        "unit_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("from_version", sa.Integer(), nullable=False),
        sa.Column(
            "until_version",
            sa.Integer(),
            nullable=True,
            comment="the version that left the person out; null: on the list",
        ),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        _recorded_at(),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_unit_lines_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_lines")),
        comment="who is, or was, on the list of a unit",
    )
    op.create_index(op.f("ix_unit_lines_unit_id"), "unit_lines", ["unit_id"])
    op.create_index(op.f("ix_unit_lines_person_id"), "unit_lines", ["person_id"])


def downgrade() -> None:
    op.drop_table("unit_lines")
    op.drop_table("unit_lists")
    op.drop_table("units")
