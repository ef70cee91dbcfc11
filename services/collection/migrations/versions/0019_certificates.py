"""Receipts and certificates for payers, and the cover that they say."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('receipt', 'certificate')"
_STATES = "state IN ('stands', 'partly_refunded', 'refunded', 'withdrawn', 'not_counted', 'changed_in_part')"


def _place():
    return (
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
    )


def _issued():
    return (
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "covers",
        sa.Column("enrollment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("cover_from", sa.Date(), comment="null: by a history that nobody knows"),
        sa.Column("cover_to", sa.Date()),
        sa.PrimaryKeyConstraint("enrollment_id", name=op.f("pk_covers")),
    )
    op.create_table(
        "certificate_counters",
        sa.Column("division", sa.Text(), nullable=False, comment="the six digits of the county"),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("division", "issued_on", name=op.f("pk_certificate_counters")),
    )
    op.create_table(
        "certificate_batches",
        sa.Column("batch_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *_place(),
        sa.Column("issued", sa.Integer(), nullable=False),
        *_issued(),
        sa.CheckConstraint(_KINDS, name=op.f("ck_certificate_batches_kind")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_certificate_batches")),
    )
    op.create_table(
        "certificates",
        sa.Column("certificate_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *_place(),
        sa.Column("batch_id", sa.BigInteger()),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="all that the paper says, with full names"
        ),
        sa.Column("state", sa.Text(), nullable=False, comment="what the paper says of the money"),
        sa.Column(
            "key_id", sa.Text(), nullable=False, comment="which key its verification code was made with"
        ),
        *_issued(),
        sa.CheckConstraint(_KINDS, name=op.f("ck_certificates_kind")),
        sa.CheckConstraint(_STATES, name=op.f("ck_certificates_state")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["certificate_batches.batch_id"],
            name=op.f("fk_certificates_batch_id"),
        ),
        sa.PrimaryKeyConstraint("certificate_no", name=op.f("pk_certificates")),
    )
    op.create_index(op.f("ix_certificates_batch_id"), "certificates", ["batch_id"])
    op.create_table(
        "certificate_lines",
        sa.Column("certificate_no", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_no"], ["certificates.certificate_no"],
            name=op.f("fk_certificate_lines_certificate_no"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id", "line_no"], ["payment_lines.payment_id", "payment_lines.line_no"],
            name=op.f("fk_certificate_lines_payment_id_line_no"),
        ),
        sa.PrimaryKeyConstraint("certificate_no", "payment_id", "line_no", name=op.f("pk_certificate_lines")),
    )
    op.create_index(op.f("ix_certificate_lines_person_id"), "certificate_lines", ["person_id"])


def downgrade() -> None:
    for table in ("certificate_lines", "certificates", "certificate_batches", "certificate_counters", "covers"):
        op.drop_table(table)
