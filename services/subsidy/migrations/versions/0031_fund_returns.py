"""What goes back of payers' money, as registration tells."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE fund_returns (
            return_id bigint NOT NULL,
            arrival_id bigint NOT NULL,
            amount_fen bigint NOT NULL,
            returned_at timestamp with time zone NOT NULL,
            recorded_at timestamp with time zone DEFAULT now() NOT NULL,
            CONSTRAINT pk_fund_returns PRIMARY KEY (return_id),
            CONSTRAINT fk_fund_returns_arrival_id_fund_arrivals
                FOREIGN KEY (arrival_id) REFERENCES fund_arrivals (arrival_id)
        )
    """)
    op.execute("CREATE INDEX ix_fund_returns_arrival_id ON fund_returns (arrival_id)")
    op.execute(
        "COMMENT ON TABLE fund_returns IS 'what went back to who gave it, as registration tells'"
    )


def downgrade() -> None:
    op.execute("DROP TABLE fund_returns")
