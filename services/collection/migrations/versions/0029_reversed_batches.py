"""A village batch that is wrong as a whole is reversed as a whole."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_STATES = "state IN ('draft', 'open', 'sent_back', 'done', 'discarded'"
_KINDS = "kind IN ('opened', 'submitted', 'passed', 'sent_back', 'corrected', 'undone', 'discarded'"


def _check(end: str) -> None:
    for table, column, words in (("village_batches", "state", _STATES), ("batch_moves", "kind", _KINDS)):
        name = op.f(f"ck_{table}_{column}")
        op.drop_constraint(name, table)
        op.create_check_constraint(name, table, words + end)


def upgrade() -> None:
    _check(", 'reversed')")


def downgrade() -> None:
    _check(")")
