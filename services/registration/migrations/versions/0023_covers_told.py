"""From when to when everybody is covered who was complete before this was told (enrollment.covered)."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        INSERT INTO outbox (key, type, time, data)
        SELECT person_id::text, 'canbao.enrollment.covered.v1', completed_at, json_build_object(
            'enrollment_id', id, 'person_id', person_id, 'county', county, 'coverage_year', coverage_year,
            'division_code', division_code, 'assessment_id', final_assessment_id, 'revision', revision,
            'cover_from', benefit_from, 'cover_to', benefit_to, 'completed_at', completed_at)::text
        FROM enrollments
        WHERE state IN ('paid', 'exempt') AND final_assessment_id IS NOT NULL AND completed_at IS NOT NULL
        ORDER BY id
    """)


def downgrade() -> None:
    """What was told stays told."""
