"""Help that comes after a payment: it does not hang on the hour of typing, and is doubted like all other."""

import pytest

from tests.integration.stories.conftest import moment

SINCE = "2016-01-01"
NEVER = {"effective_on": SINCE, "ended_on": SINCE}


class TestLateHelpInHuining:
    @pytest.fixture
    async def poor(self, tell):
        """Somebody who paid 280, and was listed as poor later."""
        story = await tell("huining")
        somebody = await story.person("2020-09-10")
        await somebody.pays(280, "2020-10-05")
        await story.roster("2020-11-20", "registered_poor", somebody, effective_on=SINCE)
        assert await somebody.helped() == [("county_finance", 200)]
        return story, somebody

    async def test_is_held_when_the_person_was_never_poor_and_goes_by_an_officers_word(self, poor):
        story, somebody = poor
        await somebody.gives_card("2020-11-25")
        await story.roster("2020-12-01", "registered_poor", somebody, mode="remove", **NEVER)

        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["never_entitled"]
        assert case["evidence"]["withdraw"]["help_taken_back_fen"] == 20_000
        assert ([s for s, _ in await somebody.payouts()], len(await somebody.helped())) == (["held"], 1)
        await story.decide("registration", case, "withdraw", "2020-12-02")
        assert ([s for s, _ in await somebody.payouts()], await somebody.helped()) == (["cancelled"], [])
        assert await story.cases("registration") == []

    async def test_is_recovered_when_it_is_on_the_card(self, poor):
        story, somebody = poor
        await somebody.gives_card("2020-11-25")
        await story.pays_out("2020-12-11")
        await story.roster("2020-12-12", "registered_poor", somebody, mode="remove", **NEVER)
        (case,) = await story.cases("registration")
        assert await story.cases("subsidy") == []
        await story.decide("registration", case, "withdraw", "2020-12-13")

        (recovery,) = await story.cases("subsidy")
        assert (recovery["kind"], recovery["amount_fen"]) == ("recovery", 20_000)

    async def test_that_was_struck_by_mistake_is_given_again(self, poor):
        story, somebody = poor
        await story.roster("2020-12-01", "registered_poor", somebody, mode="remove", **NEVER)
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "withdraw", "2020-12-02")
        await story.roster("2020-12-04", "registered_poor", somebody, effective_on=SINCE)

        assert await somebody.helped() == [("county_finance", 200)]

    async def test_stands_when_the_status_ends_later(self, poor):
        story, somebody = poor
        await story.roster(
            "2020-12-20", "registered_poor", somebody, mode="remove", effective_on="2020-12-20"
        )

        assert (await somebody.helped(), await story.cases("registration")) == ([("county_finance", 200)], [])

    async def test_that_the_bank_paid_after_all_is_not_recovered_because_another_status_gives_it_now(
        self, tell
    ):
        story = await tell("huining")
        somebody = await story.person("2020-09-01")
        await somebody.pays(280, "2020-09-01")
        await story.roster("2020-09-21", "dibao", somebody, effective_on="2020-09-21", **{"class": "rural-3"})
        await somebody.gives_card("2020-10-04")
        first = await story.sends("2020-10-22")
        await story.roster("2020-12-12", "tekun", somebody, effective_on="2020-12-10")
        await story.sends("2020-12-15")
        await story.bank_says(first, "failed", "2020-12-23")
        assert sorted(await somebody.payouts()) == [("needs_card", 200), ("sent", 80)]

        await story.bank_says(first, "paid", "2021-02-18")

        assert sorted(await somebody.payouts()) == [("paid", 200), ("sent", 80)]
        assert sorted(await somebody.helped()) == [("county_finance", 80), ("county_finance", 200)]
        assert await story.cases("subsidy") == []

    async def test_is_held_when_the_person_serves(self, poor):
        story, somebody = poor
        person_id = (await somebody._rows("registration", "SELECT id FROM persons"))[0].id
        await story.county.expect(
            "registration", "PATCH", f"/v1/persons/{person_id}", moment("2020-12-15"),
            {"service": {"kind": "military"}},
        )  # fmt: skip
        await story.county.settle()

        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["in_service"]
        told = case["evidence"]["withdraw"]
        assert told["own_money_to_give_back_fen"] == 28_000
        assert told["less_help_on_the_card_up_to_fen"] == 20_000
        assert [state for state, _ in await somebody.payouts()] == ["held"]


class TestLateHelpInYouxi:
    async def test_that_is_cancelled_in_the_main_window_is_a_case(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-09-10")
        await somebody.pays(250, "2019-10-05")
        await story.roster("2019-10-20", "medical_assistance_1", somebody, effective_on="2015-01-01")
        assert await somebody.helped() == [("medical_assistance", 250)]
        await story.roster(
            "2019-11-20", "medical_assistance_1", somebody, mode="remove", effective_on="2019-11-20"
        )

        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["status_cancelled"]


class TestTheHourOfTyping:
    async def test_of_an_identification_after_the_payment_matters_not(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-10")
        await somebody.pays(280, "2021-02-20")
        await story.roster("2021-02-25", "registered_poor", somebody, effective_on="2021-02-10")

        assert (await somebody.state(), await somebody.helped()) == ("paid", [("county_finance", 200)])

    async def test_of_an_older_class_after_a_payment_matters_not(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        second = {"effective_on": "2020-11-01", "class": "rural-2"}
        await story.roster("2020-11-01", "dibao", somebody, **second)
        await somebody.pays(280, "2020-11-02")
        assert sum(yuan for _, yuan in await somebody.helped()) == 200
        first = {"effective_on": SINCE, "class": "rural-1", "listed_on": "2020-09-01"}
        await story.roster("2020-11-03", "dibao", somebody, **first)

        assert sum(yuan for _, yuan in await somebody.helped()) == 280


class TestAClassThatIsCorrectedFromTheBeginning:
    async def test_says_how_much_help_goes_and_never_all_of_it(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        await story.roster("2020-09-01", "dibao", somebody, effective_on=SINCE, **{"class": "rural-1"})
        await story.roster("2020-11-15", "dibao", somebody, effective_on=SINCE, **{"class": "rural-2"})

        assert await somebody.state() == "exempt"
        (case,) = await story.cases("registration")
        assert case["evidence"]["withdraw"]["help_taken_back_fen"] == case["amount_fen"] == 8_000


class TestWhoTurnsOutToHavePaidBefore:
    async def test_is_not_counted_as_exempt_in_the_months_before(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        await story.roster("2020-09-10", "dibao", somebody, effective_on="2016-01-01", **{"class": "rural-1"})
        assert await somebody.state() == "exempt"
        await somebody.pays(280, "2020-09-07", told_at="2020-10-20")
        assert await somebody.state() == "paid"

        assert await story.closes("monthly-2020-09", "2020-10-25") == [("residents", 280)]
        assert await story.closes("monthly-2020-10", "2020-11-05") == []
