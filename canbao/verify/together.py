"""Reads several sorted streams side by side."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Generic, Protocol, TypeVar

#: County, coverage year, person: what all services know a person's year by.
Key = tuple[str, int, int]


class OfPerson(Protocol):
    """A row about one person's year."""

    county: str
    coverage_year: int
    person_id: int


Row = TypeVar("Row", bound=OfPerson)

#: In the ledger, whose postings keep the ids with which they were made: by merged record who goes on.
ONE_PERSON = """
    (WITH RECURSIVE step AS (
        SELECT merged_person_id AS merged, person_id FROM merges
        UNION
        SELECT s.merged, m.person_id FROM step s JOIN merges m ON m.merged_person_id = s.person_id
    ) SELECT merged, min(person_id) AS survivor FROM step GROUP BY merged)
"""


def key_of(row: OfPerson) -> Key:
    """Give what a row is sorted by."""
    return row.county, row.coverage_year, row.person_id


class Side(Generic[Row]):
    """One of the streams: sorted by county (as bytes), year and person, a row for each."""

    def __init__(self, rows: AsyncIterator[Row]) -> None:
        self._rows = rows
        self._next: Row | None = None
        self._begun = False

    async def key(self) -> Key | None:
        """What the next row is about; None at the end."""
        if not self._begun:
            self._begun = True
            self._next = await anext(self._rows, None)
        return None if self._next is None else key_of(self._next)

    async def take(self, key: Key) -> Row | None:
        """Give the row about `key`, if this side has one."""
        if await self.key() != key:
            return None
        row, self._next = self._next, await anext(self._rows, None)
        return row


class _Sorted(Protocol):
    """A side, whatever its rows are."""

    async def key(self) -> Key | None: ...


async def keys_of(*sides: _Sorted) -> AsyncIterator[Key]:
    """Give every key that any side has, in their order; the rows about it are to be taken before the next."""
    while True:
        waiting = [key for side in sides if (key := await side.key()) is not None]
        if not waiting:
            return
        yield min(waiting)


One = TypeVar("One")
Other = TypeVar("Other")


async def side_by_side(
    left: AsyncIterator[One], right: AsyncIterator[Other], key: Callable[[One | Other], Any]
) -> AsyncIterator[tuple[Any, One | None, Other | None]]:
    """Join two streams that are sorted by `key` and have a row for each at most; a missing one is None."""
    one, other = await anext(left, None), await anext(right, None)
    while one is not None or other is not None:
        least = min(key(row) for row in (one, other) if row is not None)
        mine = one if one is not None and key(one) == least else None
        theirs = other if other is not None and key(other) == least else None
        yield least, mine, theirs
        one = one if mine is None else await anext(left, None)
        other = other if theirs is None else await anext(right, None)
