"""Matching is shared out by county: what waits says of which it is.

What waits already, and what processes of earlier releases queue, says of none: that is decided for all.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "matching_queue",
        sa.Column("county", sa.Text(), comment="whose money it is; null: reading it will say, or nothing does"),
    )
    op.create_index(
        op.f("ix_matching_queue_county"),
        "matching_queue",
        ["county", "notification_id"],
        postgresql_where=sa.text("parked_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_matching_queue_county"), "matching_queue")
    op.drop_column("matching_queue", "county")
