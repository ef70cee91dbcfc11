"""Villages report people who are registered twice, too."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_BEFORE = "'name', 'number', 'status', 'household', 'place', 'death'"


def upgrade() -> None:
    _kinds(f"{_BEFORE}, 'duplicate'")


def downgrade() -> None:
    _kinds(_BEFORE)


def _kinds(kinds: str) -> None:
    op.execute("ALTER TABLE tickets DROP CONSTRAINT ck_tickets_kind")
    op.execute(f"ALTER TABLE tickets ADD CONSTRAINT ck_tickets_kind CHECK (kind IN ({kinds}))")
