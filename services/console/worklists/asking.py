"""What a work list is asked for: whose, of which season and part, and from where on."""

from dataclasses import dataclass
from urllib.parse import urlencode

from libs.common.divisions import CODE_LENGTH
from services.console.apis.asking import Asking, Query
from services.console.persons.calling import Calling
from services.console.persons.rules import Called
from services.console.worklists.rules import ON_A_PAGE
from services.console.worklists.schemas import Season, Seasons, Villages


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of a list. `division` is a place within the visitor's, or empty."""

    asking: Asking
    season: Season | None
    part: str = ""
    division: str = ""
    after: str = ""
    limit: int = ON_A_PAGE
    #: What notices call things; without it codes are shown.
    calling: Calling | None = None

    async def called(self) -> Called:
        """What the notice of the season, or those of the visitor's counties, call things."""
        if self.calling is None:
            return Called()
        if self.season is None:
            return await self.calling.known(self.asking)
        return await self.calling.known_of(self.asking, [self.season])

    @property
    def of_season(self) -> Query:
        """The season as the APIs are asked for it; nothing where the list is of none."""
        if self.season is None:
            return {}
        return {"county": self.season.county, "coverage_year": self.season.coverage_year}

    @property
    def page(self) -> Query:
        """Which page."""
        return {"limit": self.limit} | ({"after": self.after} if self.after else {})

    @property
    def place(self) -> Query:
        """Which place, where one is wanted."""
        return {"division_code": self.division} if self.division else {}

    def back_to(self, name: str) -> str:
        """The address of this page of a list, to come back to."""
        season = word_of(self.season) if self.season else ""
        said = {"season": season, "part": self.part, "division": self.division, "after": self.after}
        query = urlencode({one: value for one, value in said.items() if value})
        return f"work/{name}?{query}" if query else f"work/{name}"


async def seasons(asking: Asking) -> list[Season]:
    """The seasons of the visitor's counties, newest first. Raises ServiceAway and Refused."""
    found = (await asking.get(Seasons, "registration", "/v1/notices")).items
    own = asking.visitor.division.removeprefix("*")
    seen = [one for one in found if one.division.startswith(own) or own.startswith(one.division)]
    return sorted(seen, key=lambda one: (-one.coverage_year, one.county))


async def villages_of(asking: Asking, query: Query) -> Villages:
    """The figures of villages: those of one village counted anew, those of many may be a little old."""
    place = str(query.get("division_code") or asking.visitor.division)
    ask = asking.get if len(place) == CODE_LENGTH else asking.figures
    return await ask(Villages, "registration", "/v1/surveys/villages", query)


def chosen(found: list[Season], wanted: str) -> Season | None:
    """The season of a word like `youxi-2020`, else the newest."""
    by_word = {word_of(one): one for one in found}
    return by_word.get(wanted, found[0] if found else None)


def word_of(season: Season) -> str:
    """A season in an address."""
    return f"{season.county}-{season.coverage_year}"
