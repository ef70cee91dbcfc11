"""What the pages of files ask registration for."""

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused
from services.console.files.rules import KINDS
from services.console.files.schemas import FaultyRows, Import, Imports
from services.console.worklists.schemas import Season

#: So many pages of imports are gone through for the newest ones, and so many of these are shown.
_PAGES, _SHOWN = 20, 50
#: Faulty rows on a page.
_ROWS = 50


async def newest(asking: Asking, season: Season) -> list[Import]:
    """The imports of a season of late, newest first. Raises ServiceAway and Refused."""
    found: list[Import] = []
    after: str | None = ""
    for _ in range(_PAGES):
        query: Query = {"county": season.county, "coverage_year": season.coverage_year, "limit": 500}
        answer = await asking.get(
            Imports, "registration", "/v1/imports", {**query, **({"after": after} if after else {})}
        )
        found = [*found, *answer.items][-_SHOWN:]
        after = answer.next_after
        if after is None:
            break
    return [one for one in reversed(found) if one.kind in KINDS]


async def one(asking: Asking, import_id: int) -> Import:
    """An import. Raises ServiceAway and Refused, that one too which is of a unit's list."""
    found = await asking.get(Import, "registration", f"/v1/imports/{import_id}")
    if found.kind not in KINDS:
        raise Refused("registration", 404, "not-found", "", "", "", "")
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
