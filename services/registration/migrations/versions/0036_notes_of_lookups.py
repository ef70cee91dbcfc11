"""What somebody wrote about a look-up lies sealed; the seals of the audit are over its digest."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

KEPT = (
    "id, looked_up_at, subject, role, division, operation, purpose, person_id, query_digest, correlation_id"
)
#: Operations whose purpose is what somebody wrote.
NOTED = (
    "'search_persons', 'search_persons_refused', 'search_surveys', "
    "'withdraw_life_event', 'merge_persons', 'correct_document'"
)


def upgrade() -> None:
    """Mark what is there as clear; `canbao migrate` and `canbao up` seal it afterwards, with the keys.

    What a seal covers stays as it was sealed: releases before have made none.
    """
    op.add_column(
        "person_lookups",
        sa.Column(
            "note", sa.LargeBinary(), nullable=True, comment="what somebody wrote: why they looked, or did it"
        ),
    )
    op.add_column(
        "person_lookups",
        sa.Column(
            "note_digest", sa.LargeBinary(), nullable=True, comment="what the seals are over; it stays"
        ),
    )
    op.execute("DROP TRIGGER append_only ON person_lookups")
    op.execute(f"""
        UPDATE person_lookups SET purpose = NULL,
            note = '\\x00'::bytea || convert_to(purpose, 'UTF8'),
            note_digest = '\\x00'::bytea || convert_to(purpose, 'UTF8')
        WHERE purpose IS NOT NULL AND operation IN ({NOTED})
          AND id > (SELECT coalesce(max(to_id), 0) FROM lookup_seals)
    """)
    op.execute("""
        INSERT INTO sealing_work SELECT 'person_lookups', 'migration'
        WHERE EXISTS (SELECT FROM person_lookups WHERE note IS NOT NULL)
    """)
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OF {KEPT} OR DELETE OR TRUNCATE ON person_lookups "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"
    )


def downgrade() -> None:
    """What is sealed cannot be opened here."""
    raise NotImplementedError("restore a backup of the earlier release")
