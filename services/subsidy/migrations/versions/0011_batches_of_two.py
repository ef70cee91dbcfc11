"""Another person agrees to a payout batch before its file leaves; those of before had left already."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_OUTCOMES = "outcome IN ('paid', 'failed', 'returned'{})"


def upgrade() -> None:
    for column in (
        sa.Column("approval_id", sa.BigInteger(), comment="where a second person agrees to it"),
        sa.Column("decided_by", sa.Text()),
        sa.Column(
            "approved_at", sa.DateTime(timezone=True), comment="from then on its file may leave"
        ),
        sa.Column("refused_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("batches", column)
    op.execute("UPDATE batches SET approved_at = created_at")
    op.create_check_constraint(
        op.f("ck_batches_maker_is_not_checker"), "batches", "decided_by <> created_by"
    )
    op.drop_constraint(op.f("ck_attempts_outcome"), "attempts", type_="check")
    op.create_check_constraint(
        op.f("ck_attempts_outcome"), "attempts", _OUTCOMES.format(", 'refused'")
    )


def downgrade() -> None:
    op.execute("UPDATE attempts SET outcome = 'failed' WHERE outcome = 'refused'")
    op.drop_constraint(op.f("ck_attempts_outcome"), "attempts", type_="check")
    op.create_check_constraint(op.f("ck_attempts_outcome"), "attempts", _OUTCOMES.format(""))
    op.drop_constraint(op.f("ck_batches_maker_is_not_checker"), "batches", type_="check")
    for column in ("refused_at", "approved_at", "decided_by", "approval_id"):
        op.drop_column("batches", column)
