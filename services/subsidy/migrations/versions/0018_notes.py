"""What officers write about refunds lies sealed."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark what is there as clear; `canbao migrate` and `canbao up` seal it afterwards, with the keys."""
    changes = ", ".join(
        f"ALTER COLUMN {column} TYPE bytea USING '\\x00'::bytea || convert_to({column}, 'UTF8')"
        for column in ("reason", "decision_note")
    )
    op.execute(f"ALTER TABLE refunds {changes}")
    op.execute("INSERT INTO sealing_work SELECT 'refunds', 'migration' WHERE EXISTS (SELECT FROM refunds)")


def downgrade() -> None:
    """What is sealed cannot be opened here."""
    raise NotImplementedError("restore a backup of the earlier release")
