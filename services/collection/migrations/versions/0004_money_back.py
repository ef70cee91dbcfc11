"""Work that cannot be matched is parked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _park_work()


def _park_work() -> None:
    op.add_column(
        "matching_queue",
        sa.Column(
            "attempts", sa.Integer(), server_default="0", nullable=False, comment="how often it failed by itself"
        ),
    )
    op.add_column(
        "matching_queue",
        sa.Column("parked_at", sa.DateTime(timezone=True), comment="since when it waits for an operator"),
    )
    op.add_column("matching_queue", sa.Column("fault", sa.Text(), comment="why it failed the last time"))
    op.create_index(
        "ix_matching_queue_parked",
        "matching_queue",
        ["parked_at"],
        postgresql_where=sa.text("parked_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_matching_queue_parked", "matching_queue")
    for column in ("attempts", "parked_at", "fault"):
        op.drop_column("matching_queue", column)
