"""What is done again and again: one thing that fails keeps the others from nothing."""

import asyncpg
import pytest

from libs.common.repeating import for_each


class Work:
    """Does things; some fail."""

    def __init__(self, faults):
        self.faults, self.done = faults, []

    async def do(self, thing):
        if thing in self.faults:
            raise self.faults[thing]
        self.done.append(thing)


async def test_the_others_are_done_and_the_first_fault_is_raised_in_the_end():
    work = Work({"b": ValueError("b"), "d": KeyError("d")})
    with pytest.raises(ValueError, match="b"):
        await for_each("abcde", work.do)
    assert work.done == ["a", "c", "e"]


async def test_an_outage_ends_it_at_once():
    work = Work({"b": asyncpg.CannotConnectNowError("starting up")})
    with pytest.raises(asyncpg.CannotConnectNowError):
        await for_each("abc", work.do)
    assert work.done == ["a"]
