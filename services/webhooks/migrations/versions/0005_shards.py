"""Relays share the outbox out by shards: rows of its cursor that they make themselves."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "COMMENT ON COLUMN outbox_cursor.id IS "
        "'from 101: a shard; below 0: a relay that lives; 1: the one relay of former releases'"
    )


def downgrade() -> None:
    """Go on where the shard stands that is furthest behind: what comes twice the inboxes drop."""
    op.execute("""
        INSERT INTO outbox_cursor AS former (id, seen, cluster)
        SELECT 1, seen, cluster FROM outbox_cursor WHERE id > 100
        ORDER BY coalesce(pg_snapshot_xmax(seen::pg_snapshot)::text::bigint, 0) LIMIT 1
        ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, target = NULL, last_id = 0, owner = NULL,
            cluster = excluded.cluster
    """)
    op.execute("DELETE FROM outbox_cursor WHERE id <> 1")
    op.execute("COMMENT ON COLUMN outbox_cursor.id IS 'always 1'")
