"""Who was erased is known, so that what comes late about them is forgotten again."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_people",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "goes_on_as", sa.BigInteger(), nullable=False, comment="the record that this one was merged into"
        ),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_erased_people")),
        comment="people whose names and numbers went when their time of keeping was over",
    )


def downgrade() -> None:
    op.drop_table("erased_people")
