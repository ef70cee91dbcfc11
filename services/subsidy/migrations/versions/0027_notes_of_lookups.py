"""What somebody wrote about a look-up lies sealed; the seals of the audit are over its digest."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KEPT = (
    "id, looked_up_at, subject, role, division, operation, purpose, person_id, query_digest, correlation_id"
)


def upgrade() -> None:
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


def downgrade() -> None:
    """What is sealed cannot be opened here."""
    raise NotImplementedError("restore a backup of the earlier release")
