"""Money that goes back to the card, and the help that comes instead of it."""

import pytest

from tests.integration.stories.conftest import moment
from tests.integration.stories.test_money import POOR, books, given_back
from tests.integration.stories.test_people import rows


async def asks_back(story, on, payment_id=None):
    """All that was paid is to go back to the card: requested by one person, approved by another."""
    if payment_id is None:
        (line,) = await rows(story, "collection", "SELECT payment_id FROM payment_lines")
        payment_id = line.payment_id
    wanted = {"payment_id": payment_id, "line_no": 1, "reason": "改由政府资助", "exceptional": True}
    refund = await story.county.expect("subsidy", "POST", "/v1/refunds", moment(on), wanted)
    approve = f"/v1/refunds/{refund['refund_id']}/approve"
    await story.county.expect("subsidy", "POST", approve, moment(on), {}, token=story.token_of("second"))
    await story.county.settle()


class TestWhoWouldBeExemptByNow:
    @pytest.fixture
    async def approved(self, tell):
        """Somebody of Songming paid, was listed a month later, and is to get the money back."""
        story = await tell("songming")
        somebody = await story.person("2017-10-09")
        await somebody.pays(180, "2017-10-20")
        await story.roster("2017-11-20", "dibao", somebody, effective_on="2017-11-01")
        await somebody.gives_card("2017-11-21")
        await asks_back(story, "2018-02-20")
        return story, somebody

    async def test_is_counted_once_and_helped_when_the_own_money_has_gone(self, approved):
        story, somebody = approved
        assert (await somebody.state(), await somebody.helped()) == ("paid", [])
        assert await story.closes("concentrated", "2017-11-11") == [("residents", 180)]
        assert await story.closes("main", "2018-03-01") == [("residents", 180)]
        await story.pays_out("2018-03-10")

        assert (await somebody.state(), await somebody.due_state()) == ("exempt", "exempt")
        ((payer, yuan),) = await somebody.helped()
        assert yuan == 180
        assert await story.closes("closing", "2019-04-01") == [(payer, 180), ("residents", -180)]

    async def test_stays_helped_when_the_money_comes_back(self, approved):
        story, somebody = approved
        batch = await story.pays_out("2018-03-10")
        helped = await somebody.helped()
        await story.bank_says(batch, "returned", "2018-03-20")

        assert (await somebody.state(), await somebody.helped()) == ("exempt", helped)
        assert await somebody.suspended() == [("refund_returned", 180)]


class TestAPartThatAChannelGivesBack:
    @pytest.fixture
    async def helped(self, tell):
        """Somebody of Huining paid 280, of which 200 are on the card."""
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        await story.roster("2020-09-10", "registered_poor", somebody, **POOR)
        await somebody.gives_card("2020-09-11")
        await somebody.pays(280, "2020-10-01", no="T1")
        return story, somebody

    async def test_of_help_on_the_card_leaves_the_rest_to_be_recovered(self, helped):
        story, somebody = helped
        await story.pays_out("2020-12-11")
        await given_back(story, "T1", 100, "2020-12-12")

        assert await somebody.state() == "paid"
        (case,) = await story.cases("subsidy")
        assert (case["kind"], case["amount_fen"], case["proposed"]) == ("part_recovery", 2_000, "recovered")
        assert (case["county"], case["division_code"]) == ("huining", "620422101201")
        assert case["person_id"] is not None
        assert (case["evidence"]["left_fen"], case["evidence"]["given_fen"]) == (20_000, 18_000)
        await story.decide("subsidy", case, "recovered", "2020-12-20")
        assert await story.cases("subsidy") == []
        found = await books(story)
        assert (found["payer:county_finance"], found["cards"]) == (-180, 180)
        assert "payouts" not in found

    @pytest.mark.parametrize("goes_back", [100, 280])
    async def test_and_given_back_is_owed_where_the_bank_returns_the_help_too(self, helped, goes_back):
        story, somebody = helped
        batch = await story.pays_out("2020-12-11")
        await given_back(story, "T1", goes_back, "2020-12-12")
        (case,) = await story.cases("subsidy")
        await story.decide("subsidy", case, "recovered", "2020-12-20")
        await story.bank_says(batch, "returned", "2020-12-28")

        (case,) = await story.cases("subsidy")
        assert (case["kind"], case["proposed"]) == ("owed_back", "repaid")
        assert (
            case["amount_fen"] == case["evidence"]["given_back_fen"] == {100: 2_000, 280: 20_000}[goes_back]
        )
        await story.decide("subsidy", case, "repaid", "2020-12-29")
        assert await story.cases("subsidy") == []
        if goes_back == 100:  # the rest of the help goes to another card, and no more is asked about it
            await somebody.gives_card("2021-01-04", account="6221550000000000019")
            again = await story.pays_out("2021-01-05")
            assert (await somebody.payouts())[-1] == ("paid", 180)
            await story.bank_says(again, "returned", "2021-01-08")
            assert await story.cases("subsidy") == []

    async def test_that_was_given_up_is_asked_again_for_what_comes_on_top(self, helped):
        story, _ = helped
        await story.pays_out("2020-12-11")
        await given_back(story, "T1", 100, "2020-12-12")
        (case,) = await story.cases("subsidy")
        await story.decide("subsidy", case, "given_up", "2020-12-20")
        await given_back(story, "T1", 30, "2020-12-21", return_no="R2")

        (case,) = await story.cases("subsidy")
        assert (case["kind"], case["amount_fen"]) == ("part_recovery", 3_000)

    async def test_and_then_the_rest_leaves_one_case_of_all(self, helped):
        story, _ = helped
        await story.pays_out("2020-12-11")
        await given_back(story, "T1", 100, "2020-12-12")
        (case,) = await story.cases("subsidy")
        await story.decide("subsidy", case, "recovered", "2020-12-20")
        await given_back(story, "T1", 180, "2020-12-21", return_no="R2")

        (case,) = await story.cases("subsidy")
        assert (case["kind"], case["amount_fen"]) == ("recovery", 18_000)
        await story.decide("subsidy", case, "recovered", "2020-12-22")
        # The help is back, and nobody holds anything; what finance was asked for is on record as asked for.
        asked = {"request:county_finance": -200, "awaited:county_finance": 200}
        assert await books(story) == asked

    async def test_before_help_has_left_lessens_it(self, helped):
        story, somebody = helped
        await given_back(story, "T1", 100, "2020-12-01")
        assert await somebody.helped() == [("county_finance", 180)]
        assert await story.cases("subsidy") == []
