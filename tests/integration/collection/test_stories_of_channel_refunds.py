"""Money in suspense goes back by the channel that took it: over real HTTP, with its troubles, and once."""

from datetime import timedelta

import pytest

from libs.common.clock import CLOCK_HEADER
from libs.common.events.channel_refunds import ChannelRefundAnswered, ChannelRefundAsked, ChannelRefundEnded
from libs.common.events.collection import PaymentReceived, PaymentReturned
from services.collection.channel_refunds.alarming import see_to_channel_refunds
from services.collection.channel_refunds.sending import Sending
from services.collection.queries.asking import Asking

from .conftest import NOW, PRICE, VILLAGE, season
from .signed_channels import Signed, SignedByKey
from .test_stories_of_queries import Alipay, UnionPay, WeChat, asking, order_of
from .test_stories_of_returns import dues, lines

#: What was paid, and what was owed by then.
PAID, OWED = PRICE, PRICE - 5_000
CHANNELS = (WeChat, Alipay, UnionPay, Signed, SignedByKey)
WECHAT = pytest.mark.parametrize("asked", [WeChat], indirect=True)


@pytest.fixture(params=CHANNELS, ids=lambda channel: channel.__name__)
async def asked(request, service_context, client, keys, monkeypatch):
    """A counter whose channel can be asked, with the other side of it."""
    async with asking(request.param(keys), service_context, client, keys, monkeypatch) as both:
        yield both


@pytest.fixture
async def second(asked, client):
    """Another officer, who agrees."""
    counter, _ = asked
    return await client(counter.context, subject="second", app=counter.http._transport.app)


@pytest.fixture
async def waits(asked, second):
    """Somebody owed less when paying, and it waits: the counter, the other side, and the second officer."""
    counter, other = asked
    order = await order_of(counter, other.channel)
    await owes(counter, OWED, revision=2)
    if isinstance(other, Signed):
        await counter.deliver(other.paid(order))
    else:
        other.paid(order)
    counter.context.settings.ask_after_seconds = 0
    with counter.context.clock.at(NOW):
        await Asking(counter.context).work()
    await counter.match()
    assert await lines(counter) == [("suspended", PAID)]
    return counter, other, second


async def owes(counter, fen, revision):
    await counter.tell(counter.assessed(1, revision=revision, at=NOW, schedule=season(price=fen)))
    await counter.match()


async def payment_id(counter):
    return (await counter.rows("SELECT max(id) AS id FROM payments"))[0].id


async def ask(counter, expect=202, line=1, payment=None, **body):
    payment = payment or await payment_id(counter)
    path = f"/v1/suspense/{payment}/{line}/give-back"
    answer = await counter.http.post(path, json={"reason": "多缴", **body})
    assert answer.status_code == expect, answer.text
    return answer.json()


async def agree(second, approval, expect=200):
    headers = {CLOCK_HEADER: NOW.isoformat()}
    path = f"/v1/approvals/{approval['approval_id']}/approve"
    answer = await second.post(path, json={}, headers=headers)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def clear(counter, free=True, at=NOW):
    """Subsidy answers whatever was asked."""
    facts = [one for one in await counter.published() if isinstance(one, ChannelRefundAsked)]
    answers = [
        ChannelRefundAnswered(**one.model_dump(exclude={"channel", "asked_at"}), free=free, answered_at=at)
        for one in facts
    ]
    await counter.tell(*answers, at=at)
    return facts[-1].request_no


async def begun(waits, **body):
    """Two officers agreed, and no card claims it; gives the number."""
    counter, _, second = waits
    await agree(second, await ask(counter, **body))
    return await clear(counter)


async def send(counter, minutes=0):
    with counter.context.clock.at(NOW + timedelta(minutes=minutes)):
        await Sending(counter.context).work()
    await counter.match()


async def refunds(counter):
    """State and last word of each."""
    found = (await counter.http.get("/v1/channel-refunds")).json()["items"]
    return [(one["state"], one["word"]) for one in found]


async def went_back(counter):
    return [one for one in await counter.published() if isinstance(one, PaymentReturned)]


async def ended(counter):
    return [one.outcome for one in await counter.published() if isinstance(one, ChannelRefundEnded)]


async def cases(counter):
    return [
        one
        for one in (await counter.http.get("/v1/cases")).json()["items"]
        if "channel_refund" in one["kind"]
    ]


def given(other):
    """What the other side has given back, in fen."""
    server = other.server
    if isinstance(other, Signed):
        return sum(one.amount_fen for one in server.refunds.values() if one.status == "done")
    if isinstance(other, WeChat):
        return sum(one["amount"]["refund"] for one in server.refunds.values() if one["status"] == "SUCCESS")
    if isinstance(other, Alipay):
        return sum(server.refunds.values())
    back = [one for one in server.purchases.values() if one.get("origQryId")]
    return sum(int(one["txnAmt"]) for one in back if one["origRespCode"] == "00")


class TestMoneyInSuspense:
    async def test_goes_back_by_its_channel_and_what_is_left_is_applied(self, waits):
        counter, other, _ = waits
        number = await begun(waits, amount_fen=5_000)
        assert given(other) == 0
        for minutes in (0, 1, 2):
            await send(counter, minutes)
        assert other.server.refused == []
        assert (given(other), [state for state, _ in await refunds(counter)]) == (5_000, ["done"])
        assert await lines(counter) == [("applied", OWED)]
        (fact,) = await went_back(counter)
        assert (fact.request_no, fact.amount_fen, fact.left_fen) == (number, 5_000, OWED)
        assert (await dues(counter), await cases(counter)) == (["paid"], [])

    async def test_goes_back_whole_and_once_where_every_answer_is_lost(self, waits):
        counter, other, _ = waits
        await begun(waits)
        other.server.troubles.extend(["cut", "broken", "lost", "busy", "cut"])
        for minutes in (0, 1, 3, 8, 28, 88, 268, 628):
            await send(counter, minutes)
        assert given(other) == PAID
        assert await lines(counter) == [("refunded", 0)]
        assert len(await went_back(counter)) == 1
        kept = await counter.rows("SELECT status, word FROM channel_refund_answers ORDER BY answer_id")
        assert [one.status for one in kept][:5] == [None, 500, None, 503, None]

    async def test_is_not_sent_before_a_second_person_and_subsidy_agree(self, waits):
        counter, other, second = waits
        approval = await ask(counter)
        await send(counter)
        assert (await refunds(counter), (await lines(counter))) == ([], [("suspended", PAID)])
        await agree(second, approval)
        await send(counter)
        assert (await refunds(counter), given(other)) == ([("requested", None)], 0)
        await clear(counter)
        await send(counter)
        assert [state for state, _ in await refunds(counter)] in (["processing"], ["done"])

    async def test_that_a_card_gets_is_not_given_back(self, waits):
        counter, other, second = waits
        await agree(second, await ask(counter))
        await clear(counter, free=False)
        await send(counter)
        assert (await refunds(counter), given(other)) == ([("failed", "refund_to_card")], 0)
        assert [(one["kind"], one["amount_fen"]) for one in await cases(counter)] == [
            ("channel_refund_undone", PAID)
        ]
        assert await ended(counter) == ["failed"]

    async def test_is_not_applied_while_it_goes_back(self, waits):
        counter, *_ = waits
        number = await begun(waits)
        await owes(counter, PAID, revision=3)
        assert await lines(counter) == [("suspended", PAID)]
        refused = await counter.http.post(f"/v1/suspense/{await payment_id(counter)}/1/apply", json={})
        assert (refused.status_code, refused.json()["request_no"]) == (409, number)
        (shown,) = (await counter.http.get("/v1/suspense")).json()["items"]
        assert shown["giving_back"] is True
        assert not [one for one in await counter.published() if isinstance(one, PaymentReceived)]

    async def test_that_the_channel_will_not_give_back_waits_again_and_counts_by_what_is_known_now(
        self, waits
    ):
        counter, other, _ = waits
        await begun(waits)
        await owes(counter, PAID, revision=3)
        refuse(other)
        for minutes in (0, 1, 2):
            await send(counter, minutes)
        ((state, word),) = await refunds(counter)
        assert (state, word) == ("failed", REFUSED[other.channel])
        assert (await ended(counter), await lines(counter)) == (["failed"], [("applied", PAID)])

    async def test_that_somebody_else_says_went_back_did_not(self, waits):
        counter, other, _ = waits
        await begun(waits)
        other.server.forged = True
        await send(counter)
        assert [state for state, _ in await refunds(counter)] == ["processing"]
        assert await lines(counter) == [("suspended", PAID)]
        other.server.forged = False
        for minutes in (2, 5):
            await send(counter, minutes)
        assert (given(other), await lines(counter)) == (PAID, [("refunded", 0)])


REFUSED = {
    "wechat-youxi": "RESOURCE_NOT_EXISTS",
    "alipay": "ACQ.TRADE_HAS_FINISHED",
    "unionpay": "respCode_61",
    "tax": "TOO_OLD",
}


def refuse(other):
    if isinstance(other, WeChat):
        other.server.transactions.clear()
    elif isinstance(other, Alipay):
        other.server.fails = "ACQ.TRADE_HAS_FINISHED"
    elif isinstance(other, Signed):
        other.server.refuses = "TOO_OLD"
    else:
        assert isinstance(other, UnionPay)
        other.server.refuses = "61"


class TestWeChat:
    pytestmark = WECHAT

    async def test_whose_notice_comes_first_is_asked_no_more(self, waits):
        counter, other, _ = waits
        other.server.gives = "PROCESSING"
        number = await begun(waits)
        await send(counter)
        await notice(counter, other, number, "SUCCESS")
        assert [state for state, _ in await refunds(counter)] == ["done"]
        await send(counter, 600)
        assert len(await went_back(counter)) == 1
        assert await counter.count("channel_refund_answers") == 1

    async def test_whose_notice_comes_after_the_query_counts_once(self, waits):
        counter, other, _ = waits
        other.server.gives = "PROCESSING"
        number = await begun(waits, amount_fen=5_000)
        await send(counter)
        other.server.settle(number, "SUCCESS", NOW.isoformat(timespec="seconds"))
        await send(counter, 1)
        await notice(counter, other, number, "SUCCESS")
        assert await lines(counter) == [("applied", OWED)]
        assert len(await went_back(counter)) == 1
        states = await counter.rows("SELECT state FROM returns ORDER BY notification_id")
        assert [one.state for one in states] == ["booked", "ignored"]

    async def test_that_closed_it_leaves_the_money_in_suspense(self, waits):
        counter, other, second = waits
        other.server.gives = "PROCESSING"
        number = await begun(waits)
        await send(counter)
        await notice(counter, other, number, "CLOSED")
        assert [state for state, _ in await refunds(counter)] == ["closed"]
        assert (await ended(counter), await lines(counter)) == (["closed"], [("suspended", PAID)])
        assert [one["kind"] for one in await cases(counter)] == ["channel_refund_undone"]
        other.server.gives = "SUCCESS"
        await agree(second, await ask(counter))
        await clear(counter)
        await send(counter, 5)
        assert await lines(counter) == [("refunded", 0)]

    async def test_that_finds_the_payers_card_closed_asks_somebody_who_sends_it_to_a_card(self, waits):
        counter, other, _ = waits
        other.server.gives = "ABNORMAL"
        await begun(waits)
        await send(counter)
        assert ([state for state, _ in await refunds(counter)], await ended(counter)) == (["abnormal"], [])
        (case,) = await cases(counter)
        assert (case["kind"], case["division_code"]) == ("channel_refund_abnormal", VILLAGE)
        await ask(counter, expect=409)
        decision = {"step": "to_card", "reason": "渠道已终止"}
        path = f"/v1/cases/{case['case_id']}/decision"
        assert (await counter.http.post(path, json=decision)).status_code == 200
        assert (await refunds(counter), await ended(counter)) == ([("closed", "to_card")], ["to_card"])
        assert (await lines(counter), await cases(counter)) == ([("suspended", PAID)], [])

    async def test_that_gives_it_back_after_all_is_believed(self, waits):
        counter, other, _ = waits
        other.server.gives = "ABNORMAL"
        number = await begun(waits)
        await send(counter)
        await notice(counter, other, number, "SUCCESS")
        assert [state for state, _ in await refunds(counter)] == ["done"]
        assert (await lines(counter), await cases(counter)) == ([("refunded", 0)], [])

    async def test_that_has_not_enough_or_is_hurried_is_asked_again(self, waits):
        counter, other, _ = waits
        other.server.balance_fen, other.server.hurried = 100, True
        await begun(waits)
        await send(counter)
        other.server.hurried = False
        await send(counter, 1)
        assert await refunds(counter) == [("processing", "NOT_ENOUGH")]
        other.server.balance_fen = PAID
        await send(counter, 3)
        assert (given(other), await lines(counter)) == (PAID, [("refunded", 0)])

    async def test_that_never_has_enough_is_given_up_in_the_end(self, waits):
        counter, other, _ = waits
        other.server.balance_fen = 100
        await begun(waits)
        for hours in range(0, 24 * 9, 12):
            await send(counter, hours * 60)
        assert await refunds(counter) == [("failed", "NOT_ENOUGH")]

    async def test_that_says_nothing_for_days_raises_an_alert_that_ends_with_it(self, waits):
        counter, other, _ = waits
        other.server.gives = "PROCESSING"
        number = await begun(waits)
        await send(counter)
        await look(counter, days=4)
        assert await cases(counter) == []
        await look(counter, days=6)
        (alert,) = await cases(counter)
        assert (alert["kind"], alert["amount_fen"]) == ("channel_refund_late", PAID)
        await notice(counter, other, number, "SUCCESS")
        await look(counter, days=6)
        assert await cases(counter) == []


async def look(counter, days):
    with counter.context.clock.at(NOW + timedelta(days=days)):
        async with counter.context.engine.begin() as conn:
            await see_to_channel_refunds(conn, NOW + timedelta(days=days), counter.context.notices)


async def notice(counter, other, number, status):
    """WeChat tells how a refund ended."""
    resource = other.server.settle(number, status, NOW.isoformat(timespec="seconds"))
    request = other.sender.notification(f"REFUND.{status}", resource, "refund")
    request = type(request)(f"/v1/channels/{other.channel}/notifications", request.headers, request.body)
    answer = await counter.deliver(request)
    assert answer.status_code == 200, answer.text
    await counter.match()
