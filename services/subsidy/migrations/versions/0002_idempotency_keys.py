"""Idempotency keys of every operation that makes or changes something."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False, comment="the subject of the token"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "fingerprint", sa.LargeBinary(), nullable=False, comment="SHA-256 of operation and request"
        ),
        sa.Column("status", sa.SmallInteger(), nullable=True, comment="of the answer"),
        sa.Column("answer", sa.Text(), nullable=True, comment="the body as it was sent"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    # What a key was used for before is known by its batch alone: such a key cannot be repeated, only refused.
    op.execute("""
        INSERT INTO idempotency_keys (caller, key, fingerprint, created_at)
        SELECT created_by, idempotency_key, '\\x', created_at FROM batches WHERE idempotency_key IS NOT NULL
    """)
    op.drop_constraint("uq_batches_created_by_idempotency_key", "batches", type_="unique")
    op.drop_column("batches", "idempotency_key")


def downgrade() -> None:
    op.add_column("batches", sa.Column("idempotency_key", sa.Text(collation="C"), nullable=True))
    op.create_unique_constraint(
        op.f("uq_batches_created_by_idempotency_key"), "batches", ["created_by", "idempotency_key"]
    )
    op.drop_table("idempotency_keys")
