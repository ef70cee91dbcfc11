"""Statuses as what rosters said, and enrollments whose reasons may fall away.

Each version of a status becomes the statement that made it; a version that was taken back without another in
its place becomes a statement that the status never began.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATES = "state IN ('registered', 'assessed', 'paid', 'exempt', 'cancelled', 'withdrawn')"
FORMER_STATES = "state IN ('registered', 'assessed', 'paid', 'exempt', 'cancelled')"

SAID = """
INSERT INTO status_statements (county, coverage_year, number, name, person_id, status, said, class, grade,
                               department, effective_on, ended_on, listed_on, roster_id, known_at, recorded_at)
SELECT county, coverage_year, number, name, person_id, status, 'add', class, grade, department, effective_on,
       ended_on, listed_on, roster_id, known_at, recorded_at
FROM status_tags ORDER BY id
"""
TAKEN_BACK = """
INSERT INTO status_statements (county, coverage_year, number, name, person_id, status, said, class, grade,
                               department, effective_on, ended_on, listed_on, roster_id, known_at, recorded_at)
SELECT t.county, t.coverage_year, t.number, t.name, t.person_id, t.status, 'remove', t.class, t.grade,
       t.department, t.effective_on, t.effective_on,
       greatest(t.listed_on, (t.known_until AT TIME ZONE 'Asia/Shanghai')::date), t.roster_id, t.known_until,
       t.recorded_at
FROM status_tags t
WHERE t.known_until IS NOT NULL AND NOT EXISTS (
    SELECT FROM status_tags n
    WHERE n.county = t.county AND n.coverage_year = t.coverage_year AND n.number = t.number
      AND n.status = t.status AND n.known_at = t.known_until)
ORDER BY t.id
"""


def upgrade() -> None:
    op.create_table(
        "status_statements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column(
            "number",
            sa.Text(),
            nullable=False,
            comment="as the roster named the person, registered or not yet",
        ),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column(
            "person_id",
            sa.BigInteger(),
            nullable=True,
            comment="empty until a person with that number is registered",
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "said",
            sa.Text(),
            nullable=False,
            comment="that the person has the status, or has it no longer",
        ),
        sa.Column("class", sa.Text(), nullable=True),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True, comment="the first day without the status"),
        sa.Column(
            "listed_on", sa.Date(), nullable=False, comment="the day it reached the medical-insurance bureau"
        ),
        sa.Column("roster_id", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("said IN ('add', 'remove')", name=op.f("ck_status_statements_said")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_statements")),
        comment="what rosters said, append-only; folded in the order of listed_on they are the true history",
    )
    op.create_index(op.f("ix_status_statements_county_number"), "status_statements", ["county", "number"])
    op.create_index(op.f("ix_status_statements_person_id"), "status_statements", ["person_id"])
    op.create_index(
        op.f("ix_status_statements_county_coverage_year_status"),
        "status_statements",
        ["county", "coverage_year", "status"],
    )
    op.execute(SAID)
    op.execute(TAKEN_BACK)
    op.drop_table("status_tags")

    op.add_column(
        "life_events",
        sa.Column(
            "facts_before",
            postgresql.JSONB(astext_type=sa.Text()),
            comment="the facts that it changed, as they were",
        ),
    )
    op.add_column(
        "life_events",
        sa.Column(
            "withdrawn_at",
            sa.DateTime(timezone=True),
            comment="when it turned out not to have happened",
        ),
    )
    op.add_column("life_events", sa.Column("withdrawn_by", sa.Text()))
    op.drop_constraint(op.f("uq_life_events_person_id_kind_happened_on"), "life_events", type_="unique")
    op.create_index(
        "uq_life_events_standing",
        "life_events",
        ["person_id", "kind", "happened_on"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )

    op.add_column(
        "completions", sa.Column("assessment_id", sa.BigInteger(), comment="by which it was decided")
    )
    op.add_column(
        "enrollments",
        sa.Column(
            "completion_assessment_id",
            sa.BigInteger(),
            comment="by which that payment or grant was decided",
        ),
    )
    op.add_column(
        "enrollments",
        sa.Column(
            "withdrawn_at",
            sa.DateTime(timezone=True),
            comment="when an officer ended the cover of somebody complete",
        ),
    )
    op.add_column("enrollments", sa.Column("withdraw_reason", sa.Text()))
    op.add_column(
        "enrollments", sa.Column("contest_no", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "enrollments",
        sa.Column(
            "contested", postgresql.ARRAY(sa.Text()), comment="why it may not hold, while nobody has decided"
        ),
    )
    op.add_column(
        "enrollments",
        sa.Column(
            "upheld", postgresql.ARRAY(sa.Text()), comment="of these causes an officer decided that it stands"
        ),
    )
    op.drop_constraint(op.f("ck_assessments_kind"), "assessments", type_="check")
    op.create_check_constraint(
        op.f("ck_assessments_kind"), "assessments", "kind IN ('open', 'final', 'standing', 'after_payment')"
    )
    op.drop_constraint(op.f("ck_enrollments_state"), "enrollments", type_="check")
    op.create_check_constraint(op.f("ck_enrollments_state"), "enrollments", STATES)


def downgrade() -> None:
    raise NotImplementedError("what rosters said cannot be told by the former versions; restore a backup")
