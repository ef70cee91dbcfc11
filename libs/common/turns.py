"""Lets others of a process have their turn in the midst of work that is long and waits for nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")

#: What is done with so many is a matter of milliseconds.
AT_ONCE = 500


async def in_turns(things: Iterable[Thing]) -> AsyncIterator[Thing]:
    """All of them, in order; after each few hundred, requests and workers that are ready go first."""
    for number, thing in enumerate(things, 1):
        yield thing
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)


def in_parts(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    """A long list as lists of a few hundred, for statements that are made ready without a pause."""
    for at in range(0, len(things), AT_ONCE):
        yield things[at : at + AT_ONCE]
