"""Photos of slips lose what tells place and device at the door; what was sent is known by its hash."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "deposit_photos",
        sa.Column("sent_sha256", sa.LargeBinary(), comment="of the file as it was sent; null: not known"),
    )
    op.add_column(
        "deposit_photos",
        sa.Column("removed_bytes", sa.Integer(), comment="of place, time and device; null: kept as it came"),
    )


def downgrade() -> None:
    op.drop_column("deposit_photos", "removed_bytes")
    op.drop_column("deposit_photos", "sent_sha256")
