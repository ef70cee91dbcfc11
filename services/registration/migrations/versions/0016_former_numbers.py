"""Wrong numbers that were corrected: rosters may go on naming people by them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

#: Statements of a person under a number that the person has no more: it was corrected before this was kept.
CORRECTED = """
    SELECT DISTINCT ON (s.county, s.number) s.county, s.number, d.number AS current
    FROM status_statements s JOIN documents d ON d.county = s.county AND d.person_id = s.person_id
    WHERE NOT EXISTS (SELECT FROM documents o WHERE o.county = s.county AND o.number = s.number)
    ORDER BY s.county, s.number, d.type <> 'resident_id', d.number
"""


def upgrade() -> None:
    op.create_table(
        "former_numbers",
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("current", sa.Text(), nullable=False, comment="the number that was right"),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("county", "number", name=op.f("pk_former_numbers")),
        comment="wrong numbers that were corrected: rosters may go on naming people by them",
    )
    op.create_index(op.f("ix_former_numbers_county_current"), "former_numbers", ["county", "current"])
    op.execute(
        f"INSERT INTO former_numbers (county, number, current, replaced_at) SELECT c.*, now() FROM ({CORRECTED}) c"
    )
    op.execute("""
        UPDATE status_statements s SET number = f.current
        FROM former_numbers f WHERE f.county = s.county AND f.number = s.number AND s.person_id IS NOT NULL
    """)


def downgrade() -> None:
    op.drop_table("former_numbers")
