"""Facts, postings, dues, movements and handovers; with the guards of what only ever grows."""

import sqlalchemy as sa
from alembic import op

from libs.common.bus.tables import create_bus_tables, drop_bus_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("facts", "postings", "memos", "movements", "handovers", "handover_members")


def upgrade() -> None:
    create_bus_tables(op.get_bind())
    op.create_table(
        "due_positions",
        sa.Column(
            "county", sa.Text(), nullable=False, comment="name of the notice's county; '' while unknown"
        ),
        sa.Column(
            "coverage_year", sa.Integer(), autoincrement=False, nullable=False, comment="0 while unknown"
        ),
        sa.Column("enrollment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "revision",
            sa.Integer(),
            server_default=sa.text("-1"),
            nullable=False,
            comment="of the newest assessment",
        ),
        sa.Column("due_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_lines", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("county", "coverage_year", "enrollment_id", name=op.f("pk_due_positions")),
        comment="what is known of one enrollment's due; the row lock puts facts of different topics in order",
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "facts",
        sa.Column(
            "county", sa.Text(), nullable=False, comment="name of the notice's county; '' while unknown"
        ),
        sa.Column(
            "coverage_year", sa.Integer(), autoincrement=False, nullable=False, comment="0 while unknown"
        ),
        sa.Column(
            "id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="in the order in which they took effect",
        ),
        sa.Column("source", sa.Text(collation="C"), nullable=False, comment="CloudEvents source"),
        sa.Column("event_id", sa.Text(collation="C"), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False, comment="CloudEvents time"),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False, comment="decides the deadline"),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=True),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("line_no", sa.Integer(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False, comment="canonical JSON of the fact"),
        sa.PrimaryKeyConstraint("county", "coverage_year", "id", name=op.f("pk_facts")),
        sa.UniqueConstraint(
            "county",
            "coverage_year",
            "source",
            "event_id",
            name=op.f("uq_facts_county_coverage_year_source_event_id"),
        ),
        comment="what happened, as it was published: everything else can be computed again from here",
    )
    op.create_index(
        "ix_facts_payment_line",
        "facts",
        ["payment_id", "line_no"],
        unique=False,
        postgresql_where=sa.text("payment_id IS NOT NULL"),
    )
    op.create_table(
        "handover_members",
        sa.Column(
            "county", sa.Text(), nullable=False, comment="name of the notice's county; '' while unknown"
        ),
        sa.Column(
            "coverage_year", sa.Integer(), autoincrement=False, nullable=False, comment="0 while unknown"
        ),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "county", "coverage_year", "ordinal", "fact_id", name=op.f("pk_handover_members")
        ),
        comment="which facts a handover counts",
    )
    op.create_table(
        "handovers",
        sa.Column(
            "county", sa.Text(), nullable=False, comment="name of the notice's county; '' while unknown"
        ),
        sa.Column(
            "coverage_year", sa.Integer(), autoincrement=False, nullable=False, comment="0 while unknown"
        ),
        sa.Column(
            "ordinal",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="1 is the first of the season",
        ),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("deadline_id", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("accounting_from", sa.Date(), nullable=False),
        sa.Column("accounting_to", sa.Date(), nullable=False, comment="included"),
        sa.Column(
            "cutoff_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the end of accounting_to, exclusive",
        ),
        sa.Column("head_count", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "document", sa.Text(), nullable=False, comment="canonical JSON; exactly what `sha256` is over"
        ),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("previous_sha256", sa.Text(), nullable=True),
        sa.Column("forced_reason", sa.Text(), nullable=True, comment="why it was closed before its cutoff"),
        sa.Column("sealed_by", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county", "coverage_year", "ordinal", name=op.f("pk_handovers")),
        sa.UniqueConstraint(
            "county",
            "coverage_year",
            "deadline_id",
            name=op.f("uq_handovers_county_coverage_year_deadline_id"),
        ),
        sa.UniqueConstraint("id", name=op.f("uq_handovers_id")),
        comment="the sealed totals of one deadline",
    )
    op.create_table(
        "locks",
        sa.Column("name", sa.Text(), nullable=False, comment="lines, or books:<county>:<coverage_year>"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_locks")),
        comment="rows that are locked and never changed: services/ledger/README.md says by whom",
    )
    op.create_table(
        "memos",
        sa.Column(
            "county", sa.Text(), nullable=False, comment="name of the notice's county; '' while unknown"
        ),
        sa.Column(
            "coverage_year", sa.Integer(), autoincrement=False, nullable=False, comment="0 while unknown"
        ),
        sa.Column("fact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reversal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_memos_amount_is_positive")),
        sa.PrimaryKeyConstraint("county", "coverage_year", "fact_id", name=op.f("pk_memos")),
        comment="help that a department settles with the person itself: listed, but no money of ours moves",
    )
    op.create_table(
        "movements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("coverage_year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column(
            "amount_fen",
            sa.BigInteger(),
            nullable=False,
            comment="0 when all was asked for and nothing was there",
        ),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "reference", sa.Text(), nullable=False, comment="the number on the bank's or treasury's paper"
        ),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "request", sa.Text(), nullable=False, comment="canonical JSON of what was asked, to know it again"
        ),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_movements_amount_is_not_negative")),
        sa.ForeignKeyConstraint(["reverses_id"], ["movements.id"], name=op.f("fk_movements_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movements")),
        sa.UniqueConstraint("county", "reference", name=op.f("uq_movements_county_reference")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_movements_reverses_id")),
        comment="money moved on by an operator",
    )
    op.create_table(
        "person_lookups",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("looked_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("query_digest", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_lookups")),
    )
    op.create_index(
        "ix_person_lookups_person_id", "person_lookups", ["person_id", "looked_up_at"], unique=False
    )
    op.create_index("ix_person_lookups_subject", "person_lookups", ["subject", "looked_up_at"], unique=False)
    op.create_table(
        "postings",
        sa.Column(
            "county", sa.Text(), nullable=False, comment="name of the notice's county; '' while unknown"
        ),
        sa.Column(
            "coverage_year", sa.Integer(), autoincrement=False, nullable=False, comment="0 while unknown"
        ),
        sa.Column("fact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leg_no", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="services/ledger/postings/rules.py names them"),
        sa.Column(
            "reversal",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="mirrors a posting of its kind",
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("division_code", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("payer", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_postings_amount_is_positive")),
        sa.CheckConstraint("source <> destination", name=op.f("ck_postings_accounts_differ")),
        sa.PrimaryKeyConstraint("county", "coverage_year", "fact_id", "leg_no", name=op.f("pk_postings")),
        comment="money from one account to another; sums to zero by construction",
    )
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the table % only ever grows: post a reversal instead', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
    """)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("postings")
    op.drop_table("person_lookups")
    op.drop_table("movements")
    op.drop_table("memos")
    op.drop_table("locks")
    op.drop_table("handovers")
    op.drop_table("handover_members")
    op.drop_table("facts")
    op.drop_table("due_positions")
    op.execute("DROP FUNCTION refuse_change()")
    drop_bus_tables(op.get_bind())
