"""Photos of slips: sealed, with their hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_TYPES = "media_type IN ('image/jpeg', 'image/png', 'application/pdf')"


def upgrade() -> None:
    op.create_table(
        "deposit_photos",
        sa.Column("deposit_id", sa.BigInteger(), nullable=False),
        sa.Column("photo_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column(
            "sha256",
            sa.LargeBinary(),
            nullable=False,
            comment="of the photo, kept when that is erased",
        ),
        sa.Column("content", sa.LargeBinary(), comment="null: erased"),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.CheckConstraint(_TYPES, name=op.f("ck_deposit_photos_media_type")),
        sa.ForeignKeyConstraint(
            ["deposit_id"], ["cash_deposits.deposit_id"], name=op.f("fk_deposit_photos_deposit_id")
        ),
        sa.PrimaryKeyConstraint("deposit_id", "photo_no", name=op.f("pk_deposit_photos")),
        sa.UniqueConstraint("deposit_id", "sha256", name=op.f("uq_deposit_photos_deposit_id_sha256")),
    )


def downgrade() -> None:
    op.drop_table("deposit_photos")
