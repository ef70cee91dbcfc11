"""Phones under which people agreed to be reminded."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column(
            "phone", sa.LargeBinary(), comment="null: the consent was withdrawn, or its time was over"
        ),
        sa.Column("given_by", sa.Text(), nullable=False, comment="who says that the person agreed"),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Text()),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("withdrawn_at IS NULL OR phone IS NULL", name=op.f("ck_contacts_forgotten")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        comment="under which phone somebody agreed to be reminded; one stands for a person and year",
    )
    op.create_index(
        "contacts_standing_idx",
        "contacts",
        ["person_id", "coverage_year"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("contacts")
