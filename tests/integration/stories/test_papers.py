"""Rosters may name a person by a paper that is known to be theirs only later: what they say is news then."""

import pytest

from tests.integration.registration.builders import number
from tests.integration.stories.conftest import Somebody, moment
from tests.integration.stories.test_merges import enrollment, ids, merge, person, two_records
from tests.integration.stories.test_people import adult, certificate, family, pay, rows

SINCE = "2016-01-01"


class TestListedUnderANumberThatIsKnownLater:
    """In Huining orphans pay nothing: who has paid before anybody knew gets all of it back."""

    @pytest.fixture
    async def orphan(self, tell):
        story = await tell("huining")
        wrong, right = number(), number()
        await family(story, "2020-09-07", adult(wrong))
        somebody = Somebody(story, right)
        await story.roster("2020-09-10", "orphan", somebody, effective_on=SINCE)
        return story, somebody, wrong

    async def correct(self, story, wrong, right, on):
        (person,) = await rows(story, "registration", "SELECT id FROM persons")
        body = {"wrong_number": wrong, "right_number": right, "reason": "录入错误"}
        path = f"/v1/persons/{person.id}/documents/correction"
        await story.county.expect("registration", "POST", path, moment(on), body)
        await story.county.settle()

    @pytest.mark.parametrize("told", ["2020-09-12", "2020-09-21"])
    async def test_help_after_payment_is_given_however_late_the_money_is_told(self, orphan, told):
        story, somebody, wrong = orphan
        if told < "2020-09-18":
            await pay(story, wrong, "李四", 280, "2020-09-12", "T1", told=told)
        await self.correct(story, wrong, somebody.number, "2020-09-18")
        if told > "2020-09-18":
            await pay(story, wrong, "李四", 280, "2020-09-12", "T1", told=told)

        helps = await rows(story, "subsidy", "SELECT payer, amount_fen FROM grants WHERE revoked_at IS NULL")
        assert [tuple(row) for row in helps] == [("county_finance", 28_000)]

    async def test_exempts_who_has_not_paid_since_the_day_of_the_roster(self, orphan):
        story, somebody, wrong = orphan
        await self.correct(story, wrong, somebody.number, "2020-09-18")

        found = await rows(story, "registration", "SELECT state, completed_at FROM enrollments")
        assert [(row.state, row.completed_at) for row in found] == [("exempt", moment("2020-09-10 00:00:00"))]

    async def test_a_whole_list_with_the_right_number_ended_nothing_under_the_wrong_one(self, tell):
        story = await tell("huining")
        wrong, right = number(), number()
        await story.roster("2020-09-05", "orphan", Somebody(story, wrong), effective_on=SINCE)
        somebody = Somebody(story, right)
        await story.roster("2020-09-10", "orphan", somebody, mode="replace", effective_on=SINCE)
        await family(story, "2020-09-12", adult(wrong))
        await self.correct(story, wrong, right, "2020-09-18")

        found = await rows(story, "registration", "SELECT state FROM enrollments")
        assert [row.state for row in found] == ["exempt"]


class TestANewbornListedUnderItsNumber:
    async def test_that_is_added_after_payment_gets_the_money_back(self, tell):
        story = await tell("huining")
        parent, own = number(), number("2020-10-20")
        about = {"name": "李小宝", "born": "2020-10-20", "sex": "female"}
        await family(story, "2020-11-01", adult(parent), {**about, "documents": [certificate()]})
        await story.roster("2020-11-05", "orphan", Somebody(story, own), effective_on="2020-11-01")
        await pay(story, "P350000007", "李小宝", 280, "2020-11-10", "T1")
        document = {"type": "resident_id", "number": own}
        await family(story, "2020-11-20", adult(parent), {**about, "documents": [document]})

        helps = await rows(story, "subsidy", "SELECT payer, amount_fen FROM grants WHERE revoked_at IS NULL")
        assert [tuple(row) for row in helps] == [("county_finance", 28_000)]


class TestTwoRecordsOfOnePersonOnARoster:
    """A department that lists somebody under two numbers has one word about them: the last one."""

    @pytest.fixture
    async def merged(self, tell):
        story = await tell("huining")
        wrong, right = await two_records(story, "2020-09-05")
        for id_number in (wrong, right):
            await story.roster("2020-09-20", "orphan", Somebody(story, id_number), effective_on=SINCE)
        older, newer = await ids(story)
        await merge(story, newer, older, "2020-11-10")
        assert (await enrollment(story, older))["state"] == "exempt"
        return story, Somebody(story, wrong), Somebody(story, right)

    @pytest.mark.parametrize("named", ["wrong", "right"])
    async def test_that_the_person_never_had_the_status_is_a_case(self, merged, named):
        story, *both = merged
        never = {"effective_on": SINCE, "ended_on": SINCE}
        await story.roster("2020-11-20", "orphan", both[named == "right"], mode="remove", **never)

        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["never_entitled"]

    @pytest.mark.parametrize("named", ["wrong", "right"])
    async def test_a_whole_list_with_one_of_the_numbers_ends_nothing(self, merged, named):
        story, *both = merged
        await story.roster("2020-11-20", "orphan", both[named == "right"], mode="replace", effective_on=SINCE)

        (older, _) = await ids(story)
        (status,) = (await person(story, older))["statuses"]
        assert status["ended_on"] is None

    @pytest.mark.parametrize("named", ["wrong", "right"])
    async def test_a_whole_list_with_one_of_the_numbers_before_it_was_known_ended_nothing(self, tell, named):
        story = await tell("youxi")
        numbers = dict(zip(("wrong", "right"), await two_records(story), strict=True))
        for id_number in numbers.values():
            await story.roster(
                "2019-10-05", "medical_assistance_2", Somebody(story, id_number), effective_on="2019-09-09"
            )
        on_it = Somebody(story, numbers[named])
        await story.roster(
            "2019-11-16", "medical_assistance_2", on_it, mode="replace", effective_on="2019-09-09"
        )
        older, newer = await ids(story)
        await merge(story, newer, older, "2020-02-18")

        assert [case["kind"] for case in await story.cases("registration")] == []
        (status,) = (await person(story, older))["statuses"]
        assert status["ended_on"] is None
