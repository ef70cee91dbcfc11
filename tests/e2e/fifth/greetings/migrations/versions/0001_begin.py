"""The tables, and one greeting."""

from alembic import op

from greetings.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    op.execute("INSERT INTO greetings (words) VALUES ('good day')")


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
