"""Which days of its channel a slip pays is kept, and may be put right."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_MATCHED = "county, coverage_year, movement_id, channel, match_no, how, matched_by, matched_at"


def _season() -> tuple[sa.Column[str], sa.Column[int]]:
    return (
        sa.Column(
            "county", sa.Text(), nullable=False, comment="name of the notice's county; '' while unknown"
        ),
        sa.Column(
            "coverage_year", sa.Integer(), autoincrement=False, nullable=False, comment="0 while unknown"
        ),
    )


def upgrade() -> None:
    """Slips of before pay the oldest days in turn: nothing has to be written for them."""
    op.create_table(
        "slip_matches",
        *_season(),
        sa.Column("movement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column(
            "match_no", sa.SmallInteger(), autoincrement=False, nullable=False,
            comment="of a slip and channel the last one counts",
        ),
        sa.Column("how", sa.Text(), nullable=False, comment="day, run, oldest: by its sum or in turn; named"),
        sa.Column("matched_by", sa.Text(), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.LargeBinary(), comment="why the match before was wrong"),
        sa.CheckConstraint("match_no > 0", name=op.f("ck_slip_matches_number_is_positive")),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["movements.id"], name=op.f("fk_slip_matches_movement_id_movements")
        ),
        sa.PrimaryKeyConstraint(
            "county", "coverage_year", "movement_id", "channel", "match_no", name=op.f("pk_slip_matches")
        ),
        comment="that a slip of a channel was matched to the days that it pays",
    )
    op.create_table(
        "slip_days",
        *_season(),
        sa.Column("movement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("match_no", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False, comment="the day on which the channel took it"),
        sa.Column(
            "amount_fen", sa.BigInteger(), nullable=False,
            comment="below zero: what went back that day is taken off",
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_slip_days_amount_is_not_zero")),
        sa.ForeignKeyConstraint(
            ["county", "coverage_year", "movement_id", "channel", "match_no"],
            [
                f"slip_matches.{name}"
                for name in ("county", "coverage_year", "movement_id", "channel", "match_no")
            ],
            name=op.f("fk_slip_days_match"),
        ),
        sa.PrimaryKeyConstraint(
            "county", "coverage_year", "movement_id", "channel", "match_no", "business_on",
            name=op.f("pk_slip_days"),
        ),
        comment="what a slip of a channel pays of which day",
    )
    for table, update in (("slip_matches", f"UPDATE OF {_MATCHED}"), ("slip_days", "UPDATE")):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE {update} OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("slip_days")
    op.drop_table("slip_matches")
