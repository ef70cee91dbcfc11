"""Why an officer withdrew help or cover, so that it can come back when that goes away."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

#: What was withdrawn before this was noted: cover by its reason, help alone by the case that was decided.
BRING_OVER = """
    UPDATE enrollments e SET withdrawn_for = string_to_array(e.withdraw_reason, ',')
    WHERE e.state = 'withdrawn';
    UPDATE enrollments e SET withdrawn_for = decided.causes
    FROM (
        SELECT DISTINCT ON (c.subject) c.subject, c.step,
               ARRAY(SELECT jsonb_array_elements_text(c.evidence -> 'causes')) AS causes
        FROM cases c WHERE c.kind = 'ground_gone' AND c.state = 'decided'
        ORDER BY c.subject, c.case_id DESC
    ) AS decided
    WHERE decided.subject = 'enrollments/' || e.id AND decided.step = 'withdraw'
      AND e.state IN ('registered', 'assessed', 'paid');
    UPDATE enrollments e SET was_complete_at = coalesce(e.completed_at, (
        SELECT min(c.completed_at) FROM completions c WHERE c.enrollment_id = e.id
    ))
    WHERE e.withdrawn_for IS NOT NULL;
"""


def upgrade() -> None:
    op.add_column(
        "enrollments",
        sa.Column(
            "withdrawn_for",
            postgresql.ARRAY(sa.Text()),
            comment="why an officer withdrew help or cover, while that stands",
        ),
    )
    op.add_column(
        "enrollments",
        sa.Column(
            "was_complete_at",
            sa.DateTime(timezone=True),
            comment="of which completion that was withdrawn",
        ),
    )
    for statement in filter(str.strip, BRING_OVER.split(";")):
        op.execute(statement)
    op.drop_column("enrollments", "withdraw_reason")


def downgrade() -> None:
    op.add_column("enrollments", sa.Column("withdraw_reason", sa.Text()))
    op.execute(
        "UPDATE enrollments SET withdraw_reason = array_to_string(withdrawn_for, ',') "
        "WHERE state = 'withdrawn'"
    )
    for column in ("was_complete_at", "withdrawn_for"):
        op.drop_column("enrollments", column)
