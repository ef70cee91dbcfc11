"""Dues, notifications, payments, vouchers, orders and look-ups."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.bus.tables import create_bus_tables, drop_bus_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_bus_tables(op.get_bind())
    op.create_table(
        "due_identities",
        sa.Column("digest", sa.Text(), nullable=False, comment="keyed digest of one identity document"),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "assessment_id",
            sa.BigInteger(),
            nullable=False,
            comment="of two claims the later assessment wins",
        ),
        sa.PrimaryKeyConstraint("digest", "county", "coverage_year", name=op.f("pk_due_identities")),
    )
    op.create_index(
        op.f("ix_due_identities_enrollment_id"), "due_identities", ["enrollment_id"], unique=False
    )
    op.create_table(
        "dues",
        sa.Column("enrollment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="0: cancelled before any assessment arrived"
        ),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("name_digest", sa.Text(), nullable=True),
        sa.Column("masked_name", sa.Text(), nullable=True),
        sa.Column(
            "schedule",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="DueSegment[], by the instant of payment",
        ),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("paid_payment_id", sa.BigInteger(), nullable=True),
        sa.Column("paid_line_no", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Text(),
            sa.Computed(
                "CASE WHEN paid_payment_id IS NOT NULL THEN 'paid' WHEN cancelled_at IS NOT NULL AND (assessed_at IS NULL OR cancelled_at >= assessed_at) THEN 'cancelled' ELSE 'open' END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("enrollment_id", name=op.f("pk_dues")),
    )
    op.create_index(
        op.f("ix_dues_household_id_coverage_year"), "dues", ["household_id", "coverage_year"], unique=False
    )
    op.create_index(
        op.f("ix_dues_person_id_coverage_year"), "dues", ["person_id", "coverage_year"], unique=False
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False, comment="byte for byte what was answered"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "matching_queue",
        sa.Column("notification_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "occurred_at", sa.DateTime(timezone=True), nullable=False, comment="business time of the cause"
        ),
        sa.PrimaryKeyConstraint("notification_id", "line_no", name=op.f("pk_matching_queue")),
    )
    op.create_table(
        "notifications",
        sa.Column(
            "id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="also the payment_id of a payment",
        ),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False, comment="the channel's transaction number"),
        sa.Column(
            "webhook_id", sa.Text(), nullable=True, comment="the sender's message id; one id, one content"
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="payment, or other: kept and acknowledged only"),
        sa.Column(
            "content_sha256",
            sa.LargeBinary(),
            nullable=False,
            comment="what the channel says, not how it is wrapped",
        ),
        sa.Column(
            "headers",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="with `raw` enough to verify the signature again",
        ),
        sa.Column("raw", sa.LargeBinary(), nullable=False, comment="the body, byte for byte"),
        sa.Column(
            "content",
            sa.LargeBinary(),
            nullable=True,
            comment="the decrypted resource, where the body is encrypted",
        ),
        sa.Column("county", sa.Text(), nullable=True),
        sa.Column("coverage_year", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('payment', 'other')", name=op.f("ck_notifications_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("dedupe_key", "channel", name=op.f("uq_notifications_dedupe_key_channel")),
    )
    op.create_index(
        "uq_notifications_webhook_id",
        "notifications",
        ["channel", "webhook_id"],
        unique=True,
        postgresql_where=sa.text("webhook_id IS NOT NULL"),
    )
    op.create_table(
        "order_claims",
        sa.Column("coverage_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("coverage_year", "person_id", name=op.f("pk_order_claims")),
    )
    op.create_index(op.f("ix_order_claims_order_no"), "order_claims", ["order_no"], unique=False)
    op.create_table(
        "orders",
        sa.Column("order_no", sa.Text(), nullable=False, comment="what a wallet calls out_trade_no"),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("claimed_count", sa.Integer(), nullable=False),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="expired is not stored: it follows from expires_at"
        ),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'paid', 'cancelled')", name=op.f("ck_orders_state")),
        sa.CheckConstraint("claimed_count = item_count", name=op.f("ck_orders_claims_everyone")),
        sa.PrimaryKeyConstraint("order_no", name=op.f("pk_orders")),
    )
    op.create_table(
        "person_lookups",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("looked_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("query_digest", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_lookups")),
    )
    op.create_index(
        "ix_person_lookups_person_id", "person_lookups", ["person_id", "looked_up_at"], unique=False
    )
    op.create_index("ix_person_lookups_subject", "person_lookups", ["subject", "looked_up_at"], unique=False)
    op.create_table(
        "voucher_counters",
        sa.Column("division", sa.Text(), nullable=False, comment="the six digits of the county"),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("division", "issued_on", name=op.f("pk_voucher_counters")),
    )
    op.create_table(
        "order_items",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("item_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=False),
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("masked_name", sa.Text(), nullable=True),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("own_fen", sa.BigInteger(), nullable=False),
        sa.Column("add_on_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_no"], ["orders.order_no"], name=op.f("fk_order_items_order_no")),
        sa.PrimaryKeyConstraint("order_no", "item_no", name=op.f("pk_order_items")),
    )
    op.create_index(
        op.f("ix_order_items_person_id_coverage_year"),
        "order_items",
        ["person_id", "coverage_year"],
        unique=False,
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("transaction_no", sa.Text(), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=True),
        sa.Column("county", sa.Text(), nullable=True),
        sa.Column("coverage_year", sa.Integer(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "paid_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the channel's instant: it decides price and window",
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(["id"], ["notifications.id"], name=op.f("fk_payments_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("transaction_no", "channel", name=op.f("uq_payments_transaction_no_channel")),
    )
    op.create_index(op.f("ix_payments_order_no"), "payments", ["order_no"], unique=False)
    op.create_table(
        "payment_lines",
        sa.Column("payment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("county", sa.Text(), nullable=True),
        sa.Column("division_code", sa.Text(), nullable=True),
        sa.Column("coverage_year", sa.Integer(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it is, or was, in suspense"),
        sa.Column(
            "whole", sa.Boolean(), nullable=False, comment="the payment contradicts itself and was not split"
        ),
        sa.Column("identity_digest", sa.Text(), nullable=True),
        sa.Column("name_digest", sa.Text(), nullable=True),
        sa.Column("masked_id", sa.Text(), nullable=True),
        sa.Column("masked_name", sa.Text(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=True),
        sa.Column("assessment_id", sa.BigInteger(), nullable=True),
        sa.Column("voucher_no", sa.Text(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "applied_by", sa.Text(), nullable=True, comment="the operator who applied it from suspense"
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("refund_attempt", sa.Integer(), nullable=True),
        sa.Column("refund_outcome", sa.Text(), nullable=True),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'applied') <= (voucher_no IS NOT NULL)", name=op.f("ck_payment_lines_voucher")
        ),
        sa.CheckConstraint(
            "(state = 'suspended') <= (reason IS NOT NULL)", name=op.f("ck_payment_lines_reason")
        ),
        sa.CheckConstraint(
            "state IN ('applied', 'suspended', 'refunded')", name=op.f("ck_payment_lines_state")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_lines_amount")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payment_lines_payment_id")),
        sa.PrimaryKeyConstraint("payment_id", "line_no", name=op.f("pk_payment_lines")),
    )
    op.create_index(op.f("ix_payment_lines_enrollment_id"), "payment_lines", ["enrollment_id"], unique=False)
    op.create_index(op.f("ix_payment_lines_person_id"), "payment_lines", ["person_id"], unique=False)
    op.create_index(
        "ix_payment_lines_suspense",
        "payment_lines",
        ["received_at", "payment_id"],
        unique=False,
        postgresql_where=sa.text("state = 'suspended'"),
    )
    op.create_index(
        "ix_payment_lines_waiting",
        "payment_lines",
        ["identity_digest"],
        unique=False,
        postgresql_where=sa.text("state = 'suspended'"),
    )
    op.create_index(
        "uq_payment_lines_applied_person",
        "payment_lines",
        ["coverage_year", "person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'applied'"),
    )
    op.create_table(
        "vouchers",
        sa.Column("voucher_no", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("own_fen", sa.BigInteger(), nullable=False),
        sa.Column("add_on_fen", sa.BigInteger(), nullable=False),
        sa.Column("subsidies", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "key_id", sa.Text(), nullable=False, comment="which key its verification code was made with"
        ),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id", "line_no"],
            ["payment_lines.payment_id", "payment_lines.line_no"],
            name=op.f("fk_vouchers_payment_id_line_no"),
        ),
        sa.PrimaryKeyConstraint("voucher_no", name=op.f("pk_vouchers")),
    )
    op.create_index(op.f("ix_vouchers_person_id"), "vouchers", ["person_id"], unique=False)
    op.execute("INSERT INTO leases (name) VALUES ('matching')")


def downgrade() -> None:
    op.drop_index(op.f("ix_vouchers_person_id"), table_name="vouchers")
    op.drop_table("vouchers")
    op.drop_index(
        "uq_payment_lines_applied_person",
        table_name="payment_lines",
        postgresql_where=sa.text("state = 'applied'"),
    )
    op.drop_index(
        "ix_payment_lines_waiting",
        table_name="payment_lines",
        postgresql_where=sa.text("state = 'suspended'"),
    )
    op.drop_index(
        "ix_payment_lines_suspense",
        table_name="payment_lines",
        postgresql_where=sa.text("state = 'suspended'"),
    )
    op.drop_index(op.f("ix_payment_lines_person_id"), table_name="payment_lines")
    op.drop_index(op.f("ix_payment_lines_enrollment_id"), table_name="payment_lines")
    op.drop_table("payment_lines")
    op.drop_index(op.f("ix_payments_order_no"), table_name="payments")
    op.drop_table("payments")
    op.drop_index(op.f("ix_order_items_person_id_coverage_year"), table_name="order_items")
    op.drop_table("order_items")
    op.drop_table("voucher_counters")
    op.drop_index("ix_person_lookups_subject", table_name="person_lookups")
    op.drop_index("ix_person_lookups_person_id", table_name="person_lookups")
    op.drop_table("person_lookups")
    op.drop_table("orders")
    op.drop_index(op.f("ix_order_claims_order_no"), table_name="order_claims")
    op.drop_table("order_claims")
    op.drop_index(
        "uq_notifications_webhook_id",
        table_name="notifications",
        postgresql_where=sa.text("webhook_id IS NOT NULL"),
    )
    op.drop_table("notifications")
    op.drop_table("matching_queue")
    op.drop_table("leases")
    op.drop_table("idempotency_keys")
    op.drop_index(op.f("ix_dues_person_id_coverage_year"), table_name="dues")
    op.drop_index(op.f("ix_dues_household_id_coverage_year"), table_name="dues")
    op.drop_table("dues")
    op.drop_index(op.f("ix_due_identities_enrollment_id"), table_name="due_identities")
    op.drop_table("due_identities")
    drop_bus_tables(op.get_bind())
