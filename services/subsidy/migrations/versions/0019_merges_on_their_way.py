"""Whose money was taken back by a merge that registration has not told yet: until then they get no other help."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "enrollments",
        sa.Column(
            "merging",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="its money was taken back by a merge that registration has not told yet",
        ),
    )


def downgrade() -> None:
    op.drop_column("enrollments", "merging")
