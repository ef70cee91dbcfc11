"""What officers do about differences of channel days: ask, take a row over, take a payment back."""

from datetime import timedelta

import pytest

from libs.common.web import outbound
from services.collection.differences.comparing import compare_days
from tests import bank_tables

from .conftest import NOW, PRICE, Counter, id_number
from .test_channel_days import DAY, bill, differences, given_back, moved
from .test_stories_of_queries import WeChat, look, order_of
from .test_stories_of_returns import dues, paid_by_wechat

BACK = {"R1": 5_000, "R2": PRICE - 5_000}


async def case_of(counter, kind):
    listed = (await counter.http.get("/v1/cases", params={"state": "open", "kind": kind})).json()["items"]
    return listed[0] if listed else None


async def take(counter, case, step):
    """One officer takes the step, a second one agrees where that is needed."""
    path = f"/v1/cases/{case['case_id']}/decision"
    answer = await counter.http.post(path, json={"step": step, "reason": "已与渠道核实"})
    if answer.status_code != 200 or answer.json()["approval"] is None:
        return answer
    approval = answer.json()["approval"]["approval_id"]
    own = await counter.http.post(f"/v1/approvals/{approval}/approve", json={})
    assert own.json()["type"].endswith("second-person-needed")
    return await counter.http.post(f"/v1/approvals/{approval}/approve", json={}, headers=counter.second)


@pytest.fixture
def second(signing_key):
    """What a second officer is known by."""
    token = signing_key.issue("second", ["collection:read", "collection:write"], "350426")
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
async def wallet(service_context, client, keys, second, monkeypatch):
    """A counter whose WeChat can be asked, and the other side of it."""
    monkeypatch.setattr(outbound, "_SECONDS", 5.0)  # no less: a busy machine connects late
    other = WeChat(keys)
    with other.server:
        settings = keys.settings() | other.settings(keys) | {"internal_networks": "127.0.0.1/32"}
        context = await service_context("collection", **settings)
        http = await client(context)
        counter = Counter(context, http, keys)
        counter.second = second
        http.headers["canbao-clock"] = NOW.isoformat()
        yield counter, other
        await context.parts.commits.close()
        await context.parts.placing.close()


class TestARowThatNobodyNotified:
    async def test_is_a_payment_when_two_officers_take_it_over(self, wallet):
        counter, other = wallet
        order = await order_of(counter, other.channel, at=DAY)
        row = moved("W1", at=DAY + timedelta(hours=1))
        await bill(counter, replaced(row, order["order_no"]), channel=other.channel)
        case = await case_of(counter, "channel_day_they_only")
        assert case["proposed"] == "ask_gateway"
        done = await take(counter, case, "apply")
        assert done.status_code == 200, done.text
        await counter.match()
        assert await dues(counter) == ["paid"]
        await compare_days(counter.context)
        assert await differences(counter) == []
        (kept,) = await counter.rows("SELECT kind, headers IS NOT NULL AS has FROM notifications")
        assert kept.kind == "payment"

    async def test_counts_once_when_its_notice_comes_later(self, wallet):
        counter, other = wallet
        order = await order_of(counter, other.channel, at=DAY)
        await bill(counter, replaced(moved("W1"), order["order_no"]), channel=other.channel)
        await take(counter, await case_of(counter, "channel_day_they_only"), "apply")
        await counter.match()
        assert (await counter.deliver(other.notice(order))).status_code == 200
        await counter.match()
        assert await counter.count("payments") == 1
        assert [one.type for one in await counter.published()] == ["canbao.payment.received.v1"]

    async def test_is_refused_when_its_notice_came_first(self, wallet):
        counter, other = wallet
        order = await order_of(counter, other.channel, at=DAY)
        await bill(counter, replaced(moved("W1"), order["order_no"]), channel=other.channel)
        case = await case_of(counter, "channel_day_they_only")
        await counter.deliver(other.notice(order))
        await counter.match()
        refused = await take(counter, case, "apply")
        assert refused.json()["type"].endswith("difference-step-not-possible")
        assert await counter.count("payments") == 1

    async def test_waits_for_its_person_where_no_order_names_one(self, counter, second):
        counter.second = second
        await bill(counter, moved("W1"))
        await take(counter, await case_of(counter, "channel_day_they_only"), "apply")
        await counter.match()
        (waiting,) = (await counter.http.get("/v1/suspense")).json()["items"]
        assert (waiting["transaction_no"], waiting["amount_fen"], waiting["county"]) == ("W1", PRICE, "youxi")


class TestMoneyThatWentBackUntold:
    @pytest.fixture
    async def untold(self, counter, second):
        """T1 is applied to person 1; by the file 50 yuan of it went back, and the rest."""
        counter.second = second
        await counter.tell(counter.assessed(1))
        await counter.deliver(await paid_by_wechat(counter, 1))
        await counter.match()
        day = NOW
        rows = [moved("W1", at=day), *(moved("W1", fen, at=day, return_no=no) for no, fen in BACK.items())]
        counter.http.headers["canbao-clock"] = (NOW + timedelta(days=1)).isoformat()
        await bill(counter, *rows, day=day)
        return await case_of(counter, "channel_day_they_only")

    async def test_is_booked_by_two_officers_and_told_to_the_ledger(self, counter, untold):
        assert (untold["proposed"], untold["evidence"]["entry"]) == ("book_return", "refund")
        assert (await take(counter, untold, "book_return")).status_code == 200
        await counter.match()
        facts = [one for one in await counter.published() if one.type == "canbao.payment.returned.v1"]
        assert {one.return_no: one.amount_fen for one in facts} == BACK
        assert await dues(counter) == ["open"]
        await compare_days(counter.context)
        assert await differences(counter) == []

    async def test_is_booked_once_when_its_notice_comes_later(self, counter, untold):
        await take(counter, untold, "book_return")
        await counter.match()
        await given_back(counter, "W1", "R1", BACK["R1"], at=NOW + timedelta(hours=1))
        facts = [one for one in await counter.published() if one.type == "canbao.payment.returned.v1"]
        assert len(facts) == 2
        assert await case_of(counter, "return_exceeds") is None

    async def test_is_booked_as_far_as_nobody_told_of_it(self, counter, untold):
        await given_back(counter, "W1", "R1", BACK["R1"], at=NOW + timedelta(hours=1))
        await compare_days(counter.context)
        case = await case_of(counter, "channel_day_amount")
        assert (case["proposed"], case["evidence"]["ours_fen"]) == ("book_return", BACK["R1"])
        assert (await take(counter, case, "book_return")).status_code == 200
        await counter.match()
        facts = [one for one in await counter.published() if one.type == "canbao.payment.returned.v1"]
        assert {one.return_no: one.amount_fen for one in facts} == BACK
        await compare_days(counter.context)
        assert await differences(counter) == []

    async def test_is_not_booked_beside_what_came_under_another_number(self, counter, untold):
        await given_back(counter, "W1", "R9", BACK["R1"], at=NOW + timedelta(hours=1))
        refused = await take(counter, untold, "book_return")
        assert refused.json()["type"].endswith("difference-step-not-possible")


class TestMoneyForSomebodyElse:
    async def said(self, counter, person, year="2020"):
        """The tax bureau's list says whom T1 is for."""
        table = bank_tables.as_csv(bank_tables.tax([moved("T1")], DAY, [(id_number(person), year)]))
        await bill(counter, content=table, channel="tax", kind="tax_table", profile="tax-day")
        return await case_of(counter, "channel_day_other_person")

    async def test_that_waits_is_applied_to_whom_the_file_names(self, counter, second):
        counter.second = second
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 2, at=DAY)
        done = await take(counter, await self.said(counter, 1), "apply_as_named")
        assert done.status_code == 200, done.text
        assert await dues(counter) == ["paid"]
        (fact,) = [one for one in await counter.published() if one.type == "canbao.payment.received.v1"]
        assert (fact.person_id, fact.from_suspense) == (1, True)
        await compare_days(counter.context)
        assert await differences(counter) == []

    async def test_that_counts_already_is_not_moved(self, counter, second):
        counter.second = second
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await counter.pay("T1", 2, at=DAY)
        refused = await take(counter, await self.said(counter, 1), "apply_as_named")
        assert refused.json()["type"].endswith("difference-step-not-possible")
        assert await dues(counter) == ["open", "paid"]

    async def test_is_not_applied_to_who_is_not_enrolled(self, counter, second):
        counter.second = second
        await counter.pay("T1", 2, at=DAY)
        refused = await take(counter, await self.said(counter, 1), "apply_as_named")
        assert refused.status_code == 409


class TestAPaymentThatNoFileHas:
    @pytest.fixture
    async def alone(self, wallet):
        """It was notified and applied, and the channel's file of the day does not have it."""
        counter, other = wallet
        order = await order_of(counter, other.channel, at=DAY)
        await counter.deliver(other.notice(order))
        await counter.match()
        assert await dues(counter) == ["paid"]
        counter.http.headers["canbao-clock"] = (NOW + timedelta(days=1)).isoformat()
        await bill(counter, day=NOW, channel=other.channel)
        return order

    async def test_is_asked_about_and_the_case_waits(self, wallet, alone):
        counter, other = wallet
        case = await case_of(counter, "channel_day_we_only")
        assert (await take(counter, case, "ask_gateway")).status_code == 200
        other.paid(alone)
        await look(counter, timedelta(days=2))
        (query,) = (await counter.http.get("/v1/channel-queries")).json()["items"]
        assert (query["reason"], query["outcome"], query["asked_by"]) == ("difference", "paid", "test")
        assert (await case_of(counter, "channel_day_we_only"))["case_id"] == case["case_id"]
        refused = await take(counter, case, "take_back")
        assert (refused.status_code, refused.json()["outcome"]) == (409, "paid")
        assert await counter.count("payments") == 1

    async def test_keeps_why_its_channel_was_asked_each_time(self, wallet, alone):
        counter, _ = wallet
        case = await case_of(counter, "channel_day_we_only")
        path = f"/v1/cases/{case['case_id']}"
        for reason in ("缴费人称未扣款", "渠道第一次未答复"):
            asked = await counter.http.post(
                f"{path}/decision", json={"step": "ask_gateway", "reason": reason}
            )
            assert (asked.json()["case"]["state"], asked.json()["case"]["acknowledged_by"]) == (
                "open",
                "test",
            )
        news = (await counter.http.get(f"{path}/news")).json()["items"]
        assert [(one["news"], one["by"], one["note"], one["told_at"]) for one in news] == [
            ("acknowledged", "test", "缴费人称未扣款", None),
            ("acknowledged", "test", "渠道第一次未答复", None),
        ]

    async def test_is_taken_back_when_the_channel_says_that_it_never_was(self, wallet, alone):
        counter, other = wallet
        case = await case_of(counter, "channel_day_we_only")
        assert (await take(counter, case, "take_back")).status_code == 409
        await take(counter, case, "ask_gateway")
        other.paid(alone, trade_state="CLOSED")
        await look(counter, timedelta(days=2))
        done = await take(counter, case, "take_back")
        assert done.status_code == 200, done.text
        await counter.match()
        assert await dues(counter) == ["open"]
        (fact,) = [one for one in await counter.published() if one.type == "canbao.payment.returned.v1"]
        assert (fact.kind, fact.amount_fen, fact.withdraws) == ("reversal", PRICE, True)
        await compare_days(counter.context)
        assert await differences(counter) == []


def replaced(row, order_no):
    return type(row)(row.no, row.fen, row.at, order=order_no)


@pytest.mark.parametrize(
    "type", ["payment.from_file", "return.from_file", "payment.undone", "payment.corrected"]
)
async def test_no_channel_can_say_what_only_officers_may(counter, type):
    request = counter.keys.sender().event(type, counter.data("T1", 1))
    assert (await counter.deliver(request)).status_code == 422
    assert await counter.count("notifications") == 0
