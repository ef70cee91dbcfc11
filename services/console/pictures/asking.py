"""Asks for what the pictures show: a season's days beside the year before, its units, and its money."""

from dataclasses import dataclass

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused
from services.console.home.rules import may
from services.console.notices.asking import heads
from services.console.notices.schemas import NoticeHead
from services.console.pages.failing import NotOffered
from services.console.pictures.schemas import Days, Progress, Totals


@dataclass(frozen=True, slots=True)
class Shown:
    """The season of a picture, and those that can be chosen in its place."""

    season: NoticeHead
    others: list[NoticeHead]

    @property
    def query(self) -> Query:
        """As APIs ask for it."""
        return {"county": self.season.county, "coverage_year": self.season.coverage_year}

    @property
    def before(self) -> NoticeHead | None:
        """The year before, of the same county."""
        wanted = (self.season.county, self.season.coverage_year - 1)
        return next((one for one in self.others if (one.county, one.coverage_year) == wanted), None)


async def shown(asking: Asking, scope: str, season: str) -> Shown:
    """The season that was chosen, or the newest of the visitor's own. Raises NotOffered and ServiceAway."""
    if not may(asking.visitor, scope):
        raise NotOffered
    own = asking.visitor.division.removeprefix("*")
    known = [
        one for one in await heads(asking) if one.division.startswith(own) or own.startswith(one.division)
    ]
    chosen = next((one for one in known if one.key.replace("/", "-") == season), None)
    if not known or (season and chosen is None):
        raise NotOffered
    return Shown(chosen or known[0], known)


async def days(asking: Asking, about: Shown) -> tuple[Days, Days | None]:
    """The days of a season, and those of the year before where there was one. Raises ServiceAway, Refused."""
    now = await asking.figures(Days, "registration", "/v1/progress/days", about.query)
    before = about.before
    if before is None:
        return now, None
    query: Query = {"county": before.county, "coverage_year": before.coverage_year}
    try:
        return now, await asking.figures(Days, "registration", "/v1/progress/days", query)
    except Refused:
        return now, None


async def progress(asking: Asking, about: Shown) -> Progress:
    """How far each unit is. Raises ServiceAway and Refused."""
    return await asking.figures(Progress, "registration", "/v1/progress", about.query)


async def totals(asking: Asking, about: Shown) -> Totals:
    """The money of a season. Raises ServiceAway and Refused."""
    return await asking.figures(Totals, "ledger", "/v1/totals", about.query)
