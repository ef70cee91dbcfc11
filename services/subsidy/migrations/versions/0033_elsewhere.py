"""Help for people who are insured elsewhere: their record is kept like an enrollment, their grants say so."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "enrollments",
        sa.Column(
            "elsewhere",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("false"),
            comment="no enrollment: the record of somebody insured elsewhere, whose help stands in late",
        ),
    )
    op.add_column(
        "grants",
        sa.Column(
            "elsewhere",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("false"),
            comment="for insurance elsewhere: the enrollment is the record of that",
        ),
    )


def downgrade() -> None:
    op.drop_column("grants", "elsewhere")
    op.drop_column("enrollments", "elsewhere")
