"""Who looked at alerts is recorded, as everywhere: the audit of look-ups, which only ever grows and is sealed."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE person_lookups (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        looked_up_at TIMESTAMP WITH TIME ZONE NOT NULL,
        subject TEXT NOT NULL,
        role TEXT NOT NULL,
        division TEXT NOT NULL,
        operation TEXT NOT NULL,
        purpose TEXT,
        person_id BIGINT,
        query_digest TEXT,
        correlation_id TEXT,
        note BYTEA,
        note_digest BYTEA,
        CONSTRAINT pk_person_lookups PRIMARY KEY (id)
    )
    """,
    "COMMENT ON COLUMN person_lookups.note IS 'what somebody wrote: why they looked, or did it'",
    "COMMENT ON COLUMN person_lookups.note_digest IS 'what the seals are over; it stays'",
    "CREATE INDEX ix_person_lookups_person_id ON person_lookups (person_id, looked_up_at)",
    "CREATE INDEX ix_person_lookups_subject ON person_lookups (subject, looked_up_at)",
    """
    CREATE TABLE lookup_seals (
        number BIGINT NOT NULL,
        to_id BIGINT NOT NULL,
        lookups BIGINT NOT NULL,
        previous_sha256 TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        sealed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        CONSTRAINT pk_lookup_seals PRIMARY KEY (number)
    )
    """,
    "COMMENT ON COLUMN lookup_seals.number IS 'from 1, without gaps'",
    "COMMENT ON COLUMN lookup_seals.to_id IS 'the last row of person_lookups that it covers'",
    "COMMENT ON COLUMN lookup_seals.lookups IS 'how many rows it covers'",
    "COMMENT ON COLUMN lookup_seals.previous_sha256 IS 'of the seal before; empty for the first'",
    """
    CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the table % only ever grows: what was looked up stays recorded', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER append_only
    BEFORE UPDATE OF id, looked_up_at, subject, role, division, operation, purpose, person_id, query_digest,
                     correlation_id OR DELETE OR TRUNCATE ON person_lookups
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lookup_seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE lookup_seals")
    op.execute("DROP TABLE person_lookups")
    op.execute("DROP FUNCTION refuse_change_of_audit()")
