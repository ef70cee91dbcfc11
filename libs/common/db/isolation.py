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
    most_defects: int | None = MOST_DEFECTS,
) -> Applied[Item, Result]:
    """Have `apply` called with all items, or with smaller and smaller parts of them in their order.

    `apply` works on `conn` and keeps nothing outside of the transaction before it returns. An outage and a
    lost race are nobody's fault and go through, and so do exceptions of `through`. With `most_defects` None
    every item that fails is set apart, whatever the reason.
    """
    applied: Applied[Item, Result] = Applied()

    async def attempt(part: Sequence[Item]) -> None:
        try:
            async with conn.begin_nested():
                applied.results.append(await apply(part))
            return
        except Exception as error:
            if isinstance(error, through) or is_outage(error) or is_collision(error):
                raise
            if len(part) == 1:
                applied.defects += not is_of_the_data(error)
                if most_defects is not None and applied.defects > most_defects:
                    raise
                applied.refused.append((part[0], error))
                return
        middle = len(part) // 2
        await attempt(part[:middle])
        await attempt(part[middle:])

    if items:
        await attempt(items)
    return applied
