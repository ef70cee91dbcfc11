"""Fees that channels keep are booked, letters to banks are kept, and days are told the ledger in sums."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_fees",
        sa.Column("fee_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("fee_no", sa.Integer(), nullable=False, comment="counts the rows of the day"),
        sa.Column("coverage_year", sa.Integer(), nullable=False, comment="of whose money it was kept"),
        sa.Column(
            "amount_fen", sa.BigInteger(), nullable=False, comment="below zero: fees that were given back"
        ),
        sa.Column("file_id", sa.BigInteger(), nullable=False, comment="the bill"),
        sa.Column("statement_file_id", sa.BigInteger()),
        sa.Column("statement_line", sa.Integer(), comment="what came, where an officer was asked"),
        sa.Column("reverses_id", sa.BigInteger()),
        sa.Column("reason", sa.Text(), comment="why it is booked no longer"),
        sa.Column("booked_by", sa.Text(), nullable=False, comment="settings: by the bill alone"),
        sa.Column("approved_by", sa.Text()),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_channel_fees_amount")),
        sa.CheckConstraint(
            "(reverses_id IS NULL) = (reason IS NULL)", name=op.f("ck_channel_fees_reason")
        ),
        sa.CheckConstraint("approved_by <> booked_by", name=op.f("ck_channel_fees_second_person")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["channel_files.file_id"], name=op.f("fk_channel_fees_file_id_channel_files")
        ),
        sa.ForeignKeyConstraint(
            ["statement_file_id"], ["channel_files.file_id"],
            name=op.f("fk_channel_fees_statement_file_id_channel_files"),
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["channel_fees.fee_id"],
            name=op.f("fk_channel_fees_reverses_id_channel_fees"),
        ),
        sa.PrimaryKeyConstraint("fee_id", name=op.f("pk_channel_fees")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_channel_fees_reverses_id")),
        sa.UniqueConstraint(
            "county", "channel", "business_on", "fee_no",
            name=op.f("uq_channel_fees_county_channel_business_on_fee_no"),
        ),
    )
    op.create_table(
        "channel_letters",
        sa.Column("letter_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="of the case"),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column(
            "account", sa.Text(), nullable=False, comment="of the notice, into which the channel pays"
        ),
        sa.Column("business_on", sa.Date(), nullable=False, comment="the day, or the last one of several"),
        sa.Column("owed_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "content", sa.Text(), nullable=False, comment="canonical JSON; exactly what `sha256` is over"
        ),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), comment="in the words of the officer; null: erased"),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name=op.f("fk_channel_letters_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_channel_letters")),
    )
    op.create_index(op.f("ix_channel_letters_case_id"), "channel_letters", ["case_id"])
    op.create_table(
        "channel_day_totals",
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="counts what was told"),
        sa.Column("taken_fen", sa.BigInteger(), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column(
            "returned_fen", sa.BigInteger(), comment="null: a return belongs to several counties"
        ),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column(
            "compared_at", sa.DateTime(timezone=True), nullable=False,
            comment="of the files on which it rests",
        ),
        sa.Column("totalled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "county", "channel", "business_on", name=op.f("pk_channel_day_totals")
        ),
    )


def downgrade() -> None:
    op.drop_table("channel_day_totals")
    op.drop_table("channel_letters")
    op.drop_table("channel_fees")
