"""Applies a batch in the caller's transaction and finds, by halves, what of it cannot be applied.

One odd value must not keep thousands of others out. Each part is applied in a savepoint: what fails is taken
back and halved, down to the single item, and the others stay.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.trouble import is_collision, is_of_the_data, is_outage

Item = TypeVar("Item")
Result = TypeVar("Result")

#: More items than this that fail through no value of theirs are a defect of ours: the batch as a whole fails.
MOST_DEFECTS = 20


@dataclass(slots=True)
class Applied(Generic[Item, Result]):
    """What became of a batch: what its parts gave, and the items that could not be applied, with why."""

    results: list[Result] = field(default_factory=list)
    refused: list[tuple[Item, Exception]] = field(default_factory=list)
    defects: int = 0


async def apply_by_halves(
    conn: AsyncConnection,
    items: Sequence[Item],
    apply: Callable[[Sequence[Item]], Awaitable[Result]],
    *,
    through: tuple[type[Exception], ...] = (),
) -> Applied[Item, Result]:
    """Have `apply` called with all items, or with smaller and smaller parts of them in their order.

    `apply` works on `conn` and keeps nothing outside of the transaction before it returns. An outage and a
    lost race are nobody's fault and go through, and so do exceptions of `through`.
    """
    applied: Applied[Item, Result] = Applied()
    await _apply(conn, items, apply, through, applied)
    return applied


async def _apply(
    conn: AsyncConnection,
    items: Sequence[Item],
    apply: Callable[[Sequence[Item]], Awaitable[Result]],
    through: tuple[type[Exception], ...],
    applied: Applied[Item, Result],
) -> None:
    if not items:
        return
    try:
        async with conn.begin_nested():
            applied.results.append(await apply(items))
        return
    except Exception as error:
        if isinstance(error, through) or is_outage(error) or is_collision(error):
            raise
        if len(items) == 1:
            applied.defects += not is_of_the_data(error)
            if applied.defects > MOST_DEFECTS:
                raise
            applied.refused.append((items[0], error))
            return
    middle = len(items) // 2
    await _apply(conn, items[:middle], apply, through, applied)
    await _apply(conn, items[middle:], apply, through, applied)
