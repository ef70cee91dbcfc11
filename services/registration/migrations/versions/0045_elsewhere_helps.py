"""Help for people who are insured elsewhere."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE elsewhere_helps (
            id bigint NOT NULL,
            county text NOT NULL,
            coverage_year integer NOT NULL,
            person_id bigint NOT NULL,
            division_code text NOT NULL,
            insured_in text NOT NULL,
            paid_on date NOT NULL,
            paid_fen bigint NOT NULL,
            voucher_no text NOT NULL,
            proofs text[] NOT NULL,
            tier integer,
            lines jsonb NOT NULL,
            state text NOT NULL,
            revision integer DEFAULT 0 NOT NULL,
            recorded_by text NOT NULL,
            asked_at timestamp with time zone NOT NULL,
            agreed_at timestamp with time zone,
            ended_at timestamp with time zone,
            end_reason text,
            look_at timestamp with time zone,
            recorded_at timestamp with time zone DEFAULT now() NOT NULL,
            CONSTRAINT pk_elsewhere_helps PRIMARY KEY (id),
            CONSTRAINT ck_elsewhere_helps_paid CHECK (paid_fen > 0),
            CONSTRAINT ck_elsewhere_helps_state CHECK (state IN ('asked', 'agreed', 'refused', 'ended'))
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_elsewhere_helps_standing ON elsewhere_helps (person_id, coverage_year, county)
        WHERE state IN ('asked', 'agreed')
    """)
    op.execute("""
        CREATE INDEX ix_elsewhere_helps_county_coverage_year ON elsewhere_helps (county, coverage_year)
    """)
    op.execute("""
        CREATE INDEX ix_elsewhere_helps_look_at ON elsewhere_helps (look_at) WHERE look_at IS NOT NULL
    """)
    for place, comment in {
        "TABLE elsewhere_helps": "people recognized here who are insured elsewhere, and the help that they get for it",
        "COLUMN elsewhere_helps.id": "of the series of enrollments",
        "COLUMN elsewhere_helps.voucher_no": "of the place where the person is insured",
        "COLUMN elsewhere_helps.lines": "the help, payer by payer",
        "COLUMN elsewhere_helps.revision": "of what others were told",
        "COLUMN elsewhere_helps.look_at": "since when something is known by which it is to be judged again",
    }.items():
        op.execute(f"COMMENT ON {place} IS '{comment}'")


def downgrade() -> None:
    op.execute("DROP TABLE elsewhere_helps")
