"""Every table of the ledger. Facts, postings, memos, handovers and their members only ever grow.

`county` and `coverage_year` lead every key, so that a county, a year or both can become a partition or a
database. What belongs to no county yet (money of an unknown person) has the county '' and the year 0.
"""

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    event,
    false,
    text,
)

from libs.common.bus.tables import bus_tables
from libs.common.cases.tables import case_tables
from libs.common.db.known_keys import known_keys_table
from libs.common.db.metadata import new_metadata
from libs.common.db.resealing import sealing_tables
from libs.common.db.sealed import Sealed
from libs.common.security.audit import audit_table
from libs.common.security.seals import seals_table
from libs.common.web.idempotency import idempotency_table

metadata = new_metadata()
bus = bus_tables(metadata)
audit = audit_table(metadata)
idempotency_keys = idempotency_table(metadata)
key_fingerprints = known_keys_table(metadata)
data_keys, sealing_work = sealing_tables(metadata)
lookup_seals = seals_table(metadata)
cases, approvals, alert_news = case_tables(metadata)


def _season() -> tuple[Column[str], Column[int]]:
    return (
        Column("county", Text, primary_key=True, comment="name of the notice's county; '' while unknown"),
        Column("coverage_year", Integer, primary_key=True, autoincrement=False, comment="0 while unknown"),
    )


ACCOUNTING_MONTH = "first day of the month that it is booked in: its own, or the first one open when it came"
#: Nothing is booked before the month in which it happened.
NOT_BEFORE = "accounting_month >= date_trunc('month', business_at AT TIME ZONE 'Asia/Shanghai')"

locks = Table(
    "locks",
    metadata,
    Column("name", Text, primary_key=True, comment="lines, or books:<county>:<coverage_year>"),
    comment="rows that are locked and never changed: services/ledger/README.md says by whom",
)

facts = Table(
    "facts",
    metadata,
    *_season(),
    Column("id", BigInteger, Identity(), primary_key=True, comment="in the order in which they took effect"),
    Column("source", Text(collation="C"), nullable=False, comment="CloudEvents source"),
    Column("event_id", Text(collation="C"), nullable=False),
    Column("type", Text, nullable=False),
    Column("event_at", DateTime(timezone=True), nullable=False, comment="CloudEvents time"),
    Column("business_at", DateTime(timezone=True), nullable=False, comment="decides the deadline"),
    Column("enrollment_id", BigInteger),
    Column("payment_id", BigInteger),
    Column("line_no", Integer),
    Column("data", Text, nullable=False, comment="canonical JSON of the fact"),
    UniqueConstraint("county", "coverage_year", "source", "event_id"),
    Index(
        "ix_facts_payment_line",
        "payment_id",
        "line_no",
        postgresql_where=text("payment_id IS NOT NULL"),
    ),
    comment="what happened, as it was published: everything else can be computed again from here",
)

postings = Table(
    "postings",
    metadata,
    *_season(),
    Column("fact_id", BigInteger, primary_key=True, autoincrement=False),
    Column("leg_no", SmallInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False, comment="services/ledger/postings/rules.py names them"),
    Column(
        "reversal", Boolean, nullable=False, server_default=false(), comment="mirrors a posting of its kind"
    ),
    Column("source", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("business_at", DateTime(timezone=True), nullable=False),
    Column("person_id", BigInteger),
    Column("division_code", Text),
    Column("channel", Text),
    Column("payer", Text),
    Column("accounting_month", Date, nullable=False, comment=ACCOUNTING_MONTH),
    CheckConstraint("amount_fen > 0", name="amount_is_positive"),
    CheckConstraint("source <> destination", name="accounts_differ"),
    CheckConstraint(NOT_BEFORE, name="month_is_not_before"),
    CheckConstraint("extract(day FROM accounting_month) = 1", name="month_is_a_first_day"),
    # Months are written one after the other: what of the table a month is in, a few bytes say.
    Index("ix_postings_accounting_month", "accounting_month", postgresql_using="brin"),
    # A few hundred among a million: what is moved for all together and not for one person.
    Index(
        "ix_postings_together",
        *("county", "coverage_year", "business_at"),
        postgresql_where=text(
            "kind IN ('channel_settlement', 'employee_fund_transfer', 'channel_fee', "
            "'channel_fee_reimbursed', "
            "'treasury_receipt', 'fiscal_transfer', 'upward_remittance', 'add_on_handover', 'match_arrived', "
            "'work_funds_settled', 'work_funds_paid')"
        ),
    ),
    comment="money from one account to another; sums to zero by construction",
)

memos = Table(
    "memos",
    metadata,
    *_season(),
    Column("fact_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reversal", Boolean, nullable=False, server_default=false()),
    Column("payer", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("business_at", DateTime(timezone=True), nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("division_code", Text, nullable=False),
    CheckConstraint("amount_fen > 0", name="amount_is_positive"),
    comment="help that a department settles with the person itself: listed, but no money of ours moves",
)

withdrawals = Table(
    "withdrawals",
    metadata,
    *_season(),
    Column("fact_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reversal", Boolean, nullable=False, server_default=false(), comment="the person counts again"),
    Column("business_at", DateTime(timezone=True), nullable=False),
    Column("division_code", Text, nullable=False),
    comment="people who are no longer counted, whatever money of theirs is still there",
)

merges = Table(
    "merges",
    metadata,
    Column("county", Text, primary_key=True),
    Column("merged_person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, nullable=False, comment="who goes on; the lower id"),
    Column("fact_id", BigInteger, nullable=False, unique=True),
    Column("business_at", DateTime(timezone=True), nullable=False),
    comment="records that turned out to be one person: one head, whichever id a posting was made with",
)

due_positions = Table(
    "due_positions",
    metadata,
    *_season(),
    Column("enrollment_id", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "revision", Integer, nullable=False, server_default=text("-1"), comment="of the newest assessment"
    ),
    Column("due_fen", BigInteger, nullable=False, server_default=text("0")),
    Column("assessed_at", DateTime(timezone=True)),
    Column("cancelled_at", DateTime(timezone=True)),
    Column("paid_lines", Integer, nullable=False, server_default=text("0")),
    Column("paid_fen", BigInteger, nullable=False, server_default=text("0")),
    Column(
        "ended_lines",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="of `paid_lines`: those whose contribution a refund withdrew",
    ),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("completed_at", DateTime(timezone=True), comment="when it was last paid or exempted"),
    Column("cancelled_revision", Integer, nullable=False, server_default=text("-1")),
    Column("withdrawn_no", Integer, nullable=False, server_default=text("-1")),
    Column("restored_no", Integer, nullable=False, server_default=text("-1")),
    Column("withdrawn_revision", Integer, nullable=False, server_default=text("-1")),
    postgresql_with={"fillfactor": "70"},
    comment="what is known of one enrollment's due; the row lock puts facts of different topics in order",
)

movements = Table(
    "movements",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel", Text),
    Column(
        "amount_fen", BigInteger, nullable=False, comment="0 when all was asked for and nothing was there"
    ),
    Column("business_at", DateTime(timezone=True), nullable=False),
    Column("reference", Text, nullable=False, comment="the number on the bank's or treasury's paper"),
    Column("reverses_id", BigInteger, ForeignKey("movements.id"), unique=True),
    Column("request", Text, nullable=False, comment="canonical JSON of what was asked, to know it again"),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("payee", Text, comment="to whom add-ons were handed over"),
    Column(
        "clause", Text, comment="of the notice's steps that it is; none where the notice says nothing of it"
    ),
    Column("off_path", Text, comment="not_on_path, other_department: it has a case"),
    Column("accounting_month", Date, nullable=False, comment=ACCOUNTING_MONTH),
    UniqueConstraint("county", "reference"),
    CheckConstraint(NOT_BEFORE, name="month_is_not_before"),
    CheckConstraint("extract(day FROM accounting_month) = 1", name="month_is_a_first_day"),
    CheckConstraint("amount_fen >= 0", name="amount_is_not_negative"),
    comment="money moved on by an operator",
)

slip_matches = Table(
    "slip_matches",
    metadata,
    *_season(),
    Column("movement_id", BigInteger, ForeignKey("movements.id"), primary_key=True, autoincrement=False),
    Column("channel", Text, primary_key=True),
    Column(
        "match_no",
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="of a slip and channel the last one counts",
    ),
    Column("how", Text, nullable=False, comment="day, run, oldest: by its sum or in turn; named"),
    Column("matched_by", Text, nullable=False),
    Column("matched_at", DateTime(timezone=True), nullable=False),
    Column("reason", Sealed(Text), comment="why the match before was wrong"),
    CheckConstraint("match_no > 0", name="number_is_positive"),
    comment="that a slip of a channel was matched to the days that it pays",
)

slip_days = Table(
    "slip_days",
    metadata,
    *_season(),
    Column("movement_id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", Text, primary_key=True),
    Column("match_no", SmallInteger, primary_key=True, autoincrement=False),
    Column("business_on", Date, primary_key=True, comment="the day on which the channel took it"),
    Column(
        "amount_fen", BigInteger, nullable=False, comment="below zero: what went back that day is taken off"
    ),
    ForeignKeyConstraint(
        ["county", "coverage_year", "movement_id", "channel", "match_no"],
        [
            f"slip_matches.{name}"
            for name in ("county", "coverage_year", "movement_id", "channel", "match_no")
        ],
        name="fk_slip_days_match",
    ),
    CheckConstraint("amount_fen <> 0", name="amount_is_not_zero"),
    comment="what a slip of a channel pays of which day",
)

channel_day_totals = Table(
    "channel_day_totals",
    metadata,
    Column("county", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("business_on", Date, primary_key=True),
    Column("revision", Integer, nullable=False, comment="the highest that collection told counts"),
    Column("taken_fen", BigInteger, nullable=False),
    Column("payments", Integer, nullable=False),
    Column("returned_fen", BigInteger, comment="null: a return belongs to several counties"),
    Column("returns", Integer, nullable=False),
    Column("totalled_at", DateTime(timezone=True), nullable=False),
    Column("looks", SmallInteger, nullable=False, comment="that found another sum here, in a row"),
    Column("equal", Boolean, nullable=False, comment="a look found the same sums here"),
    Index("ix_channel_day_totals_unequal", "county", "channel", postgresql_where=text("NOT equal")),
    comment="what collection has of days of channels, to compare with what is posted",
)

handovers = Table(
    "handovers",
    metadata,
    *_season(),
    Column("ordinal", Integer, primary_key=True, autoincrement=False, comment="1 is the first of the season"),
    Column("id", BigInteger, Identity(), nullable=False, unique=True),
    Column("deadline_id", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("accounting_from", Date, nullable=False),
    Column("accounting_to", Date, nullable=False, comment="included"),
    Column(
        "cutoff_at", DateTime(timezone=True), nullable=False, comment="the end of accounting_to, exclusive"
    ),
    Column("head_count", Integer, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("document", Text, nullable=False, comment="canonical JSON; exactly what `sha256` is over"),
    Column("sha256", Text, nullable=False),
    Column("previous_sha256", Text),
    Column("forced_reason", Sealed(Text), comment="why it was closed before its cutoff"),
    Column("sealed_by", Text, nullable=False),
    Column("sealed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("county", "coverage_year", "deadline_id"),
    comment="the sealed totals of one deadline",
)

handover_members = Table(
    "handover_members",
    metadata,
    *_season(),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("fact_id", BigInteger, primary_key=True, autoincrement=False),
    comment="which facts a handover counts",
)

handover_drafts = Table(
    "handover_drafts",
    metadata,
    *_season(),
    Column("deadline_id", Text, nullable=False),
    Column("newest_fact", BigInteger, nullable=False, comment="of the books when it was made"),
    Column("document", Text, comment="canonical JSON, as it would be sealed"),
    Column("papers", Text, comment="JSON: party -> its paper as it would be signed"),
    Column("head_count", Integer),
    Column("amount_fen", BigInteger),
    Column("prepared_at", DateTime(timezone=True)),
    Column("tries", SmallInteger, nullable=False, server_default=text("0"), comment="that failed in a row"),
    Column("trouble", Text, comment="why the last one failed"),
    Column("next_try_at", DateTime(timezone=True)),
    comment="what the next handover to be sealed would be; gone when it is sealed",
)

match_terms = Table(
    "match_terms",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True, comment="the newest counts"),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("per_head_fen", BigInteger, nullable=False),
    Column("shares", Text, nullable=False, comment="JSON: level -> hundredths of a percent, 10000 together"),
    Column("classes", Text, nullable=False, comment="JSON: status -> the level that bears its match whole"),
    Column("fixed_on", Date, nullable=False, comment="the day of the paper that fixed them"),
    Column("document_no", Text, nullable=False, comment="the number of that paper"),
    Column("asked_by", Text, nullable=False),
    Column("agreed_by", Text, nullable=False),
    Column("agreed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("per_head_fen > 0", name="amount_is_positive"),
    CheckConstraint("asked_by <> agreed_by", name="second_person"),
    Index("ix_match_terms_books", "county", "coverage_year", "id"),
    comment="the fiscal match per head and who bears it, as it was fixed during the year",
)

fiscal_matches = Table(
    "fiscal_matches",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False, comment="the handover whose chain it counts"),
    Column("deadline_id", Text, nullable=False),
    Column("terms_id", BigInteger, ForeignKey("match_terms.id"), nullable=False),
    Column("document", Text, nullable=False, comment="canonical JSON, line by line; what `sha256` is over"),
    Column("sha256", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Index("ix_fiscal_matches_books", "county", "coverage_year", "id"),
    comment="the fiscal match up to a deadline, and the difference to what was matched before",
)

match_arrivals = Table(
    "match_arrivals",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("level", Text, nullable=False, comment="centre, province, city, county"),
    Column("reference", Text, nullable=False, comment="the number on the bank's or treasury's paper"),
    Column("amount_fen", BigInteger, nullable=False),
    Column("arrived_at", DateTime(timezone=True), nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False),
    Column(
        "entry_no",
        Integer,
        nullable=False,
        server_default=text("1"),
        comment="of the reference: what was taken back may be entered anew, rightly",
    ),
    UniqueConstraint("county", "coverage_year", "level", "reference", "entry_no"),
    CheckConstraint("amount_fen > 0", name="amount_is_positive"),
    comment="money of the fiscal match that has come",
)

work_fund_payments = Table(
    "work_fund_payments",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("division_code", Text, nullable=False, comment="a unit of the notice's tasks"),
    Column("reference", Text, nullable=False, comment="the number on the bank's or treasury's paper"),
    Column("amount_fen", BigInteger, nullable=False),
    Column("paid_at", DateTime(timezone=True), nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False),
    Column(
        "entry_no",
        Integer,
        nullable=False,
        server_default=text("1"),
        comment="of the reference: what was taken back may be entered anew, rightly",
    ),
    UniqueConstraint("county", "coverage_year", "division_code", "reference", "entry_no"),
    CheckConstraint("amount_fen > 0", name="amount_is_positive"),
    comment="work funds that were paid to townships or villages",
)

work_fund_payment_reversals = Table(
    "work_fund_payment_reversals",
    metadata,
    Column(
        "payment_id", BigInteger, ForeignKey("work_fund_payments.id"), primary_key=True, autoincrement=False
    ),
    Column("asked_by", Text, nullable=False),
    Column("agreed_by", Text, nullable=False),
    Column("reversed_at", DateTime(timezone=True), nullable=False),
    comment="work funds that were entered wrongly as paid, taken back by two",
)

match_arrival_reversals = Table(
    "match_arrival_reversals",
    metadata,
    Column("arrival_id", BigInteger, ForeignKey("match_arrivals.id"), primary_key=True, autoincrement=False),
    Column("asked_by", Text, nullable=False),
    Column("agreed_by", Text, nullable=False),
    Column("reversed_at", DateTime(timezone=True), nullable=False),
    comment="money of the match that was entered wrongly, taken back by two",
)

periods = Table(
    "periods",
    metadata,
    Column("county", Text, primary_key=True),
    Column("month", Date, primary_key=True, comment="its first day"),
    Column("state", Text, nullable=False, comment="open again, locked, closed; without a row it is open"),
    CheckConstraint("state IN ('open', 'locked', 'closed')", name="state"),
    CheckConstraint("extract(day FROM month) = 1", name="month_is_a_first_day"),
    comment="accounting months of a county, all its coverage years together; in order and without gaps",
)

period_steps = Table(
    "period_steps",
    metadata,
    Column("county", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("step_no", SmallInteger, primary_key=True, autoincrement=False),
    Column("step", Text, nullable=False, comment="lock, close, reopen"),
    Column("taken_by", Text, nullable=False),
    Column("approved_by", Text, comment="the second person, where the step needs one"),
    Column("approval_id", BigInteger, ForeignKey("approvals.approval_id"), comment="has the reason"),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("approved_by <> taken_by", name="second_person"),
    CheckConstraint("step = 'lock' OR approved_by IS NOT NULL", name="two_persons"),
    comment="what was done with accounting months, by whom",
)

period_closings = Table(
    "period_closings",
    metadata,
    Column("county", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("document", Text, nullable=False, comment="canonical JSON; exactly what `sha256` is over"),
    Column("sha256", Text, nullable=False),
    Column("previous_sha256", Text, comment="of the month before"),
    comment="the frozen totals of closed months: opening, turnover and closing balance of each account",
)

journal_entries = Table(
    "journal_entries",
    metadata,
    Column("county", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("entry_no", Integer, primary_key=True, autoincrement=False, comment="1 is the first of the month"),
    Column("coverage_year", Integer, primary_key=True, autoincrement=False, comment="in whose books"),
    Column("fact_id", BigInteger, nullable=False),
    comment="the numbers of the journal of closed months: a fact has one, in whichever years it posts",
)

handover_papers = Table(
    "handover_papers",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False, comment="of the handover"),
    Column("deadline_id", Text, nullable=False),
    Column("party", Text, nullable=False, comment="the department that signs"),
    Column("document", Text, nullable=False, comment="canonical JSON; exactly what `sha256` is over"),
    Column("sha256", Text, nullable=False),
    Column("chained_in", Integer, nullable=False, comment="the handover whose document has the hash"),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("signed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("county", "coverage_year", "ordinal", "party"),
    comment="what a party to a handover signed",
)

party_figures = Table(
    "party_figures",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True, comment="of a deadline and party the last count"),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("deadline_id", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("figures", Text, nullable=False, comment="JSON: section, row, heads and fen of each"),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False),
    Index("ix_party_figures_party", "county", "coverage_year", "deadline_id", "party", "id"),
    comment="what a party to a handover has of its own",
)

# Migration 0015 has the guards of months: no row of postings and movements lies in a month that is locked or
# closed, months go on in their order, and `hold_months` says from where on a county's are open.

#: Tables that only ever grow; the database itself refuses anything else.
APPEND_ONLY = (
    *(facts, postings, memos, withdrawals, merges, movements, handovers, handover_members),
    *(match_terms, fiscal_matches, match_arrivals, period_steps, period_closings, journal_entries),
    *(handover_papers, party_figures, match_arrival_reversals, work_fund_payments),
    *(work_fund_payment_reversals, slip_matches, slip_days),
)

GUARD_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the table % only ever grows: post a reversal instead', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def guard_statement(table: Table) -> str:
    """Give the statement that makes `table` refuse changes; what lies sealed may get a new key."""
    kept = [column.name for column in table.columns if not isinstance(column.type, Sealed)]
    update = "UPDATE" if len(kept) == len(table.columns) else f"UPDATE OF {', '.join(kept)}"
    return (
        f"CREATE TRIGGER append_only BEFORE {update} OR DELETE OR TRUNCATE ON {table.name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


for _table in APPEND_ONLY:
    for _statement in (GUARD_FUNCTION.replace("%", "%%"), guard_statement(_table)):
        event.listen(_table, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
