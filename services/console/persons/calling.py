"""Asks what a notice calls its channels, payers and statuses; notices are public, and told once."""

from collections.abc import Iterable

from services.console.apis.asking import Asking
from services.console.persons.finding import seasons
from services.console.persons.notice_schemas import NoticeWords, Section
from services.console.persons.rules import Called
from services.console.persons.schemas import Notice
from services.console.persons.words import Names

#: Notices whose words are kept: more than there are counties and years in one installation's use.
_KEPT = 64


class Calling:
    """The words of notices, each asked for once: it takes a seventh of a second to tell one."""

    def __init__(self) -> None:
        self._called: dict[str, Called] = {}

    async def of(self, asking: Asking, notice: Notice) -> Called:
        """What this very version of a notice calls things. Raises ServiceAway and Refused."""
        if (known := self._called.get(notice.notice)) is not None:
            return known
        path = f"/v1/notices/{notice.county}/{notice.coverage_year}/words"
        told = await asking.get(NoticeWords, "registration", path)
        if len(self._called) >= _KEPT:
            self._called.clear()
        called = self._called[notice.notice] = _called(told.sections)
        return called

    async def of_books(self, asking: Asking, county: str, coverage_year: int) -> Called:
        """What the notice of a county and year calls things; codes stay where there is none."""
        for season in await seasons(asking):
            if (season.county, season.coverage_year) == (county, coverage_year):
                return await self.of(asking, season)
        return Called()


def _called(sections: Iterable[Section]) -> Called:
    names = {
        section.key: {rule.key: (rule.title_zh, rule.title) for rule in section.rules if rule.key}
        for section in sections
    }
    nothing: Names = {}
    return Called(*(names.get(key, nothing) for key in ("channels", "payers", "statuses")))
