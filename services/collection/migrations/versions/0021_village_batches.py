"""What villages hand in together: batches of receipts, the step at which each is, and what was done to it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STATES = "state IN ('draft', 'open', 'sent_back', 'done')"
_KINDS = "kind IN ('opened', 'submitted', 'passed', 'sent_back', 'corrected', 'undone')"


def _batches():
    op.create_table(
        "village_batches",
        sa.Column("batch_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("collector_id", sa.BigInteger(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False, comment="how often it was sent back, and this time"),
        sa.Column(
            "step", sa.Text(), nullable=False, comment="the notice's id of the step that it waits for"
        ),
        sa.Column("step_kind", sa.Text(), nullable=False),
        sa.Column(
            "department", sa.Text(), nullable=False, comment="the notice's code of whose step it is"
        ),
        sa.Column(
            "since_at", sa.DateTime(timezone=True), nullable=False, comment="when it came to this step"
        ),
        sa.Column("due_on", sa.Date(), comment="until when the step has to be done, by the notice"),
        sa.Column("due_year_unknown", sa.Integer(), comment="the year whose workdays nobody has said yet"),
        sa.Column("stated_people", sa.Integer(), comment="on the roster, as the village says"),
        sa.Column("stated_fen", sa.BigInteger(), comment="the money, as the village says"),
        sa.Column(
            "released_at",
            sa.DateTime(timezone=True),
            comment="since when its money may go to the bank, where that waits for a review",
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.CheckConstraint(_STATES, name=op.f("ck_village_batches_state")),
        sa.ForeignKeyConstraint(
            ["collector_id"], ["collectors.collector_id"], name=op.f("fk_village_batches_collector_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_village_batches")),
    )
    op.create_index(
        op.f("ix_village_batches_collector_id_batch_id"), "village_batches", ["collector_id", "batch_id"]
    )
    op.create_index(
        "ix_village_batches_waiting",
        "village_batches",
        ["due_on"],
        postgresql_where=sa.text("state <> 'done'"),
    )


def _moves():
    op.create_table(
        "batch_moves",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("move_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False, comment="at which it was then"),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), comment="until when that step had to be done"),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False, comment="of its lines"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("paper_people", sa.Integer(), comment="counted on the paper"),
        sa.Column("paper_fen", sa.BigInteger(), comment="counted on the paper"),
        sa.Column("money_fen", sa.BigInteger(), comment="counted, or at the bank"),
        sa.Column("reference", sa.Text(), comment="of the booking"),
        sa.Column("reason", sa.LargeBinary()),
        sa.Column("differences", sa.LargeBinary(), comment="line by line, as they were found"),
        sa.CheckConstraint(_KINDS, name=op.f("ck_batch_moves_kind")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["village_batches.batch_id"], name=op.f("fk_batch_moves_batch_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "move_no", name=op.f("pk_batch_moves")),
    )


def upgrade() -> None:
    _batches()
    _moves()
    op.add_column("cash_receipts", sa.Column("batch_id", sa.BigInteger(), comment="of its village"))
    op.add_column(
        "cash_receipts",
        sa.Column("batch_line_no", sa.Integer(), comment="where it stands in the roster of the batch"),
    )
    op.create_foreign_key(
        op.f("fk_cash_receipts_batch_id"), "cash_receipts", "village_batches", ["batch_id"], ["batch_id"]
    )
    op.create_check_constraint(
        op.f("ck_cash_receipts_batch"), "cash_receipts", "(batch_id IS NULL) = (batch_line_no IS NULL)"
    )
    op.create_index(
        op.f("ix_cash_receipts_batch_id_batch_line_no"),
        "cash_receipts",
        ["batch_id", "batch_line_no"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_column("cash_receipts", "batch_line_no")
    op.drop_column("cash_receipts", "batch_id")
    op.drop_table("batch_moves")
    op.drop_table("village_batches")
