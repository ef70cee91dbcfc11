"""Ids for rows that are about to be written: taken together, so that rows can name each other."""

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_values, statement

# The sequence is looked up in a query of its own, which runs once: beside nextval it would be once an id.
_TAKE = statement("""
    SELECT nextval((SELECT CAST(pg_get_serial_sequence(:table, :column) AS regclass))) AS id
    FROM generate_series(1, CAST(:number AS integer))
""")


async def next_ids(conn: AsyncConnection, table: Table, number: int, column: str = "id") -> list[int]:
    """Take `number` ids of `table`, ascending."""
    if not number:
        return []
    return sorted(await fetch_values(conn, int, _TAKE, table=table.name, column=column, number=number))
