"""Figures are counted once for those who ask together, and kept for as long as whoever asks allows."""

import asyncio

import pytest

from libs.common.figures import BeingCounted, Figures


class Counter:
    """Counts how often it was asked, and waits until it may answer."""

    def __init__(self) -> None:
        self.times = 0
        self.open = asyncio.Event()
        self.open.set()
        self.fails = False

    async def __call__(self) -> int:
        self.times += 1
        number = self.times
        await self.open.wait()
        if self.fails:
            raise RuntimeError("the database is away")
        return number


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def figures(watch: Watch) -> Figures:
    return Figures(watch)


@pytest.fixture
def count() -> Counter:
    return Counter()


class TestOf:
    async def test_who_allows_no_age_has_them_counted(self, figures, count):
        assert await figures.of("townships", 60, 0, count) == (1, 0)
        assert await figures.of("townships", 0, 600, count) == (2, 0)

    async def test_who_comes_again_does_not_wait_and_has_them_then(self, figures, count):
        count.open.clear()
        for _ in range(2):
            with pytest.raises(BeingCounted):
                await figures.of("townships", 60, 0, count, comes_again=True)
        count.open.set()

        assert await figures.of("townships", 60, 0, count, comes_again=True) == (1, 0)
        assert count.times == 1

    async def test_whose_counting_failed_in_time_is_told_so(self, figures):
        async def slow_database() -> int:
            raise TimeoutError

        with pytest.raises(TimeoutError):
            await figures.of("townships", 60, 0, slow_database, comes_again=True)

    async def test_who_allows_a_minute_takes_those_of_half_a_minute_ago(self, figures, watch, count):
        await figures.of("townships", 60, 0, count)
        watch.now += 30
        assert await figures.of("townships", 60, 0, count) == (1, 30)

    async def test_older_ones_are_counted_anew(self, figures, watch, count):
        await figures.of("townships", 60, 0, count)
        watch.now += 61
        assert await figures.of("townships", 60, 0, count) == (2, 0)

    async def test_who_takes_stale_ones_has_the_next_one_find_new_ones(self, figures, watch, count):
        await figures.of("townships", 60, 600, count)
        watch.now += 200
        assert await figures.of("townships", 60, 600, count) == (1, 200)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert await figures.of("townships", 60, 600, count) == (2, 0)

    async def test_nobody_is_shown_what_is_too_old_even_so(self, figures, watch, count):
        await figures.of("townships", 60, 600, count)
        watch.now += 661
        assert await figures.of("townships", 60, 600, count) == (2, 0)

    async def test_many_who_ask_at_once_have_them_counted_once(self, figures, count):
        count.open.clear()
        asking = [asyncio.create_task(figures.of("townships", 60, 0, count)) for _ in range(50)]
        await asyncio.sleep(0)
        count.open.set()
        assert set(await asyncio.gather(*asking)) == {(1, 0)}

    async def test_who_hangs_up_does_not_take_them_from_those_who_wait(self, figures, count):
        count.open.clear()
        first, second = (asyncio.create_task(figures.of("townships", 60, 0, count)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        count.open.set()
        assert await second == (1, 0)

    async def test_a_count_that_fails_is_not_kept(self, figures, count):
        count.fails = True
        with pytest.raises(RuntimeError):
            await figures.of("townships", 60, 600, count)
        count.fails = False
        assert await figures.of("townships", 60, 600, count) == (2, 0)

    async def test_what_is_told_apart_is_counted_apart(self, figures, count):
        assert await figures.of(("totals", "3504"), 60, 0, count) == (1, 0)
        assert await figures.of(("totals", "350426100"), 60, 0, count) == (2, 0)
