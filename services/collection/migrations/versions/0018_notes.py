"""What officers write about money and paper lies sealed, and enters a due as a word of ours only."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

#: Table -> its column that lies sealed from now on.
COLUMNS = {"payment_lines": "note", "voucher_moves": "reason"}


def upgrade() -> None:
    """Mark what is there as clear; `canbao migrate` and `canbao up` seal it afterwards, with the keys."""
    for table, column in COLUMNS.items():
        op.execute(
            f"ALTER TABLE {table} ALTER COLUMN {column} TYPE bytea "
            f"USING '\\x00'::bytea || convert_to({column}, 'UTF8')"
        )
        op.execute(
            f"INSERT INTO sealing_work SELECT '{table}', 'migration' "
            f"WHERE EXISTS (SELECT FROM {table} WHERE {column} IS NOT NULL)"
        )
    op.execute("""
        UPDATE dues SET cancel_reason = 'officer' WHERE cancel_reason NOT IN ('died', 'merged', 'withdrawn')
    """)


def downgrade() -> None:
    """What is sealed cannot be opened here."""
    raise NotImplementedError("restore a backup of the earlier release")
