"""Every table of the subsidy service on one page.

Business rows carry `county` and `coverage_year` (null only where money arrived that nobody could place).
Instants are business time, except `recorded_at`, which is the wall clock of the database.
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from libs.common.bus.tables import bus_tables
from libs.common.cases.tables import case_tables
from libs.common.db.known_keys import known_keys_table
from libs.common.db.metadata import new_metadata
from libs.common.db.resealing import sealing_tables
from libs.common.db.sealed import Sealed
from libs.common.db.used_keys import idempotency_table
from libs.common.erasures import erased_people_table
from libs.common.security.audit import audit_table
from libs.common.security.seals import seals_table

metadata = new_metadata()


def _instant(name: str, *, nullable: bool = True, comment: str | None = None) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=nullable, comment=comment)


def _recorded_at() -> Column[datetime]:
    return Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now())


def _among(column: str, values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values.split())
    return CheckConstraint(f"{column} IN ({listed})", name=column)


# ------------------------------------------------------------------------------------- facts about people

persons = Table(
    "persons",
    metadata,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("county", Text, comment="where the newest assessment was made"),
    Column("division_code", Text),
    Column("guardian_id", BigInteger),
    Column("minor", Boolean, nullable=False, server_default=text("false")),
    _instant("known_at", comment="instant of the assessment that said so; null when only a payment is known"),
    Column("name_digest", Text(collation="C"), comment="keyed digest of the name, to compare holders with"),
    _instant("card_told_at", comment="since when others know that there is a card"),
    Index(None, "guardian_id", postgresql_where=text("guardian_id IS NOT NULL")),
    comment="one row per person; locking it puts all decisions about the person in order",
)

merged_people = Table(
    "merged_people",
    metadata,
    Column("merged_person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, nullable=False),
    _instant("merged_at", nullable=False),
    Index(None, "person_id"),
    comment="records that turned out to be another person: facts that name them mean who goes on",
)

identities = Table(
    "identities",
    metadata,
    Column("digest", Text(collation="C"), primary_key=True, comment="keyed digest of an identity number"),
    Column("person_id", BigInteger, comment="null: a card named it before any assessment did"),
    Index(None, "person_id"),
)

enrollments = Table(
    "enrollments",
    metadata,
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("enrollment_id", BigInteger, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("household_id", BigInteger),
    Column("division_code", Text, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0"), comment="0: not assessed yet"),
    Column("assessment_id", BigInteger, nullable=False, server_default=text("0")),
    Column("notice", Text),
    _instant("assessed_at"),
    Column("offers", JSONB, nullable=False, comment="segments of the schedule that carry help"),
    Column("late", JSONB, nullable=False, comment="what the notice's retro rule adds after payment"),
    _instant("registered_at"),
    _instant("cancelled_at"),
    Column("cancelled_revision", Integer, comment="it holds until an assessment of a higher revision"),
    Column("contest_no", Integer, nullable=False, server_default=text("0")),
    Column("contested", Boolean, nullable=False, server_default=text("false"), comment="help waits"),
    Column("withdrawn_revision", Integer, comment="help of assessments up to this one was withdrawn"),
    _instant("withdrawn_at"),
    Column("ends_cover", Boolean, nullable=False, server_default=text("false")),
    Column("merged_into", BigInteger, comment="it ended for this one when two records became one person"),
    Column(
        "merging",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="its money was taken back by a merge that registration has not told yet",
    ),
    Column(
        "elsewhere",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="no enrollment: the record of somebody insured elsewhere, whose help stands in late",
    ),
    _recorded_at(),
    PrimaryKeyConstraint("coverage_year", "enrollment_id"),
    Index(None, "person_id", "coverage_year"),
)

payment_lines = Table(
    "payment_lines",
    metadata,
    Column("payment_id", BigInteger, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("county", Text),
    Column("coverage_year", Integer),
    Column("person_id", BigInteger),
    Column("enrollment_id", BigInteger),
    Column("assessment_id", BigInteger),
    Column("division_code", Text),
    Column("channel", Text, nullable=False),
    Column("transaction_no", Text, nullable=False),
    Column("state", Text, nullable=False, comment="applied or suspended, by the newest fact about it"),
    Column("reason", Text, comment="why it was suspended"),
    Column(
        "first",
        Boolean,
        nullable=False,
        comment="nothing is known of it but that it arrived and waits",
    ),
    Column("amount_fen", BigInteger, nullable=False, comment="all money that the line ever had"),
    Column("price_fen", BigInteger),
    Column("own_fen", BigInteger),
    Column("part_of", BigInteger, comment="the payment whose due it pays a part of, without help"),
    Column("subsidies", JSONB, nullable=False, comment="what the due carried at the instant of payment"),
    _instant("paid_at", nullable=False),
    _instant("happened_at", nullable=False, comment="the time of its newest event"),
    _recorded_at(),
    Column("payer_digest", Text, comment="the unit that paid: what goes back goes back to it"),
    Column("repaired_year", Integer, comment="the lapsed year that it repairs, without help"),
    Column("cover_from", Date, comment="from when on there is cover by that"),
    Column(
        "employee_fund",
        Text,
        comment="the employees' fund that owes it: what goes back goes to the personal account that paid",
    ),
    PrimaryKeyConstraint("payment_id", "line_no"),
    Index(None, "person_id", "coverage_year"),
    _among("state", "applied suspended"),
)

line_returns = Table(
    "line_returns",
    metadata,
    Column("payment_id", BigInteger, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("return_no", Text, nullable=False, comment="the channel's own number"),
    Column("amount_fen", BigInteger, nullable=False),
    Column("withdraws", Boolean, nullable=False),
    _instant("returned_at", nullable=False),
    _recorded_at(),
    PrimaryKeyConstraint("payment_id", "line_no", "return_no"),
    comment="money that went back outside: at the wallet, the tax bureau or a bank",
)

#: Money of lines in suspense that collection has their channels give back: no card gets it meanwhile.
channel_refunds = Table(
    "channel_refunds",
    metadata,
    Column("request_no", Text, primary_key=True, comment="collection's number of it"),
    Column("payment_id", BigInteger, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("state", Text, nullable=False, comment="held: no card gets it; refused: one does; ended"),
    _recorded_at(),
    _among("state", "held refused ended"),
    Index("ix_channel_refunds_held", "payment_id", "line_no", postgresql_where=text("state = 'held'")),
)

# ---------------------------------------------------------------------------------------------- entitlements

grants = Table(
    "grants",
    metadata,
    Column("grant_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("enrollment_id", BigInteger, nullable=False),
    Column(
        "assessment_id", BigInteger, nullable=False, comment="the rule applied: its trace names the clause"
    ),
    Column("division_code", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("mechanism", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("late", Boolean, nullable=False, comment="added by the retro rule after payment"),
    Column("completes_enrollment", Boolean, nullable=False),
    Column("payment_id", BigInteger),
    Column("line_no", Integer),
    _instant("granted_at", nullable=False),
    _instant("revoked_at"),
    Column("revoke_reason", Text),
    Column("recovered_from", Text, comment="whose money went back to the payer: fund or person"),
    _recorded_at(),
    Column(
        "recovered_fen",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="what the person gave back of it while it goes on",
    ),
    Column(
        "top_up",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="numbers what came on top of what had left before, from 1; 0 is the first",
    ),
    Column(
        "elsewhere",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="for insurance elsewhere: the enrollment is the record of that",
    ),
    CheckConstraint("amount_fen > 0", name="amount"),
    _among("mechanism", "paid_on_behalf reimburse_to_card outside_system"),
    Index(
        "uq_grants_active",
        "coverage_year",
        "enrollment_id",
        "payer",
        "late",
        "top_up",
        unique=True,
        postgresql_where=text("revoked_at IS NULL"),
    ),
    Index(None, "person_id", "coverage_year"),
)

# ---------------------------------------------------------------------------------------------- verification

verifications = Table(
    "verifications",
    metadata,
    Column("verification_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("division_prefix", Text(collation="C"), nullable=False, comment="the township, nine digits"),
    Column("payer", Text, nullable=False),
    Column("number", Integer, nullable=False, comment="of the township and payer, rising from 1"),
    Column("line_count", Integer, nullable=False),
    Column("total_fen", BigInteger, nullable=False, comment="when it was drawn: it never changes"),
    Column("drawn_by", Text, nullable=False),
    _instant("drawn_at", nullable=False),
    _recorded_at(),
    UniqueConstraint("county", "coverage_year", "division_prefix", "payer", "number"),
    comment="rosters of who is to be subsidized, each drawn once from the grants that are on none",
)

verification_lines = Table(
    "verification_lines",
    metadata,
    Column("grant_id", BigInteger, primary_key=True, autoincrement=False),
    Column("verification_id", BigInteger, nullable=False),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("division_code", Text(collation="C"), nullable=False, comment="where the person lived then"),
    Column("state", Text, nullable=False, server_default=text("'open'")),
    _recorded_at(),
    Column("application_id", BigInteger, comment="by which its money was applied for"),
    _instant("funded_at", comment="since when its money is confirmed"),
    ForeignKeyConstraint(["grant_id"], ["grants.grant_id"]),
    ForeignKeyConstraint(["verification_id"], ["verifications.verification_id"]),
    ForeignKeyConstraint(["application_id"], ["fund_applications.application_id"]),
    _among("state", "open held released struck_out lifted"),
    CheckConstraint("application_id IS NOT NULL OR funded_at IS NULL", name="funded"),
    Index(None, "verification_id", "grant_id"),
    Index(None, "application_id", "grant_id"),
    Index(None, "county", "coverage_year", "state"),
    comment="every grant stands on one roster at most",
)

verification_steps = Table(
    "verification_steps",
    metadata,
    Column("step_id", BigInteger, Identity(), primary_key=True),
    Column("grant_id", BigInteger, nullable=False),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Sealed(Text), comment="why it is held or struck out"),
    Column("decided_by", Text, nullable=False),
    _instant("decided_at", nullable=False),
    _recorded_at(),
    ForeignKeyConstraint(["grant_id"], ["verification_lines.grant_id"]),
    Index(None, "grant_id", "step_id"),
    comment="what was decided of each line, by whom and when; it only grows",
)

fund_applications = Table(
    "fund_applications",
    metadata,
    Column("application_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("payer", Text, nullable=False),
    Column("number", Integer, nullable=False, comment="of the payer, rising from 1"),
    Column("line_count", Integer, nullable=False),
    Column("total_fen", BigInteger, nullable=False),
    Column("applied_by", Text, nullable=False),
    _instant("applied_at", nullable=False),
    Column("confirmed_fen", BigInteger, comment="what finance has for it; null until it answered"),
    Column("confirmed_by", Text),
    _instant("confirmed_at"),
    _recorded_at(),
    UniqueConstraint("county", "coverage_year", "payer", "number"),
    CheckConstraint("confirmed_fen BETWEEN 0 AND total_fen", name="confirmed"),
    CheckConstraint("confirmed_by <> applied_by", name="maker_is_not_checker"),
    comment="what the bureau asks finance for; what it sums up never changes",
)

fund_application_parts = Table(
    "fund_application_parts",
    metadata,
    Column("application_id", BigInteger, nullable=False),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("division_prefix", Text(collation="C"), nullable=False, comment="the township, nine digits"),
    Column("line_count", Integer, nullable=False),
    Column("total_fen", BigInteger, nullable=False),
    _recorded_at(),
    PrimaryKeyConstraint("application_id", "division_prefix"),
    ForeignKeyConstraint(["application_id"], ["fund_applications.application_id"]),
    comment="an application by township",
)

fund_arrivals = Table(
    "fund_arrivals",
    metadata,
    Column("arrival_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("payer", Text, nullable=False),
    Column("reference", Text, nullable=False, comment="the number of the bank's or the treasury's paper"),
    Column("amount_fen", BigInteger, nullable=False),
    _instant("arrived_at", nullable=False),
    Column("entered_by", Text, nullable=False),
    _instant("entered_at", nullable=False),
    _instant("reversed_at", comment="when two persons took back what was entered wrongly"),
    _recorded_at(),
    Index(
        "uq_fund_arrivals_standing",
        *("county", "coverage_year", "payer", "reference"),
        unique=True,
        postgresql_where=text("reversed_at IS NULL"),
    ),
    CheckConstraint("amount_fen > 0", name="amount"),
    comment="money of payers that has come",
)

fund_returns = Table(
    "fund_returns",
    metadata,
    Column("return_id", BigInteger, primary_key=True, autoincrement=False),
    Column("arrival_id", BigInteger, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    _instant("returned_at", nullable=False),
    _recorded_at(),
    ForeignKeyConstraint(["arrival_id"], ["fund_arrivals.arrival_id"]),
    Index(None, "arrival_id"),
    comment="what went back to who gave it, as registration tells",
)

# ------------------------------------------------------------------------------------------------------ cards

cards = Table(
    "cards",
    metadata,
    Column("card_id", BigInteger, Identity(), primary_key=True),
    Column("digest", Text(collation="C"), nullable=False, comment="keyed digest of the owner's number"),
    Column("account_cipher", Sealed(LargeBinary), nullable=False, comment="AES-256-GCM, nonce first"),
    Column("account_digest", Text(collation="C"), nullable=False, comment="keyed digest, for equality"),
    Column("account_masked", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("holder", Sealed(Text), nullable=False),
    _instant("registered_at", nullable=False),
    Column("registered_by", Text, nullable=False),
    _instant("replaced_at", comment="when the next card of the same number took its place"),
    _recorded_at(),
    Column("holder_digest", Text(collation="C"), comment="keyed digest of the holder's name"),
    _instant("accepted_at", comment="when two persons accepted a holder who is not the owner"),
    Column("division", Text, comment="a prefix: it reaches nobody elsewhere; null for everywhere"),
    Index("uq_cards_current", "digest", unique=True, postgresql_where=text("replaced_at IS NULL")),
    Index(None, "digest", "card_id"),
)

# ---------------------------------------------------------------------------------------------------- refunds

refunds = Table(
    "refunds",
    metadata,
    Column("refund_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, comment="whose money it is; null until a request says so"),
    Column("coverage_year", Integer),
    Column("payment_id", BigInteger, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("person_id", BigInteger),
    Column("payee_digest", Text, comment="whose card gets money of an unknown person, or of a unit"),
    Column("division_code", Text),
    Column("channel", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("reason", Sealed(Text), nullable=False),
    Column("state", Text, nullable=False),
    Column("withdraws", Boolean, nullable=False, comment="gives back all that is left of an applied line"),
    Column("repaired_year", Integer, comment="of an applied line that repairs a lapsed year"),
    Column("requested_by", Text, nullable=False),
    _instant("requested_at", nullable=False),
    Column("decided_by", Text),
    _instant("decided_at"),
    Column("decision_note", Sealed(Text)),
    _recorded_at(),
    Column("against_rule", Text, comment="an exception: what the notice says; null: it provides for it"),
    Column("against_clause", Text, comment="where the notice says so"),
    Column("ground", Text, comment="the notice's reason; null: it names none"),
    Column("proofs", JSONB, comment="codes of the papers that lay before"),
    ForeignKeyConstraint(["payment_id", "line_no"], ["payment_lines.payment_id", "payment_lines.line_no"]),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("decided_by <> requested_by", name="maker_is_not_checker"),
    _among("state", "requested approved paid rejected superseded"),
    Index(
        "uq_refunds_requested",
        "payment_id",
        "line_no",
        unique=True,
        postgresql_where=text("state = 'requested'"),
    ),
    Index(None, "state", "county", "coverage_year", "refund_id"),
    Index(None, "payment_id", "line_no"),
    Index(None, "person_id"),
)

# ---------------------------------------------------------------------------------------------------- payouts

payouts = Table(
    "payouts",
    metadata,
    Column("payout_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text),
    Column("coverage_year", Integer),
    Column("kind", Text, nullable=False),
    Column("grant_id", BigInteger),
    Column("refund_id", BigInteger),
    Column("person_id", BigInteger),
    Column("payee_digest", Text),
    Column("division_code", Text),
    Column("payer", Text),
    Column("amount_fen", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, comment="what the bank said, or no_account"),
    Column(
        "attempt", Integer, nullable=False, server_default=text("0"), comment="the newest attempt, 0: none"
    ),
    Column("tried_account", Text(collation="C"), comment="digest of the account of the newest attempt"),
    _instant("created_at", nullable=False),
    _instant("changed_at", nullable=False),
    _recorded_at(),
    UniqueConstraint("grant_id"),
    UniqueConstraint("refund_id"),
    CheckConstraint("(kind = 'subsidy') = (grant_id IS NOT NULL)", name="grant"),
    CheckConstraint("(kind = 'refund') = (refund_id IS NOT NULL)", name="refund"),
    CheckConstraint("amount_fen > 0", name="amount"),
    _among("kind", "subsidy refund"),
    _among("state", "waiting_card ready sent paid needs_card held cancelled"),
    Index(None, "state", "county", "coverage_year", "payout_id"),
    Index(None, "person_id"),
    Index(None, "payee_digest", postgresql_where=text("payee_digest IS NOT NULL")),
)

batches = Table(
    "batches",
    metadata,
    Column("batch_id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("division_prefix", Text, nullable=False, comment="the division of who made it"),
    Column("declared_count", Integer, nullable=False),
    Column("declared_total_fen", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    _instant("created_at", nullable=False),
    Column("approval_id", BigInteger, comment="where a second person agrees to it"),
    Column("decided_by", Text),
    _instant("approved_at", comment="from then on its file may leave"),
    _instant("refused_at"),
    _recorded_at(),
    CheckConstraint("decided_by <> created_by", name="maker_is_not_checker"),
    Index(None, "county", "coverage_year"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("payout_id", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("card_id", BigInteger, nullable=False),
    Column(
        "account_cipher",
        Sealed(LargeBinary, like="cards.account_cipher"),
        nullable=False,
        comment="the account as it was sent",
    ),
    Column("account_masked", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("holder", Sealed(Text, like="cards.holder"), nullable=False),
    Column("outcome", Text, comment="null: the bank has not answered"),
    Column("reason", Text),
    _instant("settled_at"),
    Column(
        "contradicted",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="the bank said failed first, and paid later",
    ),
    _recorded_at(),
    PrimaryKeyConstraint("payout_id", "attempt"),
    ForeignKeyConstraint(["payout_id"], ["payouts.payout_id"]),
    ForeignKeyConstraint(["batch_id"], ["batches.batch_id"]),
    _among("outcome", "paid failed returned refused"),
    Index(None, "batch_id", "payout_id"),
    Index(
        "uq_attempts_active",
        "payout_id",
        unique=True,
        postgresql_where=text("(outcome IS NULL OR outcome = 'paid') AND NOT contradicted"),
    ),
)

attempt_answers = Table(
    "attempt_answers",
    metadata,
    Column("answer_id", BigInteger, Identity(), primary_key=True),
    Column("payout_id", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    _instant("answered_at", nullable=False),
    Column(
        "file_sha256", Text(collation="C"), comment="of its result file; null: taken in by a release before"
    ),
    Column(
        "counts",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="false: it is against what the bank had said, and a case came of it",
    ),
    _recorded_at(),
    ForeignKeyConstraint(["payout_id", "attempt"], ["attempts.payout_id", "attempts.attempt"]),
    _among("outcome", "paid failed returned"),
    Index(None, "payout_id", "attempt"),
)

result_files = Table(
    "result_files",
    metadata,
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("sha256", Text(collation="C"), nullable=False),
    Column("answer", JSONB, nullable=False, comment="what was answered: the same file gets it again"),
    Column("received_by", Text, nullable=False),
    _instant("received_at", nullable=False),
    _recorded_at(),
    PrimaryKeyConstraint("batch_id", "sha256"),
    ForeignKeyConstraint(["batch_id"], ["batches.batch_id"]),
)

# ----------------------------------------------------------------------------- bus, audit trail, used keys

bus = bus_tables(metadata)
audit = audit_table(metadata)

erased_people = erased_people_table(metadata)
cases, approvals, alert_news = case_tables(metadata)
idempotency_keys = idempotency_table(metadata)
key_fingerprints = known_keys_table(metadata)
data_keys, sealing_work = sealing_tables(metadata)
lookup_seals = seals_table(metadata)
