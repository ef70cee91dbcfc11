"""Secrets by which channels may sign, made and taken out while the service runs."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_secrets",
        sa.Column("secret_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column(
            "key", sa.LargeBinary(),
            comment="a secret, or the public half of the sender's key; null: taken out",
        ),
        sa.Column(
            "fingerprint", sa.Text(), nullable=False, comment="tells it from others, and says nothing of it"
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False, comment="who asked for it"),
        sa.Column("agreed_by", sa.Text(), nullable=False),
        sa.Column(
            "shown_at", sa.DateTime(timezone=True), comment="when it was shown to who asked for it, once"
        ),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.Column("retired_by", sa.Text()),
        sa.CheckConstraint(
            "(key IS NULL) = (retired_at IS NOT NULL)", name=op.f("ck_channel_secrets_forgotten")
        ),
        sa.PrimaryKeyConstraint("secret_id", name=op.f("pk_channel_secrets")),
    )
    op.create_index(op.f("ix_channel_secrets_channel"), "channel_secrets", ["channel"])


def downgrade() -> None:
    op.drop_table("channel_secrets")
