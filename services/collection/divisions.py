"""The division code of a county, as the notices in force have it."""

from libs.common.policy import Notices


class Divisions:
    """Gives the 12-digit code of a county by its name in the notices; follows them when they change."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._version: int | None = None
        self._codes: dict[str, str] = {}

    def code_of(self, county: str | None) -> str | None:
        """The code; None for no county, and for one that has no notice."""
        if self._version != (version := self._notices.version):
            self._codes = {
                name: notice.division.ljust(12, "0") for (name, _), notice in self._notices.items()
            }
            self._version = version
        return None if county is None else self._codes.get(county)
