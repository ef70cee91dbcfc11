"""What a database of the tests holds at first, and how it comes to hold that again."""

import io
from dataclasses import dataclass
from typing import Any

#: The shape of a database: tables and sequences, columns, constraints, indexes, triggers, functions.
_SHAPE = """
    SELECT md5(string_agg(part, ',' ORDER BY part)) FROM (
        SELECT concat(relkind, relname, reloptions) AS part
        FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL
        SELECT concat(relname, attname, atttypid, attnotnull, attisdropped)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0
        UNION ALL
        SELECT concat(conrelid::regclass, conname, convalidated) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT concat(tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT concat(proname, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS parts
"""
_TABLES = """
    SELECT quote_ident(relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
_SEQUENCES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' ORDER BY relname
"""


@dataclass(frozen=True)
class Content:
    """The shape of a database and the few rows that it begins with."""

    shape: str
    empty: str
    rows: dict[str, bytes]
    counters: str

    @classmethod
    async def of(cls, connection: Any) -> "Content":
        """Read it from a database that was just migrated."""
        tables = [row[0] for row in await connection.fetch(_TABLES)]
        rows = {}
        for table in tables:
            if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
                copied = io.BytesIO()
                await connection.copy_from_query(f"SELECT * FROM {table}", output=copied, format="binary")
                rows[table] = copied.getvalue()
        counters = []
        for (name,) in await connection.fetch(_SEQUENCES):
            last, called = await connection.fetchrow(f'SELECT last_value, is_called FROM "{name}"')
            counters.append(f"SELECT setval('\"{name}\"', {last}, {str(called).lower()})")
        return cls(
            await connection.fetchval(_SHAPE),
            "; ".join(f"DELETE FROM {table}" for table in tables),
            rows,
            "; ".join(counters),
        )

    async def restore(self, connection: Any) -> bool:
        """Bring a database back to it; False, and nothing done, when its shape was changed."""
        if await connection.fetchval(_SHAPE) != self.shape:
            return False
        async with connection.transaction():
            # Without triggers and foreign keys, so that no order matters.
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(f"{self.empty}; {self.counters}")
            for table, copied in self.rows.items():
                await connection.copy_to_table(table.strip('"'), source=io.BytesIO(copied), format="binary")
        return True
