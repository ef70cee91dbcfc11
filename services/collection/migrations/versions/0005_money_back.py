"""Work that cannot be matched is parked; dues keep every assessment and know exemptions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _park_work()
    _keep_assessments()
    _keep_exemptions()
    _keep_refunds()
    _keep_returns()
    _keep_tiers()
    _tell_lines_apart()
    _know_merged_people()
    op.add_column(
        "vouchers", sa.Column("receipt_no", sa.Text(), comment="the one receipt of a household that gets one")
    )
    op.add_column(
        "orders", sa.Column("close_reason", sa.Text(), comment="why it was closed without anybody asking")
    )


_STATE = """
    CASE WHEN paid_payment_id IS NOT NULL THEN 'paid'
    WHEN cancelled_at IS NOT NULL AND COALESCE(cancelled_revision >= revision,
    assessed_at IS NULL OR cancelled_at >= assessed_at) THEN 'cancelled'
    WHEN exempt_at IS NOT NULL THEN 'exempt' ELSE 'open' END
"""
_STATE_BEFORE = """
    CASE WHEN paid_payment_id IS NOT NULL THEN 'paid'
    WHEN cancelled_at IS NOT NULL AND (assessed_at IS NULL OR cancelled_at >= assessed_at)
    THEN 'cancelled' ELSE 'open' END
"""
_INSTANT = sa.DateTime(timezone=True)


def _keep_assessments() -> None:
    for column in (
        sa.Column("cancelled_revision", sa.Integer(), comment="an assessment of a higher revision owes again"),
        sa.Column("tier", sa.Integer(), comment="chosen by the person, or fixed by the household"),
        sa.Column(
            "choices",
            postgresql.JSONB(),
            server_default="[]",
            nullable=False,
            comment="TierSchedule[], while none is chosen",
        ),
        sa.Column("exempt_at", _INSTANT, comment="since when help covers all of it"),
        sa.Column("exempt_assessment_id", sa.BigInteger()),
        sa.Column("withdrawn_at", _INSTANT, comment="help granted until then was withdrawn"),
    ):
        op.add_column("dues", column)
    op.drop_column("dues", "state")
    op.add_column("dues", sa.Column("state", sa.Text(), sa.Computed(_STATE, persisted=True), nullable=False))
    op.create_table(
        "due_schedules",
        sa.Column("enrollment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("assessment_id", sa.BigInteger()),
        sa.Column("assessed_at", _INSTANT),
        sa.Column("schedule", postgresql.JSONB(), nullable=False),
        sa.Column("tier", sa.Integer()),
        sa.Column("choices", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("enrollment_id", "revision", name=op.f("pk_due_schedules")),
    )
    op.create_index(
        "ix_payment_lines_waiting_person",
        "payment_lines",
        ["person_id"],
        postgresql_where=sa.text("state = 'suspended'"),
    )


def _keep_exemptions() -> None:
    op.create_table(
        "exemptions",
        sa.Column("grant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=False),
        sa.Column("assessment_id", sa.BigInteger()),
        sa.Column("granted_at", _INSTANT, comment="null: only its end was told so far"),
        sa.Column("revoked_at", _INSTANT),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_exemptions")),
    )
    op.create_index("ix_exemptions_enrollment_id", "exemptions", ["enrollment_id"])


def _park_work() -> None:
    op.add_column(
        "matching_queue",
        sa.Column(
            "attempts", sa.Integer(), server_default="0", nullable=False, comment="how often it failed by itself"
        ),
    )
    op.add_column(
        "matching_queue",
        sa.Column("parked_at", sa.DateTime(timezone=True), comment="since when it waits for an operator"),
    )
    op.add_column("matching_queue", sa.Column("fault", sa.Text(), comment="why it failed the last time"))
    op.create_index(
        "ix_matching_queue_parked",
        "matching_queue",
        ["parked_at"],
        postgresql_where=sa.text("parked_at IS NOT NULL"),
    )


def _keep_refunds() -> None:
    op.add_column(
        "payment_lines",
        sa.Column(
            "refunded_fen",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="went back so far; the rest is applied or suspended",
        ),
    )
    op.execute("UPDATE payment_lines SET refunded_fen = amount_fen WHERE state = 'refunded'")
    op.create_check_constraint(
        op.f("ck_payment_lines_refunded"), "payment_lines", "refunded_fen BETWEEN 0 AND amount_fen"
    )
    op.create_table(
        "refunds",
        sa.Column("refund_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False, comment="paid, or returned after it"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "withdraws", sa.Boolean(), comment="whether the contribution ends with it; null: the whole line"
        ),
        sa.Column("settled_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_refunds")),
    )
    op.create_index("ix_refunds_payment_id_line_no", "refunds", ["payment_id", "line_no"])
    # Until now a refund was of a whole line, and a line knew its last one.
    op.execute("""
        INSERT INTO refunds (refund_id, payment_id, line_no, attempt, outcome, amount_fen, settled_at)
        SELECT DISTINCT ON (refund_id) refund_id, payment_id, line_no, COALESCE(refund_attempt, 1),
               COALESCE(refund_outcome, 'paid'), amount_fen, COALESCE(refunded_at, received_at)
        FROM payment_lines WHERE refund_id IS NOT NULL ORDER BY refund_id, payment_id, line_no
    """)


def _keep_returns() -> None:
    op.drop_constraint(op.f("ck_notifications_kind"), "notifications")
    op.create_check_constraint(
        op.f("ck_notifications_kind"), "notifications", "kind IN ('payment', 'return', 'other')"
    )
    op.alter_column(
        "notifications", "kind", comment="payment; return: money went back; other: only kept"
    )
    op.create_table(
        "returns",
        sa.Column("notification_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("transaction_no", sa.Text(), nullable=False),
        sa.Column("return_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), comment="null: all that was left of the payment"),
        sa.Column("identity_digest", sa.Text(), comment="whose part it was, where the channel says so"),
        sa.Column("returned_at", _INSTANT, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_returns")),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notifications.id"], name=op.f("fk_returns_notification_id_notifications")
        ),
        sa.CheckConstraint("kind IN ('refund', 'reversal', 'failed')", name=op.f("ck_returns_kind")),
        sa.CheckConstraint("status IN ('done', 'abnormal', 'closed')", name=op.f("ck_returns_status")),
        sa.CheckConstraint(
            "state IN ('waiting', 'booked', 'open', 'ignored')", name=op.f("ck_returns_state")
        ),
    )
    op.create_index("ix_returns_transaction_no_channel", "returns", ["transaction_no", "channel"])
    # Refunds that WeChat told of were kept without effect; now they are looked at.
    op.execute("""
        WITH told AS (
            UPDATE notifications SET kind = 'return'
            WHERE kind = 'other' AND dedupe_key LIKE 'refund:%' AND content IS NOT NULL
            RETURNING id, received_at
        )
        INSERT INTO matching_queue (notification_id, line_no, occurred_at)
        SELECT id, 0, received_at FROM told
    """)


def _keep_tiers() -> None:
    op.add_column(
        "payment_lines", sa.Column("tier", sa.Integer(), comment="what was paid, where the notice has tiers")
    )
    op.create_index(
        "ix_payment_lines_tiers",
        "payment_lines",
        ["household_id", "coverage_year"],
        postgresql_where=sa.text("state = 'applied' AND tier IS NOT NULL"),
    )


def _tell_lines_apart() -> None:
    op.create_index(
        "ix_payment_lines_incomplete",
        "payment_lines",
        ["household_id"],
        postgresql_where=sa.text(
            "state = 'suspended' AND reason IN ('household_incomplete', 'household_tier_mismatch')"
        ),
    )
    op.add_column(
        "payment_lines",
        sa.Column("add_on", sa.Text(), comment="it bought this add-on by itself, beside the contribution"),
    )
    op.add_column(
        "payment_lines",
        sa.Column(
            "part_of",
            sa.BigInteger(),
            comment="the payment whose line it completes, of several that paid a due",
        ),
    )
    op.drop_index("uq_payment_lines_applied_person", "payment_lines")
    op.create_index(
        "uq_payment_lines_applied_person",
        "payment_lines",
        ["coverage_year", "person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'applied' AND add_on IS NULL AND part_of IS NULL"),
    )
    op.create_index(
        "uq_payment_lines_applied_add_on",
        "payment_lines",
        ["coverage_year", "person_id", "add_on"],
        unique=True,
        postgresql_where=sa.text("state = 'applied' AND add_on IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_payment_lines_voucher"), "payment_lines")
    op.create_check_constraint(
        op.f("ck_payment_lines_voucher"),
        "payment_lines",
        "(state = 'applied' AND add_on IS NULL) <= (voucher_no IS NOT NULL)",
    )


def _know_merged_people() -> None:
    op.create_table(
        "merged_people",
        sa.Column("merged_person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("merged_person_id", name=op.f("pk_merged_people")),
    )
    op.create_index("ix_merged_people_person_id", "merged_people", ["person_id"])


def downgrade() -> None:
    op.drop_column("vouchers", "receipt_no")
    op.drop_table("merged_people")
    op.drop_index("ix_payment_lines_incomplete", "payment_lines")
    op.drop_constraint(op.f("ck_payment_lines_voucher"), "payment_lines")
    op.create_check_constraint(
        op.f("ck_payment_lines_voucher"), "payment_lines", "(state = 'applied') <= (voucher_no IS NOT NULL)"
    )
    op.drop_index("uq_payment_lines_applied_add_on", "payment_lines")
    op.drop_index("uq_payment_lines_applied_person", "payment_lines")
    op.create_index(
        "uq_payment_lines_applied_person",
        "payment_lines",
        ["coverage_year", "person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'applied'"),
    )
    op.drop_column("payment_lines", "part_of")
    op.drop_column("payment_lines", "add_on")
    op.drop_column("orders", "close_reason")
    op.drop_index("ix_payment_lines_tiers", "payment_lines")
    op.drop_column("payment_lines", "tier")
    op.drop_table("returns")
    op.execute("""
        DELETE FROM matching_queue WHERE notification_id IN (SELECT id FROM notifications WHERE kind = 'return')
    """)
    op.execute("UPDATE notifications SET kind = 'other' WHERE kind = 'return'")
    op.drop_constraint(op.f("ck_notifications_kind"), "notifications")
    op.create_check_constraint(
        op.f("ck_notifications_kind"), "notifications", "kind IN ('payment', 'other')"
    )
    op.drop_table("refunds")
    op.drop_constraint(op.f("ck_payment_lines_refunded"), "payment_lines")
    op.drop_column("payment_lines", "refunded_fen")
    op.drop_table("exemptions")
    op.drop_index("ix_payment_lines_waiting_person", "payment_lines")
    op.drop_table("due_schedules")
    op.drop_column("dues", "state")
    op.add_column(
        "dues", sa.Column("state", sa.Text(), sa.Computed(_STATE_BEFORE, persisted=True), nullable=False)
    )
    for column in (
        *("cancelled_revision", "tier", "choices", "exempt_at", "exempt_assessment_id", "withdrawn_at"),
    ):
        op.drop_column("dues", column)
    op.drop_index("ix_matching_queue_parked", "matching_queue")
    for column in ("attempts", "parked_at", "fault"):
        op.drop_column("matching_queue", column)
