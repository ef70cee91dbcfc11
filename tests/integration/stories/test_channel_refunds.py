"""Money that came twice goes back by the channel that took it, or to a card, and the books agree."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from canbao.verify.givebacks import are_held_once
from services.collection.channel_refunds.sending import Sending
from tests.integration.collection.conftest import Keys
from tests.integration.collection.test_stories_of_queries import WeChat
from tests.integration.stories.checks import change, found_by
from tests.integration.stories.conftest import Somebody, Story, moment
from tests.integration.stories.test_money import books
from tests.integration.stories.test_people import rows

CHANNEL = WeChat.channel
PAID, TWICE, BACK = "2019-10-05", "2019-10-06", "2019-10-08"


@dataclass
class Twice:
    """Somebody paid 250 at the tax office, and 250 at WeChat as well."""

    story: Story
    somebody: Somebody
    other: Any
    payment_id: int

    async def asks(self, on: str = BACK, expect: int = 202, **body: Any) -> dict[str, Any]:
        """Ask that it goes back by its channel; gives the approval."""
        path = f"/v1/suspense/{self.payment_id}/1/give-back"
        asked = {"reason": "重复缴费", **body}
        answer = await self.story.county.ask("collection", "POST", path, moment(on), asked)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def agrees(self, approval: dict[str, Any], on: str = BACK) -> None:
        path = f"/v1/approvals/{approval['approval_id']}/approve"
        second = self.story.token_of("second")
        await self.story.county.expect("collection", "POST", path, moment(on), {}, token=second)

    async def gives_back(self, on: str = BACK, **body: Any) -> None:
        """Two officers agree, subsidy answers, and the channel is asked."""
        await self.agrees(await self.asks(on, **body), on)
        await self.story.county.settle()
        await self.asks_channel(on)

    async def asks_channel(self, on: str = BACK, minutes: int = 0) -> None:
        running = self.story.county.services["collection"]
        with running.context.clock.at(moment(on) + timedelta(minutes=minutes)):
            await Sending(running.context).work()
        running.stir()
        await self.story.county.settle()

    async def hears(self, status: str, on: str = BACK) -> None:
        """WeChat tells how its newest refund ended."""
        number = list(self.other.server.refunds)[-1]
        resource = self.other.server.settle(number, status, moment(on).isoformat())
        request = self.other.sender.notification(f"REFUND.{status}", resource, "refund")
        await deliver(self.story, request, on)

    async def states(self) -> list[tuple[str, str | None]]:
        found = await rows(self.story, "collection", "SELECT state, word FROM channel_refunds ORDER BY 1")
        return [(one.state, one.word) for one in found]

    async def cards(self) -> list[tuple[str, str]]:
        """Refunds to cards."""
        found = await rows(
            self.story, "subsidy", "SELECT state, requested_by FROM refunds ORDER BY refund_id"
        )
        return [(one.state, one.requested_by) for one in found]

    async def card_agrees(self, on: str = BACK, expect: int = 200) -> None:
        """A second officer approves the newest refund to a card."""
        (newest,) = await rows(self.story, "subsidy", "SELECT max(refund_id) AS id FROM refunds")
        answer = await self.story.county.ask(
            "subsidy", "POST", f"/v1/refunds/{newest.id}/approve", moment(on), {},
            token=self.story.token_of("second"),
        )  # fmt: skip
        assert answer.status_code == expect, answer.text

    def given(self) -> int:
        """What WeChat gave back, in yuan."""
        gone = [one for one in self.other.server.refunds.values() if one["status"] == "SUCCESS"]
        return sum(one["amount"]["refund"] for one in gone) // 100


async def deliver(story: Story, request: Any, on: str) -> None:
    collection = story.county.services["collection"]
    collection.stir()
    answer = await collection.http.post(
        f"/v1/channels/{CHANNEL}/notifications", content=request.body,
        headers={**request.headers, "canbao-clock": moment(on).isoformat()},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    await story.county.settle()


@pytest.fixture
async def twice(tell):
    keys = Keys()
    other = WeChat(keys)
    with other.server:
        story = await tell("youxi", **other.settings(keys), internal_networks="127.0.0.1/32")
        somebody = await story.person("2019-09-20")
        (person,) = await rows(story, "registration", "SELECT id FROM persons")
        wanted = {"county": "youxi", "coverage_year": 2020, "person_ids": [person.id], "channel": CHANNEL}
        order = await story.county.expect("collection", "POST", "/v1/orders", moment(PAID), wanted)
        await somebody.pays(250, PAID)
        at = moment(TWICE)
        other.server.paid(order["order_no"], "W1", 25_000, at.isoformat())
        request = other.sender.payment(
            transaction_id="W1", out_trade_no=order["order_no"], amount_fen=25_000, paid_at=at
        )
        await deliver(story, request, TWICE)
        assert await somebody.suspended() == [("already_paid", 250)]
        (payment,) = await rows(story, "collection", "SELECT id FROM payments WHERE transaction_no = 'W1'")
        yield Twice(story, somebody, other, payment.id)


class TestMoneyThatCameTwice:
    async def test_goes_back_by_its_channel_and_no_card_gets_it(self, twice):
        assert await twice.cards() == [("requested", "system")]
        await twice.gives_back()
        assert (await twice.states(), twice.given()) == ([("done", "SUCCESS")], 250)
        assert (await twice.cards(), await twice.somebody.suspended()) == ([("superseded", "system")], [])
        found = await books(twice.story, "2019-12-01")
        assert "suspense" not in found
        assert await twice.somebody.state() == "paid"

    async def test_goes_back_by_a_notice_that_comes_first(self, twice):
        twice.other.server.gives = "PROCESSING"
        await twice.gives_back()
        await twice.hears("SUCCESS")
        await twice.asks_channel(minutes=60)
        assert (await twice.states(), twice.given()) == ([("done", "PROCESSING")], 250)

    async def test_goes_to_the_card_that_claims_it_first(self, twice):
        await twice.somebody.gives_card(BACK)
        await twice.card_agrees()
        await twice.gives_back()
        assert (await twice.states(), twice.given()) == ([("failed", "refund_to_card")], 0)
        await twice.story.pays_out("2019-10-20")
        assert await twice.cards() == [("paid", "system")]
        assert await twice.somebody.suspended() == []

    async def test_goes_to_no_card_once_the_channel_may_have_it(self, twice):
        await twice.somebody.gives_card(BACK)
        await twice.agrees(await twice.asks())
        await twice.story.county.settle()
        await twice.card_agrees(expect=409)
        await twice.asks_channel()
        assert (twice.given(), await twice.cards()) == (250, [("superseded", "system")])

    async def test_goes_once_where_both_are_agreed_to_before_either_is_heard_of(self, twice):
        await twice.somebody.gives_card(BACK)
        await twice.agrees(await twice.asks())
        await twice.card_agrees()
        await twice.story.county.settle()
        await twice.asks_channel()
        assert (await twice.states(), twice.given()) == ([("failed", "refund_to_card")], 0)
        assert await twice.cards() == [("approved", "system")]

    async def test_waits_for_a_decision_again_where_the_channel_gave_up(self, twice):
        twice.other.server.gives = "PROCESSING"
        await twice.gives_back()
        await twice.hears("CLOSED")
        assert await twice.somebody.suspended() == [("already_paid", 250)]
        assert await twice.cards() == [("superseded", "system"), ("requested", "system")]

    async def test_goes_to_a_card_where_the_payers_own_is_closed(self, twice):
        twice.other.server.gives = "ABNORMAL"
        await twice.somebody.gives_card(BACK)
        await twice.gives_back()
        (case,) = await twice.story.cases("collection", BACK)
        assert case["kind"] == "channel_refund_abnormal"
        await twice.story.decide("collection", case, "to_card", "2019-10-09")
        await twice.card_agrees("2019-10-10")
        await twice.story.pays_out("2019-10-20")
        assert await twice.cards() == [("superseded", "system"), ("paid", "system")]
        assert (await twice.somebody.suspended(), twice.given()) == ([], 0)

    async def test_counts_where_the_first_is_taken_back_unless_it_is_going_back(self, twice):
        twice.other.server.gives = "PROCESSING"
        await twice.gives_back()
        (first,) = await rows(
            twice.story, "collection", "SELECT transaction_no FROM payments ORDER BY id LIMIT 1"
        )
        at = moment("2019-10-09")
        data = {"transaction_no": first.transaction_no, "return_no": "R1", "returned_at": at.isoformat()}
        await twice.story.county.tell("payment.reversed", data, at)
        await twice.story.county.settle()
        assert await twice.somebody.due_state("2019-10-09") == "open"
        await twice.hears("CLOSED", "2019-10-10")
        assert (await twice.somebody.state(), await twice.somebody.suspended()) == ("paid", [])


class TestVerify:
    """`canbao verify` sees what is held of money that goes back, and what is not."""

    async def test_finds_what_is_wrong_of_one_that_has_ended(self, twice):
        await twice.gives_back()
        assert await found_by(are_held_once, twice.story) == []
        (one,) = await rows(twice.story, "collection", "SELECT request_no, return_no FROM channel_refunds")
        for service, wrong, right, told in (
            ("subsidy", "state = 'held'", "state = 'ended'", "but held in subsidy"),
            ("subsidy", "amount_fen = 1", "amount_fen = 25000", "but 1 fen of payment"),
            ("subsidy", "request_no = 'CR9'", f"request_no = '{one.request_no}'", "has not heard of it"),
            ("subsidy", "request_no = 'CR9'", f"request_no = '{one.request_no}'", "not to collection"),
            ("collection", "return_no = 'X'", f"return_no = '{one.return_no}'", "no return of its payment"),
            ("collection", "amount_fen = 25001", "amount_fen = 25000", "gave 25001 fen back"),
        ):
            await change(twice.story, service, f"UPDATE channel_refunds SET {wrong}")
            seen = await found_by(are_held_once, twice.story)
            assert any(told in one for one in seen), (told, seen)
            await change(twice.story, service, f"UPDATE channel_refunds SET {right}")
        assert await found_by(are_held_once, twice.story) == []

    async def test_finds_what_is_wrong_of_one_that_is_under_way(self, twice):
        twice.other.server.gives = "PROCESSING"
        await twice.gives_back()
        assert await found_by(are_held_once, twice.story) == []
        held = "UPDATE payment_lines SET giving_back = {} WHERE state = 'suspended'"
        await change(twice.story, "collection", held.format("false"))
        assert [one for one in await found_by(are_held_once, twice.story) if "free to be applied" in one]
        await change(twice.story, "collection", held.format("true"))
        ended = "state = 'failed', next_at = NULL, ended_at = agreed_at"
        await change(twice.story, "collection", f"UPDATE channel_refunds SET {ended}")
        seen = await found_by(are_held_once, twice.story)
        assert [one for one in seen if "for a refund by its channel that there is not" in one]
        assert [one for one in seen if "is failed in collection, but held in subsidy" in one]
        going_on = "state = 'processing', next_at = agreed_at, ended_at = NULL"
        await change(twice.story, "collection", f"UPDATE channel_refunds SET {going_on}")
