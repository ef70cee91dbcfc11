"""What collection has of days of channels is kept beside what is posted."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_day_totals",
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="the highest that collection told counts"
        ),
        sa.Column("taken_fen", sa.BigInteger(), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("returned_fen", sa.BigInteger(), comment="null: a return belongs to several counties"),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("totalled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "looks", sa.SmallInteger(), nullable=False, comment="that found another sum here, in a row"
        ),
        sa.Column("equal", sa.Boolean(), nullable=False, comment="a look found the same sums here"),
        sa.PrimaryKeyConstraint("county", "channel", "business_on", name=op.f("pk_channel_day_totals")),
        comment="what collection has of days of channels, to compare with what is posted",
    )
    op.create_index(
        "ix_channel_day_totals_unequal", "channel_day_totals", ["county", "channel"],
        postgresql_where=sa.text("NOT equal"),
    )


def downgrade() -> None:
    op.drop_table("channel_day_totals")
