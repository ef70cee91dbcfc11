"""What the pages of files ask registration for."""

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused, absent
from services.console.files.rules import KINDS
from services.console.files.schemas import (
    FaultyRows,
    Import,
    ImportChanges,
    Imports,
    NoticeStatuses,
    StatusRule,
)
from services.console.worklists.asking import seasons
from services.console.worklists.schemas import Season

#: So many of the newest imports are shown.
_SHOWN = 50
#: Changes on the page of an import, and on a page of changes.
FIRST_CHANGES, CHANGES = 10, 100
#: Faulty rows on a page.
_ROWS = 50


async def newest(asking: Asking, season: Season) -> list[Import]:
    """The imports of a season of late, newest first. Raises ServiceAway and Refused."""
    query: Query = {
        "county": season.county,
        "coverage_year": season.coverage_year,
        "order": "newest",
        "limit": _SHOWN,
    }
    answer = await asking.get(Imports, "registration", "/v1/imports", query)
    return [one for one in answer.items if one.kind in KINDS]


async def one(asking: Asking, import_id: int) -> Import:
    """An import. Raises ServiceAway and Refused, that one too which is of a unit's list."""
    found = await asking.get(Import, "registration", f"/v1/imports/{import_id}")
    if found.kind not in KINDS:
        raise absent("registration")
    return found


async def faulty_rows(asking: Asking, import_id: int, after: str) -> FaultyRows | None:
    """A page of faulty rows; None where they can only be downloaded. Raises ServiceAway and Refused."""
    query: Query = {"limit": _ROWS, **({"after": after} if after else {})}
    try:
        return await asking.get(FaultyRows, "registration", f"/v1/imports/{import_id}/faults", query)
    except Refused as refused:
        if refused.status != 404:
            raise
        return None


async def changes(
    asking: Asking, import_id: int, limit: int, kind: str = "", after: str = ""
) -> ImportChanges:
    """What an import changes, of one kind or all. Raises ServiceAway and Refused."""
    query: Query = {"limit": limit, **({"kind": kind} if kind else {}), **({"after": after} if after else {})}
    return await asking.get(ImportChanges, "registration", f"/v1/imports/{import_id}/changes", query)


async def season_of(asking: Asking, job: Import) -> Season:
    """The season of an import with the name of its place. Raises ServiceAway and Refused."""
    for one in await seasons(asking):
        if (one.county, one.coverage_year) == (job.county, job.coverage_year):
            return one
    return Season(
        county=job.county, coverage_year=job.coverage_year, division="", place=job.county, place_zh=job.county
    )


async def statuses(asking: Asking, season: Season) -> list[StatusRule]:
    """The statuses of a notice in its own words. Raises ServiceAway and Refused."""
    path = f"/v1/notices/{season.county}/{season.coverage_year}"
    return (await asking.get(NoticeStatuses, "registration", path)).statuses
