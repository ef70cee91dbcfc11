"""Who ended the sessions of a user."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sign_ins",
        sa.Column("by_user_id", sa.BigInteger(), comment="who did it to the user; null: whoever signed in, or tried to"),
    )
    op.create_foreign_key("fk_sign_ins_by_user_id", "sign_ins", "users", ["by_user_id"], ["user_id"])


def downgrade() -> None:
    op.execute("DELETE FROM sign_ins WHERE by_user_id IS NOT NULL")
    op.drop_column("sign_ins", "by_user_id")
