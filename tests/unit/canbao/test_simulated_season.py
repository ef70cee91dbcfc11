"""The outside as chance plays it: the same seed plays the same days, and leaves nothing out."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from random import Random

import pytest

from canbao.simulator.channels import CHINA, TaxChannel
from canbao.simulator.files.books import Book
from canbao.simulator.season import filing, paying_on, telling
from canbao.simulator.season.paying_on import Terms
from canbao.simulator.season.season import Season
from canbao.simulator.season.town import Broken, deck
from canbao.simulator.standard_webhook import WebhookSender

FIRST = date(2019, 11, 4)
SECRET = "whsec_" + "c2VjcmV0" * 6


class Naive:
    """A town that keeps what it gets; `trusting`: it believes what was changed or cut off, too."""

    def __init__(self, *, trusting=False):
        self.told, self.files, self.trusting = [], [], trusting
        self.sender = WebhookSender("tax", (SECRET,))

    async def named(self, person, at):
        season = {"county": "youxi", "coverage_year": 2020}
        return season | {"id_number": str(person), "name": "张三", "amount_fen": 25_000 + person}

    async def notify(self, request, at):
        headers = request.headers
        again = self.sender.sign(request.body, headers["webhook-id"], int(headers["webhook-timestamp"]))
        if again.headers != headers and not self.trusting:
            return False
        self.told.append((at, request.body))
        return True

    async def send(self, file, at):
        if file.whole or self.trusting:
            self.files.append((at, file))
        return file.whole or self.trusting

    def paid(self, channel, one):
        pass

    async def look(self, at):
        pass


def season(seed, town):
    channel = TaxChannel("tax", WebhookSender("tax", (SECRET,)), Book(per_myriad=30))
    return Season(seed, town, [channel], "treasury", {"tax": Terms()}, range(1_000))


async def played(seed, town):
    one = season(seed, town)
    async for _ in one.play(FIRST, 8, 4):
        pass
    await one.mend(FIRST + timedelta(days=8))
    async for _ in one.wait(FIRST + timedelta(days=9), 5):
        pass
    return one


class TestASeason:
    async def test_is_the_same_for_the_same_seed(self):
        towns = [Naive(), Naive(), Naive()]
        first, second, other = [await played(seed, town) for seed, town in zip((7, 7, 8), towns, strict=True)]
        assert first.channels[0].book.moved == second.channels[0].book.moved
        assert (towns[0].told, towns[0].files) == (towns[1].told, towns[1].files)
        assert first.channels[0].book.moved != other.channels[0].book.moved

    async def test_leaves_nothing_out(self):
        one = await played(7, Naive())
        every = {*telling.FATES_WITHOUT_ORDERS, *filing.FATES, *paying_on.FATES, *paying_on.FORMS}
        assert every <= one.happened.keys()

    async def test_has_told_filed_and_paid_everything_in_the_end(self):
        town = Naive()
        one = await played(7, town)
        (channel,) = one.channels
        told = b"".join(body for _, body in town.told)
        assert all(f'"{moved.return_no or moved.no}"'.encode() in told for moved in channel.book.moved)
        days = {channel.book.day_of(moved.at) for moved in channel.book.moved}
        last = {file.day: file.content for _, file in town.files if file.slug == "tax"}
        assert last == {day: channel.file(day) for day in days}
        came = Counter(line.order for lines in one.paying_on.lines.values() for line in lines)
        assert came == Counter(f"{day:%m%d}" for day in days if channel.book.owed_fen(day) > 0)

    async def test_sees_a_town_that_takes_what_it_has_to_refuse(self):
        with pytest.raises(Broken):
            await played(7, Naive(trusting=True))


class TestADeck:
    def test_gives_every_card_before_one_comes_again(self):
        draw = deck(Random(1), "abcde")
        assert [sorted(draw() for _ in range(5)) for _ in range(3)] == [list("abcde")] * 3


class TestABook:
    def test_that_ends_in_the_evening_has_the_rest_of_it_on_the_next_day(self):
        book, at = Book(ends_at=time(23)), datetime(2019, 11, 4, 22, 59, 59, tzinfo=CHINA)
        assert [book.day_of(at + timedelta(seconds=more)).day for more in (0, 1)] == [4, 5]
