"""Who has a card on record, as subsidy tells."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE card_owners (
            person_id bigint NOT NULL,
            county text NOT NULL,
            known_at timestamp with time zone NOT NULL,
            recorded_at timestamp with time zone DEFAULT now() NOT NULL,
            CONSTRAINT pk_card_owners PRIMARY KEY (person_id)
        )
    """)
    op.execute("CREATE INDEX ix_card_owners_county ON card_owners (county)")
    op.execute(
        "COMMENT ON TABLE card_owners IS "
        "'who has a social-security card on record, as subsidy tells: that alone'"
    )


def downgrade() -> None:
    op.execute("DROP TABLE card_owners")
