"""The tables of cases and approvals, the same in every service."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from libs.common.cases.kinds import ApprovalState, CaseState, News
from libs.common.db.sealed import Sealed


def _among(
    states: type[CaseState] | type[ApprovalState] | type[News], column: str = "state"
) -> CheckConstraint:
    listed = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def case_tables(metadata: MetaData) -> tuple[Table, Table, Table]:
    """Add `cases`, `approvals` and `alert_news` to a service's tables."""
    return _cases(metadata), _approvals(metadata), _news(metadata)


def _cases(metadata: MetaData) -> Table:
    return Table(
        "cases",
        metadata,
        Column("case_id", BigInteger, Identity(), primary_key=True),
        Column("county", Text),
        Column("coverage_year", Integer),
        Column("division_code", Text),
        Column("kind", Text, nullable=False),
        Column("subject", Text, nullable=False, comment="what it is about, such as enrollments/12"),
        Column("person_id", BigInteger),
        Column("amount_fen", BigInteger, comment="the money that hangs on it"),
        Column("owner", Text, nullable=False, comment="the role whose work it is"),
        Column("evidence", JSONB, nullable=False, comment="what was found, and what each step would do"),
        Column("proposed", Text, nullable=False, comment="the step that the system would take"),
        Column("state", Text, nullable=False),
        Column("opened_at", DateTime(timezone=True), nullable=False),
        Column("step", Text, comment="the step that was decided"),
        Column("reason", Sealed(Text), comment="why it was decided so, or why it closed by itself"),
        Column("decided_by", Text),
        Column("decided_at", DateTime(timezone=True), comment="also when it closed by itself"),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column(
            "alert",
            Boolean,
            nullable=False,
            server_default=text("false"),
            comment="time raised it, and the end of its cause ends it",
        ),
        Column("acknowledged_by", Text, comment="of an alert: who has seen it last"),
        Column("acknowledged_at", DateTime(timezone=True)),
        _among(CaseState),
        Index("uq_cases_open", "subject", "kind", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_cases_state", "state", "county", "coverage_year", "case_id"),
        Index("ix_cases_person_id", "person_id"),
    )


def _approvals(metadata: MetaData) -> Table:
    return Table(
        "approvals",
        metadata,
        Column("approval_id", BigInteger, Identity(), primary_key=True),
        Column("county", Text),
        Column("coverage_year", Integer),
        Column("division_code", Text),
        Column("operation", Text, nullable=False, comment="what is to be done"),
        Column("subject", Text, nullable=False, comment="to what"),
        Column("case_id", BigInteger, ForeignKey("cases.case_id")),
        Column("payload", Sealed(JSONB), nullable=False, comment="with which values"),
        Column("reason", Sealed(Text), nullable=False),
        Column("asked_by", Text, nullable=False),
        Column("asked_at", DateTime(timezone=True), nullable=False),
        Column("state", Text, nullable=False),
        Column("decided_by", Text),
        Column("decided_at", DateTime(timezone=True)),
        Column("note", Sealed(Text)),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        _among(ApprovalState),
        CheckConstraint("decided_by <> asked_by", name="second_person"),
        Index(
            "uq_approvals_waiting",
            "subject",
            "operation",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_approvals_state", "state", "county", "coverage_year", "approval_id"),
        Index("ix_approvals_case_id", "case_id"),
    )


def _news(metadata: MetaData) -> Table:
    return Table(
        "alert_news",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("case_id", BigInteger, ForeignKey("cases.case_id"), nullable=False),
        Column("news", Text, nullable=False, comment="what happened to the alert"),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("by", Text, comment="who has seen it"),
        Column("note", Sealed(Text), comment="what they wrote"),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("tries", Integer, nullable=False, server_default="0", comment="to tell it to the webhook"),
        Column(
            "next_try_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.now(),
            comment="by the wall clock, whatever the season's",
        ),
        Column("told_at", DateTime(timezone=True)),
        Column("given_up_at", DateTime(timezone=True)),
        Column("answer", Text, comment="the status of the last answer, or why there was none"),
        _among(News, "news"),
        Index(None, "case_id", "id"),
        Index(None, "next_try_at", postgresql_where=text("told_at IS NULL AND given_up_at IS NULL")),
        comment="the history of alerts, and what of it has to be told to a webhook",
    )
