"""Money that came before the person was registered, and doubts that nobody has decided yet."""

import pytest

from tests.integration.registration.builders import number
from tests.integration.stories.conftest import Somebody, moment
from tests.integration.stories.test_money import given_back

#: What a roster brings that was typed after the payment, by the notice's rule for that.
HELPED = {"youxi": [("county_finance", 250)], "dongan": [("county_finance", 130)]}


class TestMoneyFromBeforeRegistration:
    async def test_counts_although_a_roster_that_came_after_it_exempts(self, tell):
        story = await tell("youxi")
        somebody = Somebody(story, number())
        await somebody.pays(250, "2020-05-12")
        await story.roster(
            "2020-06-30", "medical_assistance_2", somebody, effective_on="2018-10-29", listed_on="2020-06-23"
        )
        await story.person("2020-07-21", number=somebody.number)

        assert (await somebody.state(), await somebody.due_state()) == ("paid", "paid")
        assert await somebody.suspended() == []

    @pytest.mark.parametrize("registered", ["2019-09-11", "2019-10-20"])
    @pytest.mark.parametrize(("code", "status"), [("youxi", "disabled"), ("dongan", "registered_poor")])
    async def test_is_judged_by_what_was_known_then_as_of_who_was_registered(
        self, tell, code, status, registered
    ):
        """The roster counts from a day before the payment, and was typed after it."""
        story = await tell(code)
        somebody = Somebody(story, number())
        if registered < "2019-09-15":
            await story.person(registered, number=somebody.number)
        await somebody.pays(250, "2019-09-25")
        await story.roster("2019-09-26", status, somebody, effective_on="2018-10-29", listed_on="2019-09-20")
        if registered > "2019-09-15":
            assert await somebody.suspended() == [("unknown_person", 250)]
            await story.person(registered, number=somebody.number)

        assert (await somebody.state(), await somebody.due_state()) == ("paid", "paid")
        assert await somebody.suspended() == []
        assert await somebody.helped() == HELPED[code]


class TestADoubtOfBeforeCoverBegan:
    async def test_is_still_open_when_a_roster_comes_after_cover_began(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        rural = {"effective_on": "2016-01-01", "class": "rural-1"}
        await story.roster("2020-09-01", "dibao", somebody, **rural)
        row = {"id_number": somebody.number, "kind": "employee_insurance_began", "on": "2020-12-01"}
        await story.county.expect(
            "registration", "POST", "/v1/life-events", moment("2020-12-01"), {"rows": [row]}
        )
        await story.county.settle()
        await story.roster("2021-01-18", "tekun", somebody, effective_on="2021-01-18")

        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["employee_insured"]


class TestAnExemptionInTheMonthOfTheNewlyPoorOfHuining:
    async def test_is_doubted_when_the_poverty_turns_out_not_to_be_new(self, tell):
        """No window was open, then; a list that says more of another status takes that doubt not away."""
        story = await tell("huining")
        somebody = await story.person("2020-09-19")
        await story.roster("2020-11-22", "registered_poor", somebody, effective_on="2020-11-22")
        full = {"effective_on": "2020-12-18", "class": "urban-full"}
        await story.roster("2020-12-18", "dibao", somebody, **full)
        assert (await somebody.state(), await story.cases("registration")) == ("exempt", [])
        await story.roster("2021-01-07", "registered_poor", somebody, effective_on="2019-10-30")

        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["never_entitled"]
        assert case["evidence"]["withdraw"]["help_taken_back_fen"] == 28_000
        await story.decide("registration", case, "keep", "2021-01-08")
        assert (await somebody.state(), await story.cases("registration")) == ("exempt", [])


class TestAStatusThatEndedInTheMainWindowOfYouxi:
    async def test_raises_no_doubt_when_it_held_again_at_registration(self, tell):
        story = await tell("youxi")
        somebody = Somebody(story, number())
        assistance = "medical_assistance_1"
        await story.roster("2019-08-19", assistance, somebody, effective_on="2019-08-19")
        await story.roster("2019-10-01", assistance, somebody, mode="remove", effective_on="2019-10-01")
        await story.roster("2019-12-01", assistance, somebody, effective_on="2019-12-01")
        await story.person("2020-07-02", number=somebody.number)
        await story.roster("2020-07-10", "medical_assistance_2", somebody, effective_on="2020-07-10")

        assert (await somebody.state(), await story.cases("registration")) == ("exempt", [])


class TestMoneyOfTheDead:
    async def test_that_goes_back_outside_leaves_nobody_who_owes(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-11")
        paid = await somebody.pays(280, "2020-11-04")
        row = {"id_number": somebody.number, "kind": "died", "on": "2020-11-15"}
        await story.county.expect(
            "registration", "POST", "/v1/life-events", moment("2020-11-15"), {"rows": [row]}
        )
        await story.county.settle()
        back = {"transaction_no": paid, "return_no": f"R{paid}", "amount_fen": 28_000}
        at = moment("2020-12-01")
        await story.county.tell("payment.refunded", back | {"returned_at": at.isoformat()}, at)
        await story.county.settle()

        assert (await somebody.state(), await somebody.due_state()) == ("cancelled", "cancelled")
        assert await story.cases("registration") == []

    async def test_and_who_is_still_on_the_list_of_the_household_is_not_enrolled_again(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-11")
        row = {"id_number": somebody.number, "kind": "died", "on": "2020-10-15"}
        await story.county.expect(
            "registration", "POST", "/v1/life-events", moment("2020-10-15"), {"rows": [row]}
        )
        await story.county.settle()
        await story.person("2020-11-01", number=somebody.number, household=somebody.household)

        assert (await somebody.state(), await somebody.owes("2020-11-05")) == ("cancelled", 0)


class TestMoneyToldAfterSomebodyBecameEmployed:
    async def test_gives_cover_by_what_was_known_when_it_was_paid_and_a_doubt_by_what_is_known_now(
        self, tell
    ):
        story = await tell("huining")
        somebody = await story.person("2020-09-13")
        row = {"id_number": somebody.number, "kind": "employee_insurance_began", "on": "2020-11-10"}
        await story.county.expect(
            "registration", "POST", "/v1/life-events", moment("2020-12-10"), {"rows": [row]}
        )
        await story.county.settle()
        await somebody.pays(280, "2020-12-08", told_at="2021-01-01")

        enrollment = await somebody.enrollment()
        assert enrollment["state"] == "paid"
        assert (enrollment["benefit_from"], enrollment["benefit_to"]) == ("2021-01-01", "2021-12-31")
        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["employee_insured"]


class TestARosterThatComesAfterSomebodyPaidAndBecameEmployed:
    async def test_still_brings_what_the_notice_grants_after_payment(self, tell):
        """The enrollment stands, and so does the help that belongs to it."""
        story = await tell("youxi")
        somebody = await story.person("2019-09-10")
        await somebody.pays(250, "2019-10-08")
        row = {"id_number": somebody.number, "kind": "employee_insurance_began", "on": "2020-02-03"}
        await story.county.expect(
            "registration", "POST", "/v1/life-events", moment("2020-02-10"), {"rows": [row]}
        )
        await story.county.settle()
        await story.roster("2020-03-05", "medical_assistance_1", somebody, effective_on="2019-09-01")

        assert (await somebody.state(), await somebody.helped()) == ("paid", [("medical_assistance", 250)])
        assert await story.cases("registration") == []

        await story.roster("2020-04-05", "medical_assistance_1", somebody, effective_on="2019-09-01")
        assert await somebody.helped() == [("medical_assistance", 250)]


class TestASecondPaymentOfWhoWasExemptThen:
    async def test_counts_for_nobody_who_became_employed_before_the_first_went_back(self, tell):
        """It came while nothing was owed, and by now it may not be paid: nothing says what it would buy."""
        story = await tell("songming")
        somebody = await story.person("2017-10-22")
        await story.roster(
            "2017-11-13", "orphan", somebody, effective_on="2017-11-06", listed_on="2017-11-06"
        )
        await story.roster("2017-12-12", "orphan", somebody, ended_on="2017-12-12", mode="remove")
        await somebody.pays(180, "2017-12-31")
        row = {"id_number": somebody.number, "kind": "employee_insurance_began", "on": "2018-02-02"}
        await story.county.expect(
            "registration", "POST", "/v1/life-events", moment("2018-02-03"), {"rows": [row]}
        )
        await story.county.settle()
        first = await somebody.pays(180, "2017-10-09", told_at="2018-02-12")
        assert (await somebody.state(), await somebody.suspended()) == ("paid", [("already_paid", 180)])
        await given_back(story, first, 180, "2018-02-21")

        assert (await somebody.state(), await somebody.suspended()) == ("assessed", [("not_payable", 180)])
