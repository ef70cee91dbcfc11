"""What Alembic runs on: the connection and metadata that migrate.py hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()
