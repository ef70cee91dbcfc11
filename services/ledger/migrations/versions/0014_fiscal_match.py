"""The fiscal match: what it is per head and who bears it, what was computed, and what has come."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TABLES = ("match_terms", "fiscal_matches", "match_arrivals")


def upgrade() -> None:
    op.create_table(
        "match_terms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="the newest counts"),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("per_head_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "shares", sa.Text(), nullable=False,
            comment="JSON: level -> hundredths of a percent, 10000 together",
        ),
        sa.Column(
            "classes", sa.Text(), nullable=False,
            comment="JSON: status -> the level that bears its match whole",
        ),
        sa.Column("fixed_on", sa.Date(), nullable=False, comment="the day of the paper that fixed them"),
        sa.Column("document_no", sa.Text(), nullable=False, comment="the number of that paper"),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("agreed_by", sa.Text(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("per_head_fen > 0", name=op.f("ck_match_terms_amount_is_positive")),
        sa.CheckConstraint("asked_by <> agreed_by", name=op.f("ck_match_terms_second_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_terms")),
        comment="the fiscal match per head and who bears it, as it was fixed during the year",
    )
    op.create_index("ix_match_terms_books", "match_terms", ["county", "coverage_year", "id"])
    op.create_table(
        "fiscal_matches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="the handover whose chain it counts"),
        sa.Column("deadline_id", sa.Text(), nullable=False),
        sa.Column("terms_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "document", sa.Text(), nullable=False,
            comment="canonical JSON, line by line; what `sha256` is over",
        ),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["match_terms.id"], name=op.f("fk_fiscal_matches_terms_id_match_terms")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fiscal_matches")),
        comment="the fiscal match up to a deadline, and the difference to what was matched before",
    )
    op.create_index("ix_fiscal_matches_books", "fiscal_matches", ["county", "coverage_year", "id"])
    _arrivals()
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _arrivals() -> None:
    op.create_table(
        "match_arrivals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False, comment="centre, province, city, county"),
        sa.Column(
            "reference", sa.Text(), nullable=False, comment="the number on the bank's or treasury's paper"
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_match_arrivals_amount_is_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_arrivals")),
        sa.UniqueConstraint(
            "county", "coverage_year", "level", "reference",
            name=op.f("uq_match_arrivals_county_coverage_year_level_reference"),
        ),
        comment="money of the fiscal match that has come",
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
