"""Which columns of a table are read: of millions of lines no other cell is looked at."""

import re
from collections.abc import Collection, Iterable, Sequence
from operator import itemgetter
from typing import cast

from services.collection.files.rules import Faulty

#: A unit behind a title: `收支金额(元)`.
_UNIT = re.compile(r"[(（]元[)）]$")


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


def titles_of(cells: Iterable[str]) -> list[str]:
    """Titles of columns as readers name them: without unit and blanks."""
    return [_UNIT.sub("", cell.strip()) for cell in cells]


def check_titles(titles: list[str], needed: Iterable[str]) -> None:
    """Raises Faulty for columns that are not there, or there twice."""
    if missing := [title for title in needed if title not in titles]:
        raise Faulty("columns", "、".join(missing))
    if twice := next((title for title in titles if title and titles.count(title) > 1), None):
        raise Faulty("column_twice", twice)


def named(titles: list[str], cells: list[str]) -> dict[str, str]:
    """The cells of a line by their titles. Raises Faulty."""
    if len(cells) != len(titles):
        raise Faulty("cells", str(len(titles)))
    return dict(zip(titles, cells, strict=True))
