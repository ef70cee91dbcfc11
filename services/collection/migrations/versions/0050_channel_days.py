"""Days of channels: files may say for whom and which year a payment is; days are closed, and opened again."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "channel_file_rows",
        sa.Column("identity_digest", sa.Text(), comment="for whom a payment is, where the file says so"),
    )
    op.add_column("channel_file_rows", sa.Column("coverage_year", sa.Integer(), comment="for which year"))
    op.add_column(
        "channel_files",
        sa.Column(
            "named_count",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="rows that say whom or which year",
        ),
    )
    for column in ("in_count", "out_count"):
        op.add_column(
            "channel_files", sa.Column(column, sa.Integer(), server_default="0", nullable=False)
        )
    op.execute("""
        UPDATE channel_files f SET in_count = sums.came, out_count = sums.went
        FROM (SELECT file_id, count(*) FILTER (WHERE entry IN ('payment', 'money_in')) AS came,
                     count(*) FILTER (WHERE entry IN ('refund', 'money_out') AND state = 'done') AS went
              FROM channel_file_rows GROUP BY file_id) AS sums
        WHERE f.file_id = sums.file_id
    """)
    op.create_table(
        "channel_day_moves",
        sa.Column("move_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_by", sa.Text(), comment="null: by itself"),
        sa.Column("cause", sa.Text(), comment="why by itself"),
        sa.Column(
            "rests_on", sa.Text(), nullable=False, comment="files and own money of the day, as they were then"
        ),
        sa.CheckConstraint("move IN ('closed', 'reopened')", name=op.f("ck_channel_day_moves_move")),
        sa.CheckConstraint(
            "cause IN ('file', 'money', 'difference')", name=op.f("ck_channel_day_moves_cause")
        ),
        sa.CheckConstraint(
            "(moved_by IS NULL) = (cause IS NOT NULL)", name=op.f("ck_channel_day_moves_by_itself")
        ),
        sa.PrimaryKeyConstraint("move_id", name=op.f("pk_channel_day_moves")),
    )
    op.create_index(
        op.f("ix_channel_day_moves_county_business_on_channel"),
        "channel_day_moves",
        ["county", "business_on", "channel"],
    )
    _reasons("'silent', 'unmatched_return', 'file_only', 'officer', 'difference'")


def _reasons(known: str) -> None:
    """Say why a channel may be asked."""
    name = op.f("ck_channel_queries_reason")
    op.drop_constraint(name, "channel_queries", type_="check")
    op.create_check_constraint(name, "channel_queries", f"reason IN ({known})")


def downgrade() -> None:
    op.execute("UPDATE channel_queries SET reason = 'officer' WHERE reason = 'difference'")
    _reasons("'silent', 'unmatched_return', 'file_only', 'officer'")
    op.drop_table("channel_day_moves")
    for column in ("out_count", "in_count"):
        op.drop_column("channel_files", column)
    op.drop_column("channel_files", "named_count")
    op.drop_column("channel_file_rows", "coverage_year")
    op.drop_column("channel_file_rows", "identity_digest")
