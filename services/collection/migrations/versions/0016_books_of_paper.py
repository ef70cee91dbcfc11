"""Books of numbered paper: what happened to numbers, who holds them since when, and what was written off."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SERIES = (
    "(regexp_replace(voucher_no, '[0-9]+$'::text, ''::text) || '/'::text) || "
    "(length(\"substring\"(voucher_no, '[0-9]*$'::text)))::text"
)
_SERIAL = "(\"substring\"(voucher_no, '(?:^|[^0-9])([0-9]{1,18})$'::text))::bigint"


def _numbers():
    return (
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("voucher", sa.Text(), nullable=False, comment="the notice's code of the paper"),
        sa.Column("series", sa.Text(), nullable=False, comment="all but the digits at the end, and how many they are"),
        sa.Column("first_serial", sa.BigInteger(), nullable=False),
        sa.Column("last_serial", sa.BigInteger(), nullable=False),
    )


def upgrade() -> None:
    op.add_column("cash_receipts", sa.Column("people", sa.Integer(), comment="insured persons it is for"))
    op.execute("""
        UPDATE cash_receipts SET people = greatest(1, (
            SELECT count(*) FROM payment_lines l WHERE l.payment_id = cash_receipts.payment_id
        ))
    """)
    op.alter_column("cash_receipts", "people", nullable=False)
    op.create_index(op.f("ix_cash_receipts_paid_at"), "cash_receipts", ["paid_at"])
    op.drop_constraint(op.f("ck_cash_receipts_held_for"), "cash_receipts")
    op.create_check_constraint(
        op.f("ck_cash_receipts_held_for"), "cash_receipts", "held_for IN ('late_entry', 'paper', 'review')"
    )
    op.add_column("paper_vouchers", sa.Column("series", sa.Text(), sa.Computed(_SERIES, persisted=True)))
    op.add_column(
        "paper_vouchers",
        sa.Column(
            "serial",
            sa.BigInteger(),
            sa.Computed(_SERIAL, persisted=True),
            comment="null: no number of a book ends so",
        ),
    )
    op.create_index(
        op.f("ix_paper_vouchers_county_voucher_series_serial"),
        "paper_vouchers",
        ["county", "voucher", "series", "serial"],
    )
    op.create_table(
        "voucher_writeoffs",
        sa.Column("writeoff_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("voucher", sa.Text(), nullable=False, comment="the notice's code of the paper"),
        sa.Column("up_to", sa.Date(), nullable=False, comment="a month's or a year's last day"),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("void", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("writeoff_id", name=op.f("pk_voucher_writeoffs")),
        sa.UniqueConstraint(
            "county",
            "voucher",
            "division_code",
            "up_to",
            name=op.f("uq_voucher_writeoffs_county_voucher_division_code_up_to"),
        ),
    )
    _moves()
    _stretches()


def _moves() -> None:
    op.create_table(
        "voucher_moves",
        sa.Column("move_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *_numbers(),
        sa.Column("from_division_code", sa.Text(), comment="null: from outside of the county's books"),
        sa.Column("from_collector_id", sa.BigInteger(), comment="null: an office holds them"),
        sa.Column("from_state", sa.Text()),
        sa.Column("to_division_code", sa.Text(), nullable=False),
        sa.Column("to_collector_id", sa.BigInteger()),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("writeoff_id", sa.BigInteger()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="when it happened to the paper"),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('received', 'handed_on', 'returned', 'void', 'lost', 'found', 'restored', 'written_off')",
            name=op.f("ck_voucher_moves_kind"),
        ),
        sa.CheckConstraint("first_serial BETWEEN 0 AND last_serial", name=op.f("ck_voucher_moves_numbers")),
        sa.ForeignKeyConstraint(
            ["writeoff_id"], ["voucher_writeoffs.writeoff_id"], name=op.f("fk_voucher_moves_writeoff_id")
        ),
        sa.PrimaryKeyConstraint("move_id", name=op.f("pk_voucher_moves")),
    )
    op.create_index(op.f("ix_voucher_moves_county_voucher_at"), "voucher_moves", ["county", "voucher", "at"])


def _stretches() -> None:
    op.create_table(
        "voucher_stretches",
        sa.Column("stretch_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *_numbers(),
        sa.Column(
            "division_code", sa.Text(), nullable=False, comment="of the office or collector that holds them"
        ),
        sa.Column("collector_id", sa.BigInteger(), comment="null: an office holds them"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), comment="null: still"),
        sa.Column("move_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "book_id", sa.BigInteger(), nullable=False, comment="the move by which they came to their holder"
        ),
        sa.CheckConstraint(
            "state IN ('held', 'void', 'lost', 'written_off')", name=op.f("ck_voucher_stretches_state")
        ),
        sa.CheckConstraint(
            "first_serial BETWEEN 0 AND last_serial", name=op.f("ck_voucher_stretches_numbers")
        ),
        sa.ForeignKeyConstraint(
            ["move_id"], ["voucher_moves.move_id"], name=op.f("fk_voucher_stretches_move_id")
        ),
        sa.PrimaryKeyConstraint("stretch_id", name=op.f("pk_voucher_stretches")),
    )
    op.create_index(
        op.f("ix_voucher_stretches_county_voucher_series_first_serial"),
        "voucher_stretches",
        ["county", "voucher", "series", "first_serial"],
    )
    op.create_index(op.f("ix_voucher_stretches_move_id"), "voucher_stretches", ["move_id"])
    op.create_index(
        "ix_voucher_stretches_current",
        "voucher_stretches",
        ["division_code"],
        postgresql_where=sa.text("until_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("voucher_stretches")
    op.drop_table("voucher_moves")
    op.drop_table("voucher_writeoffs")
    op.drop_index(op.f("ix_paper_vouchers_county_voucher_series_serial"), "paper_vouchers")
    op.drop_column("paper_vouchers", "serial")
    op.drop_column("paper_vouchers", "series")
    op.execute("UPDATE cash_receipts SET held_for = 'late_entry' WHERE held_for = 'paper'")
    op.drop_constraint(op.f("ck_cash_receipts_held_for"), "cash_receipts")
    op.create_check_constraint(
        op.f("ck_cash_receipts_held_for"), "cash_receipts", "held_for IN ('late_entry', 'review')"
    )
    op.drop_index(op.f("ix_cash_receipts_paid_at"), "cash_receipts")
    op.drop_column("cash_receipts", "people")
