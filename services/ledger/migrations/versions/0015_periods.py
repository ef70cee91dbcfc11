"""Accounting months: postings and movements lie in one, months are locked and closed in order, journals numbered.

What is there was booked in its own month, and every month of it is open.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ACCOUNTING_MONTH = "first day of the month that it is booked in: its own, or the first one open when it came"
NOT_BEFORE = "accounting_month >= date_trunc('month', business_at AT TIME ZONE 'Asia/Shanghai')"
# Whoever posts shares a county's months until the transaction ends; whoever locks or reopens one has them
# alone. A function, because each of its statements sees what was committed while it waited for the first.
HOLD_MONTHS = """
CREATE OR REPLACE FUNCTION hold_months(counties text[]) RETURNS TABLE (of_county text, shut_to date)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    one text;
BEGIN
    FOR one IN SELECT DISTINCT c FROM unnest(counties) AS c ORDER BY c LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('months ' || one, 0));
    END LOOP;
    RETURN QUERY
        SELECT p.county, max(p.month) FROM periods p
        WHERE p.county = ANY(counties) AND p.state <> 'open' GROUP BY p.county;
END $$
"""
REFUSE_SHUT_MONTH = """
CREATE OR REPLACE FUNCTION refuse_shut_month() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shut record;
BEGIN
    SELECT f.county, f.accounting_month INTO shut
    FROM (SELECT DISTINCT county, accounting_month FROM fresh) AS f
    JOIN hold_months(ARRAY(SELECT DISTINCT county FROM fresh)) AS held ON held.of_county = f.county
    WHERE f.accounting_month <= held.shut_to;
    IF FOUND THEN
        RAISE EXCEPTION 'the accounting month % of % is locked or closed', shut.accounting_month, shut.county
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
"""
# The first month of a county is the first in which anything is booked.
KEEP_MONTHS_IN_ORDER = """
CREATE OR REPLACE FUNCTION keep_months_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was text := 'open';
    astray boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was := OLD.state;
    END IF;
    IF TG_OP = 'DELETE' OR (was, NEW.state) NOT IN (('open', 'locked'), ('locked', 'open'), ('locked', 'closed'))
       OR (TG_OP = 'UPDATE' AND (OLD.county, OLD.month) <> (NEW.county, NEW.month)) THEN
        RAISE EXCEPTION 'accounting months go from open to locked, from there to closed or back'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> 'closed' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('months ' || NEW.county, 0));
    END IF;
    IF NEW.state = 'open' THEN
        astray := EXISTS (SELECT FROM periods p
                          WHERE p.county = NEW.county AND p.month > NEW.month AND p.state <> 'open');
    ELSIF EXISTS (SELECT FROM periods p WHERE p.county = NEW.county AND p.month < NEW.month) THEN
        astray := NOT EXISTS (SELECT FROM periods p
                              WHERE p.county = NEW.county AND p.month = NEW.month - interval '1 month'
                                AND p.state IN (NEW.state, 'closed'));
    ELSE
        astray := EXISTS (SELECT FROM postings p
                          WHERE p.county = NEW.county AND p.accounting_month < NEW.month);
    END IF;
    IF astray THEN
        RAISE EXCEPTION 'accounting months are locked, closed and reopened in their order, without gaps'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    _periods()
    for table in ("postings", "movements"):
        _add_month(table)
    op.create_index(
        "ix_postings_accounting_month", "postings", ["accounting_month"], postgresql_using="brin"
    )
    op.execute(HOLD_MONTHS)
    op.execute(REFUSE_SHUT_MONTH)
    op.execute(KEEP_MONTHS_IN_ORDER)
    for table in ("postings", "movements"):
        op.execute(
            f"CREATE TRIGGER open_month AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_shut_month()"
        )
    op.execute(
        "CREATE TRIGGER in_order BEFORE INSERT OR UPDATE OR DELETE ON periods "
        "FOR EACH ROW EXECUTE FUNCTION keep_months_in_order()"
    )
    op.execute(
        "CREATE TRIGGER not_truncated BEFORE TRUNCATE ON periods "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for table in ("period_steps", "period_closings", "journal_entries"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _add_month(table: str) -> None:
    """Add the month to a table that refuses UPDATE: the new type rewrites it once, and leaves no dead rows."""
    op.add_column(table, sa.Column("accounting_month", sa.Date(), comment=ACCOUNTING_MONTH))
    op.execute(
        f"ALTER TABLE {table} ALTER COLUMN accounting_month TYPE date "
        "USING date_trunc('month', business_at AT TIME ZONE 'Asia/Shanghai')::date"
    )
    op.alter_column(table, "accounting_month", nullable=False)
    op.create_check_constraint(op.f(f"ck_{table}_month_is_not_before"), table, NOT_BEFORE)
    op.create_check_constraint(
        op.f(f"ck_{table}_month_is_a_first_day"), table, "extract(day FROM accounting_month) = 1"
    )


def _periods() -> None:
    op.create_table(
        "periods",
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False, comment="its first day"),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="open again, locked, closed; without a row it is open"
        ),
        sa.CheckConstraint("state IN ('open', 'locked', 'closed')", name=op.f("ck_periods_state")),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_periods_month_is_a_first_day")),
        sa.PrimaryKeyConstraint("county", "month", name=op.f("pk_periods")),
        comment="accounting months of a county, all its coverage years together; in order and without gaps",
    )
    op.create_table(
        "period_steps",
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("step_no", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False, comment="lock, close, reopen"),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), comment="the second person, where the step needs one"),
        sa.Column("approval_id", sa.BigInteger(), comment="has the reason"),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("approved_by <> taken_by", name=op.f("ck_period_steps_second_person")),
        sa.CheckConstraint(
            "step = 'lock' OR approved_by IS NOT NULL", name=op.f("ck_period_steps_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.approval_id"], name=op.f("fk_period_steps_approval_id")
        ),
        sa.PrimaryKeyConstraint("county", "month", "step_no", name=op.f("pk_period_steps")),
        comment="what was done with accounting months, by whom",
    )
    op.create_table(
        "period_closings",
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column(
            "document", sa.Text(), nullable=False, comment="canonical JSON; exactly what `sha256` is over"
        ),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("previous_sha256", sa.Text(), comment="of the month before"),
        sa.PrimaryKeyConstraint("county", "month", name=op.f("pk_period_closings")),
        comment="the frozen totals of closed months: opening, turnover and closing balance of each account",
    )
    op.create_table(
        "journal_entries",
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column(
            "entry_no", sa.Integer(), autoincrement=False, nullable=False, comment="1 is the first of the month"
        ),
        sa.Column(
            "coverage_year", sa.Integer(), autoincrement=False, nullable=False, comment="in whose books"
        ),
        sa.Column("fact_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "county", "month", "entry_no", "coverage_year", name=op.f("pk_journal_entries")
        ),
        comment="the numbers of the journal of closed months: a fact has one, in whichever years it posts",
    )


def downgrade() -> None:
    for table in ("journal_entries", "period_closings", "period_steps", "periods"):
        op.drop_table(table)
    for table in ("postings", "movements"):
        op.execute(f"DROP TRIGGER open_month ON {table}")
        op.drop_column(table, "accounting_month")
    for function in ("keep_months_in_order()", "refuse_shut_month()", "hold_months(text[])"):
        op.execute(f"DROP FUNCTION {function}")
