"""The same facts in another order, and words that are taken back after an officer decided on them."""

import pytest

SINCE = "2016-01-01"
NEVER = {"effective_on": SINCE, "ended_on": SINCE}


class TestHelpOfAPoorPersonOfHuining:
    @pytest.mark.parametrize("told", ["2020-11-04", "2020-11-06"])
    async def test_is_doubted_whenever_the_money_is_told(self, tell, told):
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        await story.roster("2020-09-10", "registered_poor", somebody, effective_on=SINCE)
        if told == "2020-11-04":
            await somebody.pays(280, "2020-11-04")
        await story.roster("2020-11-05", "registered_poor", somebody, mode="remove", **NEVER)
        if told != "2020-11-04":
            await somebody.pays(280, "2020-11-04", told_at=told)

        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["never_entitled"]
        assert [state for state, _ in await somebody.payouts()] == ["held"]


class TestAnExemptionThatAnOfficerWithdrew:
    async def test_stands_again_when_the_status_was_struck_by_mistake(self, tell):
        struck, again = "2020-11-15", "2020-11-16"
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        rural = {"effective_on": SINCE, "class": "rural-1"}
        await story.roster("2020-09-01", "dibao", somebody, **rural)
        await story.roster(struck, "dibao", somebody, mode="remove", **NEVER)
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "withdraw", struck)
        assert await somebody.helped() == []
        await story.roster(again, "dibao", somebody, **rural)

        assert (await somebody.state(), await somebody.due_state()) == ("exempt", "exempt")
        assert await somebody.helped() == [("county_finance", 280)]
        await somebody.pays(280, "2020-11-20", told_at="2020-12-20")
        assert await somebody.suspended() == [("already_exempt", 280)]
