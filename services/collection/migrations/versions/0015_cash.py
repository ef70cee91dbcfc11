"""Money taken by hand: collectors, receipts, the paper on them, and deposits at the bank."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('payment', 'return', 'held', 'other')"
_KINDS_BEFORE = "kind IN ('payment', 'return', 'other')"


def _kinds(words: str, comment: str, before: str) -> None:
    op.drop_constraint(op.f("ck_notifications_kind"), "notifications")
    op.create_check_constraint(op.f("ck_notifications_kind"), "notifications", words)
    op.alter_column("notifications", "kind", comment=comment, existing_comment=before)


_COMMENT = "payment; return: money went back; held: by hand, to be looked at first; other: only kept"
_COMMENT_BEFORE = "payment; return: money went back; other: only kept"


def upgrade() -> None:
    _kinds(_KINDS, _COMMENT, _COMMENT_BEFORE)
    op.create_table('collectors',
    sa.Column('collector_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('division_code', sa.Text(), nullable=False, comment='the village, township or county it collects in'),
    sa.Column('channel', sa.Text(), nullable=False, comment="the notice's code of the channel"),
    sa.Column('title', sa.Text(), nullable=False, comment='of the place, such as a village office; names nobody'),
    sa.Column('registered_by', sa.Text(), nullable=False),
    sa.Column('registered_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('collector_id', name=op.f('pk_collectors')),
    sa.UniqueConstraint('county', 'division_code', 'channel', 'title', name=op.f('uq_collectors_county_division_code_channel_title'))
    )
    op.create_table('cash_receipts',
    sa.Column('receipt_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('collector_id', sa.BigInteger(), nullable=False),
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('division_code', sa.Text(), nullable=False),
    sa.Column('coverage_year', sa.Integer(), nullable=False),
    sa.Column('instrument', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=True, comment='the number of the cheque, POS slip or transfer'),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('returned_fen', sa.BigInteger(), server_default='0', nullable=False, comment='bounced or given back'),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=False, comment='the instant on the voucher: it decides price and cover'),
    sa.Column('due_on', sa.Date(), nullable=True, comment='until when it may stay in hand, by the notice'),
    sa.Column('due_year_unknown', sa.Integer(), nullable=True, comment='the year whose workdays nobody has said yet'),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('entered_by', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('held_for', sa.Text(), nullable=True, comment='why somebody has to look first'),
    sa.Column('payment_id', sa.BigInteger(), nullable=False),
    sa.Column('deposit_id', sa.BigInteger(), nullable=True, comment='the slip that covers it'),
    sa.CheckConstraint("(state = 'held') <= (held_for IS NOT NULL)", name=op.f('ck_cash_receipts_held')),
    sa.CheckConstraint("held_for IN ('late_entry', 'review')", name=op.f('ck_cash_receipts_held_for')),
    sa.CheckConstraint("instrument IN ('cash', 'cheque', 'pos', 'transfer')", name=op.f('ck_cash_receipts_instrument')),
    sa.CheckConstraint("state IN ('passed', 'held', 'refused')", name=op.f('ck_cash_receipts_state')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_cash_receipts_amount')),
    sa.CheckConstraint('returned_fen BETWEEN 0 AND amount_fen', name=op.f('ck_cash_receipts_returned')),
    sa.ForeignKeyConstraint(['collector_id'], ['collectors.collector_id'], name=op.f('fk_cash_receipts_collector_id')),
    sa.ForeignKeyConstraint(['payment_id'], ['notifications.id'], name=op.f('fk_cash_receipts_payment_id')),
    sa.PrimaryKeyConstraint('receipt_id', name=op.f('pk_cash_receipts')),
    sa.UniqueConstraint('payment_id', name=op.f('uq_cash_receipts_payment_id'))
    )
    op.create_index(op.f('ix_cash_receipts_collector_id_receipt_id'), 'cash_receipts', ['collector_id', 'receipt_id'], unique=False)
    op.create_index(op.f('ix_cash_receipts_deposit_id'), 'cash_receipts', ['deposit_id'], unique=False)
    op.create_index('ix_cash_receipts_in_hand', 'cash_receipts', ['collector_id', 'coverage_year'], unique=False, postgresql_where=sa.text("deposit_id IS NULL AND instrument IN ('cash', 'cheque') AND state <> 'refused'"))
    op.create_table('paper_vouchers',
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('voucher', sa.Text(), nullable=False, comment="the notice's code of the paper"),
    sa.Column('voucher_no', sa.Text(), nullable=False),
    sa.Column('receipt_id', sa.BigInteger(), nullable=False),
    sa.Column('line_no', sa.Integer(), nullable=False, comment='0: for the whole receipt'),
    sa.ForeignKeyConstraint(['receipt_id'], ['cash_receipts.receipt_id'], name=op.f('fk_paper_vouchers_receipt_id')),
    sa.PrimaryKeyConstraint('county', 'voucher', 'voucher_no', name=op.f('pk_paper_vouchers'))
    )
    op.create_index(op.f('ix_paper_vouchers_receipt_id'), 'paper_vouchers', ['receipt_id'], unique=False)
    op.create_table('cash_deposits',
    sa.Column('deposit_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('collector_id', sa.BigInteger(), nullable=False),
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('division_code', sa.Text(), nullable=False),
    sa.Column('coverage_year', sa.Integer(), nullable=False),
    sa.Column('account', sa.Text(), nullable=True, comment="the notice's code of the account"),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('covered_fen', sa.BigInteger(), nullable=False, comment='of the receipts that it was to bring'),
    sa.Column('made_good_fen', sa.BigInteger(), server_default='0', nullable=False, comment='of what was missing'),
    sa.Column('bounced_fen', sa.BigInteger(), server_default='0', nullable=False, comment='the bank took back'),
    sa.Column('slip_no', sa.Text(), nullable=False),
    sa.Column('bank_reference', sa.Text(), nullable=True),
    sa.Column('makes_good_id', sa.BigInteger(), nullable=True, comment='the deposit whose missing money this brings'),
    sa.Column('deposited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('entered_by', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.CheckConstraint("state IN ('made', 'withdrawn')", name=op.f('ck_cash_deposits_state')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_cash_deposits_amount')),
    sa.ForeignKeyConstraint(['collector_id'], ['collectors.collector_id'], name=op.f('fk_cash_deposits_collector_id')),
    sa.PrimaryKeyConstraint('deposit_id', name=op.f('pk_cash_deposits'))
    )
    op.create_index(op.f('ix_cash_deposits_collector_id_deposit_id'), 'cash_deposits', ['collector_id', 'deposit_id'], unique=False)
    op.create_index('uq_cash_deposits_slip', 'cash_deposits', ['county', 'slip_no'], unique=True, postgresql_where=sa.text("state = 'made'"))


def downgrade() -> None:
    op.drop_table("cash_deposits")
    op.drop_table("paper_vouchers")
    op.drop_table("cash_receipts")
    op.drop_table("collectors")
    op.execute("UPDATE notifications SET kind = 'other' WHERE kind = 'held'")
    _kinds(_KINDS_BEFORE, _COMMENT_BEFORE, _COMMENT)
