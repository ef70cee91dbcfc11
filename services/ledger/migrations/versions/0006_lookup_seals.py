"""The audit of look-ups only ever grows, and is sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

APPEND_ONLY = ("person_lookups", "lookup_seals")


def upgrade() -> None:
    op.create_table(
        "lookup_seals",
        sa.Column(
            "number", sa.BigInteger(), autoincrement=False, nullable=False, comment="from 1, without gaps"
        ),
        sa.Column(
            "to_id", sa.BigInteger(), nullable=False, comment="the last row of person_lookups that it covers"
        ),
        sa.Column("lookups", sa.BigInteger(), nullable=False, comment="how many rows it covers"),
        sa.Column(
            "previous_sha256", sa.Text(), nullable=False, comment="of the seal before; empty for the first"
        ),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lookup_seals")),
    )
    op.execute("""
        CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the table % only ever grows: what was looked up stays recorded', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
    """)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"
        )


def downgrade() -> None:
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only ON {table}")
    op.execute("DROP FUNCTION refuse_change_of_audit()")
    op.drop_table("lookup_seals")
