"""Which money waits in suspense for whom: whoever looks for those who have not paid sees it."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE waiting_money (
            payment_id bigint NOT NULL,
            line_no integer NOT NULL,
            person_id bigint,
            coverage_year integer,
            amount_fen bigint DEFAULT 0 NOT NULL,
            gone_fen bigint DEFAULT 0 NOT NULL,
            waits boolean DEFAULT false NOT NULL,
            first boolean DEFAULT true NOT NULL,
            said_at timestamp with time zone,
            recorded_at timestamp with time zone DEFAULT now() NOT NULL,
            CONSTRAINT pk_waiting_money PRIMARY KEY (payment_id, line_no)
        )
    """)
    op.execute("CREATE INDEX ix_waiting_money_person_id ON waiting_money (person_id) WHERE waits")
    op.execute(
        "COMMENT ON TABLE waiting_money IS "
        "'payment lines that wait in suspense, or did, as collection tells; lists of villages show them'"
    )
    op.execute("COMMENT ON COLUMN waiting_money.person_id IS 'null: nobody whom collection knows'")
    op.execute("COMMENT ON COLUMN waiting_money.gone_fen IS 'of it went back'")
    op.execute("COMMENT ON COLUMN waiting_money.first IS 'nothing newer is said'")


def downgrade() -> None:
    op.execute("DROP TABLE waiting_money")
