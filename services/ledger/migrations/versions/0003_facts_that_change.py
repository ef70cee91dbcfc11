"""What is held for others stays at its place: the postings that earlier releases did not make.

Money in suspense and for add-ons was taken off the account of its channel, so that the channel seemed to owe
less than it had taken. From now on each such posting has one beside it that leaves the money where it lies.
For those that are there the same is added here: postings only ever grow. Their kinds are in no total and in
no seal.

And what is kept of facts that change: which contributions were withdrawn, and who is counted no longer.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What is set apart with the channel stays with it; what becomes a contribution is held no more. Refunds of
# what is held are drawn from the special fiscal account, also before it got there. Between books the place of
# money in suspense moves along; if a refund of its line had come back before, that was finance's account.
_POSTED = """
    SELECT p.*, 'held' AS as_kind, 'held' AS from_account, 'clearing:' || p.channel AS to_account,
           CASE p.kind WHEN 'applied' THEN -1 ELSE 1 END AS sign
    FROM postings p WHERE p.kind IN ('suspended', 'add_on_set_apart', 'applied')
    UNION ALL
    SELECT p.*, 'refund_drawn', 'special_fiscal_account', 'held',
           CASE p.kind WHEN 'refund_returned' THEN -1 ELSE 1 END
    FROM postings p WHERE p.kind IN ('refund_of_suspense', 'refund_of_add_on', 'refund_returned')
    UNION ALL
    SELECT p.*, 'held_relocated',
           CASE WHEN EXISTS (SELECT FROM facts f JOIN facts g USING (payment_id, line_no)
                             JOIN postings r ON r.fact_id = g.id AND r.kind = 'refund_returned'
                             WHERE f.id = p.fact_id AND g.event_at < f.event_at)
                THEN 'special_fiscal_account' ELSE 'clearing:' || p.channel END,
           'held', 1
    FROM postings p WHERE p.kind = 'suspense_relocated'
"""
_ADD = f"""
    INSERT INTO postings (county, coverage_year, fact_id, leg_no, kind, reversal, source, destination,
                          amount_fen, business_at, person_id, division_code, channel, payer)
    SELECT county, coverage_year, fact_id,
           (SELECT max(leg_no) FROM postings q
            WHERE q.county = n.county AND q.coverage_year = n.coverage_year AND q.fact_id = n.fact_id)
             + row_number() OVER (PARTITION BY county, coverage_year, fact_id
                                  ORDER BY as_kind, from_account, person_id, division_code, channel),
           as_kind, fen < 0, CASE WHEN fen > 0 THEN from_account ELSE to_account END,
           CASE WHEN fen > 0 THEN to_account ELSE from_account END,
           abs(fen), business_at, person_id, division_code, channel, NULL
    FROM (SELECT county, coverage_year, fact_id, as_kind, from_account, to_account, business_at, person_id,
                 division_code, channel,
                 sum(sign * CASE WHEN reversal THEN -amount_fen ELSE amount_fen END)::bigint AS fen
          FROM ({_POSTED}) AS posted
          GROUP BY county, coverage_year, fact_id, as_kind, from_account, to_account, business_at, person_id,
                   division_code, channel) AS n
    WHERE fen <> 0
"""


def upgrade() -> None:
    op.execute(_ADD)
    op.add_column(
        "due_positions",
        sa.Column(
            "ended_lines",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="of `paid_lines`: those whose contribution a refund withdrew",
        ),
    )
    op.add_column("due_positions", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "due_positions",
        sa.Column(
            "completed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it was last paid or exempted",
        ),
    )
    op.add_column(
        "due_positions",
        sa.Column("cancelled_revision", sa.Integer(), server_default=sa.text("-1"), nullable=False),
    )
    op.create_table(
        "withdrawals",
        sa.Column(
            "county", sa.Text(), nullable=False, comment="name of the notice's county; '' while unknown"
        ),
        sa.Column(
            "coverage_year", sa.Integer(), autoincrement=False, nullable=False, comment="0 while unknown"
        ),
        sa.Column("fact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "reversal",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="the person counts again",
        ),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "county", "coverage_year", "fact_id", "person_id", name=op.f("pk_withdrawals")
        ),
        comment="people who are no longer counted, whatever money of theirs is still there",
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON withdrawals "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Take the added postings away again: whoever goes back has the guard lifted for this one statement."""
    op.drop_table("withdrawals")
    for column in ("cancelled_revision", "completed_at", "withdrawn_at", "ended_lines"):
        op.drop_column("due_positions", column)
    op.execute("ALTER TABLE postings DISABLE TRIGGER append_only")
    op.execute("DELETE FROM postings WHERE kind IN ('held', 'held_relocated', 'refund_drawn')")
    op.execute("ALTER TABLE postings ENABLE TRIGGER append_only")
