"""Money goes back by its channel or to a card, never by both: whatever is asked, answered and told first."""

from itertools import permutations

import pytest

from libs.common.events.channel_refunds import ChannelRefundAnswered, ChannelRefundAsked, ChannelRefundEnded
from tests.integration.subsidy.conftest import PRICE, VILLAGE, at
from tests.integration.subsidy.facts import returned
from tests.integration.subsidy.test_refunds import approve, checker, request

__all__ = ["checker"]

PAYMENT = 7001


def place(amount, number):
    return {
        "request_no": number,
        "payment_id": PAYMENT,
        "line_no": 1,
        "amount_fen": amount,
        "channel": "wechat",
        "person_id": 1,
        "county": "huining",
        "coverage_year": 2021,
        "division_code": VILLAGE,
    }


def asked(amount=PRICE, days=6, number="CR1"):
    return ChannelRefundAsked(**place(amount, number), asked_at=at(days)), at(days)


def ended(amount=PRICE, days=8, number="CR1", outcome="closed"):
    return ChannelRefundEnded(**place(amount, number), outcome=outcome, ended_at=at(days)), at(days)


def given_back(amount=PRICE, days=7, number="CR1", left=0):
    fact, time = returned(
        1, amount, days, payment_id=PAYMENT, left=left, withdraws=False, applied=False, no=f"W-{number}"
    )
    return fact.model_copy(update={"request_no": number}), time


async def answers(season):
    published = await season.published()
    return [(one.request_no, one.free) for one in published if isinstance(one, ChannelRefundAnswered)]


async def cards(season):
    """Refunds to cards: state and money."""
    return await season.rows("SELECT state, amount_fen FROM refunds ORDER BY refund_id")


class TestMoneyThatItsChannelIsToGiveBack:
    async def test_is_held_and_no_card_gets_it(self, season):
        await season.send(season.suspended(1, reason="wrong_year"), asked())
        assert await answers(season) == [("CR1", True)]
        refused = await request(season, PAYMENT, expect=409)
        assert (refused["type"].rsplit(":")[-1], refused["request_no"]) == ("refund-by-channel", "CR1")
        assert await cards(season) == []

    async def test_is_no_cards_although_it_came_twice(self, season, checker):
        await season.send(season.assessed(1), season.paid(1), season.suspended(1))
        await season.send(asked())
        assert await answers(season) == [("CR1", True)]
        assert await cards(season) == [("superseded", PRICE)]
        await approve(season, checker, expect=409)
        await season.send(given_back())
        assert await cards(season) == [("superseded", PRICE)]

    async def test_is_not_where_somebody_asked_for_it_on_a_card(self, season):
        await season.send(season.suspended(1, reason="wrong_year"))
        await request(season, PAYMENT)
        await season.send(asked())
        assert await answers(season) == [("CR1", False)]
        assert await cards(season) == [("requested", PRICE)]

    async def test_is_not_where_a_card_gets_it(self, season, checker):
        await season.send(season.suspended(1))
        await approve(season, checker)
        await season.send(asked())
        assert await answers(season) == [("CR1", False)]
        assert await cards(season) == [("approved", PRICE)]

    async def test_may_be_a_part_while_a_card_gets_another(self, season):
        await season.send(season.suspended(1, reason="wrong_year"))
        await request(season, PAYMENT, amount_fen=10_000)
        await season.send(asked(18_000), asked(18_001, number="CR2"))
        assert await answers(season) == [("CR1", True), ("CR2", False)]

    async def test_leaves_the_rest_of_what_came_twice_to_a_card(self, season):
        await season.send(season.suspended(1), asked(10_000))
        assert await cards(season) == [("superseded", PRICE), ("requested", PRICE - 10_000)]

    async def test_is_free_for_a_card_when_its_channel_gave_it_up(self, season, checker):
        await season.send(season.suspended(1), asked())
        await season.send(ended())
        assert await cards(season) == [("superseded", PRICE), ("requested", PRICE)]
        await approve(season, checker, 2)
        await season.send(asked(number="CR2", days=9))
        assert await answers(season) == [("CR1", True), ("CR2", False)]

    async def test_is_answered_for_once(self, season):
        for _ in range(2):
            await season.send(season.suspended(1, reason="wrong_year"), asked())
        assert await answers(season) == [("CR1", True)]

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    @pytest.mark.parametrize("last", [given_back, ended])
    async def test_ends_alike_in_whatever_order_it_is_told(self, season, order, last):
        told = [season.suspended(1), asked(), last()]
        for number in order:
            await season.send(told[number])
        claimed = [fen for state, fen in await cards(season) if state == "requested"]
        assert claimed == ([] if last is given_back else [PRICE])
        assert (await season.rows("SELECT state FROM channel_refunds")) == [("ended",)]
