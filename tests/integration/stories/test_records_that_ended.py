"""Two records of one person of which one had ended, by death or by an officer, and money for either."""

import pytest

from tests.integration.registration.builders import number
from tests.integration.stories.conftest import Somebody, moment
from tests.integration.stories.test_merges import enrollment, ids, merge, two_records
from tests.integration.stories.test_people import adult, certificate, family, lines, pay
from tests.integration.stories.test_what_comes_back import heads
from tests.integration.stories.test_who_somebody_is import happens


class TestWhoDiedUnderOneNumber:
    """What nobody had paid is not owed any more; what is paid is a question for the bureau."""

    @pytest.mark.parametrize("in_the_path", ["the dead", "the other"])
    async def test_owes_nothing_under_the_other_one(self, tell, in_the_path):
        story = await tell("youxi")
        dead, other = await two_records(story)
        older, newer = await ids(story)
        await happens(story, Somebody(story, dead), "died", "2019-10-05")
        chosen = (older, newer) if in_the_path == "the dead" else (newer, older)
        await merge(story, *chosen, "2019-10-20")

        stands = await enrollment(story, older)
        assert (stands["state"], stands["cancel_reason"]) == ("cancelled", "died")
        for day, id_number in enumerate((dead, other), start=21):
            await pay(story, id_number, "李四", 250, f"2019-10-{day}", f"T{day}")
        assert await lines(story) == [("suspended", "not_payable")] * 2

    async def test_is_asked_about_where_the_other_one_was_paid(self, tell):
        story = await tell("youxi")
        dead, other = await two_records(story)
        older, newer = await ids(story)
        await pay(story, other, "李四", 250, "2019-10-04", "T1")
        await happens(story, Somebody(story, dead), "died", "2019-10-05")
        await merge(story, newer, older, "2019-10-20")

        assert (await enrollment(story, older))["state"] == "paid"
        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["died"]

    @pytest.mark.parametrize("told", ["2019-10-19", "2019-10-22"])
    async def test_paid_in_time_under_either_number_and_it_waits_for_the_same_reason(self, tell, told):
        story = await tell("youxi")
        dead, other = await two_records(story)
        older, newer = await ids(story)
        await happens(story, Somebody(story, dead), "died", "2019-10-05")
        for place, id_number in enumerate((dead, other)):
            await pay(story, id_number, "李四", 770, "2019-10-04", f"T{place}", told=told)
        await merge(story, older, newer, "2019-10-20")

        assert await lines(story) == [("suspended", "wrong_amount")] * 2


class TestCoverThatAnOfficerEnded:
    async def test_stays_ended_where_the_other_record_is_still_open(self, tell):
        story = await tell("youxi")
        insured, other = await two_records(story)
        older, newer = await ids(story)
        await pay(story, other, "李四", 250, "2019-10-04", "T1")
        await happens(story, Somebody(story, other), "employee_insurance_began", "2019-12-01")
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "withdraw", "2019-12-05")
        await merge(story, older, newer, "2019-12-20")

        assert (await enrollment(story, older))["state"] == "withdrawn"
        assert await lines(story) == [("applied", None)]
        await pay(story, insured, "李四", 250, "2019-12-21", "T2")
        assert [state for state, _ in await lines(story)] == ["applied", "suspended"]

    async def test_of_one_record_leaves_the_person_counted_who_is_exempt_by_the_other(self, tell):
        story = await tell("huining")
        insured, exempt = await two_records(story, "2020-09-05")
        older, newer = await ids(story)
        await story.roster("2020-09-10", "orphan", Somebody(story, insured), effective_on="2016-01-01")
        await happens(story, Somebody(story, insured), "employee_insurance_began", "2020-09-20")
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "withdraw", "2020-09-25")
        await story.roster("2020-09-28", "orphan", Somebody(story, exempt), effective_on="2016-01-01")
        assert await heads(story) == 1
        await merge(story, newer, older, "2020-10-10")

        assert ((await enrollment(story, older))["state"], await heads(story)) == ("exempt", 1)


class TestMoneyForTheNumberOfTheRecordThatEnded:
    async def test_is_judged_as_money_of_who_is_exempt(self, tell):
        story = await tell("huining")
        ended, exempt = await two_records(story, "2020-09-05")
        await story.roster("2020-09-10", "orphan", Somebody(story, exempt), effective_on="2016-01-01")
        older, newer = await ids(story)
        await merge(story, newer, older, "2020-10-10")
        await pay(story, ended, "李四", 280, "2020-10-12", "T1")

        assert await lines(story) == [("suspended", "already_exempt")]
        due = await Somebody(story, ended, name="李四").due("2020-10-13")
        assert due["state"] == "exempt"


class TestAHandover:
    async def test_that_counts_two_records_as_one_person_is_found_right_by_verify(self, tell):
        story = await tell("youxi")
        for day, id_number in enumerate(await two_records(story), start=4):
            await pay(story, id_number, "李四", 250, f"2019-10-0{day}", f"T{day}")
        older, newer = await ids(story)
        await merge(story, older, newer, "2019-10-20")

        assert await story.closes("main", "2020-01-04") == [("residents", 250.0)]


class TestANumberOfSomebodyWhoDied:
    async def test_that_the_list_of_the_household_adds_finds_them_in_collection(self, tell):
        story = await tell("youxi")
        parent, own = number(), number("2019-09-20")
        about = {"name": "李小宝", "born": "2019-09-20", "sex": "female"}
        await family(story, "2019-10-01", adult(parent), {**about, "documents": [certificate()]})
        await happens(story, Somebody(story, "P350000007"), "died", "2019-10-05")
        documents = [{"type": "resident_id", "number": own}]
        await family(story, "2019-10-20", adult(parent), {**about, "documents": documents})
        await pay(story, own, "李小宝", 250, "2019-10-22", "T1")

        assert await lines(story) == [("suspended", "not_payable")]


class TestANameThatWasWrong:
    async def test_and_is_corrected_was_theirs_in_money_from_before_the_registration(self, tell):
        story = await tell("youxi")
        own = number()
        await pay(story, own, "李思", 770, "2019-09-10", "T1")
        await family(story, "2019-10-01", {**adult(own), "name": "李思"})
        (person_id,) = await ids(story)
        body = {"name": "李四"}
        await story.county.expect(
            "registration", "PATCH", f"/v1/persons/{person_id}", moment("2019-10-05"), body
        )
        await story.county.settle()

        assert await lines(story) == [("suspended", "wrong_amount")]
