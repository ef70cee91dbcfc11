"""Money of the match that was entered wrongly can be taken back, and its reference entered anew."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_BEFORE = "uq_match_arrivals_county_coverage_year_level_reference"
_KEY = ["county", "coverage_year", "level", "reference"]


def upgrade() -> None:
    op.add_column(
        "match_arrivals",
        sa.Column(
            "entry_no", sa.Integer(), nullable=False, server_default=sa.text("1"),
            comment="of the reference: what was taken back may be entered anew, rightly",
        ),
    )
    op.drop_constraint(_BEFORE, "match_arrivals", type_="unique")
    op.create_unique_constraint(f"{_BEFORE}_entry_no", "match_arrivals", [*_KEY, "entry_no"])
    op.create_table(
        "match_arrival_reversals",
        sa.Column("arrival_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("agreed_by", sa.Text(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["arrival_id"], ["match_arrivals.id"],
            name=op.f("fk_match_arrival_reversals_arrival_id_match_arrivals"),
        ),
        sa.PrimaryKeyConstraint("arrival_id", name=op.f("pk_match_arrival_reversals")),
        comment="money of the match that was entered wrongly, taken back by two",
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON match_arrival_reversals "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("match_arrival_reversals")
    op.drop_constraint(f"{_BEFORE}_entry_no", "match_arrivals", type_="unique")
    op.create_unique_constraint(_BEFORE, "match_arrivals", _KEY)
    op.drop_column("match_arrivals", "entry_no")
