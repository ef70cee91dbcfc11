"""Which columns of a table are read: of millions of lines no other cell is looked at."""

from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import cast

from services.collection.files.rules import Faulty


class Columns:
    """The columns of a table by their titles, as far as `wanted`."""

    def __init__(self, titles: Sequence[str], wanted: Collection[str]) -> None:
        places = [place for place, title in enumerate(titles) if title in wanted]
        self._width = len(titles)
        self._titles = tuple(titles[place] for place in places)
        # A pair at least: of a single place it would give no tuple.
        self._pick = itemgetter(*places, *places[:1]) if places else None

    def of(self, cells: Sequence[str]) -> dict[str, str]:
        """The cells of a line by their titles, without blanks around them. Raises Faulty."""
        if len(cells) != self._width:
            raise Faulty("cells", str(self._width))
        found = () if self._pick is None else cast("tuple[str, ...]", self._pick(cells))
        return dict(zip(self._titles, map(str.strip, found), strict=False))
