"""Every table of the collection service on one page.

`county` and `coverage_year` are null only where money arrived whose owner is not known yet. Instants are
business time (the clock of the request or the event) unless named `recorded_at`.
"""

from datetime import datetime
from typing import get_args

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.schema import SchemaItem

from libs.common.bus.tables import bus_tables
from libs.common.cases.tables import case_tables
from libs.common.db.known_keys import known_keys_table
from libs.common.db.metadata import new_metadata
from libs.common.db.resealing import sealing_tables
from libs.common.db.sealed import Sealed
from libs.common.erasures import erased_people_table
from libs.common.security.audit import audit_table
from libs.common.security.guesses import guesses_table
from libs.common.security.seals import seals_table
from libs.common.web.idempotency import idempotency_table
from services.collection.batches.rules import BatchMoveKind, BatchState
from services.collection.books.rules import MoveKind, NumberState
from services.collection.cash.rules import HeldFor, Instrument, ReceiptState
from services.collection.certificates.rules import CertificateKind, CertificateState
from services.collection.channel_refunds.rules import Asked, ChannelRefundState
from services.collection.channels.port import NotificationKind, Outcome, ReturnKind, ReturnStatus
from services.collection.days.rules import Cause, DayMove
from services.collection.debits.rules import BatchState as DebitBatchState
from services.collection.debits.rules import DebitOutcome
from services.collection.debits.rules import Reason as DebitReason
from services.collection.deposits.rules import DepositState, PhotoType
from services.collection.exchange.rules import Kind as ExchangeKind
from services.collection.exchange.rules import Party
from services.collection.exchange.rules import RowState as ExchangeState
from services.collection.files.rules import Entry, FileState, RowState
from services.collection.mandates.rules import MandateEnd
from services.collection.matching.rules import LineState
from services.collection.orders.rules import OrderState
from services.collection.queries.rules import QueryState, Reason
from services.collection.returns.rules import ReturnState

metadata = new_metadata()


def _instant(name: str, *, nullable: bool = True, comment: str | None = None) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=nullable, comment=comment)


def _money(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _employee_fund() -> Column[str]:
    comment = "the employees' fund of the notice that owes it: personal accounts pay"
    return Column("employee_fund", Text, comment=comment)


def _place(nullable: bool = False) -> tuple[Column[str], Column[str], Column[int]]:
    return (
        Column("county", Text, nullable=nullable),
        Column("division_code", Text, nullable=nullable),
        Column("coverage_year", Integer, nullable=nullable),
    )


def _numbers() -> tuple[SchemaItem, ...]:
    """Numbers of paper that follow each other, as books know them."""
    return (
        Column("county", Text, nullable=False),
        Column("voucher", Text, nullable=False, comment="the notice's code of the paper"),
        Column(
            "series", Text, nullable=False, comment="all but the digits at the end, and how many they are"
        ),
        Column("first_serial", BigInteger, nullable=False),
        Column("last_serial", BigInteger, nullable=False),
        CheckConstraint("first_serial BETWEEN 0 AND last_serial", name="numbers"),
    )


def _price() -> tuple[Column[int], ...]:
    return _money("price_fen"), _money("own_fen"), _money("add_on_fen")


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, postgresql_where=text(where))


def _one_of(column: str, words: object) -> CheckConstraint:
    """A column that holds one of the words of a Literal."""
    listed = ", ".join(f"'{word}'" for word in get_args(words))
    return CheckConstraint(f"{column} IN ({listed})", name=column)


# ------------------------------------------------------------------------------------------------- dues

dues = Table(
    "dues",
    metadata,
    Column("enrollment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, nullable=False),
    Column("household_id", BigInteger),
    *_place(),
    Column("assessment_id", BigInteger),
    Column("revision", Integer, nullable=False, comment="0: cancelled before any assessment arrived"),
    Column("notice", Text),
    Column("name_digest", Text),
    Column("masked_name", Text),
    Column("schedule", JSONB, nullable=False, comment="DueSegment[], by the instant of payment"),
    _instant("assessed_at"),
    _instant("cancelled_at"),
    Column("cancel_reason", Text),
    Column("cancelled_revision", Integer, comment="an assessment of a higher revision owes again"),
    Column("tier", Integer, comment="chosen by the person, or fixed by the household"),
    Column(
        "choices", JSONB, nullable=False, server_default="[]", comment="TierSchedule[], while none is chosen"
    ),
    _instant("exempt_at", comment="since when help covers all of it"),
    Column("exempt_assessment_id", BigInteger),
    *(Column("paid_payment_id", BigInteger), Column("paid_line_no", Integer)),
    Column("guardian_id", BigInteger, comment="who acts for a minor"),
    Column("birth_year", Integer, comment="null: registration has not told it yet"),
    Column("number_ends", Text, comment="the last two characters of the number, to tell a family apart"),
    # An enrollment that is assessed anew after it was cancelled owes again, whichever fact arrives first.
    Column(
        "state",
        Text,
        Computed(
            "CASE WHEN paid_payment_id IS NOT NULL THEN 'paid' "
            "WHEN cancelled_at IS NOT NULL AND COALESCE(cancelled_revision >= revision, "
            "assessed_at IS NULL OR cancelled_at >= assessed_at) THEN 'cancelled' "
            "WHEN exempt_at IS NOT NULL THEN 'exempt' ELSE 'open' END",
            persisted=True,
        ),
        nullable=False,
    ),
    Index(None, "person_id", "coverage_year"),
    Index(None, "household_id", "coverage_year"),
    _partial("ix_dues_guardian_id", "guardian_id", where="guardian_id IS NOT NULL"),
)

#: What assessments said that are not the newest any more: a payment is judged by the one that was in force.
due_schedules = Table(
    "due_schedules",
    metadata,
    Column("enrollment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("assessment_id", BigInteger),
    _instant("assessed_at"),
    Column("schedule", JSONB, nullable=False),
    Column("tier", Integer),
    Column("choices", JSONB, nullable=False),
    Column("name_digest", Text),
)

#: Help that covers a whole contribution, with its end; in whatever order subsidy tells of them.
exemptions = Table(
    "exemptions",
    metadata,
    Column("grant_id", BigInteger, primary_key=True, autoincrement=False),
    Column("enrollment_id", BigInteger, nullable=False),
    Column("assessment_id", BigInteger),
    _instant("granted_at", comment="null: only its end was told so far"),
    _instant("revoked_at"),
    Index(None, "enrollment_id"),
)

#: Records that turned out to be the same person as another: facts that name them mean the other.
merged_people = Table(
    "merged_people",
    metadata,
    Column("merged_person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, nullable=False),
    _instant("merged_at", nullable=False),
    Column(
        "household_id", BigInteger, comment="where the person lives since; null: told by an earlier release"
    ),
    Column("division_code", Text),
    Index(None, "person_id"),
)

due_identities = Table(
    "due_identities",
    metadata,
    Column("digest", Text, primary_key=True, comment="keyed digest of one identity document"),
    Column("county", Text, primary_key=True),
    Column("coverage_year", Integer, primary_key=True),
    Column("enrollment_id", BigInteger, nullable=False),
    Column("assessment_id", BigInteger, nullable=False, comment="of two claims the later assessment wins"),
    Index(None, "enrollment_id"),
)

#: Documents that an enrollment had and has no more: who paid under one is found all the same.
former_identities = Table(
    "former_identities",
    metadata,
    Column("digest", Text, primary_key=True, comment="keyed digest of one identity document"),
    Column("county", Text, primary_key=True),
    Column("coverage_year", Integer, primary_key=True),
    Column("enrollment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("assessment_id", BigInteger, nullable=False, comment="the last one that named it"),
)

#: From when to when whoever is complete is covered, as registration says it.
covers = Table(
    "covers",
    metadata,
    Column("enrollment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("cover_from", Date, comment="null: by a history that nobody knows"),
    Column("cover_to", Date),
)

# ----------------------------------------------------------------------------------------------- intake

notifications = Table(
    "notifications",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True, comment="also the payment_id of a payment"),
    Column("channel", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False, comment="the channel's transaction number"),
    Column("webhook_id", Text, comment="the sender's message id; one id, one content"),
    Column(
        "kind",
        Text,
        nullable=False,
        comment="payment; return: money went back; held: by hand, to be looked at first; other: only kept",
    ),
    Column(
        "content_sha256", LargeBinary, nullable=False, comment="what the channel says, not how it is wrapped"
    ),
    Column(
        "headers", Sealed(Text), nullable=False, comment="with `raw` enough to verify the signature again"
    ),
    Column("raw", Sealed(LargeBinary), nullable=False, comment="the body, byte for byte"),
    Column("content", Sealed(LargeBinary), comment="the decrypted resource, where the body is encrypted"),
    Column("county", Text),
    Column("coverage_year", Integer),
    _instant("received_at", nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("dedupe_key", "channel"),
    _partial(
        "uq_notifications_webhook_id", "channel", "webhook_id", where="webhook_id IS NOT NULL", unique=True
    ),
    _one_of("kind", NotificationKind),
)

#: What the matcher has still to look at. `line_no` 0 is a whole notification; other rows ask to judge one
#: suspended line again. A row is inserted with its cause and deleted with its effect; one that fails by
#: itself is parked, so that it stops nobody else.
matching_queue = Table(
    "matching_queue",
    metadata,
    Column("notification_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    _instant("occurred_at", nullable=False, comment="business time of the cause"),
    Column("attempts", Integer, nullable=False, server_default="0", comment="how often it failed by itself"),
    _instant("parked_at", comment="since when it waits for an operator"),
    Column("fault", Text, comment="why it failed the last time"),
    Column("county", Text, comment="whose money it is; null: reading it will say, or nothing does"),
    _partial("ix_matching_queue_county", "county", "notification_id", where="parked_at IS NULL"),
    _partial("ix_matching_queue_parked", "parked_at", where="parked_at IS NOT NULL"),
)

#: Of earlier releases: with the row `matching` they held the lease of all counties.
leases = Table("leases", metadata, Column("name", Text, primary_key=True))

# --------------------------------------------------------------------------------------------- payments

payments = Table(
    "payments",
    metadata,
    Column("id", BigInteger, ForeignKey("notifications.id"), primary_key=True, autoincrement=False),
    Column("channel", Text, nullable=False),
    Column("transaction_no", Text, nullable=False),
    Column("order_no", Text),
    Column("county", Text),
    Column("coverage_year", Integer),
    _money("amount_fen"),
    _instant("paid_at", nullable=False, comment="the channel's instant: it decides price and window"),
    _instant("received_at", nullable=False),
    Column("payer_digest", Text, comment="the unit that paid for its people"),
    _employee_fund(),
    UniqueConstraint("transaction_no", "channel"),
    Index(None, "order_no"),
    Index(None, "channel", "paid_at"),
    CheckConstraint("amount_fen > 0", name="amount"),
)

payment_lines = Table(
    "payment_lines",
    metadata,
    Column("payment_id", BigInteger, ForeignKey("payments.id"), primary_key=True, autoincrement=False),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    *_place(nullable=True),
    _money("amount_fen"),
    Column(
        "refunded_fen",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="went back so far; the rest is applied or suspended",
    ),
    Column("state", Text, nullable=False),
    Column("reason", Text, comment="why it is, or was, in suspense"),
    Column("whole", Boolean, nullable=False, comment="the payment contradicts itself and was not split"),
    Column("identity_digest", Text),
    Column("name_digest", Text),
    Column("masked_id", Text),
    Column("masked_name", Text),
    Column("person_id", BigInteger),
    Column("household_id", BigInteger),
    Column("enrollment_id", BigInteger),
    Column("assessment_id", BigInteger),
    Column("tier", Integer, comment="what was paid, where the notice has tiers"),
    Column("add_on", Text, comment="it bought this add-on by itself, beside the contribution"),
    Column("repaired_year", Integer, comment="it is for this lapsed year, beside the contribution"),
    Column("part_of", BigInteger, comment="the payment whose line it completes, of several that paid a due"),
    _instant("waits_until", comment="when the window ends for the household that it waits for"),
    Column("voucher_no", Text),
    _instant("paid_at", nullable=False),
    _instant("received_at", nullable=False),
    _instant("applied_at"),
    _instant("told_at", comment="the time of the last word about it; null: of lines of earlier releases"),
    Column("applied_by", Text, comment="the operator who applied it from suspense"),
    Column("note", Sealed(Text)),
    Column("refund_id", BigInteger),
    Column("refund_attempt", Integer),
    Column("refund_outcome", Text),
    _instant("refunded_at"),
    Column(
        "giving_back",
        Boolean,
        nullable=False,
        server_default="false",
        comment="its channel is to give money of it back: it has no other place meanwhile",
    ),
    # Nobody is paid for twice in a year: not even two matchers gone wrong could do it.
    _partial(
        "uq_payment_lines_applied_person",
        "coverage_year",
        "person_id",
        where="state = 'applied' AND add_on IS NULL AND part_of IS NULL AND repaired_year IS NULL",
        unique=True,
    ),
    _partial(
        "uq_payment_lines_applied_repair",
        "coverage_year",
        "person_id",
        "repaired_year",
        where="state = 'applied' AND repaired_year IS NOT NULL",
        unique=True,
    ),
    _partial(
        "uq_payment_lines_applied_add_on",
        "coverage_year",
        "person_id",
        "add_on",
        where="state = 'applied' AND add_on IS NOT NULL",
        unique=True,
    ),
    _partial("ix_payment_lines_waiting", "identity_digest", where="state = 'suspended'"),
    _partial("ix_payment_lines_waiting_person", "person_id", where="state = 'suspended'"),
    _partial("ix_payment_lines_suspense", "received_at", "payment_id", where="state = 'suspended'"),
    Index(None, "person_id"),
    Index(None, "enrollment_id"),
    _partial(
        "ix_payment_lines_incomplete",
        "household_id",
        where="state = 'suspended' AND reason IN ('household_incomplete', 'household_tier_mismatch')",
    ),
    _partial(
        "ix_payment_lines_overdue",
        "waits_until",
        where="state = 'suspended' AND reason = 'household_incomplete'",
    ),
    _one_of("state", LineState),
    CheckConstraint("(state = 'suspended') <= (reason IS NOT NULL)", name="reason"),
    CheckConstraint("(state = 'applied' AND add_on IS NULL) <= (voucher_no IS NOT NULL)", name="voucher"),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("refunded_fen BETWEEN 0 AND amount_fen", name="refunded"),
    CheckConstraint("NOT (giving_back AND state = 'applied')", name="giving_back"),
)

#: What channels say about money that went back outside; `waiting` for its payment, which may come later.
returns = Table(
    "returns",
    metadata,
    Column(
        "notification_id",
        BigInteger,
        ForeignKey("notifications.id"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("channel", Text, nullable=False),
    Column("transaction_no", Text, nullable=False),
    Column("return_no", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("amount_fen", BigInteger, comment="null: all that was left of the payment"),
    Column("identity_digest", Text, comment="whose part it was, where the channel says so"),
    _instant("returned_at", nullable=False),
    _instant("received_at", nullable=False),
    Column("state", Text, nullable=False),
    Column("payment_id", BigInteger),
    Column("request_no", Text, comment="the number under which its channel was asked to give it back"),
    Index(None, "transaction_no", "channel"),
    Index(None, "channel", "returned_at"),
    Index(None, "return_no", "channel"),
    _one_of("kind", ReturnKind),
    _one_of("status", ReturnStatus),
    _one_of("state", ReturnState),
)

#: The last answer of the bank for each refund by card.
refunds = Table(
    "refunds",
    metadata,
    Column("refund_id", BigInteger, primary_key=True, autoincrement=False),
    Column("payment_id", BigInteger, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("outcome", Text, nullable=False, comment="paid, or returned after it"),
    _money("amount_fen"),
    Column("withdraws", Boolean, comment="whether the contribution ends with it; null: the whole line"),
    _instant("settled_at", nullable=False),
    Column(
        "excess_fen",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="went out although it was not left of the line",
    ),
    Index(None, "payment_id", "line_no"),
)

vouchers = Table(
    "vouchers",
    metadata,
    Column("voucher_no", Text, primary_key=True),
    Column("payment_id", BigInteger, nullable=False),
    Column("line_no", Integer, nullable=False),
    *_place(),
    Column("person_id", BigInteger, nullable=False),
    Column("enrollment_id", BigInteger, nullable=False),
    Column("window", Text, nullable=False),
    *_price(),
    Column("subsidies", JSONB, nullable=False),
    Column("channel", Text, nullable=False),
    _instant("paid_at", nullable=False),
    _instant("issued_at", nullable=False),
    Column("key_id", Text, nullable=False, comment="which key its verification code was made with"),
    Column("receipt_no", Text, comment="the one receipt of a household that gets one"),
    Column("repaired_year", Integer, comment="the lapsed year that it is for; null: the contribution"),
    _instant("voided_at"),
    Column("void_reason", Text),
    ForeignKeyConstraint(["payment_id", "line_no"], ["payment_lines.payment_id", "payment_lines.line_no"]),
    Index(None, "person_id"),
)

voucher_counters = Table(
    "voucher_counters",
    metadata,
    Column("division", Text, primary_key=True, comment="the six digits of the county"),
    Column("issued_on", Date, primary_key=True),
    Column("last_sequence", Integer, nullable=False),
)

# --------------------------------------------------------------------------- receipts and certificates

#: What was handed to a payer as proof: its content as it was issued, from which it is set again.
certificates = Table(
    "certificates",
    metadata,
    Column("certificate_no", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    *_place(),
    Column("batch_id", BigInteger, ForeignKey("certificate_batches.batch_id")),
    Column("order_no", Text, comment="of the unit whose one receipt it is"),
    Column("content", Sealed(JSONB), nullable=False, comment="all that the paper says, with full names"),
    Column("state", Text, nullable=False, comment="what the paper says of the money"),
    Column("key_id", Text, nullable=False, comment="which key its verification code was made with"),
    _instant("issued_at", nullable=False),
    Column("issued_by", Text, nullable=False),
    _one_of("kind", CertificateKind),
    _one_of("state", CertificateState),
    Index(None, "batch_id"),
    _partial("ix_certificates_order_no", "order_no", where="order_no IS NOT NULL"),
)

#: Which money a certificate is about, with what of it had gone back when it was issued.
certificate_lines = Table(
    "certificate_lines",
    metadata,
    Column("certificate_no", Text, ForeignKey("certificates.certificate_no"), primary_key=True),
    Column("payment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, nullable=False),
    Column("enrollment_id", BigInteger, nullable=False),
    _money("amount_fen"),
    _money("refunded_fen"),
    ForeignKeyConstraint(["payment_id", "line_no"], ["payment_lines.payment_id", "payment_lines.line_no"]),
    Index(None, "person_id"),
)

#: Whose contribution help covered when a certificate was issued.
certificate_exemptions = Table(
    "certificate_exemptions",
    metadata,
    Column("certificate_no", Text, ForeignKey("certificates.certificate_no"), primary_key=True),
    Column("enrollment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, nullable=False),
    Index(None, "person_id"),
)

#: Certificates of many people that were asked for together.
certificate_batches = Table(
    "certificate_batches",
    metadata,
    Column("batch_id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    *_place(),
    Column("issued", Integer, nullable=False),
    _instant("issued_at", nullable=False),
    Column("issued_by", Text, nullable=False),
    _one_of("kind", CertificateKind),
)

certificate_counters = Table(
    "certificate_counters",
    metadata,
    Column("division", Text, primary_key=True, comment="the six digits of the county"),
    Column("issued_on", Date, primary_key=True),
    Column("last_sequence", Integer, nullable=False),
)

# ----------------------------------------------------------------------------------------------- orders

orders = Table(
    "orders",
    metadata,
    Column("order_no", Text, primary_key=True, comment="what a wallet calls out_trade_no"),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    _money("amount_fen"),
    Column("item_count", Integer, nullable=False),
    Column("claimed_count", Integer, nullable=False),
    Column("state", Text, nullable=False, comment="expired is not stored: it follows from expires_at"),
    Column("created_by", Text, nullable=False),
    _instant("created_at", nullable=False),
    _instant("expires_at", nullable=False),
    _instant("cancelled_at"),
    Column("close_reason", Text, comment="why it was closed without anybody asking"),
    _instant("paid_at"),
    Column("payment_id", BigInteger),
    Column("payer_digest", Text, comment="the unit that pays for its people"),
    _employee_fund(),
    _one_of("state", OrderState),
    # An order exists only when it holds the claim on every person in it, so that two orders made at once
    # cannot both take one person: the statement that makes the second one fails here and undoes itself.
    CheckConstraint("claimed_count = item_count", name="claims_everyone"),
    _partial("ix_orders_unpaid", "created_at", where="payment_id IS NULL"),
)

order_items = Table(
    "order_items",
    metadata,
    Column("order_no", Text, ForeignKey("orders.order_no"), primary_key=True),
    Column("item_no", Integer, primary_key=True, autoincrement=False),
    *_place(),
    Column("person_id", BigInteger, nullable=False),
    Column("enrollment_id", BigInteger, nullable=False),
    Column("assessment_id", BigInteger, nullable=False),
    Column("masked_name", Text),
    Column("window", Text, nullable=False),
    *_price(),
    Column("tier", Integer, comment="on which it was priced; null: there are none"),
    Column("chosen_add_on_fen", BigInteger, comment="for add-ons that the payer chose; null: as registered"),
    Column("repaired_years", ARRAY(Integer), nullable=False, server_default=text("'{}'")),
    Column("repair_fen", BigInteger, nullable=False, server_default="0", comment="for all of these years"),
    Index(None, "person_id", "coverage_year"),
)

#: Each time that somebody asked to pay an order at its channel, and what came of it.
payment_attempts = Table(
    "payment_attempts",
    metadata,
    Column("attempt_id", BigInteger, Identity(), primary_key=True),
    Column("order_no", Text, ForeignKey("orders.order_no"), nullable=False),
    Column("way", Text, nullable=False, comment="jsapi, native or h5"),
    _instant("attempted_at", nullable=False),
    Column("attempted_by", Text, nullable=False),
    Column("refusal", Text, comment="the problem that was answered; null: it was opened"),
    Column("fault", Text, comment="in what state the order was, or what the channel answered"),
    Index(None, "order_no", "attempt_id"),
)

#: Orders that were asked for and refused, a row for each person in them whom the caller sees.
refused_orders = Table(
    "refused_orders",
    metadata,
    Column("refusal_id", BigInteger, Identity(), primary_key=True),
    *_place(),
    Column("person_id", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    _instant("refused_at", nullable=False),
    Column("refused_by", Text, nullable=False, comment="who asked for it"),
    Column("refusal", Text, nullable=False, comment="the problem that was answered"),
    Column("about_person", Boolean, nullable=False, comment="false: another one in it stood in the way"),
    Index(None, "person_id", "refusal_id"),
)

units = Table(
    "units",
    metadata,
    Column("unit_id", BigInteger, primary_key=True, autoincrement=False),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("division_code", Text, nullable=False),
    Column("channels", ARRAY(Text), nullable=False, comment="of the notice, through which it pays"),
    Column("version_no", Integer, nullable=False, comment="of the list by which this was told"),
    UniqueConstraint("county", "coverage_year", "code"),
)
unit_lines = Table(
    "unit_lines",
    metadata,
    Column("unit_id", BigInteger, primary_key=True, autoincrement=False),
    Column("enrollment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("version_no", Integer, nullable=False),
    Column("listed", Boolean, nullable=False),
    _instant("told_at", nullable=False),
)
#: Who is in a pending order, and until when; a claim past its time is taken over by the next order.
order_claims = Table(
    "order_claims",
    metadata,
    Column("coverage_year", Integer, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("order_no", Text, nullable=False),
    _instant("expires_at", nullable=False),
    Index(None, "order_no"),
)

# ------------------------------------------------------------------------------------- money taken by hand

collectors = Table(
    "collectors",
    metadata,
    Column("collector_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("division_code", Text, nullable=False, comment="the village, township or county it collects in"),
    Column("channel", Text, nullable=False, comment="the notice's code of the channel"),
    Column("title", Text, nullable=False, comment="of the place, such as a village office; names nobody"),
    Column("registered_by", Text, nullable=False),
    _instant("registered_at", nullable=False),
    UniqueConstraint("county", "division_code", "channel", "title"),
)

#: Money of one payer as a collector recorded it. Its payment is the notification that it was stored as.
cash_receipts = Table(
    "cash_receipts",
    metadata,
    Column("receipt_id", BigInteger, Identity(), primary_key=True),
    Column("collector_id", BigInteger, ForeignKey("collectors.collector_id"), nullable=False),
    *_place(),
    Column("instrument", Text, nullable=False),
    Column("reference", Text, comment="the number of the cheque, POS slip or transfer"),
    Column("people", Integer, nullable=False, comment="insured persons it is for"),
    _money("amount_fen"),
    Column("returned_fen", BigInteger, nullable=False, server_default="0", comment="bounced or given back"),
    _instant("paid_at", nullable=False, comment="the instant on the voucher: it decides price and cover"),
    Column("due_on", Date, comment="until when it may stay in hand, by the notice"),
    Column("due_year_unknown", Integer, comment="the year whose workdays nobody has said yet"),
    _instant("entered_at", nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("held_for", Text, comment="why somebody has to look first"),
    Column("payment_id", BigInteger, ForeignKey("notifications.id"), nullable=False, unique=True),
    Column("deposit_id", BigInteger, comment="the slip that covers it"),
    Column("batch_id", BigInteger, ForeignKey("village_batches.batch_id"), comment="of its village"),
    Column("batch_line_no", Integer, comment="where it stands in the roster of the batch"),
    Column("order_no", Text, comment="of a unit, which says whom it is for"),
    _one_of("instrument", Instrument),
    _one_of("state", ReceiptState),
    _one_of("held_for", HeldFor),
    CheckConstraint("(state = 'held') <= (held_for IS NOT NULL)", name="held"),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("returned_fen BETWEEN 0 AND amount_fen", name="returned"),
    CheckConstraint("(batch_id IS NULL) = (batch_line_no IS NULL)", name="batch"),
    Index(None, "batch_id", "batch_line_no", unique=True),
    Index(None, "collector_id", "receipt_id"),
    Index(None, "paid_at"),
    Index(None, "deposit_id"),
    # Nobody's money is taken twice for one order.
    _partial(
        "uq_cash_receipts_order",
        "order_no",
        where="order_no IS NOT NULL AND state <> 'refused' AND returned_fen = 0",
        unique=True,
    ),
    _partial(
        "ix_cash_receipts_in_hand",
        "collector_id",
        "coverage_year",
        where="deposit_id IS NULL AND instrument IN ('cash', 'cheque') AND state <> 'refused'",
    ),
)

#: Every number of paper that was used, each once.
paper_vouchers = Table(
    "paper_vouchers",
    metadata,
    Column("county", Text, primary_key=True),
    Column("voucher", Text, primary_key=True, comment="the notice's code of the paper"),
    Column("voucher_no", Text, primary_key=True),
    Column("receipt_id", BigInteger, ForeignKey("cash_receipts.receipt_id"), nullable=False),
    Column("line_no", Integer, nullable=False, comment="0: for the whole receipt"),
    # A number as books know it: what stands before its last digits with how many they are, and their value.
    Column(
        "series",
        Text,
        # As PostgreSQL shows it: the comparison with the migrations goes by the text.
        Computed(
            "(regexp_replace(voucher_no, '[0-9]+$'::text, ''::text) || '/'::text) || "
            "(length(\"substring\"(voucher_no, '[0-9]*$'::text)))::text",
            persisted=True,
        ),
    ),
    Column(
        "serial",
        BigInteger,
        Computed("(\"substring\"(voucher_no, '(?:^|[^0-9])([0-9]{1,18})$'::text))::bigint", persisted=True),
        comment="null: no number of a book ends so",
    ),
    Index(None, "receipt_id"),
    Index(None, "county", "voucher", "series", "serial"),
)

#: What happened to numbers of paper, from (holder, state) to (holder, state); nothing is ever taken out.
voucher_moves = Table(
    "voucher_moves",
    metadata,
    Column("move_id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    *_numbers(),
    Column("from_division_code", Text, comment="null: from outside of the county's books"),
    Column("from_collector_id", BigInteger, comment="null: an office holds them"),
    Column("from_state", Text),
    Column("to_division_code", Text, nullable=False),
    Column("to_collector_id", BigInteger),
    Column("to_state", Text, nullable=False),
    Column("reason", Sealed(Text)),
    Column("writeoff_id", BigInteger, ForeignKey("voucher_writeoffs.writeoff_id")),
    _instant("at", nullable=False, comment="when it happened to the paper"),
    _instant("entered_at", nullable=False),
    Column("entered_by", Text, nullable=False),
    _one_of("kind", MoveKind),
    Index(None, "county", "voucher", "at"),
)

#: Who holds which numbers since when: what the moves come to. At any instant a number lies in one at most.
voucher_stretches = Table(
    "voucher_stretches",
    metadata,
    Column("stretch_id", BigInteger, Identity(), primary_key=True),
    *_numbers(),
    Column("division_code", Text, nullable=False, comment="of the office or collector that holds them"),
    Column("collector_id", BigInteger, comment="null: an office holds them"),
    Column("state", Text, nullable=False),
    _instant("from_at", nullable=False),
    _instant("until_at", comment="null: still"),
    Column("move_id", BigInteger, ForeignKey("voucher_moves.move_id"), nullable=False),
    Column("book_id", BigInteger, nullable=False, comment="the move by which they came to their holder"),
    _one_of("state", NumberState),
    Index(None, "county", "voucher", "series", "first_serial"),
    Index(None, "move_id"),
    _partial("ix_voucher_stretches_current", "division_code", where="until_at IS NULL"),
)

#: What was written off up to a day, as it was then.
voucher_writeoffs = Table(
    "voucher_writeoffs",
    metadata,
    Column("writeoff_id", BigInteger, Identity(), primary_key=True),
    *_place(),
    Column("voucher", Text, nullable=False, comment="the notice's code of the paper"),
    Column("up_to", Date, nullable=False, comment="a month's or a year's last day"),
    Column("used", Integer, nullable=False),
    Column("void", Integer, nullable=False),
    _instant("entered_at", nullable=False),
    Column("entered_by", Text, nullable=False),
    UniqueConstraint("county", "voucher", "division_code", "up_to"),
)

#: Receipts of one collector that are handed in and checked together, and the step at which they are.
village_batches = Table(
    "village_batches",
    metadata,
    Column("batch_id", BigInteger, Identity(), primary_key=True),
    Column("collector_id", BigInteger, ForeignKey("collectors.collector_id"), nullable=False),
    *_place(),
    Column("state", Text, nullable=False),
    Column("round", Integer, nullable=False, comment="how often it was sent back, and this time"),
    Column("step", Text, nullable=False, comment="the notice's id of the step that it waits for"),
    Column("step_kind", Text, nullable=False),
    Column("department", Text, nullable=False, comment="the notice's code of whose step it is"),
    _instant("since_at", nullable=False, comment="when it came to this step"),
    Column("due_on", Date, comment="until when the step has to be done, by the notice"),
    Column("due_year_unknown", Integer, comment="the year whose workdays nobody has said yet"),
    Column("stated_people", Integer, comment="on the roster, as the village says"),
    Column("stated_fen", BigInteger, comment="the money, as the village says"),
    _instant("released_at", comment="since when its money may go to the bank, where that waits for a review"),
    _instant("opened_at", nullable=False),
    Column("opened_by", Text, nullable=False),
    _one_of("state", BatchState),
    Index(None, "collector_id", "batch_id"),
    _partial("ix_village_batches_waiting", "due_on", where="state <> 'done'"),
)

#: What was done to a batch, by whom, and what was compared; nothing is ever taken out.
batch_moves = Table(
    "batch_moves",
    metadata,
    Column("batch_id", BigInteger, ForeignKey("village_batches.batch_id"), primary_key=True),
    Column("move_no", Integer, primary_key=True, autoincrement=False),
    Column("round", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("step", Text, nullable=False, comment="at which it was then"),
    Column("department", Text, nullable=False),
    Column("due_on", Date, comment="until when that step had to be done"),
    _instant("entered_at", nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("people", Integer, nullable=False, comment="of its lines"),
    _money("amount_fen"),
    Column("paper_people", Integer, comment="counted on the paper"),
    Column("paper_fen", BigInteger, comment="counted on the paper"),
    Column("money_fen", BigInteger, comment="counted, or at the bank"),
    Column("reference", Text, comment="of the booking"),
    Column("reason", Sealed(Text)),
    Column("differences", Sealed(JSONB), comment="line by line, as they were found"),
    _one_of("kind", BatchMoveKind),
)

cash_deposits = Table(
    "cash_deposits",
    metadata,
    Column("deposit_id", BigInteger, Identity(), primary_key=True),
    Column("collector_id", BigInteger, ForeignKey("collectors.collector_id"), nullable=False),
    *_place(),
    Column("account", Text, comment="the notice's code of the account"),
    _money("amount_fen"),
    Column("covered_fen", BigInteger, nullable=False, comment="of the receipts that it was to bring"),
    Column("made_good_fen", BigInteger, nullable=False, server_default="0", comment="of what was missing"),
    Column("bounced_fen", BigInteger, nullable=False, server_default="0", comment="the bank took back"),
    Column("slip_no", Text, nullable=False),
    Column("bank_reference", Text),
    Column("makes_good_id", BigInteger, comment="the deposit whose missing money this brings"),
    _instant("deposited_at", nullable=False),
    _instant("entered_at", nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("state", Text, nullable=False),
    _one_of("state", DepositState),
    CheckConstraint("amount_fen > 0", name="amount"),
    _partial("uq_cash_deposits_slip", "county", "slip_no", where="state = 'made'", unique=True),
    Index(None, "collector_id", "deposit_id"),
)

#: Photos of a slip, as proof of what was typed from it.
deposit_photos = Table(
    "deposit_photos",
    metadata,
    Column("deposit_id", BigInteger, ForeignKey("cash_deposits.deposit_id"), primary_key=True),
    Column("photo_no", Integer, primary_key=True, autoincrement=False),
    Column("media_type", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("sha256", LargeBinary, nullable=False, comment="of the photo, kept when that is erased"),
    Column("sent_sha256", LargeBinary, comment="of the file as it was sent; null: not known"),
    Column("removed_bytes", Integer, comment="of place, time and device; null: kept as it came"),
    Column("content", Sealed(LargeBinary), comment="null: erased"),
    _instant("entered_at", nullable=False),
    Column("entered_by", Text, nullable=False),
    _one_of("media_type", PhotoType),
    UniqueConstraint("deposit_id", "sha256"),
)

# ------------------------------------------------------------------------------------- files of channels

#: A file that a channel gave about one day of one account; a corrected one is the next version.
channel_files = Table(
    "channel_files",
    metadata,
    Column("file_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("division_code", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="the layout"),
    Column("profile", Text, nullable=False, server_default="", comment="which layout of tables; or empty"),
    Column("business_on", Date, nullable=False),
    Column("version", Integer, comment="of this day; null: not read, or refused"),
    Column("state", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False, comment="of the file as it came"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("row_count", Integer, nullable=False, server_default="0", comment="read so far, in the end all"),
    Column("fault_count", Integer, nullable=False, server_default="0"),
    Column("in_fen", BigInteger, comment="what payments and bookings brought; null: not read, or refused"),
    Column("out_fen", BigInteger, comment="what went back or out"),
    Column("fee_fen", BigInteger, comment="what the channel took for itself"),
    _instant("uploaded_at", nullable=False),
    Column("uploaded_by", Text, nullable=False),
    _instant("read_at"),
    _instant("compared_at"),
    Column("compared_with", Text, comment="how much of ours there was then"),
    Column("difference_count", Integer, comment="null: not compared"),
    Column(
        "named_count", Integer, nullable=False, server_default="0", comment="rows that say whom or which year"
    ),
    *(Column(name, Integer, nullable=False, server_default="0") for name in ("in_count", "out_count")),
    _one_of("state", FileState),
    _partial(
        "uq_channel_files_current",
        *("county", "channel", "kind", "business_on"),
        where="state = 'current'",
        unique=True,
    ),
    _partial(
        "uq_channel_files_sha256",
        *("county", "channel", "kind", "business_on", "sha256", "profile"),
        where="state <> 'refused'",
        unique=True,
    ),
    _partial("ix_channel_files_queued", "file_id", where="state = 'queued'"),
)

#: What a channel kept of a day as its fee, and the mirrors of what was booked wrongly.
channel_fees = Table(
    "channel_fees",
    metadata,
    Column("fee_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("division_code", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("business_on", Date, nullable=False),
    Column("fee_no", Integer, nullable=False, comment="counts the rows of the day"),
    Column("coverage_year", Integer, nullable=False, comment="of whose money it was kept"),
    Column("amount_fen", BigInteger, nullable=False, comment="below zero: fees that were given back"),
    Column("file_id", BigInteger, ForeignKey("channel_files.file_id"), nullable=False, comment="the bill"),
    Column("statement_file_id", BigInteger, ForeignKey("channel_files.file_id")),
    Column("statement_line", Integer, comment="what came, where an officer was asked"),
    Column("reverses_id", BigInteger, ForeignKey("channel_fees.fee_id"), unique=True),
    Column("reason", Text, comment="why it is booked no longer"),
    Column("booked_by", Text, nullable=False, comment="settings: by the bill alone"),
    Column("approved_by", Text),
    _instant("booked_at", nullable=False),
    UniqueConstraint("county", "channel", "business_on", "fee_no"),
    CheckConstraint("amount_fen <> 0", name="amount"),
    CheckConstraint("(reverses_id IS NULL) = (reason IS NULL)", name="reason"),
    CheckConstraint("approved_by <> booked_by", name="second_person"),
)

#: What was written to banks and channels about days whose money did not come, as it was sent.
channel_letters = Table(
    "channel_letters",
    metadata,
    Column("letter_id", BigInteger, Identity(), primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False, comment="of the case"),
    Column("county", Text, nullable=False),
    Column("division_code", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False, comment="of the notice, into which the channel pays"),
    Column("business_on", Date, nullable=False, comment="the day, or the last one of several"),
    Column("owed_fen", BigInteger, nullable=False),
    Column("content", Text, nullable=False, comment="canonical JSON; exactly what `sha256` is over"),
    Column("sha256", Text, nullable=False),
    Column("reason", Sealed(Text), comment="in the words of the officer; null: erased"),
    Column("sent_by", Text, nullable=False),
    _instant("sent_at", nullable=False),
)

#: The sums of a day of a channel, as they were told the ledger last.
channel_day_totals = Table(
    "channel_day_totals",
    metadata,
    Column("county", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("business_on", Date, primary_key=True),
    Column("revision", Integer, nullable=False, comment="counts what was told"),
    Column("taken_fen", BigInteger, nullable=False),
    Column("payments", Integer, nullable=False),
    Column("returned_fen", BigInteger, comment="null: a return belongs to several counties"),
    Column("returns", Integer, nullable=False),
    _instant("compared_at", nullable=False, comment="of the files on which it rests"),
    _instant("totalled_at", nullable=False),
)

#: The file as it came.
channel_file_pieces = Table(
    "channel_file_pieces",
    metadata,
    Column("file_id", BigInteger, ForeignKey("channel_files.file_id"), primary_key=True),
    Column("piece_no", Integer, primary_key=True, autoincrement=False),
    Column("body", Sealed(LargeBinary), comment="null: erased"),
)

#: What it says, row by row, in one form for all channels.
channel_file_rows = Table(
    "channel_file_rows",
    metadata,
    Column("file_id", BigInteger, ForeignKey("channel_files.file_id"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("entry", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("transaction_no", Text, nullable=False),
    Column("return_no", Text, comment="of money that went back"),
    Column("entry_no", Text, comment="of the booking, where the file books money"),
    Column("order_no", Text),
    _money("amount_fen"),
    Column("fee_fen", BigInteger, nullable=False, comment="negative: the channel gave it back"),
    _instant("happened_at", nullable=False),
    Column("identity_digest", Text, comment="for whom a payment is, where the file says so"),
    Column("coverage_year", Integer, comment="for which year"),
    _one_of("entry", Entry),
    _one_of("state", RowState),
    CheckConstraint("amount_fen >= 0", name="amount"),
    _partial("ix_channel_file_rows_refunds", "transaction_no", where="entry = 'refund'"),
)

#: Why a file was refused, line by line. What a cell says is not repeated.
channel_file_faults = Table(
    "channel_file_faults",
    metadata,
    Column("file_id", BigInteger, ForeignKey("channel_files.file_id"), primary_key=True),
    Column("fault_no", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False, comment="a title of a column or total"),
)

#: Who closed a day of a channel, and what opened it again by itself. Rows are only added.
channel_day_moves = Table(
    "channel_day_moves",
    metadata,
    Column("move_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("division_code", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("business_on", Date, nullable=False),
    Column("move", Text, nullable=False),
    _instant("moved_at", nullable=False),
    Column("moved_by", Text, comment="null: by itself"),
    Column("cause", Text, comment="why by itself"),
    Column("rests_on", Text, nullable=False, comment="files and own money of the day, as they were then"),
    Index(None, "county", "business_on", "channel"),
    _one_of("move", DayMove),
    _one_of("cause", Cause),
    CheckConstraint("(moved_by IS NULL) = (cause IS NOT NULL)", name="by_itself"),
)

# -------------------------------------------------------------------- exchange with collector and bureau

#: What was sent together to one party, under the next number of its county. What somebody makes again by
#: mistake has no rows that changed, and is no batch.
exchange_batches = Table(
    "exchange_batches",
    metadata,
    Column("batch_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("division_code", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("party", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("batch_no", Integer, nullable=False, comment="by county and party, without gaps"),
    Column("profile", Text, nullable=False, comment="which layout"),
    Column("layout", JSONB, nullable=False, comment="the layout as it was then: the file stays what it was"),
    Column("row_count", Integer, nullable=False, server_default="0"),
    Column("total_fen", BigInteger, nullable=False, server_default="0"),
    Column("accepted", Integer, nullable=False, server_default="0", comment="of its rows, as they stand"),
    Column("refused", Integer, nullable=False, server_default="0"),
    _instant("made_at", nullable=False),
    Column("made_by", Text, nullable=False),
    UniqueConstraint("county", "party", "batch_no"),
    _one_of("party", Party),
    _one_of("kind", ExchangeKind),
    _partial("ix_exchange_batches_unanswered", "batch_id", where="accepted + refused < row_count"),
)

#: What a batch says of each thing, and the party's first word about it.
exchange_rows = Table(
    "exchange_rows",
    metadata,
    Column("batch_id", BigInteger, ForeignKey("exchange_batches.batch_id"), primary_key=True),
    Column("row_no", Integer, primary_key=True, autoincrement=False),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("party", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False, comment="ours, of the thing: sent anew it is the same"),
    Column("person_id", BigInteger),
    Column("payment_id", BigInteger),
    Column("line_no", Integer),
    _money("amount_fen"),
    Column("content", JSONB, nullable=False, comment="all that is told of it, in one form for all layouts"),
    Column("print", Text, nullable=False, comment="fingerprint of the content"),
    Column("state", Text, nullable=False, server_default="sent"),
    Column("code", Text, comment="the party's, where it refused"),
    Column("words", Text, comment="the party's, numbers of people masked"),
    _instant("answered_at"),
    _instant("released_at", comment="since when it may be sent again as it is: an officer said so"),
    Index(None, "county", "coverage_year", "party", "kind", "number", "batch_id"),
    _partial("ix_exchange_rows_payment", "payment_id", "line_no", where="payment_id IS NOT NULL"),
    Index(None, "person_id"),
    _one_of("party", Party),
    _one_of("kind", ExchangeKind),
    _one_of("state", ExchangeState),
    CheckConstraint("(state = 'sent') = (answered_at IS NULL)", name="answered"),
)

#: Answers as they came, known again by their hash.
exchange_answers = Table(
    "exchange_answers",
    metadata,
    Column("batch_id", BigInteger, ForeignKey("exchange_batches.batch_id"), primary_key=True),
    Column("sha256", LargeBinary, primary_key=True),
    Column("body", Sealed(LargeBinary), comment="the file as it came; null: erased"),
    Column("answer", JSONB, nullable=False, comment="what was answered to it"),
    _instant("taken_at", nullable=False),
    Column("taken_by", Text, nullable=False),
)

#: Days on which a party's batches were made by themselves.
exchange_runs = Table(
    "exchange_runs",
    metadata,
    Column("county", Text, primary_key=True),
    Column("party", Text, primary_key=True),
    Column("run_on", Date, primary_key=True),
    _instant("made_at", nullable=False),
    Column("batches", Integer, nullable=False),
    _one_of("party", Party),
)

#: By what channels may sign, beside what the settings have; two persons made each.
channel_secrets = Table(
    "channel_secrets",
    metadata,
    Column("secret_id", BigInteger, Identity(), primary_key=True),
    Column("channel", Text, nullable=False),
    Column("county", Text, nullable=False),
    Column("division_code", Text, nullable=False),
    Column("key", Sealed(Text), comment="a secret, or the public half of the sender's key; null: taken out"),
    Column("fingerprint", Text, nullable=False, comment="tells it from others, and says nothing of it"),
    _instant("made_at", nullable=False),
    Column("made_by", Text, nullable=False, comment="who asked for it"),
    Column("agreed_by", Text, nullable=False),
    _instant("shown_at", comment="when it was shown to who asked for it, once"),
    _instant("retired_at"),
    Column("retired_by", Text),
    CheckConstraint("(key IS NULL) = (retired_at IS NOT NULL)", name="forgotten"),
    Index(None, "channel"),
)

#: What became of what channels sent, counted by day; nothing of it is about anybody.
channel_tallies = Table(
    "channel_tallies",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("outcome", Text, primary_key=True, comment="stored, repeated, or the problem: refused"),
    Column("counted_on", Date, primary_key=True),
    Column("count", BigInteger, nullable=False),
    _instant("last_at", nullable=False),
)

#: What came of trying channels.
channel_trials = Table(
    "channel_trials",
    metadata,
    Column("trial_id", BigInteger, Identity(), primary_key=True),
    Column("channel", Text, nullable=False),
    _instant("tried_at", nullable=False),
    Column("tried_by", Text, nullable=False),
    Column("checked", ARRAY(Text), nullable=False, comment="what was right, in order"),
    Column("fault", Text, comment="what was not; null: all was"),
    Column("fingerprint", Text, comment="of the secret that signed"),
    Index(None, "channel", "trial_id"),
)

#: What channels' gateways are asked about payments that nobody told of, and what they said last.
channel_queries = Table(
    "channel_queries",
    metadata,
    Column("query_id", BigInteger, Identity(), primary_key=True),
    Column("channel", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="the order or the transaction: each is one query"),
    Column("order_no", Text),
    Column("transaction_no", Text),
    _instant("ordered_at"),
    *_place(nullable=True),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, comment="the officer who wanted to know"),
    Column("state", Text, nullable=False, server_default="due"),
    Column("outcome", Text, comment="what was said last"),
    Column("fault", Text, comment="why the last answer could not be used"),
    Column("tries", Integer, nullable=False, server_default="0"),
    _instant("opened_at", nullable=False),
    _instant("asked_at"),
    _instant("next_at", comment="null: it is not asked again"),
    Column("notification_id", BigInteger, comment="what was stored of the answer"),
    UniqueConstraint("subject", "channel"),
    CheckConstraint("(state = 'due') = (next_at IS NOT NULL)", name="due"),
    CheckConstraint("(order_no IS NULL) <> (transaction_no IS NULL)", name="about_one"),
    _partial("ix_channel_queries_due", "next_at", where="state = 'due'"),
    _one_of("reason", Reason),
    _one_of("state", QueryState),
    _one_of("outcome", Outcome),
)

# ------------------------------------------------------------------------------------- debits of accounts

#: Agreements by which a bank debits an account for people, year after year, from one of the years on.
debit_mandates = Table(
    "debit_mandates",
    metadata,
    Column("mandate_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("division_code", Text, nullable=False, comment="where its people lived when it was registered"),
    Column("channel", Text, nullable=False, comment="the bank that debits"),
    Column("agreement_no", Text, nullable=False, comment="the bank's number of the agreement"),
    Column("holder", Sealed(Text), comment="null: erased"),
    Column("account_no", Sealed(Text), comment="null: erased"),
    Column("account_masked", Text, nullable=False),
    Column("payer_id", BigInteger, comment="whose whole household it pays for; null: those who are listed"),
    Column("from_year", Integer, nullable=False, comment="the first coverage year that it pays"),
    Column("most_fen", BigInteger, comment="no more of one coverage year than this"),
    _instant("made_at", nullable=False),
    Column("made_by", Text, nullable=False),
    _instant("ended_at"),
    Column("ended_by", Text),
    Column("end_reason", Text),
    _one_of("end_reason", MandateEnd),
    CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended"),
    CheckConstraint("most_fen > 0", name="most"),
    _partial(
        "uq_debit_mandates_agreement",
        *("county", "channel", "agreement_no"),
        where="ended_at IS NULL",
        unique=True,
    ),
    _partial("ix_debit_mandates_active", *("county", "channel", "mandate_id"), where="ended_at IS NULL"),
    _partial("ix_debit_mandates_payer_id", "payer_id", where="payer_id IS NOT NULL"),
)

#: For whom a mandate pays: nobody is paid for by two of a county.
debit_mandate_people = Table(
    "debit_mandate_people",
    metadata,
    Column(
        "mandate_id",
        BigInteger,
        ForeignKey("debit_mandates.mandate_id"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("county", Text, nullable=False),
    _instant("added_at", nullable=False),
    _instant("ended_at"),
    Index(None, "person_id"),
    _partial("uq_debit_mandate_people_active", "person_id", "county", where="ended_at IS NULL", unique=True),
)

#: What a bank is to debit on one day: made in pieces, agreed to by a second person, given out, answered.
debit_batches = Table(
    "debit_batches",
    metadata,
    Column("batch_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("division_code", Text, nullable=False, comment="the division of who made it"),
    Column("coverage_year", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    _instant("debit_at", nullable=False, comment="when the bank debits: people are priced for this instant"),
    _instant(
        "held_until", nullable=False, comment="until when its orders stand; moved on while none answered"
    ),
    Column("state", Text, nullable=False),
    Column(
        "made_up_to", BigInteger, nullable=False, server_default="0", comment="the last mandate looked at"
    ),
    Column("declared_count", Integer, nullable=False, server_default="0"),
    Column("declared_total_fen", BigInteger, nullable=False, server_default="0"),
    _instant("created_at", nullable=False),
    Column("created_by", Text, nullable=False),
    Column("approval_id", BigInteger, comment="where a second person agrees to it"),
    Column("decided_by", Text),
    _instant("decided_at"),
    _instant("given_at", comment="when its file left first: from then on the bank may debit"),
    _one_of("state", DebitBatchState),
    CheckConstraint("decided_by <> created_by", name="maker_is_not_checker"),
    Index(None, "county", "coverage_year", "batch_id"),
    _partial("ix_debit_batches_open", "batch_id", where="state <> 'done'"),
)

#: One line of a batch: what one account is to pay, with its order.
debits = Table(
    "debits",
    metadata,
    Column("debit_id", BigInteger, Identity(), primary_key=True, comment="the number that the bank is given"),
    Column("batch_id", BigInteger, ForeignKey("debit_batches.batch_id"), nullable=False),
    Column("mandate_id", BigInteger, ForeignKey("debit_mandates.mandate_id"), nullable=False),
    *_place(),
    Column("order_no", Text, ForeignKey("orders.order_no"), nullable=False, unique=True),
    Column("people", Integer, nullable=False),
    _money("amount_fen"),
    Column("agreement_no", Text, nullable=False),
    Column("holder", Sealed(Text, like="debit_mandates.holder"), comment="as it was then; null: erased"),
    Column("account_no", Sealed(Text, like="debit_mandates.account_no"), comment="as it was; null: erased"),
    Column("account_masked", Text, nullable=False),
    Column("outcome", Text, comment="null: the bank has not answered"),
    Column("reason", Text, comment="the bank's words, or why it was taken out"),
    _instant("paid_at"),
    _instant("settled_at"),
    Column("payment_id", BigInteger),
    _one_of("outcome", DebitOutcome),
    CheckConstraint("amount_fen > 0", name="amount"),
    Index(None, "batch_id", "debit_id"),
    Index(None, "mandate_id", "coverage_year"),
    _partial("ix_debits_unanswered", "batch_id", where="outcome IS NULL"),
)

#: Who has a mandate and is not in the batch, and why.
debit_left_out = Table(
    "debit_left_out",
    metadata,
    Column(
        "batch_id", BigInteger, ForeignKey("debit_batches.batch_id"), primary_key=True, autoincrement=False
    ),
    Column("mandate_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    _one_of("reason", DebitReason),
)

#: Files by which a bank answered, as they came, and what was answered: the same file gets it again.
debit_result_files = Table(
    "debit_result_files",
    metadata,
    Column(
        "batch_id", BigInteger, ForeignKey("debit_batches.batch_id"), primary_key=True, autoincrement=False
    ),
    Column("sha256", Text, primary_key=True, comment="of the file and the profile by which it was read"),
    Column("profile", Text, nullable=False),
    Column("content", Sealed(LargeBinary), comment="as it came; null: erased"),
    Column("answer", JSONB, nullable=False),
    _instant("received_at", nullable=False),
    Column("received_by", Text, nullable=False),
)

#: Money of lines in suspense that their channels are asked to give back.
channel_refunds = Table(
    "channel_refunds",
    metadata,
    Column("channel_refund_id", BigInteger, Identity(), primary_key=True),
    Column("request_no", Text, nullable=False, comment="ours, the same however often it is asked for"),
    Column("payment_id", BigInteger, nullable=False),
    Column("line_no", Integer, nullable=False),
    _money("amount_fen"),
    Column("requested_by", Text, nullable=False),
    Column("agreed_by", Text, nullable=False),
    _instant("agreed_at", nullable=False),
    Column("state", Text, nullable=False),
    Column("accepted", Boolean, nullable=False, server_default="false", comment="the channel has taken it"),
    Column("refused", Text, comment="the channel's word for that it will not; to be made sure of"),
    Column("word", Text, comment="what was said last, or why it failed"),
    Column("return_no", Text, comment="the channel's number of it"),
    Column("tries", Integer, nullable=False, server_default="0"),
    _instant("asked_at", comment="when the channel was asked last"),
    _instant("next_at", comment="when it is asked again"),
    _instant("ended_at"),
    ForeignKeyConstraint(["payment_id", "line_no"], ["payment_lines.payment_id", "payment_lines.line_no"]),
    UniqueConstraint("request_no"),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("agreed_by <> requested_by", name="two_persons"),
    CheckConstraint("(state = 'processing') = (next_at IS NOT NULL)", name="due"),
    CheckConstraint("(state IN ('requested', 'processing', 'abnormal')) = (ended_at IS NULL)", name="ended"),
    _partial("ix_channel_refunds_due", "next_at", where="state = 'processing'"),
    # Of a line one refund is under way at a time.
    _partial(
        "uq_channel_refunds_under_way",
        "payment_id",
        "line_no",
        where="state IN ('requested', 'processing', 'abnormal')",
        unique=True,
    ),
    Index(None, "payment_id"),
    _one_of("state", ChannelRefundState),
)
#: Each answer of a channel about a refund, as it came.
channel_refund_answers = Table(
    "channel_refund_answers",
    metadata,
    Column("answer_id", BigInteger, Identity(), primary_key=True),
    Column(
        "channel_refund_id",
        BigInteger,
        ForeignKey("channel_refunds.channel_refund_id"),
        nullable=False,
        index=True,
    ),
    Column("asked", Text, nullable=False),
    _instant("asked_at", nullable=False),
    Column("status", Integer, comment="null: no answer came"),
    Column("word", Text, nullable=False, comment="what it says, or why it could not be used"),
    Column("headers", Text, comment="what was signed, and by whom"),
    Column("body", Sealed(LargeBinary)),
    _one_of("asked", Asked),
)

bus = bus_tables(metadata)
audit = audit_table(metadata)

erased_people = erased_people_table(metadata)
cases, approvals, alert_news = case_tables(metadata)
idempotency_keys = idempotency_table(metadata)
key_fingerprints = known_keys_table(metadata)
data_keys, sealing_work = sealing_tables(metadata)
lookup_seals = seals_table(metadata)
failed_guesses = guesses_table(metadata)
