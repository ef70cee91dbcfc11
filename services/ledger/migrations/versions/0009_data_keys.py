"""The wrapped keys with which personal data is sealed, and the tables whose values are to be sealed anew."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("key_id", sa.Text(), comment="its fingerprint; sealed values begin with it"),
        sa.Column("purpose", sa.Text(), nullable=False, comment="sealing, or searching: of digests, for life"),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False, comment="the key, sealed with the installation's"),
        sa.Column(
            "wrapper", sa.Text(), nullable=False, comment="fingerprint of the installation's key that did it"
        ),
        sa.Column(
            "active_from", sa.DateTime(timezone=True), nullable=False, comment="from when on it seals"
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name="pk_data_keys"),
    )
    op.create_table(
        "sealing_work",
        sa.Column("table_name", sa.Text(), comment="whose values are to be sealed anew"),
        sa.Column("cause", sa.Text(), comment="migration: some lie clear; rotation: a new key"),
        sa.PrimaryKeyConstraint("table_name", "cause", name="pk_sealing_work"),
    )


def downgrade() -> None:
    op.drop_table("sealing_work")
    op.drop_table("data_keys")
