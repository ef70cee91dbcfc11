"""Idempotency keys of every operation that makes or changes something.

Those of payout batches, which had a column of their own, go on: their fingerprint and answer are composed as
the operation would have, so that a request that is repeated after the upgrade makes no second batch.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: What a batch was asked with, in the order of its members, and what was answered.
CARRY_OVER = r"""
INSERT INTO idempotency_keys (caller, key, fingerprint, status, answer, created_at)
SELECT created_by, idempotency_key,
       sha256(convert_to(E'POST /v1/payout-batches\n{"county":' || to_json(county)::text
              || ',"coverage_year":' || coverage_year || '}', 'UTF8')),
       201,
       '{"batch_id":' || batch_id || ',"county":' || to_json(county)::text || ',"coverage_year":'
           || coverage_year || ',"declared_count":' || declared_count || ',"declared_total_fen":'
           || declared_total_fen || ',"created_by":' || to_json(created_by)::text || ',"created_at":"'
           || to_char(created_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS')
           || CASE WHEN date_trunc('second', created_at) = created_at THEN ''
              ELSE to_char(created_at, '.US') END || '+08:00"}',
       created_at
FROM batches WHERE idempotency_key IS NOT NULL
"""


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
    op.execute(sa.text(CARRY_OVER.replace(":", "\\:")))
    op.drop_constraint(op.f("uq_batches_created_by_idempotency_key"), "batches", type_="unique")
    op.drop_column("batches", "idempotency_key")


def downgrade() -> None:
    op.add_column("batches", sa.Column("idempotency_key", sa.Text(collation="C"), nullable=True))
    op.create_unique_constraint(
        op.f("uq_batches_created_by_idempotency_key"), "batches", ["created_by", "idempotency_key"]
    )
    op.drop_table("idempotency_keys")
