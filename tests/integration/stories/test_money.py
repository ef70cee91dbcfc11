"""Money that comes in parts, and what happens to help and cover when a part goes back."""

import pytest

from libs.common.policy import Notices, load_notice_bytes, policies_dir
from tests.integration.stories.conftest import moment

POOR = {"effective_on": "2020-06-01", "class": "not_exited"}


async def in_two_parts(story):
    """Somebody who owes 280 yuan, of which 200 go back to the card, and paid 180 and 100."""
    somebody = await story.person("2020-09-05")
    await story.roster("2020-09-10", "registered_poor", somebody, **POOR)
    await somebody.pays(180, "2020-10-01", no="T1")
    await somebody.pays(100, "2020-10-02", no="T2")
    return somebody


async def together(story, on="2020-10-03"):
    (case,) = [one for one in await story.cases("collection", on) if one["kind"] == "split_payment"]
    await story.decide("collection", case, "apply_together", on)
    await story.county.settle()


async def given_back(story, no, yuan, on, *, return_no=None):
    """The channel gives a payment back itself."""
    at = moment(on)
    data = {"transaction_no": no, "return_no": return_no or f"R{no}", "amount_fen": yuan * 100}
    answer = await story.county.tell("payment.refunded", data | {"returned_at": at.isoformat()}, at)
    assert answer.status_code in (200, 202), answer.text
    await story.county.settle()


async def books(story, on="2021-01-15"):
    """Balances in yuan, without zeros."""
    path = f"/v1/accounts?county={story.code}&coverage_year={story.year}"
    found = await story.county.expect("ledger", "GET", path, moment(on))
    return {row["account"]: row["balance_fen"] / 100 for row in found["items"] if row["balance_fen"]}


class TestAnAddOn:
    async def test_is_its_payees_and_handed_over_however_it_was_bought(self, tell):
        story = await tell("youxi")
        together = await story.person("2019-09-20", add_ons=["accident"])
        apart = await story.person("2019-09-20")
        await together.pays(280, "2019-10-01")
        await apart.pays(250, "2019-10-02")
        await apart.pays(30, "2019-10-03")

        found = await books(story, "2019-12-01")
        assert (found["add_on:china_life"], found.get("add_on")) == (60, None)
        movement = {
            "county": "youxi", "coverage_year": 2020, "kind": "add_on_handover", "payee": "china_life",
            "channel": "tax", "reference": "C1", "business_at": moment("2019-12-01").isoformat(),
        }  # fmt: skip
        await story.county.expect("ledger", "POST", "/v1/movements", moment("2019-12-01"), movement)
        found = await books(story, "2019-12-02")
        assert (found["payee:china_life"], found.get("add_on:china_life")) == (60, None)
        assert found["clearing:tax"] == 500


CARE = (
    "add_ons:\n  - {code: care, clause: 三, label: {zh: 长护险, en: care insurance}, price: 40元, "
    "payee: care_fund, inside_price: true, when: {age: {min: 18}}}\n"
)


class TestAnAddOnInsideThePrice:
    @pytest.fixture
    def notices(self):
        """Youxi's notice, as if 40 of the 250 yuan were care insurance for adults."""
        text = (policies_dir() / "youxi" / "2020.yaml").read_text(encoding="utf-8")
        return Notices([load_notice_bytes(text.replace("add_ons:\n", CARE, 1).encode(), "youxi/2020.yaml")])

    async def test_is_paid_with_it_by_everybody_whom_it_is_for_and_posted_apart(self, tell):
        story = await tell("youxi")
        adult, child = await story.person("2019-09-20"), await story.person("2019-09-20", born="2010-05-01")
        due = await adult.due("2019-10-01")
        assert due["payable_fen"] == 25000
        await adult.pays(250, "2019-10-01")
        await child.pays(250, "2019-10-01")

        found = await books(story, "2019-12-01")
        assert (found["add_on:care_fund"], found["clearing:tax"]) == (40, 500)

    async def test_cannot_be_left_out_and_others_may_be_chosen_beside_it(self, tell):
        story = await tell("youxi")
        short, more = await story.person("2019-09-20"), await story.person("2019-09-20", add_ons=["accident"])
        later = await story.person("2019-09-20")
        await short.pays(210, "2019-10-01")
        await more.pays(280, "2019-10-01")
        await later.pays(250, "2019-10-01")
        await later.pays(30, "2019-10-02")

        assert [await one.state() for one in (short, more, later)] == ["assessed", "paid", "paid"]
        found = await books(story, "2019-12-01")
        assert (found["add_on:care_fund"], found["add_on:china_life"]) == (80, 60)


class TestAnOrderForAFamily:
    async def test_is_closed_when_a_roster_exempts_one_and_pays_the_other_all_the_same(self, tell):
        story = await tell("youxi")
        child, mother = await story.person("2019-09-20"), await story.person("2019-09-20")
        people = [(await one.due("2019-10-01"))["person_id"] for one in (child, mother)]
        wanted = {"county": "youxi", "coverage_year": 2020, "person_ids": people, "channel": "tax"}
        ask, opened, typed = story.county.expect, moment("2019-11-01"), moment("2019-11-01 10:05:00")
        order = await ask("collection", "POST", "/v1/orders", opened, wanted)
        await story.roster(
            "2019-11-01 10:05:00",
            "medical_assistance_1",
            child,
            effective_on="2019-11-01",
            listed_on="2019-11-01",
        )

        found = await ask("collection", "GET", f"/v1/orders/{order['order_no']}", typed)
        assert (found["state"], found["close_reason"]) == ("cancelled", "member_exempt")
        late = {"transaction_no": "T1", "order_no": order["order_no"], "amount_fen": order["amount_fen"]}
        late |= {
            "paid_at": moment("2019-11-01 10:10:00").isoformat(),
            "county": "youxi",
            "coverage_year": 2020,
        }
        answer = await story.county.pay(late, moment("2019-11-01 10:10:00"))
        assert answer.status_code == 202, answer.text
        await story.county.settle()
        assert (await child.state(), await mother.state()) == ("exempt", "paid")
        assert await child.suspended() == [("already_exempt", 250)]


class TestASecondPayment:
    async def test_brings_its_own_help_and_not_what_was_promised_of_the_first_one(self, tell):
        """No doubt is raised because the first one's help, which went with it, is no longer due on top."""
        story = await tell("huining")
        somebody = await story.person("2020-09-02")
        first = await somebody.pays(280, "2020-09-05")
        await story.roster("2020-09-10", "registered_poor", somebody, effective_on="2016-01-01")
        await somebody.pays(280, "2020-09-21")
        exited = {"effective_on": "2020-11-20", "class": "exited"}
        await story.roster("2020-11-20", "registered_poor", somebody, **exited)
        assert await somebody.helped() == [("county_finance", 200)]
        await given_back(story, first, 280, "2020-12-12")

        assert (await somebody.state(), await somebody.helped()) == ("paid", [("county_finance", 200)])
        assert await story.cases("registration") == []

    async def test_counts_when_the_first_one_goes_back_whole(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        await story.roster("2020-09-10", "registered_poor", somebody, **POOR)
        for no in ("T1", "T2", "T3"):
            await somebody.pays(280, f"2020-10-0{no[1]}", no=no)
        assert await somebody.suspended() == [("already_paid", 280)] * 2
        await given_back(story, "T1", 280, "2020-10-10")

        enrollment = await somebody.enrollment()
        assert (enrollment["state"], enrollment["paid_fen"]) == ("paid", 28_000)
        assert await somebody.helped() == [("county_finance", 200)]
        assert await somebody.suspended() == [("already_paid", 280)]
        found = await story.county.expect("subsidy", "GET", "/v1/refunds", moment("2021-01-15"))
        assert [one["state"] for one in found["items"]] == ["superseded", "requested"]
        assert await story.cases("collection") == []
        assert (await books(story))["clearing:tax"] == 560

        await given_back(story, "T2", 280, "2020-10-11")
        assert (await somebody.state(), await somebody.suspended()) == ("paid", [])
        await given_back(story, "T3", 280, "2020-10-12")
        assert (await somebody.state(), await somebody.helped()) == ("assessed", [])
        assert "clearing:tax" not in await books(story)


class TestAPartThatGoesBack:
    async def test_leaves_help_of_no_more_than_the_rest(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        await story.roster("2020-09-10", "registered_poor", somebody, **POOR)
        await somebody.pays(280, "2020-10-05", no="T1")
        await given_back(story, "T1", 100, "2020-10-10")

        assert (await somebody.state(), await somebody.helped()) == ("paid", [("county_finance", 180)])


class TestAContributionInTwoParts:
    async def test_completes_the_enrollment_with_the_help_of_one_payment(self, tell):
        story = await tell("huining")
        somebody = await in_two_parts(story)
        assert await somebody.state() == "assessed"
        await together(story)

        enrollment = await somebody.enrollment()
        assert (enrollment["state"], enrollment["paid_fen"]) == ("paid", 28_000)
        assert await somebody.helped() == [("county_finance", 200)]
        assert (await books(story))["clearing:tax"] == 280

    async def test_is_none_any_more_when_one_part_goes_back(self, tell):
        for no, yuan, left in (("T1", 180, 100), ("T2", 100, 180)):
            story = await tell("huining")
            somebody = await in_two_parts(story)
            await together(story)
            await given_back(story, no, yuan, "2020-10-10")

            assert await somebody.state() == "assessed"
            assert await somebody.helped() == []
            assert await somebody.suspended() == [("wrong_amount", left)]
            found = await books(story)
            assert (found["clearing:tax"], found["suspense"]) == (left, left)

    async def test_may_come_in_three(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        await story.roster("2020-09-10", "registered_poor", somebody, **POOR)
        for no, yuan in (("T1", 100), ("T2", 100), ("T3", 80)):
            await somebody.pays(yuan, f"2020-10-0{no[1]}", no=no)
        await together(story, "2020-10-05")

        enrollment = await somebody.enrollment()
        assert (enrollment["state"], enrollment["paid_fen"]) == ("paid", 28_000)
        assert await somebody.helped() == [("county_finance", 200)]
        assert (await books(story))["clearing:tax"] == 280
        await given_back(story, "T2", 100, "2020-10-10")
        assert (await somebody.state(), await somebody.helped()) == ("assessed", [])
        assert await somebody.suspended() == [("wrong_amount", 100), ("wrong_amount", 80)]

    async def test_can_be_made_whole_again_by_another_payment(self, tell):
        story = await tell("huining")
        somebody = await in_two_parts(story)
        await together(story)
        await given_back(story, "T2", 100, "2020-10-10")
        await somebody.pays(100, "2020-10-11", no="T3")
        await together(story, "2020-10-12")
        assert await story.cases("collection") == []

        enrollment = await somebody.enrollment()
        assert (enrollment["state"], enrollment["paid_fen"]) == ("paid", 28_000)
        assert await somebody.helped() == [("county_finance", 200)]
        assert await somebody.suspended() == []
        found = await books(story)
        assert (found["clearing:tax"], found.get("suspense")) == (280, None)
