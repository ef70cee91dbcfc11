"""Which step of the notice a movement is, and cases about money that moved otherwise."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "movements",
        sa.Column(
            "clause",
            sa.Text(),
            comment="of the notice's steps that it is; none where the notice says nothing of it",
        ),
    )
    op.add_column(
        "movements", sa.Column("off_path", sa.Text(), comment="not_on_path, other_department: it has a case")
    )
    _cases()
    _approvals()


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("case_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=True),
        sa.Column("coverage_year", sa.Integer(), nullable=True),
        sa.Column("division_code", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="what it is about, such as enrollments/12"),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True, comment="the money that hangs on it"),
        sa.Column("owner", sa.Text(), nullable=False, comment="the role whose work it is"),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what was found, and what each step would do",
        ),
        sa.Column("proposed", sa.Text(), nullable=False, comment="the step that the system would take"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Text(), nullable=True, comment="the step that was decided"),
        sa.Column("reason", sa.LargeBinary(), nullable=True, comment="why it was decided so, or why it closed by itself"),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column(
            "decided_at", sa.DateTime(timezone=True), nullable=True, comment="also when it closed by itself"
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('open', 'decided', 'closed')", name=op.f("ck_cases_state")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
    )
    op.create_index(
        "uq_cases_open", "cases", ["subject", "kind"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index("ix_cases_state", "cases", ["state", "county", "coverage_year", "case_id"])
    op.create_index("ix_cases_person_id", "cases", ["person_id"])


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("approval_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=True),
        sa.Column("coverage_year", sa.Integer(), nullable=True),
        sa.Column("division_code", sa.Text(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False, comment="what is to be done"),
        sa.Column("subject", sa.Text(), nullable=False, comment="to what"),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "payload", sa.LargeBinary(), nullable=False, comment="with which values"
        ),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'rejected', 'lapsed')", name=op.f("ck_approvals_state")
        ),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_approvals_second_person")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_approvals_case_id_cases")),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_approvals")),
    )
    op.create_index(
        "uq_approvals_waiting",
        "approvals",
        ["subject", "operation"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_approvals_state", "approvals", ["state", "county", "coverage_year", "approval_id"])
    op.create_index("ix_approvals_case_id", "approvals", ["case_id"])


def downgrade() -> None:
    op.drop_table("approvals")
    op.drop_table("cases")
    op.drop_column("movements", "off_path")
    op.drop_column("movements", "clause")
