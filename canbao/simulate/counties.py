"""Gives every life a county of its own under a notice, so that its books and handovers are its own."""

from dataclasses import replace

from libs.common.policy import Notice, Notices


class Counties(Notices):
    """Copies of notices under other names. The services know the newest only; `all` are for later checks."""

    def __init__(self, originals: Notices) -> None:
        super().__init__(originals.values())
        self.originals = Notices(originals.values())
        self._copies: list[Notice] = []

    def found(self, county: str, year: int, name: str) -> None:
        """Make a county with this name under the notice of another."""
        notice = self.originals[(county, year)]
        header = replace(notice.document.notice, county=name)
        document = replace(notice.document, notice=header)
        copy = Notice(document, notice.source_text, notice.sha256, notice.name, notice.bases)
        self._copies.append(copy)
        self._replace([copy])

    @property
    def all(self) -> Notices:
        """The notices of all counties that there ever were."""
        return Notices(self._copies)
