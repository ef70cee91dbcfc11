"""Why an enrollment was cancelled is a word of ours; what the officer wrote about it lies apart, sealed."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark what is there as clear; `canbao migrate` and `canbao up` seal it afterwards, with the keys."""
    op.execute("ALTER TABLE enrollments ADD COLUMN cancel_note bytea")
    op.execute("""
        UPDATE enrollments
        SET cancel_note = '\\x00'::bytea || convert_to(cancel_reason, 'UTF8'), cancel_reason = 'officer'
        WHERE cancel_reason NOT IN ('died', 'merged')
    """)
    op.execute("""
        INSERT INTO sealing_work SELECT 'enrollments', 'migration'
        WHERE EXISTS (SELECT FROM enrollments WHERE cancel_note IS NOT NULL)
    """)


def downgrade() -> None:
    """What is sealed cannot be opened here."""
    raise NotImplementedError("restore a backup of the earlier release")
