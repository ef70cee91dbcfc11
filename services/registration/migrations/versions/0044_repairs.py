"""Lapsed years that people repaired."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE repairs (
            payment_id bigint NOT NULL,
            line_no integer NOT NULL,
            county text NOT NULL,
            coverage_year integer NOT NULL,
            enrollment_id bigint,
            repaired_year integer NOT NULL,
            amount_fen bigint,
            paid_at timestamp with time zone,
            told_at timestamp with time zone,
            gone_at timestamp with time zone,
            recorded_at timestamp with time zone DEFAULT now() NOT NULL,
            CONSTRAINT pk_repairs PRIMARY KEY (payment_id, line_no)
        )
    """)
    op.execute("CREATE INDEX ix_repairs_enrollment_id ON repairs (enrollment_id)")
    for place, comment in {
        "TABLE repairs": "lapsed years that people paid for beside the contribution, which shortens their wait",
        "COLUMN repairs.enrollment_id": "empty while only that the money went has arrived",
        "COLUMN repairs.told_at": "of the last word that the line repairs the year",
        "COLUMN repairs.gone_at": "of the last word that its money went; it counts while it is told later",
    }.items():
        op.execute(f"COMMENT ON {place} IS '{comment}'")


def downgrade() -> None:
    op.execute("DROP TABLE repairs")
