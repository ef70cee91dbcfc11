"""A village batch that is not handed in can be given up, on record."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_STATES = "state IN ('draft', 'open', 'sent_back', 'done'"
_KINDS = "kind IN ('opened', 'submitted', 'passed', 'sent_back', 'corrected', 'undone'"


def _check(end: str) -> None:
    for table, column, words in (("village_batches", "state", _STATES), ("batch_moves", "kind", _KINDS)):
        name = op.f(f"ck_{table}_{column}")
        op.drop_constraint(name, table)
        op.create_check_constraint(name, table, words + end)


def upgrade() -> None:
    _check(", 'discarded')")


def downgrade() -> None:
    _check(")")
