"""What channels say of a day, file by file: kept as it came, its rows in one form, its faults line by line."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_files",
        sa.Column("file_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="the layout"),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), comment="of this day; null: not read, or refused"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False, comment="of the file as it came"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "row_count", sa.Integer(), server_default="0", nullable=False, comment="read so far, in the end all"
        ),
        sa.Column("fault_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "in_fen", sa.BigInteger(), comment="what payments and bookings brought; null: not read, or refused"
        ),
        sa.Column("out_fen", sa.BigInteger(), comment="what went back or out"),
        sa.Column("fee_fen", sa.BigInteger(), comment="what the channel took for itself"),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state IN ('queued', 'current', 'replaced', 'refused')", name=op.f("ck_channel_files_state")
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_channel_files")),
    )
    day = ["county", "channel", "kind", "business_on"]
    for name, columns, where, unique in (
        ("uq_channel_files_current", day, "state = 'current'", True),
        ("uq_channel_files_sha256", [*day, "sha256"], "state <> 'refused'", True),
        ("ix_channel_files_queued", ["file_id"], "state = 'queued'", False),
    ):
        op.create_index(name, "channel_files", columns, unique=unique, postgresql_where=sa.text(where))
    op.create_table(
        "channel_file_pieces",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("piece_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), comment="null: erased"),
        *_of_a_file("channel_file_pieces", "piece_no"),
    )
    op.create_table(
        "channel_file_rows",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("transaction_no", sa.Text(), nullable=False),
        sa.Column("return_no", sa.Text(), comment="of money that went back"),
        sa.Column("entry_no", sa.Text(), comment="of the booking, where the file books money"),
        sa.Column("order_no", sa.Text()),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "fee_fen", sa.BigInteger(), nullable=False, comment="negative: the channel gave it back"
        ),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_channel_file_rows_amount")),
        sa.CheckConstraint(
            "entry IN ('payment', 'refund', 'money_in', 'money_out')", name=op.f("ck_channel_file_rows_entry")
        ),
        sa.CheckConstraint(
            "state IN ('done', 'pending', 'failed')", name=op.f("ck_channel_file_rows_state")
        ),
        *_of_a_file("channel_file_rows", "line"),
    )
    op.create_table(
        "channel_file_faults",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("fault_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False, comment="a title of a column or total"),
        *_of_a_file("channel_file_faults", "fault_no"),
    )


def _of_a_file(table: str, number: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["file_id"], ["channel_files.file_id"], name=op.f(f"fk_{table}_file_id")
        ),
        sa.PrimaryKeyConstraint("file_id", number, name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    for table in ("channel_file_faults", "channel_file_rows", "channel_file_pieces", "channel_files"):
        op.drop_table(table)
