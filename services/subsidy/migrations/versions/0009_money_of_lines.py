"""What went back of a line is read from its refunds and returns; lines know that they were taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Only an applied line has an assessment: one that is suspended was taken back.
_TAKEN_BACK = """
    UPDATE payment_lines SET taken_back = true WHERE state = 'suspended' AND assessment_id IS NOT NULL
"""
_RECOVERED_FROM = """
    UPDATE grants g SET recovered_from = told.source
    FROM (SELECT (data::jsonb ->> 'grant_id')::bigint AS grant_id, data::jsonb ->> 'source' AS source
          FROM outbox WHERE type = 'canbao.subsidy.recovered.v1') AS told
    WHERE g.grant_id = told.grant_id
"""
_GIVEN_BACK = """
    UPDATE payment_lines l SET refunded_fen = back.fen, withdrawn = back.ends OR back.fen >= l.amount_fen
    FROM (
        SELECT payment_id, line_no, sum(amount_fen)::bigint AS fen, bool_or(withdraws) AS ends
        FROM (SELECT payment_id, line_no, amount_fen, withdraws FROM refunds
              WHERE state IN ('approved', 'paid')
              UNION ALL
              SELECT payment_id, line_no, amount_fen, withdraws FROM line_returns) AS every
        GROUP BY payment_id, line_no
    ) AS back
    WHERE l.payment_id = back.payment_id AND l.line_no = back.line_no
"""


def upgrade() -> None:
    op.add_column(
        "payment_lines",
        sa.Column(
            "taken_back",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="it had been applied and is suspended again",
        ),
    )
    op.alter_column(
        "payment_lines",
        "state",
        comment="applied or suspended, by the newest fact about it",
        existing_comment="applied beats suspended, whichever arrives first",
    )
    op.alter_column(
        "payment_lines",
        "amount_fen",
        comment="all money that the line ever had",
        existing_comment="all money of the line: what can be refunded",
    )
    op.alter_column(
        "payment_lines",
        "happened_at",
        comment="the time of its newest event",
        existing_comment="the event's time",
    )
    op.execute(_TAKEN_BACK)
    op.drop_column("payment_lines", "refunded_fen")
    op.drop_column("payment_lines", "withdrawn")
    op.drop_column("line_returns", "counted")
    op.add_column(
        "grants",
        sa.Column("recovered_from", sa.Text(), comment="whose money went back to the payer: fund or person"),
    )
    op.execute(_RECOVERED_FROM)


def downgrade() -> None:
    op.drop_column("grants", "recovered_from")
    op.add_column(
        "line_returns",
        sa.Column(
            "counted",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="in the money of its line, which may come later",
        ),
    )
    op.alter_column("line_returns", "counted", server_default=None)
    op.add_column(
        "payment_lines",
        sa.Column(
            "refunded_fen",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="by approved refunds",
        ),
    )
    op.add_column(
        "payment_lines",
        sa.Column(
            "withdrawn",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="refunded in full",
        ),
    )
    op.execute(_GIVEN_BACK)
    op.drop_column("payment_lines", "taken_back")
    for column, comment in (
        ("state", "applied beats suspended, whichever arrives first"),
        ("amount_fen", "all money of the line: what can be refunded"),
        ("happened_at", "the event's time"),
    ):
        op.alter_column("payment_lines", column, comment=comment)
