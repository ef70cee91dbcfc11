"""SQL of the lease under which decisions about money are made: that of some counties, or of all at once.

Whoever decides where money goes, or changes what the decision rests on, holds the lease of the counties that
it concerns until the end of the transaction, so that decisions never race. Whoever cannot say which they are
holds that of all: it waits for everybody, and everybody who comes later waits for it.
"""

from collections.abc import Collection, Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_value, fetch_values, statement
from services.collection.tables import matching_queue

#: Advisory locks of the database, so that nothing is written and a process that dies holds none. The second
#: number is the county's; 0 stands for all of them. Two counties of one number wait for each other, no more.
_KIND = 1_935_764_853
_HOLD_ALL = statement(f"SELECT pg_advisory_xact_lock({_KIND}, 0)")
_HOLD_SOME = statement(f"SELECT pg_advisory_xact_lock_shared({_KIND}, 0)")
_COUNTIES = Records(matching_queue, "county")
# In one order for everybody.
_HOLD = statement(f"""
    SELECT pg_advisory_xact_lock({_KIND}, lease)
    FROM (SELECT DISTINCT hashtext(county) AS lease FROM {_COUNTIES} ORDER BY 1) AS sorted
""")
_TAKE = statement(f"""
    SELECT county FROM {_COUNTIES} WHERE pg_try_advisory_xact_lock({_KIND}, hashtext(county))
""")
# Processes of earlier releases, which may run while the release changes, lock this row for all counties.
_ROW = "FROM leases WHERE name = 'matching' FOR"
_KEEP_OUT, _BESIDE = statement(f"SELECT name {_ROW} UPDATE"), statement(f"SELECT name {_ROW} SHARE")
_TAKE_SOME = statement(f"SELECT pg_try_advisory_xact_lock_shared({_KIND}, 0) {_ROW} SHARE SKIP LOCKED")


async def hold_lease(conn: AsyncConnection, counties: Iterable[str | None] | None = None) -> None:
    """Wait to be the only one who changes dues and payment lines of these counties, by default of all.

    A county that is not known (None) may be any.
    """
    of = None if counties is None else set(counties)
    if of is None or None in of:
        await execute(conn, _HOLD_ALL)
        await execute(conn, _KEEP_OUT)
    else:
        await execute(conn, _HOLD_SOME)
        await execute(conn, _BESIDE)
        await execute(conn, _HOLD, rows=[{"county": county} for county in of])


async def take_leases(conn: AsyncConnection, counties: Collection[str]) -> list[str]:
    """Hold the leases of those of these counties which nobody else holds right now; give these counties."""
    if not await fetch_value(conn, bool, _TAKE_SOME):
        return []
    return await fetch_values(conn, str, _TAKE, rows=[{"county": county} for county in counties])
