"""Which late help was promised before an officer withdrew help: that is not given any more."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "enrollments",
        sa.Column(
            "withdrawn_revision",
            sa.Integer(),
            comment="the newest assessment then: later ones may help again",
        ),
    )
    op.execute("UPDATE enrollments SET withdrawn_revision = revision WHERE withdrawn_for IS NOT NULL")


def downgrade() -> None:
    op.drop_column("enrollments", "withdrawn_revision")
