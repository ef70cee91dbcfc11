"""Days of channels: files may say for whom and for which coverage year a payment is."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0048"
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
            comment="rows that say for whom or which year",
        ),
    )


def downgrade() -> None:
    op.drop_column("channel_files", "named_count")
    op.drop_column("channel_file_rows", "coverage_year")
    op.drop_column("channel_file_rows", "identity_digest")
