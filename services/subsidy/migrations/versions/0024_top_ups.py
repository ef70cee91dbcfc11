"""Grants on top of what had left: a payer whose help grew has a second active grant for the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def _one_active_grant(*of: str) -> None:
    op.drop_index(op.f("uq_grants_active"), "grants")
    op.create_index(
        op.f("uq_grants_active"),
        "grants",
        ["coverage_year", "enrollment_id", "payer", "late", *of],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def upgrade() -> None:
    op.add_column(
        "grants",
        sa.Column(
            "top_up",
            sa.Integer(),
            nullable=False,
            server_default=sa.text("0"),
            comment="numbers what came on top of what had left before, from 1; 0 is the first",
        ),
    )
    _one_active_grant("top_up")


def downgrade() -> None:
    _one_active_grant()
    op.drop_column("grants", "top_up")
