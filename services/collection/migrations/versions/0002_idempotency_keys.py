"""Idempotency keys of every operation that makes or changes something."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("idempotency_keys", "answer", nullable=True, comment="the body as it was sent")
    op.add_column("idempotency_keys", sa.Column("status", sa.SmallInteger(), comment="of the answer"))
    op.execute("UPDATE idempotency_keys SET status = 201")
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.alter_column("idempotency_keys", "caller", comment="the subject of the token")
    op.alter_column("idempotency_keys", "fingerprint", comment="SHA-256 of operation and request")


def downgrade() -> None:
    op.drop_index("ix_idempotency_keys_created_at", "idempotency_keys")
    op.drop_column("idempotency_keys", "status")
