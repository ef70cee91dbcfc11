"""What money counts for: what was in force when it was paid, one household at a time, and never twice."""

import pytest

from tests.integration.stories.conftest import moment
from tests.integration.stories.test_events import happened, matched
from tests.integration.stories.test_households import family
from tests.integration.stories.test_money import given_back
from tests.integration.stories.test_people import rows
from tests.integration.stories.test_refunds import asks_back

SINCE = "2016-01-01"


async def pays_for(story, shares, on, no, *, told=None):
    """One payment for several people: who, and how many yuan."""
    items = [{"id_number": one.number, "name": one.name, "amount_fen": yuan * 100} for one, yuan in shares]
    payment = {
        "transaction_no": no,
        "paid_at": moment(on).isoformat(),
        "amount_fen": sum(item["amount_fen"] for item in items),
        "county": story.code,
        "coverage_year": story.year,
        "items": items,
    }
    answer = await story.county.pay(payment, moment(told or on))
    assert answer.status_code in (200, 202), answer.text
    await story.county.settle()


async def lines(story):
    found = await rows(
        story, "collection", "SELECT state, reason FROM payment_lines ORDER BY payment_id, line_no"
    )
    return [(row.state, row.reason) for row in found]


async def ordered(story, people, on, channel="tax"):
    ids = [(await one.due(on))["person_id"] for one in people]
    wanted = {"county": story.code, "coverage_year": story.year, "person_ids": ids, "channel": channel}
    return await story.county.ask("collection", "POST", "/v1/orders", moment(on), wanted)


class TestMoneyThatIsToldLater:
    @pytest.mark.parametrize(
        "change",
        [
            {"effective_on": SINCE, "class": "not_exited"},
            {"effective_on": SINCE, "ended_on": SINCE, "mode": "remove"},
        ],
    )
    async def test_counts_with_the_help_of_the_day_of_payment(self, tell, change):
        story = await tell("dongan")
        somebody = await story.person("2019-09-10")
        await story.roster("2019-09-15", "registered_poor", somebody, effective_on=SINCE)
        assert await somebody.owes("2019-11-04") == 120
        await story.roster("2019-11-05", "registered_poor", somebody, **change)
        await somebody.pays(120, "2019-11-04", told_at="2019-11-06")

        assert (await somebody.state(), await somebody.suspended()) == ("paid", [])

    async def test_counts_at_the_price_of_the_day_of_payment(self, tell):
        story = await tell("dongan")
        somebody = await story.person("2020-01-20", hukou="elsewhere")
        await matched(story, 520, "2020-01-21")
        await happened(story, somebody, "hukou_moved_in", "2020-02-10", "2020-02-11")
        assert await somebody.owes("2020-03-31") == 770
        await matched(story, 550, "2020-04-01")
        await somebody.pays(770, "2020-03-31", told_at="2020-04-02")

        assert (await somebody.state(), await somebody.suspended()) == ("paid", [])


class TestAHouseholdOnOneTier:
    async def test_has_the_first_line_of_a_payment_applied_and_the_other_tier_waits(self, tell):
        story = await tell("huilong")
        one, other = await family(story, "2019-10-06", 2)
        await pays_for(story, [(one, 250), (other, 625)], "2019-10-20", "T1")

        assert await lines(story) == [("applied", None), ("suspended", "household_tier_mismatch")]
        assert (await one.state(), await other.state()) == ("paid", "assessed")

    async def test_is_named_by_the_amount_where_nobody_chose_one(self, tell):
        story = await tell("huilong")
        somebody = await story.person("2019-10-05")
        await somebody.pays(625, "2019-10-20")

        assert (await somebody.state(), await somebody.suspended()) == ("paid", [])


class TestAHouseholdThatPaysTogether:
    async def test_waits_until_it_is_whole_whatever_pays_for_it(self, tell):
        story = await tell("dongan")
        father, mother, son = await family(story, "2019-09-20", 3)
        refused = await ordered(story, [father], "2019-11-01")
        assert (refused.status_code, len(refused.json()["errors"])) == (409, 2), refused.text
        await pays_for(story, [(father, 250), (mother, 250), (son, 200)], "2019-11-04", "T1")
        assert await lines(story) == [
            ("suspended", "household_incomplete"), ("suspended", "household_incomplete"),
            ("suspended", "wrong_amount"),
        ]  # fmt: skip
        await son.pays(250, "2019-11-05", no="T2")

        assert [await one.state() for one in (father, mother, son)] == ["paid"] * 3
        assert await son.suspended() == [("already_paid", 200)]  # to be given back


class TestAnOrder:
    async def test_whose_child_is_paid_for_elsewhere_is_closed_and_doubles_nobody(self, tell):
        story = await tell("youxi")
        child, mother = await story.person("2019-09-20"), await story.person("2019-09-20")
        order = (await ordered(story, [child, mother], "2019-11-01")).json()
        await child.pays(250, "2019-11-01 10:05:00", no="T1")
        path, late = f"/v1/orders/{order['order_no']}", moment("2019-11-01 10:10:00")
        assert (await story.county.expect("collection", "GET", path, late))["state"] == "cancelled"
        paid = {"transaction_no": "T2", "order_no": order["order_no"], "amount_fen": order["amount_fen"]}
        paid |= {"paid_at": late.isoformat(), "county": "youxi", "coverage_year": 2020}
        assert (await story.county.pay(paid, late)).status_code == 202
        await story.county.settle()

        assert (await child.state(), await mother.state()) == ("paid", "paid")
        assert await child.suspended() == [("already_paid", 250)]


class TestAPartThatGoesBackToTheCard:
    async def asked(self, story, yuan, on):
        (line,) = await rows(story, "collection", "SELECT payment_id FROM payment_lines")
        wanted = {"payment_id": line.payment_id, "line_no": 1, "reason": "多缴", "amount_fen": yuan * 100}
        return await story.county.ask("subsidy", "POST", "/v1/refunds", moment(on), wanted)

    async def paid_back(self, story, somebody, yuan):
        first = await self.asked(story, yuan, "2019-11-26")
        assert first.status_code == 201, first.text
        again = await self.asked(story, yuan, "2019-11-26 10:05:00")
        assert (again.status_code, again.json()["type"]) == (409, "urn:canbao:problem:refund-waiting")
        path = f"/v1/refunds/{first.json()['refund_id']}/approve"
        second = story.token_of("second")
        await story.county.expect("subsidy", "POST", path, moment("2019-11-26"), {}, token=second)
        await somebody.gives_card("2019-11-27")
        await story.pays_out("2019-11-28")

    async def test_leaves_cover_and_nobody_owes_it_again(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-10")
        await somebody.pays(250, "2019-11-20")
        await self.paid_back(story, somebody, 1)

        assert (await somebody.state(), await somebody.owes("2019-11-29")) == ("paid", 0)
        assert await lines(story) == [("applied", None)]
        await somebody.pays(250, "2019-11-30")
        assert await somebody.suspended() == [("already_paid", 250)]

    async def test_leaves_the_rest_of_what_waits_to_be_applied(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-10")
        await somebody.pays(400, "2019-11-20")
        await self.paid_back(story, somebody, 150)
        (line,) = (await story.county.expect("collection", "GET", "/v1/suspense", moment("2019-11-30")))[
            "items"
        ]
        assert line["amount_fen"] == 25_000
        path = f"/v1/suspense/{line['payment_id']}/{line['line_no']}/apply"
        person = {"person_id": (await somebody.due("2019-11-30"))["person_id"]}
        await story.county.expect("collection", "POST", path, moment("2019-11-30"), person)
        await story.county.settle()

        assert (await somebody.state(), await somebody.owes("2019-12-01")) == ("paid", 0)


class TestADoublePayment:
    async def test_that_its_channel_gave_back_itself_is_not_given_back_to_the_card(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-10")
        await somebody.pays(250, "2019-11-20", no="T1")
        await somebody.pays(250, "2019-11-21", no="T2")
        await somebody.gives_card("2019-11-22")
        await given_back(story, "T2", 250, "2019-11-25")

        (case,) = (await story.county.expect("subsidy", "GET", "/v1/refunds", moment("2019-11-26")))["items"]
        path, second = f"/v1/refunds/{case['refund_id']}/approve", story.token_of("second")
        late = await story.county.ask("subsidy", "POST", path, moment("2019-11-26"), {}, token=second)
        assert (case["state"], late.status_code) == ("superseded", 409)
        assert (await somebody.state(), await somebody.payouts()) == ("paid", [])


class TestAContribution:
    async def test_goes_back_only_where_the_notice_says_so_or_as_an_exception(self, tell):
        story = await tell("dongan")
        somebody = await story.person("2019-09-20")
        await somebody.pays(250, "2019-11-04")
        (line,) = await rows(story, "collection", "SELECT payment_id FROM payment_lines")
        wanted = {"payment_id": line.payment_id, "line_no": 1, "reason": "不想参保了"}
        refused = await story.county.ask("subsidy", "POST", "/v1/refunds", moment("2019-11-10"), wanted)
        assert refused.status_code == 409 and refused.json()["clause"], refused.text
        await somebody.gives_card("2019-11-10")
        await asks_back(story, "2019-11-11")
        await story.pays_out("2019-11-12")

        assert (await somebody.state(), await somebody.owes("2019-11-13")) == ("assessed", 250)
