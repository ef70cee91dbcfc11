"""Tickets: errors in people's data that villages and townships report, and what the bureau did about each."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column(
            "division_code", sa.Text(), nullable=False, comment="the village of the person, or that reports"
        ),
        sa.Column(
            "person_id", sa.BigInteger(), comment="empty while it is about nobody who is registered"
        ),
        sa.Column("name", sa.LargeBinary(), comment="of whom is not registered, as the paper has it"),
        sa.Column("number", sa.LargeBinary(), comment="of whom is not registered"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("wrong", sa.LargeBinary(), nullable=False, comment="what is wrong, in words"),
        sa.Column("correction", sa.LargeBinary(), nullable=False, comment="what is right"),
        sa.Column("proofs", sa.LargeBinary(), nullable=False, comment="the papers that show it"),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text()),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
        sa.Column("case_id", sa.BigInteger(), comment="the question that has to be decided first"),
        sa.Column("answered_by", sa.Text()),
        sa.Column(
            "answered_at",
            sa.DateTime(timezone=True),
            comment="of a resolved one the instant of the change",
        ),
        sa.Column("answer", sa.LargeBinary(), comment="what the officer, or who withdrew it, wrote"),
        sa.Column("status", sa.Text()),
        sa.Column("household_id", sa.BigInteger()),
        sa.Column("number_digest", sa.LargeBinary()),
        sa.Column("died_on", sa.Date()),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('name', 'number', 'status', 'household', 'place', 'death')",
            name=op.f("ck_tickets_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('reported', 'taken', 'resolved', 'refused', 'withdrawn')",
            name=op.f("ck_tickets_state"),
        ),
        sa.CheckConstraint(
            "state <> 'resolved' OR answered_by <> reported_by", name=op.f("ck_tickets_second_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        comment="errors that villages and townships report; the bureau mends them from here, or says why not",
    )
    op.create_index(
        op.f("ix_tickets_county_coverage_year_state_reported_at"),
        "tickets",
        ["county", "coverage_year", "state", "reported_at"],
    )
    op.create_index(op.f("ix_tickets_person_id"), "tickets", ["person_id"])


def downgrade() -> None:
    op.drop_table("tickets")
