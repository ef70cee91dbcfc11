"""Why a handover was closed early, and what somebody wrote about a look-up, lie sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEPT = (
    "id, looked_up_at, subject, role, division, operation, purpose, person_id, query_digest, correlation_id"
)
HANDED_OVER = (
    "county, coverage_year, ordinal, id, deadline_id, due_on, accounting_from, accounting_to, cutoff_at, "
    "head_count, amount_fen, document, sha256, previous_sha256, sealed_by, sealed_at"
)


def upgrade() -> None:
    """Mark what is there as clear; `canbao migrate` and `canbao up` seal it afterwards, with the keys."""
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
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OF {KEPT} OR DELETE OR TRUNCATE ON person_lookups "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"
    )
    op.execute("DROP TRIGGER append_only ON handovers")
    op.execute("""
        ALTER TABLE handovers ALTER COLUMN forced_reason TYPE bytea
        USING '\\x00'::bytea || convert_to(forced_reason, 'UTF8')
    """)
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OF {HANDED_OVER} OR DELETE OR TRUNCATE ON handovers "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("""
        INSERT INTO sealing_work SELECT 'handovers', 'migration'
        WHERE EXISTS (SELECT FROM handovers WHERE forced_reason IS NOT NULL)
    """)


def downgrade() -> None:
    """What is sealed cannot be opened here."""
    raise NotImplementedError("restore a backup of the earlier release")
