"""Money that its channel has paid into the treasury goes back by the offices, not by the channel."""

from datetime import datetime, timedelta

import pytest

from libs.common.clock import CLOCK_HEADER, SHANGHAI
from services.collection.settlements.comparing import compare_settlements
from services.collection.settlements.rules import Terms
from tests import bank_tables
from tests.bills import Moved

from .conftest import NOW, PRICE
from .test_channel_days import bill
from .test_stories_of_channel_refunds import (
    agree,
    ask,
    asked,
    begun,
    cases,
    ended,
    given,
    refunds,
    second,
    send,
    waits,
)
from .test_stories_of_queries import WeChat
from .test_stories_of_returns import lines

__all__ = ["asked", "second", "waits"]

pytestmark = pytest.mark.parametrize("asked", [WeChat], indirect=True)
DAY = NOW.astimezone(SHANGHAI)
ACCOUNT = {"channel": "treasury", "kind": "bank_table", "profile": "bank-debit-credit"}


def agreed(counter, account="treasury"):
    terms = {"youxi": {WeChat.channel: Terms(account=account, within_days=0)}}
    object.__setattr__(counter.context.parts, "settlements", terms)


async def paid_in(counter, *, day=DAY, no="W1", statement=True, fen=PRICE):
    """The channel's bill of a day, and the statement of the account with what it paid for that day."""
    counter.http.headers[CLOCK_HEADER] = (NOW + timedelta(days=1)).isoformat()
    await bill(counter, Moved(no, PRICE, day, order="CB1"), day=day, channel=WeChat.channel)
    if statement:
        evening = datetime(day.year, day.month, day.day, 20, tzinfo=SHANGHAI)
        table = bank_tables.as_csv(bank_tables.bank([Moved("B1", fen, evening)], evening), "gb18030")
        await bill(counter, day=day, content=table, **ACCOUNT)
    await compare_settlements(counter.context)
    counter.http.headers[CLOCK_HEADER] = NOW.isoformat()


class TestMoneyInTheTreasury:
    async def test_is_not_given_back_by_its_channel_and_the_answer_says_what_to_do(self, waits):
        counter, other, _ = waits
        agreed(counter)
        await paid_in(counter)
        refused = await ask(counter, expect=409)
        assert refused["type"].endswith(":channel-refund-in-treasury")
        assert (refused["account"], refused["business_on"]) == ("treasury", f"{DAY:%Y-%m-%d}")
        assert "/v1/refunds" in refused["detail"]
        assert "退库" in refused["detail_zh"]
        assert (await refunds(counter), given(other)) == ([], 0)

    async def test_is_refused_to_the_second_officer_too(self, waits):
        counter, _, other_officer = waits
        agreed(counter)
        approval = await ask(counter)
        await paid_in(counter)
        refused = await agree(other_officer, approval, expect=409)
        assert refused["type"].endswith(":channel-refund-in-treasury")
        assert await refunds(counter) == []

    async def test_is_not_asked_for_where_it_came_there_before_anything_was_sent(self, waits):
        counter, other, _ = waits
        agreed(counter)
        await begun(waits)
        await paid_in(counter)
        await send(counter)
        assert (await refunds(counter), given(other)) == ([("failed", "in_treasury")], 0)
        assert (await ended(counter), await lines(counter)) == (["failed"], [("suspended", PRICE)])
        assert [one["kind"] for one in await cases(counter)] == ["channel_refund_undone"]

    async def test_is_asked_about_further_where_it_came_there_after_the_first_request(self, waits):
        counter, other, _ = waits
        agreed(counter)
        await begun(waits)
        other.server.troubles.append("cut")
        await send(counter)
        await paid_in(counter)
        await send(counter, 1)
        assert given(other) == PRICE
        assert [state for state, _ in await refunds(counter)] == ["done"]


class TestMoneyThatIsStillWithItsChannel:
    async def test_goes_back_by_it_while_no_statement_tells_of_it(self, waits):
        counter, other, _ = waits
        agreed(counter)
        await paid_in(counter, statement=False)
        await begun(waits)
        await send(counter)
        assert given(other) == PRICE

    async def test_goes_back_by_it_where_nothing_came(self, waits):
        counter, other, _ = waits
        agreed(counter)
        await paid_in(counter, fen=PRICE + 1)
        await begun(waits)
        await send(counter)
        assert given(other) == PRICE

    async def test_goes_back_by_it_where_the_county_says_nothing_of_an_account(self, waits):
        counter, other, _ = waits
        await paid_in(counter)
        await begun(waits)
        await send(counter)
        assert given(other) == PRICE

    async def test_goes_back_by_it_where_another_day_was_paid_in(self, waits):
        counter, other, _ = waits
        agreed(counter)
        await paid_in(counter, day=DAY - timedelta(days=1), no="W9")
        await begun(waits)
        await send(counter)
        assert given(other) == PRICE
