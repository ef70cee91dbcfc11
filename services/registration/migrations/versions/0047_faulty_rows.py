"""Faulty rows of files are kept until they are corrected, and a dry run knows the import that applied it."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE import_rows (
            import_id bigint NOT NULL,
            line integer NOT NULL,
            body bytea NOT NULL,
            CONSTRAINT pk_import_rows PRIMARY KEY (import_id, line),
            CONSTRAINT fk_import_rows_import_id FOREIGN KEY (import_id) REFERENCES imports (id)
        )
    """)
    op.execute("COMMENT ON TABLE import_rows IS 'cells of faulty rows, and of the heading as line 0'")
    op.execute("ALTER TABLE imports ADD COLUMN dry_run_of bigint")
    op.execute("COMMENT ON COLUMN imports.dry_run_of IS 'the dry run whose file it imports'")
    op.execute("ALTER TABLE imports ADD CONSTRAINT uq_imports_dry_run_of UNIQUE (dry_run_of)")


def downgrade() -> None:
    op.execute("ALTER TABLE imports DROP CONSTRAINT uq_imports_dry_run_of")
    op.execute("ALTER TABLE imports DROP COLUMN dry_run_of")
    op.execute("DROP TABLE import_rows")
