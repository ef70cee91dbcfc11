"""Every table of the registration service on one page.

Business rows carry `county` and, where a season is meant, `coverage_year`. Instants are business time unless
named `recorded_at`, which is the wall clock of the database.
"""

from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from libs.common.bus.tables import bus_tables
from libs.common.cases.tables import case_tables
from libs.common.db.known_keys import known_keys_table
from libs.common.db.metadata import new_metadata
from libs.common.db.resealing import sealing_tables
from libs.common.db.sealed import Digest, Sealed
from libs.common.db.used_keys import idempotency_table
from libs.common.security.audit import audit_table
from libs.common.security.guesses import guesses_table
from libs.common.security.seals import seals_table
from services.registration.bulletins.rules import STATES as BULLETIN_STATES
from services.registration.elsewhere.rules import STANDING as ELSEWHERE_STANDING
from services.registration.elsewhere.rules import STATES as ELSEWHERE_STATES
from services.registration.enrollments.rules import STATES
from services.registration.histories.rules import SAID as HISTORY_SAID
from services.registration.histories.rules import SCHEMES as HISTORY_SCHEMES
from services.registration.import_changes.rules import KINDS as CHANGE_KINDS
from services.registration.progress.rules import FIGURE_KINDS
from services.registration.reminders.rules import MEANS as REMINDER_MEANS
from services.registration.reminders.rules import STATES as REMINDER_STATES
from services.registration.scores.rules import ENTRY_STATES
from services.registration.scores.rules import KEPT_STATES as SHEET_STATES
from services.registration.scores.rules import KINDS as ENTRY_KINDS
from services.registration.seasons.rules import STATES as OPENING_STATES
from services.registration.surveys.rules import ANSWERS, REASONS
from services.registration.tickets.rules import KINDS as TICKET_KINDS
from services.registration.tickets.rules import STATES as TICKET_STATES

metadata = new_metadata()

Value = TypeVar("Value")


def _instant(
    name: str,
    *,
    nullable: bool = True,
    server_default: FunctionElement[datetime] | None = None,
    comment: str | None = None,
) -> Column[datetime]:
    return Column(
        name, sa.DateTime(timezone=True), nullable=nullable, server_default=server_default, comment=comment
    )


def _season() -> tuple[Column[str], Column[int]]:
    return Column("county", Text, nullable=False), Column("coverage_year", Integer, nullable=False)


def _needed(kind: type[TypeEngine[Value]], *names: str) -> list[Column[Value]]:
    return [Column(name, kind, nullable=False) for name in names]


def _counts(*names: str) -> list[Column[int]]:
    return [Column(name, Integer, nullable=False, server_default=text("0")) for name in names]


def _id() -> Column[int]:
    return Column("id", BigInteger, sa.Identity(always=False), primary_key=True)


def _table(
    name: str,
    *parts: sa.schema.SchemaItem,
    recorded: bool = True,
    comment: str | None = None,
    postgresql_with: dict[str, int] | None = None,
) -> Table:
    recorded_at = _instant("recorded_at", nullable=False, server_default=sa.func.now())
    columns: list[sa.schema.SchemaItem] = [*parts, *([recorded_at] if recorded else [])]
    return Table(name, metadata, *columns, comment=comment, postgresql_with=postgresql_with or {})


# ---------------------------------------------------------------------------------------------- people

persons = _table(
    "persons",
    _id(),
    Column("county", Text, nullable=False),
    Column("household_id", BigInteger, nullable=False),
    Column("name", Sealed(Text), nullable=False),
    Column("sex", Text),
    Column("born", Date, nullable=False),
    Column("facts", JSONB, nullable=False, comment="what the assessment contract asks about a person"),
    Column(
        "guardian_id", BigInteger, comment="the named guardian; without one the household's head stands in"
    ),
    _instant("known_at", nullable=False, comment="since when name, birth and facts stand as they do"),
    Column("merged_into", BigInteger, comment="the person who goes on: two records were one person"),
    _instant("erased_at", comment="since when nobody knows any more who it was"),
    CheckConstraint("sex IN ('female', 'male')", name="sex"),
    Index(None, "household_id"),
    Index(None, "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
)

person_versions = _table(
    "person_versions",
    _id(),
    Column("person_id", BigInteger, sa.ForeignKey("persons.id"), nullable=False),
    Column("name", Sealed(Text, like="persons.name"), nullable=False),
    Column("sex", Text),
    Column("born", Date, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("guardian_id", BigInteger),
    _instant("known_at", nullable=False),
    _instant("known_until", nullable=False),
    Column(
        "coverage_year",
        Integer,
        comment="null: of the person; else of this enrollment alone, whose record was another then",
    ),
    Index(None, "person_id"),
    comment="what was known of a person before it changed; the present stands in persons",
)

documents = _table(
    "documents",
    *_needed(Text, "county", "type"),
    Column("number", Sealed(Text), nullable=False),
    Column("number_digest", Digest("number", of="number"), nullable=False, comment="to find it by here"),
    Column("person_id", BigInteger, nullable=False),
    Column(
        "digest", Text, nullable=False, comment="keyed digest that travels in events instead of the number"
    ),
    sa.PrimaryKeyConstraint("county", "number_digest", "type"),
    Index(None, "person_id"),
    Index(None, "number_digest"),
)

former_numbers = _table(
    "former_numbers",
    Column("county", Text, nullable=False),
    Column("number", Sealed(Text), nullable=False),
    Column("number_digest", Digest("number", of="number"), nullable=False),
    Column("current", Sealed(Text), nullable=False, comment="the number that was right"),
    Column("current_digest", Digest("number", of="current"), nullable=False),
    _instant("replaced_at", nullable=False),
    sa.PrimaryKeyConstraint("county", "number_digest"),
    Index(None, "county", "current_digest"),
    comment="wrong numbers that were corrected: rosters may go on naming people by them",
)

households = _table(
    "households",
    _id(),
    Column("county", Text, nullable=False),
    Column("household_no", Text, nullable=False, comment="as the village numbers its families"),
    Column("division_code", Text, nullable=False, comment="the village, 12 digits"),
    Column("address", Sealed(Text)),
    Column("head_id", BigInteger),
    UniqueConstraint("county", "household_no", "division_code"),
    Index(None, "county", "division_code", "household_no"),
)

life_events = _table(
    "life_events",
    _id(),
    Column("county", Text, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("facts_before", JSONB, comment="the facts that it changed, as they were"),
    _instant("known_at", nullable=False),
    Column(
        "known_in_years",
        JSONB,
        comment="by coverage year since when an enrollment knows it, where a merge makes that differ",
    ),
    _instant("withdrawn_at", comment="when it turned out not to have happened"),
    Column("withdrawn_by", Text),
    Index(
        "uq_life_events_standing",
        "person_id",
        "kind",
        "happened_on",
        unique=True,
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
)

# ---------------------------------------------------------------------------------------------- rosters

rosters = _table(
    "rosters",
    _id(),
    *_season(),
    *_needed(Text, "status", "department"),
    Column("listed_on", Date, nullable=False, comment="the day it reached the medical-insurance bureau"),
    Column("mode", Text, nullable=False),
    Column("import_id", BigInteger),
    Column("counts", JSONB, nullable=False),
    Column("sent_by", Text, nullable=False),
    _instant("known_at", nullable=False),
    CheckConstraint("mode IN ('add', 'remove', 'replace')", name="mode"),
    Index(None, "county", "coverage_year", "status"),
)

waiting_rosters = _table(
    "waiting_rosters",
    _id(),
    *_season(),
    *_needed(Text, "status", "department"),
    Column("listed_on", Date, nullable=False),
    Column("mode", Text, nullable=False),
    Column("defaults", JSONB, nullable=False, comment="what stands in its header for rows that leave it out"),
    Column("rows", Sealed(JSONB), nullable=False),
    Column(
        "receipt", Sealed(Text), nullable=False, comment="the paper that shows the day on which it arrived"
    ),
    *_needed(Text, "division", "sent_by"),
    _instant("asked_at", nullable=False),
    CheckConstraint("mode IN ('add', 'remove', 'replace')", name="mode"),
    comment="rosters of an earlier day that came after the window; an approval decides",
)

status_statements = _table(
    "status_statements",
    _id(),
    *_season(),
    Column(
        "number",
        Sealed(Text),
        nullable=False,
        comment="as the roster named the person, registered or not yet",
    ),
    Column("number_digest", Digest("number", of="number"), nullable=False),
    Column("name", Sealed(Text)),
    Column("person_id", BigInteger, comment="empty until a person with that number is registered"),
    Column("status", Text, nullable=False),
    Column("said", Text, nullable=False, comment="that the person has the status, or has it no longer"),
    Column("class", Text),
    Column("grade", Integer),
    Column("department", Text, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("ended_on", Date, comment="the first day without the status"),
    Column("listed_on", Date, nullable=False, comment="the day it reached the medical-insurance bureau"),
    Column("roster_id", BigInteger, nullable=False),
    _instant("known_at", nullable=False),
    CheckConstraint("said IN ('add', 'remove')", name="said"),
    Index(None, "county", "number_digest"),
    Index(None, "person_id"),
    Index(None, "county", "coverage_year", "status"),
    comment="what rosters said, append-only; folded in the order of listed_on they are the true history",
)

# ---------------------------------------------------------------------------------------------- histories

history_statements = _table(
    "history_statements",
    _id(),
    Column("county", Text, nullable=False, comment="whose bureau said it"),
    Column("number", Sealed(Text), nullable=False, comment="whether a person has it here or not yet"),
    Column("number_digest", Digest("number", of="number"), nullable=False),
    Column("said", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("place", Text),
    Column("scheme", Text),
    Column("source", Text, comment="the system or paper that a line rests on"),
    Column("reason", Sealed(Text), comment="of a correction"),
    Column("import_id", BigInteger, comment="empty: a correction of the bureau"),
    Column("said_by", Text, nullable=False),
    _instant("known_at", nullable=False),
    CheckConstraint(f"said IN {HISTORY_SAID}", name="said"),
    CheckConstraint(f"scheme IN {HISTORY_SCHEMES}", name="scheme"),
    Index(None, "number_digest"),
    Index(
        "uq_history_statements_filed",
        "number_digest",
        "coverage_year",
        "place",
        "scheme",
        unique=True,
        postgresql_where=text("import_id IS NOT NULL"),
    ),
    comment="in which years people were insured, as files and corrections say; append-only",
)

history_wholes = _table(
    "history_wholes",
    _id(),
    Column("place", Text, nullable=False, comment="the beginning of the codes of its villages"),
    *_needed(Integer, "from_year", "to_year"),
    Column("import_id", BigInteger, comment="empty: stated of seasons of this installation and files before"),
    Column("said_by", Text, nullable=False),
    _instant("known_at", nullable=False),
    UniqueConstraint("place", "from_year", "to_year"),
    comment="of these places and years all who were insured are known; append-only",
)

# ---------------------------------------------------------------------------------------------- enrollments

enrollments = _table(
    "enrollments",
    _id(),
    *_season(),
    *_needed(BigInteger, "person_id", "household_id"),
    *_needed(Text, "division_code", "state"),
    Column("tier", Integer),
    Column(
        "tier_of_payment",
        sa.Boolean,
        nullable=False,
        server_default=text("false"),
        comment="only an amount that was paid named the tier: it goes with the money",
    ),
    Column("add_ons", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("renewal", sa.Boolean, nullable=False),
    _instant("registered_at", nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("assessment_id", BigInteger, comment="the newest assessment of what is owed"),
    Column("final_assessment_id", BigInteger, comment="the one of the completion that says the cover"),
    _instant("completed_at", comment="instant of the payment or grant that completed it"),
    Column("completion_assessment_id", BigInteger, comment="by which that payment or grant was decided"),
    Column("paid_fen", BigInteger),
    Column("benefit_from", Date),
    Column("benefit_to", Date),
    _instant("cancelled_at"),
    Column("cancel_reason", Text),
    Column("cancel_note", Sealed(Text)),
    _instant("withdrawn_at", comment="when an officer ended the cover of somebody complete"),
    Column("withdrawn_for", ARRAY(Text), comment="why an officer withdrew help or cover, while that stands"),
    _instant("was_complete_at", comment="of which completion that was withdrawn"),
    Column("withdrawn_revision", Integer, comment="the newest assessment then: later ones may help again"),
    Column("contest_no", Integer, nullable=False, server_default=text("0")),
    Column("contested", ARRAY(Text), comment="why it may not hold, while nobody has decided"),
    Column("upheld", ARRAY(Text), comment="of these causes an officer decided that it stands"),
    Column("merged_into", BigInteger, comment="the enrollment of the same person and year that stands"),
    Column(
        "refunded", sa.Boolean, nullable=False, server_default=text("false"), comment="a payment went back"
    ),
    _instant("known_at", comment="since when it is known as it stands; null: since it was registered"),
    UniqueConstraint("person_id", "coverage_year", "county"),
    CheckConstraint(f"state IN {STATES}", name="state"),
    Index(None, "household_id"),
    Index(None, "county", "coverage_year"),
    postgresql_with={"fillfactor": 70},
)

season_openings = _table(
    "season_openings",
    _id(),
    *_season(),
    Column("state", Text, nullable=False),
    Column("after_id", BigInteger, nullable=False, comment="of the year before, up to which was looked"),
    Column("people_total", Integer, nullable=False, comment="on record for the year before"),
    *_counts("people_done", "enrolled", "enrolled_before", "left_out"),
    Column("trouble", Text, comment="why the last attempt broke off; personal data masked"),
    Column("opened_by", Text, nullable=False),
    _instant("opened_at", nullable=False),
    _instant("tried_at", comment="wall clock: who was served last waits longest"),
    _instant("finished_at", comment="wall clock"),
    UniqueConstraint("county", "coverage_year"),
    CheckConstraint(f"state IN {OPENING_STATES}", name="state"),
    comment="seasons that were opened with everybody insured the year before, and how far that is",
)

season_left_out = _table(
    "season_left_out",
    Column("opening_id", BigInteger, sa.ForeignKey("season_openings.id"), nullable=False),
    Column("person_id", BigInteger, nullable=False),
    *_needed(Text, "division_code", "reason"),
    Column("rule", Text, comment="of the notice that keeps the person out"),
    sa.PrimaryKeyConstraint("opening_id", "person_id"),
    comment="whom an opening did not enroll, and why",
)

completions = _table(
    "completions",
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False, comment="payment_id/line_no, or grant_id"),
    *_season(),
    Column("enrollment_id", BigInteger, comment="empty while only the undoing fact has arrived"),
    Column("assessment_id", BigInteger, comment="by which it was decided"),
    Column("amount_fen", BigInteger),
    Column("window", Text),
    _instant("completed_at"),
    _instant("undone_at", comment="refunded or revoked"),
    sa.PrimaryKeyConstraint("kind", "reference"),
    CheckConstraint("kind IN ('payment', 'part', 'grant')", name="kind"),
    Index(None, "enrollment_id"),
    comment="what completes an enrollment: a payment line or a grant, each perhaps undone again",
)

repairs = _table(
    "repairs",
    Column("payment_id", BigInteger, nullable=False),
    Column("line_no", Integer, nullable=False),
    *_season(),
    Column("enrollment_id", BigInteger, comment="empty while only that the money went has arrived"),
    Column("repaired_year", Integer, nullable=False),
    Column("amount_fen", BigInteger),
    _instant("paid_at"),
    _instant("told_at", comment="of the last word that the line repairs the year"),
    _instant("gone_at", comment="of the last word that its money went; it counts while it is told later"),
    sa.PrimaryKeyConstraint("payment_id", "line_no"),
    Index(None, "enrollment_id"),
    comment="lapsed years that people paid for beside the contribution, which shortens their wait",
)

enrollment_versions = _table(
    "enrollment_versions",
    Column("enrollment_id", BigInteger, nullable=False),
    *_season(),
    *_needed(Text, "division_code", "state"),
    Column("paid_fen", BigInteger),
    _instant("completed_at"),
    Column("refunded", sa.Boolean, nullable=False),
    _instant("known_at", nullable=False),
    _instant("known_until", nullable=False),
    sa.PrimaryKeyConstraint("enrollment_id", "known_until"),
    Index(None, "county", "coverage_year", "known_until"),
    recorded=False,
    comment="what was known of an enrollment before it changed, kept by a trigger; append-only",
)

grants = _table(
    "grants",
    Column("grant_id", BigInteger, primary_key=True, autoincrement=False),
    *_season(),
    Column("enrollment_id", BigInteger, nullable=False),
    Column("payer", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False, server_default=text("0")),
    _instant("told_at", comment="null: only that it was revoked is known"),
    _instant("revoked_told_at"),
    Index(None, "county", "coverage_year"),
    comment="help that payers granted, as subsidy tells: who bears how much of the contributions",
)

card_owners = _table(
    "card_owners",
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("county", Text, nullable=False),
    _instant("known_at", nullable=False),
    Index(None, "county"),
    comment="who has a social-security card on record, as subsidy tells: that alone",
)

help_moneys = _table(
    "help_moneys",
    Column("arrival_id", BigInteger, primary_key=True, autoincrement=False),
    *_season(),
    Column("payer", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    _instant("arrived_at", nullable=False),
    _instant("reversed_at", comment="when two persons took it back: it had not come"),
    Index(None, "county", "coverage_year"),
    comment="money of payers that has come, as subsidy tells; of those who help by lists it helps people",
)

help_lines = _table(
    "help_lines",
    _id(),
    Column("arrival_id", BigInteger, sa.ForeignKey("help_moneys.arrival_id"), nullable=False),
    *_season(),
    *_needed(BigInteger, "enrollment_id", "person_id"),
    Column("payer", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("helper", Sealed(Text), nullable=False, comment="who gives it, by name"),
    Column("listed_by", Text, nullable=False),
    _instant("known_at", nullable=False),
    _instant("withdrawn_at"),
    CheckConstraint("amount_fen > 0", name="amount"),
    Index(None, "arrival_id"),
    Index(None, "person_id"),
    Index(None, "enrollment_id"),
    comment="whom others' money helps, and with how much",
)

help_returns = _table(
    "help_returns",
    _id(),
    Column("arrival_id", BigInteger, sa.ForeignKey("help_moneys.arrival_id"), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("reference", Text, nullable=False, comment="the number of the paper by which it goes back"),
    _instant("returned_at", nullable=False),
    UniqueConstraint("arrival_id", "reference"),
    CheckConstraint("amount_fen > 0", name="amount"),
    comment="what went back to who gave it, of money that helps nobody",
)

elsewhere_helps = _table(
    "elsewhere_helps",
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="of the series of enrollments"),
    *_season(),
    Column("person_id", BigInteger, nullable=False),
    *_needed(Text, "division_code", "insured_in"),
    Column("paid_on", Date, nullable=False),
    Column("paid_fen", BigInteger, nullable=False),
    Column("voucher_no", Text, nullable=False, comment="of the place where the person is insured"),
    Column("proofs", ARRAY(Text), nullable=False),
    Column("tier", Integer),
    Column("lines", JSONB, nullable=False, comment="the help, payer by payer"),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0"), comment="of what others were told"),
    Column("recorded_by", Text, nullable=False),
    _instant("asked_at", nullable=False),
    _instant("agreed_at"),
    _instant("ended_at"),
    Column("end_reason", Text),
    _instant("look_at", comment="since when something is known by which it is to be judged again"),
    CheckConstraint("paid_fen > 0", name="paid"),
    CheckConstraint(f"state IN {ELSEWHERE_STATES}", name="state"),
    Index(
        "uq_elsewhere_helps_standing", "person_id", "coverage_year", "county", unique=True,
        postgresql_where=text(f"state IN {ELSEWHERE_STANDING}"),
    ),
    Index(None, "county", "coverage_year"),
    Index("ix_elsewhere_helps_look_at", "look_at", postgresql_where=text("look_at IS NOT NULL")),
    comment="people recognized here who are insured elsewhere, and the help that they get for it",
)  # fmt: skip

# ---------------------------------------------------------------------------------------------- assessments

waiting = _table(
    "waiting",
    Column("enrollment_id", BigInteger, primary_key=True, autoincrement=False),
    *_season(),
    Column("cause", Text, nullable=False),
    _instant("assess_at", nullable=False, comment="the instant of what caused it, never the wall clock"),
    recorded=False,
    comment="enrollments that wait to be assessed",
)

assessments = _table(
    "assessments",
    _id(),
    *_season(),
    *_needed(BigInteger, "enrollment_id", "person_id"),
    Column("revision", Integer, nullable=False),
    *_needed(Text, "kind", "cause"),
    Column("question", JSONB, nullable=False),
    Column("explanation_sha", sa.LargeBinary, nullable=False),
    Column("notice_sha", Text, nullable=False),
    Column("late_subsidies", JSONB),
    _instant("assessed_at", nullable=False),
    UniqueConstraint("enrollment_id", "revision"),
    CheckConstraint("kind IN ('open', 'final', 'standing', 'after_payment', 'cover')", name="kind"),
    Index(
        "assessments_after_payment_idx",
        "county",
        "coverage_year",
        "enrollment_id",
        postgresql_where=text("kind = 'after_payment'"),
    ),
    comment="append-only; question and notice_sha are enough to compute the same answer again",
)

explanations = _table(
    "explanations",
    Column("sha", sa.LargeBinary, primary_key=True),
    Column("answer", JSONB, nullable=False, comment="without its trace"),
    Column("trace", JSONB, nullable=False),
    comment="answers by the SHA-256 of their canonical JSON: people in the same position share one",
)

unassessed = _table(
    "unassessed",
    Column("enrollment_id", BigInteger, primary_key=True, autoincrement=False),
    *_season(),
    Column("cause", Text, nullable=False),
    _instant("assess_at", nullable=False),
    Column("reason", Text, nullable=False, comment="one sentence, personal data masked"),
    Column("trace", Text, comment="where in the code it failed; no values"),
    Column("attempts", Integer, nullable=False, server_default=text("1")),
    comment="enrollments that could not be assessed; they wait for somebody to have them tried again",
)

notice_versions = _table(
    "notice_versions",
    Column("sha", Text, primary_key=True),
    *_season(),
    Column("body", sa.LargeBinary, nullable=False, comment="the policy file, byte for byte"),
    Index(None, "county", "coverage_year"),
    comment="every version of a notice that ever answered",
)

operator_parameters = _table(
    "operator_parameters",
    _id(),
    *_season(),
    Column("name", Text, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("set_by", Text, nullable=False),
    _instant("known_at", nullable=False),
    Index(None, "county", "coverage_year", "name"),
    comment="append-only; the newest known counts",
)

# ---------------------------------------------------------------------------------------------- imports

imports = _table(
    "imports",
    _id(),
    *_season(),
    Column("file_name", Sealed(Text), nullable=False),
    *_needed(Text, "kind", "format"),
    Column("encoding", Text),
    Column("sha", Text, nullable=False),
    Column("dry_run", sa.Boolean, nullable=False),
    Column("options", JSONB, nullable=False),
    *_needed(Text, "division", "sent_by", "state"),
    Column("attempts", Integer, nullable=False, server_default=text("0"), comment="since it last moved on"),
    Column("trouble", Text, comment="why the last attempt broke off; personal data masked"),
    Column("failure", JSONB),
    Column("rows_total", Integer),
    *_counts("rows_done", "new", "updated", "unchanged", "rejected", "incomplete", "wrong_place"),
    _instant("requested_at", nullable=False),
    _instant("started_at", comment="wall clock, of the last attempt: who was served last waits longest"),
    _instant("retry_at", comment="wall clock: not tried again before"),
    _instant("finished_at", comment="wall clock"),
    Column("dry_run_of", BigInteger, unique=True, comment="the dry run whose file it imports"),
    CheckConstraint("kind IN ('households', 'statuses', 'survey', 'history')", name="kind"),
    CheckConstraint("format IN ('csv', 'xlsx')", name="format"),
    CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
    Index("imports_open_idx", "id", postgresql_where=text("state IN ('queued', 'running')")),
    Index(None, "division", "sent_by", "started_at"),
)

import_pieces = _table(
    "import_pieces",
    Column("import_id", BigInteger, sa.ForeignKey("imports.id"), primary_key=True),
    Column("piece_no", Integer, primary_key=True),
    Column("body", Sealed(sa.LargeBinary), nullable=False),
    recorded=False,
    comment="the uploaded file, so that another process can go on where one was killed",
)

import_errors = _table(
    "import_errors",
    Column("import_id", BigInteger, sa.ForeignKey("imports.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("fault_no", Integer, primary_key=True),
    Column("problem", Text, nullable=False),
    Column("column_name", Text),
    *_needed(Text, "detail", "detail_zh"),
)

import_rows = _table(
    "import_rows",
    Column("import_id", BigInteger, sa.ForeignKey("imports.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("body", Sealed(JSONB), nullable=False),
    recorded=False,
    comment="cells of faulty rows, and of the heading as line 0",
)

import_changes = _table(
    "import_changes",
    _id(),
    Column("import_id", BigInteger, sa.ForeignKey("imports.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("line", Integer, comment="null: of no row, such as who is left out"),
    Column("person_id", BigInteger, comment="null: nobody on record"),
    Column(
        "body",
        Sealed(JSONB),
        nullable=False,
        comment="who it is where nobody is on record; what was and what is",
    ),
    CheckConstraint(f"kind IN {CHANGE_KINDS}", name="kind"),
    Index(None, "import_id", "id"),
    Index(None, "import_id", "kind", "id"),
    Index(None, "person_id", postgresql_where=text("person_id IS NOT NULL")),
    recorded=False,
    comment="what each import changed, and what a dry run would change",
)

# ---------------------------------------------------------------------------------------------- surveys

survey_bases = _table(
    "survey_bases",
    _id(),
    *_season(),
    Column("division_code", Text, nullable=False, comment="the village, 12 digits"),
    Column("version_no", Integer, nullable=False),
    Column("import_id", BigInteger, nullable=False, comment="the file that it came with"),
    Column("dated_on", Date, nullable=False, comment="the day of which the register is"),
    *_needed(Integer, "people", "added", "changed", "left_out"),
    Column("sent_by", Text, nullable=False),
    _instant("known_at", nullable=False),
    UniqueConstraint("county", "coverage_year", "division_code", "version_no"),
    comment="whom a village has to ask, version by version; the newest of a village counts",
)

waiting_money = _table(
    "waiting_money",
    Column("payment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, comment="null: nobody whom collection knows"),
    Column("coverage_year", Integer),
    Column("amount_fen", BigInteger, nullable=False, server_default=text("0")),
    Column("gone_fen", BigInteger, nullable=False, server_default=text("0"), comment="of it went back"),
    Column("waits", sa.Boolean, nullable=False, server_default=text("false")),
    Column("first", sa.Boolean, nullable=False, server_default=text("true"), comment="nothing newer is said"),
    _instant("said_at"),
    Index(None, "person_id", postgresql_where=text("waits")),
    comment="payment lines that wait in suspense, or did, as collection tells; lists of villages show them",
)

survey_rows = _table(
    "survey_rows",
    _id(),
    *_season(),
    Column("import_id", BigInteger, nullable=False),
    Column("division_code", Text, nullable=False),
    Column("household_no", Text, nullable=False, comment="as the village numbers its families"),
    Column("head", sa.Boolean, nullable=False),
    Column("name", Sealed(Text), nullable=False),
    Column("sex", Text),
    Column("born", Date, nullable=False),
    Column("document_type", Text, nullable=False),
    Column("number", Sealed(Text), nullable=False),
    Column("number_digest", Digest("number", of="number"), nullable=False),
    Column("address", Sealed(Text)),
    Column("phone", Sealed(Text)),
    Column("hukou", Text),
    Column("hukou_kind", Text),
    Column("answer", Text, comment="with its reason and so on: what the file says was said"),
    Column("reason", Text),
    Column("proof", Sealed(Text)),
    Column("said_by", Sealed(Text)),
    Column("said_on", Date),
    Column("content_digest", Digest("survey_row", of="content"), nullable=False, comment="of all cells"),
    Column("said_digest", Digest("survey_said", of="said"), comment="of the answer"),
    Column("from_base", BigInteger, comment="since which version; empty while its file is being read"),
    Column("until_base", BigInteger, comment="the version that has it no longer, or otherwise"),
    Index("survey_rows_read_idx", "import_id", postgresql_where=text("from_base IS NULL")),
    Index(
        "survey_rows_current_idx",
        "county",
        "coverage_year",
        "division_code",
        "number_digest",
        postgresql_where=text("until_base IS NULL AND from_base IS NOT NULL"),
    ),
    Index(None, "county", "coverage_year", "number_digest"),
    comment="the people of survey bases; a row is never changed, a version ends it",
)

survey_answers = _table(
    "survey_answers",
    _id(),
    *_season(),
    Column("division_code", Text, nullable=False, comment="of the village that asked"),
    Column("number_digest", Digest("number", of="number"), nullable=False, comment="of whom it was said"),
    Column("answer", Text, nullable=False),
    Column("reason", Text),
    Column("proof", Sealed(Text, like="survey_rows.proof")),
    Column("said_by", Sealed(Text, like="survey_rows.said_by")),
    _instant("said_at", nullable=False),
    Column("entered_by", Text, nullable=False),
    _instant("entered_at", nullable=False),
    Column("import_id", BigInteger, comment="the file that it came with"),
    CheckConstraint(f"answer IN {ANSWERS}", name="answer"),
    CheckConstraint(f"reason IN {REASONS}", name="reason"),
    CheckConstraint("(answer = 'not_here') = (reason IS NOT NULL)", name="reason_of_absence"),
    Index(None, "county", "coverage_year", "number_digest"),
    comment="what was said when somebody asked, append-only; the newest by said_at counts",
)

units = _table(
    "units",
    _id(),
    *_season(),
    *_needed(Text, "code", "name", "rule", "division_code", "registered_by"),
    _instant("registered_at", nullable=False),
    *_counts("version_no", "late_lines"),
    UniqueConstraint("county", "coverage_year", "code"),
    comment="schools, stations and other units that list their people; `rule` is of the notice",
)

unit_lists = _table(
    "unit_lists",
    Column("unit_id", BigInteger, sa.ForeignKey("units.id"), nullable=False),
    Column("version_no", Integer, nullable=False),
    *_needed(Integer, "lines", "added", "kept", "left_out", "refused", "late"),
    Column("sent_by", Text, nullable=False),
    _instant("sent_at", nullable=False),
    sa.PrimaryKeyConstraint("unit_id", "version_no"),
    comment="the versions of a unit's list",
)

unit_lines = _table(
    "unit_lines",
    _id(),
    Column("unit_id", BigInteger, sa.ForeignKey("units.id"), nullable=False),
    Column("person_id", BigInteger, nullable=False),
    *_needed(Integer, "line_no", "from_version"),
    Column("until_version", Integer, comment="the version that left the person out; null: on the list"),
    _instant("listed_at", nullable=False),
    Index(None, "unit_id"),
    Index(None, "person_id"),
    comment="who is, or was, on the list of a unit",
)

chases = _table(
    "chases",
    *_season(),
    Column("number_digest", sa.LargeBinary, nullable=False, comment="of whom is chased"),
    *_needed(Text, "division_code", "taken_by"),
    _instant("taken_at", nullable=False),
    _instant("released_at", comment="when that officer let go"),
    _instant("last_contact_at"),
    Column("last_outcome", Text),
    Column("next_step", Sealed(Text)),
    Column("next_on", Date),
    Column("free_from", Date, nullable=False, comment="the day from which another may take over"),
    sa.PrimaryKeyConstraint("county", "coverage_year", "number_digest"),
    comment="who is on whom now; what was done stands in chase_steps",
)

chase_steps = _table(
    "chase_steps",
    _id(),
    *_season(),
    Column("division_code", Text, nullable=False),
    Column("number_digest", sa.LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    _instant("at", nullable=False),
    Column("means", Text),
    Column("outcome", Text),
    Column("next_step", Sealed(Text)),
    Column("next_on", Date),
    Column("note", Sealed(Text)),
    Column("entered_by", Text, nullable=False),
    _instant("entered_at", nullable=False),
    CheckConstraint("kind IN ('take', 'contact', 'release')", name="kind"),
    Index(None, "county", "coverage_year", "number_digest"),
    comment="what was done about people who have not paid, append-only",
)

# --------------------------------------------------------------------------------------------- tickets

tickets = _table(
    "tickets",
    _id(),
    *_season(),
    Column("division_code", Text, nullable=False, comment="the village of the person, or that reports"),
    Column("person_id", BigInteger, comment="empty while it is about nobody who is registered"),
    Column("name", Sealed(Text), comment="of whom is not registered, as the paper has it"),
    Column("number", Sealed(Text), comment="of whom is not registered"),
    Column("kind", Text, nullable=False),
    Column("wrong", Sealed(Text), nullable=False, comment="what is wrong, in words"),
    Column("correction", Sealed(JSONB), nullable=False, comment="what is right"),
    Column("proofs", Sealed(JSONB), nullable=False, comment="the papers that show it"),
    Column("reported_by", Text, nullable=False),
    _instant("reported_at", nullable=False),
    Column("state", Text, nullable=False),
    Column("taken_by", Text),
    _instant("taken_at"),
    Column("case_id", BigInteger, comment="the question that has to be decided first"),
    Column("answered_by", Text),
    _instant("answered_at", comment="of a resolved one the instant of the change"),
    Column("answer", Sealed(Text), comment="what the officer, or who withdrew it, wrote"),
    # what was carried out, to be found again
    Column("status", Text),
    Column("household_id", BigInteger),
    Column("number_digest", Digest("number", of="right_number")),
    Column("died_on", Date),
    CheckConstraint(f"kind IN {TICKET_KINDS}", name="kind"),
    CheckConstraint(f"state IN {TICKET_STATES}", name="state"),
    CheckConstraint("state <> 'resolved' OR answered_by <> reported_by", name="second_person"),
    Index(None, "county", "coverage_year", "state", "reported_at"),
    Index(None, "person_id"),
    comment="errors that villages and townships report; the bureau mends them from here, or says why not",
)

# -------------------------------------------------------------------------------------------- progress

progress_figures = _table(
    "progress_figures",
    _id(),
    *_season(),
    *_needed(Text, "division_code", "kind"),
    Column("value", Integer, nullable=False),
    Column("dated_on", Date, nullable=False, comment="the day of which the figure is"),
    *_needed(Text, "source", "entered_by"),
    _instant("entered_at", nullable=False),
    CheckConstraint(f"kind IN {FIGURE_KINDS}", name="kind"),
    CheckConstraint("value >= 0", name="value"),
    Index(None, "county", "coverage_year"),
    comment="populations and the like that offices enter; append-only, the newest counts",
)

progress_snapshots = _table(
    "progress_snapshots",
    _id(),
    *_season(),
    _instant("as_of", nullable=False),
    Column("figures", JSONB, nullable=False, comment="counts and sums of units; nobody by name"),
    Column("kept_by", Text, nullable=False),
    _instant("kept_at", nullable=False),
    UniqueConstraint("county", "coverage_year", "as_of"),
    comment="how far the season was at an instant, frozen; append-only",
)

bulletins = _table(
    "bulletins",
    _id(),
    *_season(),
    Column("kind", Text, nullable=False, comment="which report of the notice"),
    Column("number", Integer, comment="of its kind and year, without gaps; once it is signed"),
    Column("state", Text, nullable=False),
    _instant("as_of", nullable=False),
    Column("period_to", Date, nullable=False),
    Column("snapshot_id", BigInteger, nullable=False),
    Column("content", JSONB, nullable=False, comment="all that it says; nobody by name"),
    Column("approval_id", BigInteger, nullable=False),
    Column("drafted_by", Text, nullable=False),
    _instant("drafted_at", nullable=False),
    Column("signed_by", Text, comment="the second person, who signed or refused"),
    _instant("signed_at"),
    UniqueConstraint("county", "coverage_year", "kind", "number"),
    CheckConstraint(f"state IN {BULLETIN_STATES}", name="state"),
    CheckConstraint("(state = 'signed') = (number IS NOT NULL)", name="numbered"),
    CheckConstraint("signed_by <> drafted_by", name="second_person"),
    comment="how far the season is, as offices hand it round; a trigger lets a draft be signed, and no more",
)

# ------------------------------------------------------------------------------------------------ scores

score_entries = _table(
    "score_entries",
    _id(),
    *_season(),
    *_needed(Text, "division_code", "kind"),
    Column("item", Text, comment="of the notice's score"),
    Column("points", Integer, comment="what a judge gave"),
    Column("amount_fen", BigInteger, comment="a budget of work funds"),
    Column("happened_on", Date, nullable=False),
    Column("evidence", Sealed(Text), comment="by which it is known; null once it was erased"),
    Column("entered_by", Text, nullable=False),
    _instant("entered_at", nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text),
    _instant("decided_at"),
    CheckConstraint(f"kind IN {ENTRY_KINDS}", name="kind"),
    CheckConstraint(f"state IN {ENTRY_STATES}", name="state"),
    CheckConstraint("decided_by <> entered_by OR state = 'withdrawn'", name="second_person"),
    Index(None, "county", "coverage_year"),
    comment="what judges gave townships, incidents, and budgets; counts once a second person agreed",
)

score_sheets = _table(
    "score_sheets",
    _id(),
    *_season(),
    Column("state", Text, nullable=False),
    Column("document", Text, nullable=False, comment="exactly what `sha256` is over; nobody by name"),
    *_needed(Text, "sha256", "asked_by"),
    _instant("asked_at", nullable=False),
    Column("signed_by", Text, comment="the second person, also of a refused one"),
    _instant("signed_at"),
    CheckConstraint(f"state IN {SHEET_STATES}", name="state"),
    CheckConstraint("signed_by <> asked_by", name="second_person"),
    Index(
        "uq_score_sheets_standing",
        "county",
        "coverage_year",
        unique=True,
        postgresql_where=text("state <> 'refused'"),
    ),
    comment="score sheets as they were frozen: one that waits or is final for each season",
)

contacts = _table(
    "contacts",
    _id(),
    Column("person_id", BigInteger, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("phone", Sealed(Text), comment="null: the consent was withdrawn, or its time was over"),
    Column("given_by", Text, nullable=False, comment="who says that the person agreed"),
    _instant("given_at", nullable=False),
    Column("withdrawn_by", Text),
    _instant("withdrawn_at"),
    CheckConstraint("withdrawn_at IS NULL OR phone IS NULL", name="forgotten"),
    Index(
        "contacts_standing_idx",
        "person_id",
        "coverage_year",
        unique=True,
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
    comment="under which phone somebody agreed to be reminded; one stands for a person and year",
)

audit = audit_table(metadata)
reminder_runs = _table(
    "reminder_runs",
    _id(),
    *_season(),
    *_needed(Text, "text_id", "means"),
    Column("division_prefix", Text, nullable=False, comment="whom of the county it is for"),
    Column("waiting", Integer, nullable=False, comment="phones that had a message too lately"),
    Column("made_by", Text, nullable=False),
    _instant("made_at", nullable=False),
    CheckConstraint(f"means IN {REMINDER_MEANS}", name="means"),
    Index(None, "county", "coverage_year"),
)
reminders = _table(
    "reminders",
    _id(),
    Column("run_id", BigInteger, sa.ForeignKey("reminder_runs.id"), nullable=False),
    *_season(),
    Column("phone", Sealed(Text), comment="null: withdrawn, or its time was over"),
    Column("state", Text, nullable=False),
    _instant("made_at", nullable=False),
    Column(
        "tries", Integer, nullable=False, server_default=text("0"), comment="to send it, or to ask about it"
    ),
    _instant("next_try_at", nullable=False, server_default=sa.func.now(), comment="by the wall clock"),
    _instant("sent_at"),
    Column("answer", Text, comment="the status of the last answer, or why there was none"),
    CheckConstraint(f"state IN {REMINDER_STATES}", name="state"),
    Index(None, "run_id"),
    Index(None, "county", "coverage_year"),
    Index(
        None,
        "state",
        "next_try_at",
        postgresql_where=text("state IN ('queued', 'sending', 'sent', 'unknown')"),
    ),
    comment="messages to phones; kept before they are sent",
)
reminder_people = _table(
    "reminder_people",
    Column("reminder_id", BigInteger, sa.ForeignKey("reminders.id"), nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("repair_years", Integer, comment="how many lapsed years could be repaired then, where it says so"),
    Column("repair_months", Integer, comment="by how many months that shortens the wait"),
    sa.PrimaryKeyConstraint("reminder_id", "person_id"),
    Index(None, "person_id"),
    recorded=False,
    comment="who has to pay, of those who are reminded under one phone",
)
cases, approvals, alert_news = case_tables(metadata)
Index("ix_cases_merges", cases.c.case_id, postgresql_where=text("kind = 'same_person'"))
idempotency_keys = idempotency_table(metadata)
key_fingerprints = known_keys_table(metadata)
data_keys, sealing_work = sealing_tables(metadata)
lookup_seals = seals_table(metadata)
failed_guesses = guesses_table(metadata)
bus = bus_tables(metadata)
