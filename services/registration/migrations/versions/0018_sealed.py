"""Names, numbers, addresses, files and answers lie sealed; numbers are found by their digests."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

#: Table -> its columns that lie sealed from now on, with how their values become bytes.
COLUMNS = {
    "persons": {
        "name": "convert_to(name, 'UTF8')",
    },
    "person_versions": {
        "name": "convert_to(name, 'UTF8')",
    },
    "documents": {
        "number": "convert_to(number, 'UTF8')",
    },
    "households": {
        "address": "convert_to(address, 'UTF8')",
    },
    "status_statements": {
        "number": "convert_to(number, 'UTF8')",
        "name": "convert_to(name, 'UTF8')",
    },
    "waiting_rosters": {
        "rows": "convert_to(rows::text, 'UTF8')",
        "receipt": "convert_to(receipt, 'UTF8')",
    },
    "former_numbers": {
        "number": "convert_to(number, 'UTF8')",
        "current": "convert_to(current, 'UTF8')",
    },
    "imports": {
        "file_name": "convert_to(file_name, 'UTF8')",
    },
    "import_pieces": {
        "body": "body",
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
#: Table, the column that its numbers are found by, and the numbers.
DIGESTS = (
    ("documents", "number_digest", "number"),
    ("status_statements", "number_digest", "number"),
    ("former_numbers", "number_digest", "number"),
    ("former_numbers", "current_digest", "current"),
)
COMMENTS = {"documents": "to find it by here"}


def upgrade() -> None:
    """Mark what is there as clear; `canbao migrate` and `canbao up` seal it afterwards, with the keys."""
    op.drop_constraint("pk_documents", "documents", type_="primary")
    op.drop_constraint("pk_former_numbers", "former_numbers", type_="primary")
    op.drop_index("ix_status_statements_county_number", "status_statements")
    op.drop_index("ix_former_numbers_county_current", "former_numbers")
    for table, columns in COLUMNS.items():
        changes = ", ".join(
            f"ALTER COLUMN {column} TYPE bytea USING '\\x00'::bytea || {as_bytes}"
            for column, as_bytes in columns.items()
        )
        op.execute(f"ALTER TABLE {table} {changes}")
    for table, digest, number in DIGESTS:
        # A number that is not made a digest yet is its own, behind the mark.
        op.add_column(table, sa.Column(digest, sa.LargeBinary(), comment=COMMENTS.get(table)))
        op.execute(f"UPDATE {table} SET {digest} = {number}")
        op.alter_column(table, digest, nullable=False)
    op.create_primary_key("pk_documents", "documents", ["county", "number_digest", "type"])
    op.create_primary_key("pk_former_numbers", "former_numbers", ["county", "number_digest"])
    op.create_index(
        "ix_status_statements_county_number_digest", "status_statements", ["county", "number_digest"]
    )
    op.create_index("ix_former_numbers_county_current_digest", "former_numbers", ["county", "current_digest"])
    for table in COLUMNS:
        op.execute(
            f"INSERT INTO sealing_work SELECT '{table}', 'migration' WHERE EXISTS (SELECT FROM {table})"
        )


def downgrade() -> None:
    """What is sealed cannot be opened here."""
    raise NotImplementedError("restore a backup of the earlier release")
