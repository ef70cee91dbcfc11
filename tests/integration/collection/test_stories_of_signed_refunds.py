"""A sender of signed notifications gives money back: told by notice, answer or file, and by itself alone."""

import json
from datetime import timedelta

import pytest

from services.collection.channel_refunds.sending import Sending

from .conftest import NOW
from .signed_channels import Signed
from .test_stories_of_channel_refunds import (
    OWED,
    PAID,
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
    went_back,
)
from .test_stories_of_returns import lines

__all__ = ["asked", "second", "waits"]

pytestmark = pytest.mark.parametrize("asked", [Signed], indirect=True)


async def tell(counter, request):
    answer = await counter.deliver(request)
    assert answer.status_code == 202, answer.text
    await counter.match()


async def under_way(waits, **body):
    """It was asked for, and the channel is at it; gives the number."""
    counter, other, _ = waits
    other.server.gives = "processing"
    number = await begun(waits, **body)
    await send(counter)
    assert await refunds(counter) == [("processing", "processing")]
    return number


class TestANotice:
    async def test_with_our_number_ends_it_and_no_answer_is_waited_for(self, waits):
        counter, other, _ = waits
        number = await under_way(waits)
        other.server.settle(number, "done")
        await tell(counter, other.server.notice(number))
        await send(counter, 600)
        assert [state for state, _ in await refunds(counter)] == ["done"]
        assert (len(await went_back(counter)), await lines(counter)) == (1, [("refunded", 0)])
        assert await counter.count("channel_refund_answers") == 1

    async def test_after_the_answer_counts_once(self, waits):
        counter, other, _ = waits
        number = await begun(waits, amount_fen=5_000)
        await send(counter)
        await tell(counter, other.server.notice(number))
        assert (len(await went_back(counter)), await lines(counter)) == (1, [("applied", OWED)])

    async def test_without_our_number_is_known_by_the_answer_to_be_it(self, waits):
        counter, other, _ = waits
        number = await under_way(waits)
        other.server.settle(number, "done")
        await tell(counter, other.server.notice(number, numbered=False))
        assert await refunds(counter) == [("processing", "processing")]
        await send(counter, 1)
        assert [state for state, _ in await refunds(counter)] == ["done"]
        assert (len(await went_back(counter)), await lines(counter)) == (1, [("refunded", 0)])
        assert await ended(counter) == ["done"]

    @pytest.mark.parametrize(
        ("status", "kind"), [("closed", "channel_refund_undone"), ("abnormal", "channel_refund_abnormal")]
    )
    async def test_that_nothing_went_back_leaves_it_in_suspense_for_somebody(self, waits, status, kind):
        counter, other, _ = waits
        number = await under_way(waits)
        other.server.settle(number, status)
        await tell(counter, other.server.notice(number))
        assert [state for state, _ in await refunds(counter)] == [status]
        assert ([one["kind"] for one in await cases(counter)], await lines(counter)) == (
            [kind],
            [("suspended", PAID)],
        )

    async def test_of_another_channel_says_nothing_of_ours(self, waits):
        counter, _, _ = waits
        number = await under_way(waits)
        said = {"transaction_no": "T1", "request_no": number, "returned_at": NOW.isoformat()}
        await tell(counter, counter.keys.sender("bank-rcb").event("refund.closed", said))
        assert [state for state, _ in await refunds(counter)] == ["processing"]

    @pytest.mark.parametrize("missing", ["request_no", "returned_at", "transaction_no"])
    async def test_of_nothing_given_back_says_what_was_asked_for(self, waits, missing):
        counter, other, _ = waits
        said = {"transaction_no": "T1", "request_no": "CR1", "returned_at": NOW.isoformat()}
        del said[missing]
        answer = await counter.deliver(other.sender.event("refund.closed", said, message_id="m1"))
        assert answer.status_code == 422
        assert answer.json()["type"].endswith(":invalid-request")


class TestAnAnswer:
    async def test_that_is_the_sames_again_changes_nothing(self, waits):
        counter, other, _ = waits
        await under_way(waits)
        for minutes in (1, 3, 8):
            await send(counter, minutes)
        assert (await refunds(counter), given(other)) == ([("processing", "processing")], 0)
        assert len(other.server.refunds) == 1

    async def test_of_an_empty_purse_has_it_asked_again(self, waits):
        counter, other, _ = waits
        other.server.puts_off = "NO_FUNDS"
        await begun(waits)
        await send(counter)
        assert await refunds(counter) == [("processing", "NO_FUNDS")]
        other.server.puts_off = None
        await send(counter, 5)
        assert (given(other), await lines(counter)) == (PAID, [("refunded", 0)])

    async def test_of_another_amount_is_not_believed(self, waits):
        counter, other, _ = waits
        number = await under_way(waits)
        other.server.settle(number, "done").amount_fen = 1
        await send(counter, 1)
        assert await refunds(counter) == [("processing", "of_another_amount")]
        assert await lines(counter) == [("suspended", PAID)]


class TestAnAddress:
    async def test_in_an_internal_network_is_called_only_where_the_operator_lists_it(self, waits):
        counter, other, _ = waits
        await begun(waits)
        counter.context.settings.internal_networks = ""
        await send(counter)
        assert await refunds(counter) == [("processing", "address_internal")]
        counter.context.settings.internal_networks = "127.0.0.1/32"
        await send(counter, 5)
        assert (given(other), await refunds(counter)) == (PAID, [("done", "done")])

    async def test_that_is_none_is_not_asked_and_a_card_gets_the_money(self, waits):
        counter, *_ = waits
        counter.context.settings.refund_calls = None
        counter.context.parts.keys.channels._refresh()
        refused = await ask(counter, expect=422)
        assert refused["type"].endswith(":channel-cannot-refund")
        assert await counter.rows("SELECT 1 FROM channel_refunds") == []

    async def test_is_not_asked_later_than_it_says(self, waits):
        counter, other, _ = waits
        calls = {"tax": {"url": f"{other.server.url}/refunds", "within_days": 30, "most": 1}}
        counter.context.settings.refund_calls = json.dumps(calls)
        counter.context.parts.keys.channels._refresh()
        with counter.context.clock.at(NOW + timedelta(days=31)):
            counter.http.headers["canbao-clock"] = (NOW + timedelta(days=31)).isoformat()
            assert (await ask(counter, expect=409))["type"].endswith(":channel-refund-too-late")
        counter.http.headers["canbao-clock"] = NOW.isoformat()
        await begun(waits, amount_fen=5_000)
        await send(counter)
        await Sending(counter.context).work()
        await counter.match()
