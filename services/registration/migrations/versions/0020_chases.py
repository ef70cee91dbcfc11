"""Chasing of people who have not paid: who is on whom, and what was done."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _season():
    return (
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
    )


def _recorded():
    return sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "chases",
        *_season(),
        sa.Column("number_digest", sa.LargeBinary(), nullable=False, comment="of whom is chased"),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), comment="when that officer let go"),
        sa.Column("last_contact_at", sa.DateTime(timezone=True)),
        sa.Column("last_outcome", sa.Text()),
        sa.Column("next_step", sa.LargeBinary()),
        sa.Column("next_on", sa.Date()),
        sa.Column(
            "free_from", sa.Date(), nullable=False, comment="the day from which another may take over"
        ),
        _recorded(),
        sa.PrimaryKeyConstraint("county", "coverage_year", "number_digest", name=op.f("pk_chases")),
        comment="who is on whom now; what was done stands in chase_steps",
    )
    op.create_table(
        "chase_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *_season(),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("number_digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("means", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.Column("next_step", sa.LargeBinary()),
        sa.Column("next_on", sa.Date()),
        sa.Column("note", sa.LargeBinary()),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        _recorded(),
        sa.CheckConstraint("kind IN ('take', 'contact', 'release')", name=op.f("ck_chase_steps_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chase_steps")),
        comment="what was done about people who have not paid, append-only",
    )
    op.create_index(
        op.f("ix_chase_steps_county_coverage_year_number_digest"),
        "chase_steps",
        ["county", "coverage_year", "number_digest"],
    )


def downgrade() -> None:
    op.drop_table("chase_steps")
    op.drop_table("chases")
