"""The tables of the embedded bus, in a database of their own, and their migration."""

from libs.common.db.engine import DriverConnection

#: Messages of one partition are stored by the run, one row for what one publish brought: a row per message
#: costs a tuple, an index entry and a record of the write-ahead log each, and is several times slower.
MIGRATIONS = (
    """
    CREATE TABLE topics (
        topic_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic text NOT NULL UNIQUE,
        partitions int NOT NULL CHECK (partitions > 0),
        heads bigint[] NOT NULL
    ) WITH (fillfactor = 20);
    COMMENT ON COLUMN topics.heads IS
        'next position of each partition; its row lock orders publishers, so positions commit in their order';

    CREATE TABLE runs (
        topic_id int NOT NULL REFERENCES topics,
        partition int NOT NULL,
        last_position bigint NOT NULL,
        messages int NOT NULL,
        appended_at timestamptz NOT NULL DEFAULT now(),
        records text NOT NULL,
        PRIMARY KEY (topic_id, partition, last_position)
    );
    COMMENT ON TABLE runs IS 'consecutive messages of a partition; `records` is a JSON array, oldest first';
    ALTER TABLE runs ALTER COLUMN records SET STORAGE EXTERNAL;
    CREATE INDEX runs_appended_at_idx ON runs USING brin (appended_at);

    CREATE TABLE positions (
        consumer_group text NOT NULL,
        topic_id int NOT NULL REFERENCES topics,
        partition int NOT NULL,
        position bigint NOT NULL,
        owner text,
        generation bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (consumer_group, topic_id, partition)
    ) WITH (fillfactor = 20);
    COMMENT ON COLUMN positions.position IS 'the next position to handle';
    COMMENT ON COLUMN positions.generation IS 'grows with each owner: a former one can not move the position';

    CREATE TABLE members (
        consumer_group text NOT NULL,
        member text NOT NULL,
        topics text[] NOT NULL,
        alive_until timestamptz NOT NULL,
        PRIMARY KEY (consumer_group, member)
    ) WITH (fillfactor = 50);
    """,
)

#: Held while the schema is changed, so that processes that start together do it one after the other.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('canbao bus schema'))"


async def migrate(connection: DriverConnection) -> None:
    """Bring the schema of the bus database to its newest version."""
    async with connection.transaction():
        await connection.execute(_LOCK)
        await connection.execute("CREATE TABLE IF NOT EXISTS bus_version (version int NOT NULL)")
        version = await connection.fetchval("SELECT coalesce(max(version), 0) FROM bus_version")
        for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
            await connection.execute(statements)
            await connection.execute("INSERT INTO bus_version (version) VALUES ($1)", number)
