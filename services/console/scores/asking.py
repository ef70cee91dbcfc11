"""Asks for the score sheet of a season, for frozen ones, and for one entry."""

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import absent
from services.console.scores.schemas import Entries, Entry, Kept, ScoreSheet, Sheets, Unit

#: A season has a few.
_MOST = 200


def season_of(county: str, year: int) -> Query:
    """A season as registration is asked for it."""
    return {"county": county, "coverage_year": year}


async def sheet_of(asking: Asking, county: str, year: int) -> ScoreSheet:
    """The sheet that stands. Raises ServiceAway and Refused."""
    return await asking.get(ScoreSheet, "registration", "/v1/scores", season_of(county, year))


async def kept_of(asking: Asking, county: str, year: int) -> list[Kept]:
    """The sheets that were frozen, the newest first. Raises ServiceAway and Refused."""
    query = {**season_of(county, year), "limit": _MOST}
    return (await asking.get(Sheets, "registration", "/v1/scores/sheets", query)).items[::-1]


async def waiting_of(asking: Asking, county: str, year: int) -> Kept | None:
    """The sheet that waits for its second person, if one does. Raises ServiceAway and Refused."""
    return next((one for one in await kept_of(asking, county, year) if one.approval_id is not None), None)


async def unit_of(asking: Asking, county: str, year: int, division: str) -> tuple[ScoreSheet, Unit]:
    """A unit of the sheet that stands. Raises ServiceAway and Refused."""
    query = {**season_of(county, year), "division_code": division}
    sheet = await asking.get(ScoreSheet, "registration", "/v1/scores", query)
    unit = next((one for one in sheet.document.units if one.division_code == division), None)
    if unit is None:
        raise absent("registration")
    return sheet, unit


async def entry_of(asking: Asking, county: str, year: int, entry_id: int) -> Entry:
    """One entry. Raises ServiceAway and Refused."""
    query = {**season_of(county, year), "after": str(entry_id - 1), "limit": 1}
    found = (await asking.get(Entries, "registration", "/v1/scores/entries", query)).items
    if not found or found[0].entry_id != entry_id:
        raise absent("registration")
    return found[0]
