"""Files of banks, treasuries and tax bureaus say by which profile they are read."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_DAY = ["county", "channel", "kind", "business_on", "sha256"]


def upgrade() -> None:
    op.add_column(
        "channel_files",
        sa.Column(
            "profile", sa.Text(), server_default="", nullable=False, comment="which layout of tables; or empty"
        ),
    )
    _index([*_DAY, "profile"])


def downgrade() -> None:
    _index(_DAY)
    op.drop_column("channel_files", "profile")


def _index(columns: list[str]) -> None:
    op.drop_index("uq_channel_files_sha256", "channel_files")
    op.create_index(
        "uq_channel_files_sha256",
        "channel_files",
        columns,
        unique=True,
        postgresql_where=sa.text("state <> 'refused'"),
    )
