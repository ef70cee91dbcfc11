"""Rosters of who is to be subsidized, verified line by line."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STATES = "state IN ('open', 'held', 'released', 'struck_out', 'lifted')"


def _instant(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _recorded_at() -> sa.Column:
    return sa.Column(
        "recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "verifications",
        sa.Column("verification_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column(
            "division_prefix", sa.Text(collation="C"), nullable=False, comment="the township, nine digits"
        ),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="of the township and payer, rising from 1"
        ),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column(
            "total_fen", sa.BigInteger(), nullable=False, comment="when it was drawn: it never changes"
        ),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        _instant("drawn_at"),
        _recorded_at(),
        sa.PrimaryKeyConstraint("verification_id", name=op.f("pk_verifications")),
        sa.UniqueConstraint(
            "county",
            "coverage_year",
            "division_prefix",
            "payer",
            "number",
            name=op.f("uq_verifications_county_coverage_year_division_prefix_payer_number"),
        ),
        comment="rosters of who is to be subsidized, each drawn once from the grants that are on none",
    )
    op.create_table(
        "verification_lines",
        sa.Column("grant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("verification_id", sa.BigInteger(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column(
            "division_code", sa.Text(collation="C"), nullable=False, comment="where the person lived then"
        ),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        _recorded_at(),
        sa.CheckConstraint(_STATES, name=op.f("ck_verification_lines_state")),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["grants.grant_id"], name=op.f("fk_verification_lines_grant_id")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["verifications.verification_id"],
            name=op.f("fk_verification_lines_verification_id"),
        ),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_verification_lines")),
        comment="every grant stands on one roster at most",
    )
    op.create_index(
        op.f("ix_verification_lines_verification_id_grant_id"),
        "verification_lines",
        ["verification_id", "grant_id"],
    )
    op.create_index(
        op.f("ix_verification_lines_county_coverage_year_state"),
        "verification_lines",
        ["county", "coverage_year", "state"],
    )
    op.create_table(
        "verification_steps",
        sa.Column("step_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), comment="why it is held or struck out"),
        sa.Column("decided_by", sa.Text(), nullable=False),
        _instant("decided_at"),
        _recorded_at(),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["verification_lines.grant_id"], name=op.f("fk_verification_steps_grant_id")
        ),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_verification_steps")),
        comment="what was decided of each line, by whom and when; it only grows",
    )
    op.create_index(
        op.f("ix_verification_steps_grant_id_step_id"), "verification_steps", ["grant_id", "step_id"]
    )


def downgrade() -> None:
    op.drop_table("verification_steps")
    op.drop_table("verification_lines")
    op.drop_table("verifications")
