"""Asks what notices call channels, payers, statuses and places; notices are public, and told once."""

from collections.abc import Iterable, Mapping, Sequence

from libs.common.divisions import prefix_of
from services.console.apis.asking import Asking
from services.console.apis.rules import Refused, ServiceAway
from services.console.persons.finding import seasons
from services.console.persons.notice_schemas import NoticeWords
from services.console.persons.rules import Called
from services.console.persons.schemas import Notice
from services.console.persons.words import Names

#: Notices whose words are kept: more than there are counties and years in one installation's use.
_KEPT = 64
#: Divisions whose names are kept: more than officers sign in from.
_KEPT_PLACES = 10_000


class Calling:
    """The words of notices, each asked for once: it takes a seventh of a second to tell one."""

    def __init__(self) -> None:
        self._called: dict[str, Called] = {}
        self._own: dict[str, tuple[str, str]] = {}

    async def of(self, asking: Asking, notice: Notice) -> Called:
        """What this very version of a notice calls things. Raises ServiceAway and Refused."""
        if (known := self._called.get(notice.notice)) is not None:
            return known
        path = f"/v1/notices/{notice.county}/{notice.coverage_year}/words"
        told = await asking.get(NoticeWords, "registration", path)
        if len(self._called) >= _KEPT:
            self._called.clear()
        called = self._called[notice.notice] = _called(told, notice)
        return called

    async def known(self, asking: Asking, county: str = "", coverage_year: int | None = None) -> Called:
        """What the notices of the visitor's counties call things, or those of one county or season.

        Nothing where registration does not say: a page shows codes then.
        """
        try:
            found = [
                one
                for one in await seasons(asking)
                if county in ("", one.county) and coverage_year in (None, one.coverage_year)
            ]
        except (ServiceAway, Refused):
            return Called()
        return await self.known_of(asking, found)

    async def known_of(self, asking: Asking, found: Sequence[Notice]) -> Called:
        """What these notices, the newest first, call things; nothing where registration does not say."""
        try:
            return together([(one.county, await self.of(asking, one)) for one in found])
        except (ServiceAway, Refused):
            return Called()

    async def own_place(self, asking: Asking) -> tuple[str, str]:
        """The division of the visitor by name and code; it is asked for once."""
        division = asking.visitor.division
        if division == "*":
            return division, division
        if (known := self.kept_place(division)) is not None:
            return known
        called = await self.known(asking)
        place = called.place(division)
        if called.places and len(self._own) < _KEPT_PLACES:
            self._own[division] = place
        return place

    def kept_place(self, division: str) -> tuple[str, str] | None:
        """A division that was asked for before, by name and code."""
        return self._own.get(division)


def together(found: Sequence[tuple[str, Called]]) -> Called:
    """What notices of several counties, the newest first, call things.

    A code that counties call otherwise stays as it is: nobody should read the name of elsewhere.
    """
    return Called(
        channels=_agreed([(county, one.channels) for county, one in found]),
        payers=_agreed([(county, one.payers) for county, one in found]),
        statuses=_agreed([(county, one.statuses) for county, one in found]),
        places=_agreed([(county, one.places) for county, one in found]),
    )


def _agreed(found: Iterable[tuple[str, Names]]) -> Names:
    by_county: dict[str, dict[str, tuple[str, str]]] = {}
    for county, names in found:
        by_county[county] = {**names, **by_county.get(county, {})}
    said: dict[str, set[tuple[str, str]]] = {}
    for names in by_county.values():
        for code, name in names.items():
            said.setdefault(code, set()).add(name)
    return {code: next(iter(names)) for code, names in said.items() if len(names) == 1}


def _called(told: NoticeWords, notice: Notice) -> Called:
    names: Mapping[str, Names] = {
        section.key: {rule.key: (rule.title_zh, rule.title) for rule in section.rules if rule.key}
        for section in told.sections
    }
    nothing: Names = {}
    places = {notice.division: (notice.place_zh, notice.place)}
    places |= {prefix_of(one.division_code): (one.name_zh, one.name) for one in told.places}
    channels, payers, statuses = (names.get(key, nothing) for key in ("channels", "payers", "statuses"))
    return Called(channels, payers, statuses, places)
