"""Raw notifications and answers lie sealed."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

#: Table -> its columns that lie sealed from now on, with how their values become bytes.
COLUMNS = {
    "notifications": {
        "headers": "convert_to(headers::text, 'UTF8')",
        "raw": "raw",
        "content": "content",
    },
    "cases": {
        "reason": "convert_to(reason, 'UTF8')",
    },
    "approvals": {
        "payload": "convert_to(payload::text, 'UTF8')",
        "reason": "convert_to(reason, 'UTF8')",
        "note": "convert_to(note, 'UTF8')",
    },
    "idempotency_keys": {
        "answer": "convert_to(answer, 'UTF8')",
    },
}


def upgrade() -> None:
    """Mark what is there as clear; `canbao migrate` and `canbao up` seal it afterwards, with the keys."""
    for table, columns in COLUMNS.items():
        changes = ", ".join(
            f"ALTER COLUMN {column} TYPE bytea USING '\\x00'::bytea || {as_bytes}"
            for column, as_bytes in columns.items()
        )
        op.execute(f"ALTER TABLE {table} {changes}")
    for table in COLUMNS:
        op.execute(
            f"INSERT INTO sealing_work SELECT '{table}', 'migration' WHERE EXISTS (SELECT FROM {table})"
        )


def downgrade() -> None:
    """What is sealed cannot be opened here."""
    raise NotImplementedError("restore a backup of the earlier release")
