"""Whose withdrawn cover stands again: by the numbers of what was decided."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = ("withdrawn_no", "restored_no")
#: Nothing was restored before; the number of a withdrawal stands in its fact.
BRING_OVER = """
    UPDATE due_positions p SET withdrawn_no = f.number
    FROM (
        SELECT county, coverage_year, enrollment_id, max((data::json ->> 'contest_no')::integer) AS number
        FROM facts WHERE type = 'canbao.enrollment.withdrawn.v1' AND data::json ->> 'ends_cover' = 'true'
        GROUP BY county, coverage_year, enrollment_id
    ) AS f
    WHERE (p.county, p.coverage_year, p.enrollment_id) = (f.county, f.coverage_year, f.enrollment_id)
"""


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column(
            "due_positions", sa.Column(column, sa.Integer(), server_default=sa.text("-1"), nullable=False)
        )
    op.execute(BRING_OVER)


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_column("due_positions", column)
