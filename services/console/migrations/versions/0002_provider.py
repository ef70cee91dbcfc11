"""Users whom the county's authorization server knows, and attempts to sign in there."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("users", "password", nullable=True)
    op.add_column("users", sa.Column("issuer", sa.Text(), comment="the authorization server; null: a local user"))
    op.add_column("users", sa.Column("subject", sa.Text(), comment="who it is there, for good"))
    op.create_unique_constraint("uq_users_issuer_subject", "users", ["issuer", "subject"])
    op.create_table(
        "attempts",
        sa.Column("attempt_digest", sa.Text(), comment="SHA-256 of what the browser keeps"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("then", sa.Text(), nullable=False, comment="the page to go on to"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="wall clock of the database"),
        sa.PrimaryKeyConstraint("attempt_digest", name="pk_attempts"),
    )


def downgrade() -> None:
    op.drop_table("attempts")
    op.execute("DELETE FROM sessions WHERE user_id IN (SELECT user_id FROM users WHERE issuer IS NOT NULL)")
    op.execute("DELETE FROM sign_ins WHERE user_id IN (SELECT user_id FROM users WHERE issuer IS NOT NULL)")
    op.execute("DELETE FROM users WHERE issuer IS NOT NULL")
    op.drop_constraint("uq_users_issuer_subject", "users")
    op.drop_column("users", "subject")
    op.drop_column("users", "issuer")
    op.alter_column("users", "password", nullable=False)
