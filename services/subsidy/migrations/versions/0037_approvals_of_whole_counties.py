"""Batches that wait for a second person bore the code of their county without its zeros: its lists passed them over."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE approvals SET division_code = rpad(division_code, 12, '0') WHERE length(division_code) < 12")


def downgrade() -> None:
    """What was written whole stays whole: the release before reads it."""
