"""Refunds name the reason of the notice, and the papers that lay before."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE refunds ADD COLUMN ground text, ADD COLUMN proofs jsonb")
    op.execute("COMMENT ON COLUMN refunds.ground IS 'the notice''s reason; null: it names none'")
    op.execute("COMMENT ON COLUMN refunds.proofs IS 'codes of the papers that lay before'")


def downgrade() -> None:
    op.execute("ALTER TABLE refunds DROP COLUMN ground, DROP COLUMN proofs")
