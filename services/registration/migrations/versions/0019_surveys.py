"""Surveys of villages: bases with their versions and people, and what was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ANSWERS = "('insure', 'insure_and_subsidize', 'not_here')"
_REASONS = (
    "('employee_insurance', 'insured_elsewhere', 'military', 'prison', 'school', 'moved', 'died', 'refuses', "
    "'unreachable')"
)


def _season():
    return (
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
    )


def _recorded():
    return sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_imports_kind"), "imports")
    op.create_check_constraint(
        op.f("ck_imports_kind"), "imports", "kind IN ('households', 'statuses', 'survey')"
    )
    _bases()
    _rows()
    _answers()


def _bases() -> None:
    op.create_table(
        "survey_bases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *_season(),
        sa.Column("division_code", sa.Text(), nullable=False, comment="the village, 12 digits"),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False, comment="the file that it came with"),
        sa.Column("dated_on", sa.Date(), nullable=False, comment="the day of which the register is"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("people", "added", "changed", "left_out")),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        _recorded(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_bases")),
        sa.UniqueConstraint(
            "county",
            "coverage_year",
            "division_code",
            "version_no",
            name=op.f("uq_survey_bases_county_coverage_year_division_code_version_no"),
        ),
        comment="whom a village has to ask, version by version; the newest of a village counts",
    )


def _rows() -> None:
    op.create_table(
        "survey_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *_season(),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("household_no", sa.Text(), nullable=False, comment="as the village numbers its families"),
        sa.Column("head", sa.Boolean(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("sex", sa.Text()),
        sa.Column("born", sa.Date(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("number_digest", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary()),
        sa.Column("phone", sa.LargeBinary()),
        sa.Column("hukou", sa.Text()),
        sa.Column(
            "answer", sa.Text(), comment="with its reason and so on: what the file says was said"
        ),
        sa.Column("reason", sa.Text()),
        sa.Column("proof", sa.LargeBinary()),
        sa.Column("said_by", sa.LargeBinary()),
        sa.Column("said_on", sa.Date()),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False, comment="of all cells"),
        sa.Column("said_digest", sa.LargeBinary(), comment="of the answer"),
        sa.Column(
            "from_base", sa.BigInteger(), comment="since which version; empty while its file is being read"
        ),
        sa.Column("until_base", sa.BigInteger(), comment="the version that has it no longer, or otherwise"),
        _recorded(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_rows")),
        comment="the people of survey bases; a row is never changed, a version ends it",
    )
    op.create_index(
        "survey_rows_read_idx", "survey_rows", ["import_id"], postgresql_where=sa.text("from_base IS NULL")
    )
    op.create_index(
        "survey_rows_current_idx",
        "survey_rows",
        ["county", "coverage_year", "division_code"],
        postgresql_where=sa.text("until_base IS NULL AND from_base IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_survey_rows_county_coverage_year_number_digest"),
        "survey_rows",
        ["county", "coverage_year", "number_digest"],
    )


def _answers() -> None:
    op.create_table(
        "survey_answers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *_season(),
        sa.Column("division_code", sa.Text(), nullable=False, comment="of the village that asked"),
        sa.Column("number_digest", sa.LargeBinary(), nullable=False, comment="of whom it was said"),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("proof", sa.LargeBinary()),
        sa.Column("said_by", sa.LargeBinary()),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_id", sa.BigInteger(), comment="the file that it came with"),
        _recorded(),
        sa.CheckConstraint(f"answer IN {_ANSWERS}", name=op.f("ck_survey_answers_answer")),
        sa.CheckConstraint(f"reason IN {_REASONS}", name=op.f("ck_survey_answers_reason")),
        sa.CheckConstraint(
            "(answer = 'not_here') = (reason IS NOT NULL)", name=op.f("ck_survey_answers_reason_of_absence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answers")),
        comment="what was said when somebody asked, append-only; the newest by said_at counts",
    )
    op.create_index(
        op.f("ix_survey_answers_county_coverage_year_number_digest"),
        "survey_answers",
        ["county", "coverage_year", "number_digest"],
    )


def downgrade() -> None:
    op.drop_table("survey_answers")
    op.drop_table("survey_rows")
    op.drop_table("survey_bases")
    op.drop_constraint(op.f("ck_imports_kind"), "imports")
    op.create_check_constraint(op.f("ck_imports_kind"), "imports", "kind IN ('households', 'statuses')")
