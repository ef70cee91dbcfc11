"""What is exchanged with the collector and the bureau: batches, rows, answers, and the days that were done."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_PARTIES = "party IN ('collector', 'bureau')"
_KINDS = "kind IN ('due', 'payment', 'special_payment', 'refund', 'status')"


def upgrade() -> None:
    _batches()
    _rows()
    op.create_table(
        "exchange_answers",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), comment="the file as it came; null: erased"),
        sa.Column("answer", JSONB(), nullable=False, comment="what was answered to it"),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "sha256", name=op.f("pk_exchange_answers")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["exchange_batches.batch_id"],
            name=op.f("fk_exchange_answers_batch_id_exchange_batches"),
        ),
    )
    op.create_table(
        "exchange_runs",
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("run_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("county", "party", "run_on", name=op.f("pk_exchange_runs")),
        sa.CheckConstraint(_PARTIES, name=op.f("ck_exchange_runs_party")),
    )


def _batches() -> None:
    op.create_table(
        "exchange_batches",
        sa.Column("batch_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("batch_no", sa.Integer(), nullable=False, comment="by county and party, without gaps"),
        sa.Column("profile", sa.Text(), nullable=False, comment="which layout"),
        sa.Column(
            "layout", JSONB(), nullable=False,
            comment="the layout as it was then: the file stays what it was",
        ),
        sa.Column("row_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "accepted", sa.Integer(), server_default="0", nullable=False, comment="of its rows, as they stand"
        ),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_exchange_batches")),
        sa.UniqueConstraint(
            "county", "party", "batch_no", name=op.f("uq_exchange_batches_county_party_batch_no")
        ),
        sa.CheckConstraint(_PARTIES, name=op.f("ck_exchange_batches_party")),
        sa.CheckConstraint(_KINDS, name=op.f("ck_exchange_batches_kind")),
    )
    op.create_index(
        "ix_exchange_batches_unanswered", "exchange_batches", ["batch_id"],
        postgresql_where=sa.text("accepted + refused < row_count"),
    )


def _rows() -> None:
    op.create_table(
        "exchange_rows",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "number", sa.Text(), nullable=False, comment="ours, of the thing: sent anew it is the same"
        ),
        sa.Column("person_id", sa.BigInteger()),
        sa.Column("payment_id", sa.BigInteger()),
        sa.Column("line_no", sa.Integer()),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "content", JSONB(), nullable=False, comment="all that is told of it, in one form for all layouts"
        ),
        sa.Column("print", sa.Text(), nullable=False, comment="fingerprint of the content"),
        sa.Column("state", sa.Text(), server_default="sent", nullable=False),
        sa.Column("code", sa.Text(), comment="the party's, where it refused"),
        sa.Column("words", sa.Text(), comment="the party's, numbers of people masked"),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column(
            "released_at", sa.DateTime(timezone=True),
            comment="since when it may be sent again as it is: an officer said so",
        ),
        sa.PrimaryKeyConstraint("batch_id", "row_no", name=op.f("pk_exchange_rows")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["exchange_batches.batch_id"],
            name=op.f("fk_exchange_rows_batch_id_exchange_batches"),
        ),
        sa.CheckConstraint(_PARTIES, name=op.f("ck_exchange_rows_party")),
        sa.CheckConstraint(_KINDS, name=op.f("ck_exchange_rows_kind")),
        sa.CheckConstraint(
            "state IN ('sent', 'accepted', 'refused')", name=op.f("ck_exchange_rows_state")
        ),
        sa.CheckConstraint(
            "(state = 'sent') = (answered_at IS NULL)", name=op.f("ck_exchange_rows_answered")
        ),
    )
    op.create_index(
        op.f("ix_exchange_rows_county_coverage_year_party_kind_number_batch_id"), "exchange_rows",
        ["county", "coverage_year", "party", "kind", "number", "batch_id"],
    )
    op.create_index(
        "ix_exchange_rows_payment", "exchange_rows", ["payment_id", "line_no"],
        postgresql_where=sa.text("payment_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_exchange_rows_person_id"), "exchange_rows", ["person_id"])


def downgrade() -> None:
    for table in ("exchange_runs", "exchange_answers", "exchange_rows", "exchange_batches"):
        op.drop_table(table)
