"""All tables of the subsidy service as it began."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.bus.tables import create_bus_tables, drop_bus_tables

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_bus_tables(op.get_bind())
    op.create_table('batches',
    sa.Column('batch_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('coverage_year', sa.Integer(), nullable=False),
    sa.Column('division_prefix', sa.Text(), nullable=False, comment='the division of who made it'),
    sa.Column('declared_count', sa.Integer(), nullable=False),
    sa.Column('declared_total_fen', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('idempotency_key', sa.Text(collation='C'), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('batch_id', name=op.f('pk_batches')),
    sa.UniqueConstraint('created_by', 'idempotency_key', name=op.f('uq_batches_created_by_idempotency_key'))
    )
    op.create_index(op.f('ix_batches_county_coverage_year'), 'batches', ['county', 'coverage_year'], unique=False)
    op.create_table('cards',
    sa.Column('card_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('digest', sa.Text(collation='C'), nullable=False, comment="keyed digest of the owner's number"),
    sa.Column('account_cipher', sa.LargeBinary(), nullable=False, comment='AES-256-GCM, nonce first'),
    sa.Column('account_digest', sa.Text(collation='C'), nullable=False, comment='keyed digest, for equality'),
    sa.Column('account_masked', sa.Text(), nullable=False),
    sa.Column('bank', sa.Text(), nullable=False),
    sa.Column('holder', sa.Text(), nullable=False),
    sa.Column('registered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('registered_by', sa.Text(), nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True, comment='when the next card of the same number took its place'),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('card_id', name=op.f('pk_cards'))
    )
    op.create_index(op.f('ix_cards_digest_card_id'), 'cards', ['digest', 'card_id'], unique=False)
    op.create_index('uq_cards_current', 'cards', ['digest'], unique=True, postgresql_where=sa.text('replaced_at IS NULL'))
    op.create_table('enrollments',
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('coverage_year', sa.Integer(), nullable=False),
    sa.Column('enrollment_id', sa.BigInteger(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('household_id', sa.BigInteger(), nullable=True),
    sa.Column('division_code', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), server_default=sa.text('0'), nullable=False, comment='0: not assessed yet'),
    sa.Column('assessment_id', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('notice', sa.Text(), nullable=True),
    sa.Column('assessed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('offers', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='segments of the schedule that carry help'),
    sa.Column('late', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="what the notice's retro rule adds after payment"),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('coverage_year', 'enrollment_id', name=op.f('pk_enrollments'))
    )
    op.create_index(op.f('ix_enrollments_person_id_coverage_year'), 'enrollments', ['person_id', 'coverage_year'], unique=False)
    op.create_table('grants',
    sa.Column('grant_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('coverage_year', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('enrollment_id', sa.BigInteger(), nullable=False),
    sa.Column('assessment_id', sa.BigInteger(), nullable=False, comment='the rule applied: its trace names the clause'),
    sa.Column('division_code', sa.Text(), nullable=False),
    sa.Column('payer', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('mechanism', sa.Text(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False, comment='added by the retro rule after payment'),
    sa.Column('completes_enrollment', sa.Boolean(), nullable=False),
    sa.Column('payment_id', sa.BigInteger(), nullable=True),
    sa.Column('line_no', sa.Integer(), nullable=True),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoke_reason', sa.Text(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("mechanism IN ('paid_on_behalf', 'reimburse_to_card', 'outside_system')", name=op.f('ck_grants_mechanism')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_grants_amount')),
    sa.PrimaryKeyConstraint('grant_id', name=op.f('pk_grants'))
    )
    op.create_index(op.f('ix_grants_person_id_coverage_year'), 'grants', ['person_id', 'coverage_year'], unique=False)
    op.create_index('uq_grants_active', 'grants', ['coverage_year', 'person_id', 'payer', 'late'], unique=True, postgresql_where=sa.text('revoked_at IS NULL'))
    op.create_table('identities',
    sa.Column('digest', sa.Text(collation='C'), nullable=False, comment='keyed digest of an identity number'),
    sa.Column('person_id', sa.BigInteger(), nullable=True, comment='null: a card named it before any assessment did'),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_identities'))
    )
    op.create_index(op.f('ix_identities_person_id'), 'identities', ['person_id'], unique=False)
    op.create_table('payment_lines',
    sa.Column('payment_id', sa.BigInteger(), nullable=False),
    sa.Column('line_no', sa.Integer(), nullable=False),
    sa.Column('county', sa.Text(), nullable=True),
    sa.Column('coverage_year', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('enrollment_id', sa.BigInteger(), nullable=True),
    sa.Column('assessment_id', sa.BigInteger(), nullable=True),
    sa.Column('division_code', sa.Text(), nullable=True),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('transaction_no', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False, comment='applied beats suspended, whichever arrives first'),
    sa.Column('reason', sa.Text(), nullable=True, comment='why it was suspended'),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False, comment='all money of the line: what can be refunded'),
    sa.Column('price_fen', sa.BigInteger(), nullable=True),
    sa.Column('own_fen', sa.BigInteger(), nullable=True),
    sa.Column('subsidies', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='what the due carried at the instant of payment'),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False, comment="the event's time"),
    sa.Column('refunded_fen', sa.BigInteger(), server_default=sa.text('0'), nullable=False, comment='by approved refunds'),
    sa.Column('withdrawn', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='refunded in full'),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('applied', 'suspended')", name=op.f('ck_payment_lines_state')),
    sa.PrimaryKeyConstraint('payment_id', 'line_no', name=op.f('pk_payment_lines'))
    )
    op.create_index(op.f('ix_payment_lines_person_id_coverage_year'), 'payment_lines', ['person_id', 'coverage_year'], unique=False)
    op.create_table('payouts',
    sa.Column('payout_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('county', sa.Text(), nullable=True),
    sa.Column('coverage_year', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('grant_id', sa.BigInteger(), nullable=True),
    sa.Column('refund_id', sa.BigInteger(), nullable=True),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('payee_digest', sa.Text(), nullable=True),
    sa.Column('division_code', sa.Text(), nullable=True),
    sa.Column('payer', sa.Text(), nullable=True),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True, comment='what the bank said, or no_account'),
    sa.Column('attempt', sa.Integer(), server_default=sa.text('0'), nullable=False, comment='the newest attempt, 0: none'),
    sa.Column('tried_account', sa.Text(collation='C'), nullable=True, comment='digest of the account of the newest attempt'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("(kind = 'refund') = (refund_id IS NOT NULL)", name=op.f('ck_payouts_refund')),
    sa.CheckConstraint("(kind = 'subsidy') = (grant_id IS NOT NULL)", name=op.f('ck_payouts_grant')),
    sa.CheckConstraint("kind IN ('subsidy', 'refund')", name=op.f('ck_payouts_kind')),
    sa.CheckConstraint("state IN ('waiting_card', 'ready', 'sent', 'paid', 'needs_card', 'cancelled')", name=op.f('ck_payouts_state')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_payouts_amount')),
    sa.PrimaryKeyConstraint('payout_id', name=op.f('pk_payouts')),
    sa.UniqueConstraint('grant_id', name=op.f('uq_payouts_grant_id')),
    sa.UniqueConstraint('refund_id', name=op.f('uq_payouts_refund_id'))
    )
    op.create_index(op.f('ix_payouts_payee_digest'), 'payouts', ['payee_digest'], unique=False, postgresql_where=sa.text('payee_digest IS NOT NULL'))
    op.create_index(op.f('ix_payouts_person_id'), 'payouts', ['person_id'], unique=False)
    op.create_index(op.f('ix_payouts_state_county_coverage_year_payout_id'), 'payouts', ['state', 'county', 'coverage_year', 'payout_id'], unique=False)
    op.create_table('person_lookups',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('looked_up_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('division', sa.Text(), nullable=False),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=True),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('query_digest', sa.Text(), nullable=True),
    sa.Column('correlation_id', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_lookups'))
    )
    op.create_index('ix_person_lookups_person_id', 'person_lookups', ['person_id', 'looked_up_at'], unique=False)
    op.create_index('ix_person_lookups_subject', 'person_lookups', ['subject', 'looked_up_at'], unique=False)
    op.create_table('persons',
    sa.Column('person_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('county', sa.Text(), nullable=True, comment='where the newest assessment was made'),
    sa.Column('division_code', sa.Text(), nullable=True),
    sa.Column('guardian_id', sa.BigInteger(), nullable=True),
    sa.Column('minor', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('known_at', sa.DateTime(timezone=True), nullable=True, comment='instant of the assessment that said so; null when only a payment is known'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_persons')),
    comment='one row per person; locking it puts all decisions about the person in order'
    )
    op.create_index(op.f('ix_persons_guardian_id'), 'persons', ['guardian_id'], unique=False, postgresql_where=sa.text('guardian_id IS NOT NULL'))
    op.create_table('attempts',
    sa.Column('payout_id', sa.BigInteger(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('coverage_year', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.BigInteger(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('card_id', sa.BigInteger(), nullable=False),
    sa.Column('account_cipher', sa.LargeBinary(), nullable=False, comment='the account as it was sent'),
    sa.Column('account_masked', sa.Text(), nullable=False),
    sa.Column('bank', sa.Text(), nullable=False),
    sa.Column('holder', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=True, comment='null: the bank has not answered'),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("outcome IN ('paid', 'failed', 'returned')", name=op.f('ck_attempts_outcome')),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.batch_id'], name=op.f('fk_attempts_batch_id')),
    sa.ForeignKeyConstraint(['payout_id'], ['payouts.payout_id'], name=op.f('fk_attempts_payout_id')),
    sa.PrimaryKeyConstraint('payout_id', 'attempt', name=op.f('pk_attempts'))
    )
    op.create_index(op.f('ix_attempts_batch_id_payout_id'), 'attempts', ['batch_id', 'payout_id'], unique=False)
    op.create_index('uq_attempts_active', 'attempts', ['payout_id'], unique=True, postgresql_where=sa.text("outcome IS NULL OR outcome = 'paid'"))
    op.create_table('refunds',
    sa.Column('refund_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('county', sa.Text(), nullable=True, comment='whose money it is; null until a request says so'),
    sa.Column('coverage_year', sa.Integer(), nullable=True),
    sa.Column('payment_id', sa.BigInteger(), nullable=False),
    sa.Column('line_no', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('payee_digest', sa.Text(), nullable=True, comment='whose card gets money of an unknown person'),
    sa.Column('division_code', sa.Text(), nullable=True),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('withdraws', sa.Boolean(), nullable=False, comment='gives back all that is left of an applied line'),
    sa.Column('requested_by', sa.Text(), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decision_note', sa.Text(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('requested', 'approved', 'paid', 'rejected', 'superseded')", name=op.f('ck_refunds_state')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_refunds_amount')),
    sa.CheckConstraint('decided_by <> requested_by', name=op.f('ck_refunds_maker_is_not_checker')),
    sa.ForeignKeyConstraint(['payment_id', 'line_no'], ['payment_lines.payment_id', 'payment_lines.line_no'], name=op.f('fk_refunds_payment_id_line_no')),
    sa.PrimaryKeyConstraint('refund_id', name=op.f('pk_refunds'))
    )
    op.create_index(op.f('ix_refunds_payment_id_line_no'), 'refunds', ['payment_id', 'line_no'], unique=False)
    op.create_index(op.f('ix_refunds_person_id'), 'refunds', ['person_id'], unique=False)
    op.create_index(op.f('ix_refunds_state_county_coverage_year_refund_id'), 'refunds', ['state', 'county', 'coverage_year', 'refund_id'], unique=False)
    op.create_index('uq_refunds_requested', 'refunds', ['payment_id', 'line_no'], unique=True, postgresql_where=sa.text("state = 'requested'"))
    op.create_table('result_files',
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('coverage_year', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(collation='C'), nullable=False),
    sa.Column('answer', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='what was answered: the same file gets it again'),
    sa.Column('received_by', sa.Text(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.batch_id'], name=op.f('fk_result_files_batch_id')),
    sa.PrimaryKeyConstraint('batch_id', 'sha256', name=op.f('pk_result_files'))
    )


def downgrade() -> None:
    drop_bus_tables(op.get_bind())
    op.drop_table('result_files')
    op.drop_index('uq_refunds_requested', table_name='refunds', postgresql_where=sa.text("state = 'requested'"))
    op.drop_index(op.f('ix_refunds_state_county_coverage_year_refund_id'), table_name='refunds')
    op.drop_index(op.f('ix_refunds_person_id'), table_name='refunds')
    op.drop_index(op.f('ix_refunds_payment_id_line_no'), table_name='refunds')
    op.drop_table('refunds')
    op.drop_index('uq_attempts_active', table_name='attempts', postgresql_where=sa.text("outcome IS NULL OR outcome = 'paid'"))
    op.drop_index(op.f('ix_attempts_batch_id_payout_id'), table_name='attempts')
    op.drop_table('attempts')
    op.drop_index(op.f('ix_persons_guardian_id'), table_name='persons', postgresql_where=sa.text('guardian_id IS NOT NULL'))
    op.drop_table('persons')
    op.drop_index('ix_person_lookups_subject', table_name='person_lookups')
    op.drop_index('ix_person_lookups_person_id', table_name='person_lookups')
    op.drop_table('person_lookups')
    op.drop_index(op.f('ix_payouts_state_county_coverage_year_payout_id'), table_name='payouts')
    op.drop_index(op.f('ix_payouts_person_id'), table_name='payouts')
    op.drop_index(op.f('ix_payouts_payee_digest'), table_name='payouts', postgresql_where=sa.text('payee_digest IS NOT NULL'))
    op.drop_table('payouts')
    op.drop_index(op.f('ix_payment_lines_person_id_coverage_year'), table_name='payment_lines')
    op.drop_table('payment_lines')
    op.drop_index(op.f('ix_identities_person_id'), table_name='identities')
    op.drop_table('identities')
    op.drop_index('uq_grants_active', table_name='grants', postgresql_where=sa.text('revoked_at IS NULL'))
    op.drop_index(op.f('ix_grants_person_id_coverage_year'), table_name='grants')
    op.drop_table('grants')
    op.drop_index(op.f('ix_enrollments_person_id_coverage_year'), table_name='enrollments')
    op.drop_table('enrollments')
    op.drop_index('uq_cards_current', table_name='cards', postgresql_where=sa.text('replaced_at IS NULL'))
    op.drop_index(op.f('ix_cards_digest_card_id'), table_name='cards')
    op.drop_table('cards')
    op.drop_index(op.f('ix_batches_county_coverage_year'), table_name='batches')
    op.drop_table('batches')
