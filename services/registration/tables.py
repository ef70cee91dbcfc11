"""Every table of the registration service on one page.

Business rows carry `county` and, where a season is meant, `coverage_year`. Instants are business time unless
named `recorded_at`, which is the wall clock of the database.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from libs.common.bus.tables import bus_tables
from libs.common.db.metadata import new_metadata
from libs.common.security.audit import audit_table

metadata = new_metadata()


def _instant(name: str, **options) -> Column:
    return Column(name, DateTime(timezone=True), **options)


def _recorded_at() -> Column:
    return _instant("recorded_at", nullable=False, server_default=func.now())


def _id() -> Column:
    return Column("id", BigInteger, Identity(always=False), primary_key=True)


# ---------------------------------------------------------------------------------------------- people

persons = Table(
    "persons",
    metadata,
    _id(),
    Column("county", Text, nullable=False),
    Column("household_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("sex", Text),
    Column("born", Date, nullable=False),
    Column("facts", JSONB, nullable=False, comment="what the assessment contract asks about a person"),
    Column(
        "guardian_id", BigInteger, comment="the named guardian; without one the household's head stands in"
    ),
    _instant("known_at", nullable=False, comment="since when name, birth and facts stand as they do"),
    _recorded_at(),
    CheckConstraint("sex IN ('female', 'male')", name="sex"),
    Index(None, "household_id"),
)

person_versions = Table(
    "person_versions",
    metadata,
    _id(),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sex", Text),
    Column("born", Date, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("guardian_id", BigInteger),
    _instant("known_at", nullable=False),
    _instant("known_until", nullable=False),
    _recorded_at(),
    Index(None, "person_id"),
    comment="what was known of a person before it changed; the present stands in persons",
)

documents = Table(
    "documents",
    metadata,
    Column("county", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column(
        "digest", Text, nullable=False, comment="keyed digest that travels in events instead of the number"
    ),
    _recorded_at(),
    PrimaryKeyConstraint("county", "number", "type"),
    Index(None, "person_id"),
)

households = Table(
    "households",
    metadata,
    _id(),
    Column("county", Text, nullable=False),
    Column("household_no", Text, nullable=False),
    Column("division_code", Text, nullable=False, comment="the village, 12 digits"),
    Column("address", Text),
    Column("head_id", BigInteger),
    _recorded_at(),
    UniqueConstraint("county", "household_no"),
    Index(None, "county", "division_code"),
)

life_events = Table(
    "life_events",
    metadata,
    _id(),
    Column("county", Text, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("happened_on", Date, nullable=False),
    _instant("known_at", nullable=False),
    _recorded_at(),
    UniqueConstraint("person_id", "kind", "happened_on"),
)

# ---------------------------------------------------------------------------------------------- rosters

rosters = Table(
    "rosters",
    metadata,
    _id(),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("listed_on", Date, nullable=False, comment="the day it reached the medical-insurance bureau"),
    Column("mode", Text, nullable=False),
    Column("import_id", BigInteger),
    Column("counts", JSONB, nullable=False),
    Column("sent_by", Text, nullable=False),
    _instant("known_at", nullable=False),
    _recorded_at(),
    CheckConstraint("mode IN ('add', 'remove', 'replace')", name="mode"),
    Index(None, "county", "coverage_year", "status"),
)

status_tags = Table(
    "status_tags",
    metadata,
    _id(),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("number", Text, nullable=False, comment="as the roster named the person, registered or not yet"),
    Column("name", Text),
    Column("person_id", BigInteger, comment="empty until a person with that number is registered"),
    Column("status", Text, nullable=False),
    Column("class", Text),
    Column("grade", Integer),
    Column("department", Text, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("ended_on", Date),
    Column("listed_on", Date, nullable=False),
    Column("roster_id", BigInteger, nullable=False),
    _instant("known_at", nullable=False),
    _instant("known_until", comment="when another version replaced what was known; empty: still believed"),
    _recorded_at(),
    CheckConstraint("ended_on IS NULL OR ended_on >= effective_on", name="validity"),
    Index(None, "county", "number"),
    Index(None, "person_id"),
    comment="bitemporal: valid from effective_on to ended_on, believed from known_at to known_until",
)

# ---------------------------------------------------------------------------------------------- enrollments

enrollments = Table(
    "enrollments",
    metadata,
    _id(),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("household_id", BigInteger, nullable=False),
    Column("division_code", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tier", Integer),
    Column("add_ons", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("renewal", Boolean, nullable=False),
    _instant("registered_at", nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("assessment_id", BigInteger, comment="the newest assessment of what is owed"),
    Column("final_assessment_id", BigInteger, comment="the one at the instant of completion"),
    _instant("completed_at", comment="instant of the payment or grant that completed it"),
    Column("paid_fen", BigInteger),
    Column("benefit_from", Date),
    Column("benefit_to", Date),
    _instant("cancelled_at"),
    Column("cancel_reason", Text),
    _recorded_at(),
    UniqueConstraint("person_id", "coverage_year", "county"),
    CheckConstraint("state IN ('registered', 'assessed', 'paid', 'exempt', 'cancelled')", name="state"),
    Index(None, "household_id"),
    postgresql_with={"fillfactor": 70},
)

completions = Table(
    "completions",
    metadata,
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False, comment="payment_id/line_no, or grant_id"),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("enrollment_id", BigInteger, comment="empty while only the undoing fact has arrived"),
    Column("amount_fen", BigInteger),
    Column("window", Text),
    _instant("completed_at"),
    _instant("undone_at", comment="refunded or revoked"),
    _recorded_at(),
    PrimaryKeyConstraint("kind", "reference"),
    CheckConstraint("kind IN ('payment', 'grant')", name="kind"),
    Index(None, "enrollment_id"),
    comment="what completes an enrollment: a payment line or a grant, each perhaps undone again",
)

# ---------------------------------------------------------------------------------------------- assessments

waiting = Table(
    "waiting",
    metadata,
    Column("enrollment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    _instant("assess_at", nullable=False, comment="the instant of what caused it, never the wall clock"),
    comment="enrollments that wait to be assessed",
)

assessments = Table(
    "assessments",
    metadata,
    _id(),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("enrollment_id", BigInteger, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("question", JSONB, nullable=False),
    Column("explanation_sha", LargeBinary, nullable=False),
    Column("notice_sha", Text, nullable=False),
    Column("late_subsidies", JSONB),
    _instant("assessed_at", nullable=False),
    _recorded_at(),
    UniqueConstraint("enrollment_id", "revision"),
    CheckConstraint("kind IN ('open', 'final', 'after_payment')", name="kind"),
    Index(
        "assessments_after_payment_idx",
        "county",
        "coverage_year",
        "enrollment_id",
        postgresql_where=text("kind = 'after_payment'"),
    ),
    comment="append-only; question and notice_sha are enough to compute the same answer again",
)

explanations = Table(
    "explanations",
    metadata,
    Column("sha", LargeBinary, primary_key=True),
    Column("answer", JSONB, nullable=False, comment="without its trace"),
    Column("trace", JSONB, nullable=False),
    _recorded_at(),
    comment="answers by the SHA-256 of their canonical JSON: people in the same position share one",
)

notice_versions = Table(
    "notice_versions",
    metadata,
    Column("sha", Text, primary_key=True),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="the policy file, byte for byte"),
    _recorded_at(),
    Index(None, "county", "coverage_year"),
    comment="every version of a notice that ever answered",
)

operator_parameters = Table(
    "operator_parameters",
    metadata,
    _id(),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("set_by", Text, nullable=False),
    _instant("known_at", nullable=False),
    _recorded_at(),
    Index(None, "county", "coverage_year", "name"),
    comment="append-only; the newest known counts",
)

# ---------------------------------------------------------------------------------------------- imports

imports = Table(
    "imports",
    metadata,
    _id(),
    Column("county", Text, nullable=False),
    Column("coverage_year", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("encoding", Text),
    Column("sha", Text, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("options", JSONB, nullable=False),
    Column("division", Text, nullable=False),
    Column("sent_by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("failure", JSONB),
    Column("rows_total", Integer),
    Column("rows_done", Integer, nullable=False, server_default=text("0")),
    Column("new", Integer, nullable=False, server_default=text("0")),
    Column("updated", Integer, nullable=False, server_default=text("0")),
    Column("unchanged", Integer, nullable=False, server_default=text("0")),
    Column("rejected", Integer, nullable=False, server_default=text("0")),
    _instant("requested_at", nullable=False),
    _instant("finished_at", comment="wall clock"),
    _recorded_at(),
    CheckConstraint("kind IN ('households', 'statuses')", name="kind"),
    CheckConstraint("format IN ('csv', 'xlsx')", name="format"),
    CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
    Index("imports_open_idx", "id", postgresql_where=text("state IN ('queued', 'running')")),
)

import_pieces = Table(
    "import_pieces",
    metadata,
    Column("import_id", BigInteger, ForeignKey("imports.id"), primary_key=True),
    Column("piece_no", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    comment="the uploaded file, so that another process can go on where one was killed",
)

import_errors = Table(
    "import_errors",
    metadata,
    Column("import_id", BigInteger, ForeignKey("imports.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("fault_no", Integer, primary_key=True),
    Column("problem", Text, nullable=False),
    Column("column_name", Text),
    Column("detail", Text, nullable=False),
    Column("detail_zh", Text, nullable=False),
    _recorded_at(),
)

audit = audit_table(metadata)
bus = bus_tables(metadata)
