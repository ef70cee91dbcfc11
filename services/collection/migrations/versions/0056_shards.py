"""Relays share the outbox out by shards: rows of its cursor that they make themselves."""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "COMMENT ON COLUMN outbox_cursor.id IS "
        "'from 101: a shard; below 0: a relay that lives; 1: the one relay of former releases'"
    )


def downgrade() -> None:
    """Go on from what all shards have published: what comes twice the inboxes drop."""
    op.execute("""
        INSERT INTO outbox_cursor (id, seen, cluster)
        SELECT 1, CASE WHEN count(seen) = count(*) THEN format('%1$s:%1$s:', min(
            pg_snapshot_xmin(seen::pg_snapshot)::text::bigint)) END, max(cluster)
        FROM outbox_cursor WHERE id > 100 HAVING count(*) > 0
        ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, target = NULL, last_id = 0, owner = NULL,
            cluster = excluded.cluster
    """)
    op.execute("DELETE FROM outbox_cursor WHERE id <> 1")
    op.execute("COMMENT ON COLUMN outbox_cursor.id IS 'always 1'")
