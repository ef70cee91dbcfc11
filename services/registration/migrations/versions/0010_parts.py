"""Several payments that pay one due together."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CHECK = "ck_completions_kind"


def upgrade() -> None:
    op.drop_constraint(op.f(CHECK), "completions")
    op.create_check_constraint(op.f(CHECK), "completions", "kind IN ('payment', 'part', 'grant')")


def downgrade() -> None:
    op.execute("DELETE FROM completions WHERE kind = 'part'")
    op.drop_constraint(op.f(CHECK), "completions")
    op.create_check_constraint(op.f(CHECK), "completions", "kind IN ('payment', 'grant')")
