"""SQL of the lease under which decisions about money are made: that of some counties, or of all at once.

Whoever decides where money goes, or changes what the decision rests on, holds the lease of the counties that
it concerns until the end of the transaction, so that decisions never race. Whoever cannot say which they are
holds that of all: it waits for everybody, and everybody who comes later waits for it.
"""

from collections.abc import Collection, Iterable, Sequence
from zlib import crc32

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch, fetch_value, statement

#: Advisory locks of the database, so that nothing is written and a process that dies holds none. The second
#: number is the county's; 0 stands for all of them.
_KIND = 1_935_764_853
_HOLD_ALL = statement(f"SELECT pg_advisory_xact_lock({_KIND}, 0)")
# In one order for everybody, and that of all first.
_HOLD = statement(f"""
    SELECT CASE lease WHEN 0 THEN pg_advisory_xact_lock_shared({_KIND}, 0)
                      ELSE pg_advisory_xact_lock({_KIND}, lease) END
    FROM (SELECT DISTINCT lease FROM unnest(CAST(:leases AS integer[])) AS wanted(lease) ORDER BY 1) AS sorted
""")
_TAKE = statement(f"""
    SELECT lease FROM unnest(CAST(:leases AS integer[])) AS wanted(lease)
    WHERE CASE lease WHEN 0 THEN pg_try_advisory_xact_lock_shared({_KIND}, 0)
                     ELSE pg_try_advisory_xact_lock({_KIND}, lease) END
""")
# Processes of earlier releases, which may run while the release changes, lock this row for all counties.
_ROW = "SELECT name FROM leases WHERE name = 'matching'"
_KEEP_OUT, _BESIDE = statement(f"{_ROW} FOR UPDATE"), statement(f"{_ROW} FOR SHARE")
_TRY_BESIDE = statement(f"{_ROW} FOR SHARE SKIP LOCKED")


async def hold_lease(conn: AsyncConnection, counties: Iterable[str | None] | None = None) -> None:
    """Wait to be the only one who changes dues and payment lines of these counties, by default of all.

    A county that is not known (None) may be any.
    """
    of = None if counties is None else set(counties)
    if of is None or None in of:
        await execute(conn, _HOLD_ALL)
        await execute(conn, _KEEP_OUT)
    else:
        await execute(conn, _HOLD, leases=[0, *(_lease(county) for county in of if county is not None)])
        await execute(conn, _BESIDE)


async def take_leases(conn: AsyncConnection, counties: Collection[str]) -> Sequence[str]:
    """Hold the leases of those of these counties which nobody else holds right now; give these counties."""
    leases = {county: _lease(county) for county in counties}
    taken = {row["lease"] for row in await fetch(conn, _TAKE, leases=[0, *sorted(set(leases.values()))])}
    if await fetch_value(conn, str, _TRY_BESIDE) is None:
        return []
    return [county for county, lease in leases.items() if taken >= {0, lease}]


def _lease(county: str) -> int:
    """The number of a county. Two that share one wait for each other, and no more."""
    return (crc32(county.encode()) >> 1) or 1
