"""Papers that parties to a handover sign, and the figures that they have of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handover_papers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="of the handover"),
        sa.Column("deadline_id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False, comment="the department that signs"),
        sa.Column(
            "document", sa.Text(), nullable=False, comment="canonical JSON; exactly what `sha256` is over"
        ),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column(
            "chained_in", sa.Integer(), nullable=False, comment="the handover whose document has the hash"
        ),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_papers")),
        sa.UniqueConstraint(
            "county", "coverage_year", "ordinal", "party",
            name=op.f("uq_handover_papers_county_coverage_year_ordinal_party"),
        ),
        comment="what a party to a handover signed",
    )
    op.create_table(
        "party_figures",
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), nullable=False,
            comment="of a deadline and party the last count",
        ),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False, comment="JSON: section, row, heads and fen of each"),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_figures")),
        comment="what a party to a handover has of its own",
    )
    op.create_index(
        "ix_party_figures_party", "party_figures", ["county", "coverage_year", "deadline_id", "party", "id"]
    )
    for table in ("handover_papers", "party_figures"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("party_figures")
    op.drop_table("handover_papers")
