"""Wrong numbers, days that are told twice, children that get a name, and who may end an exemption."""

import pytest

from tests.integration.registration.builders import number
from tests.integration.stories.conftest import Somebody, moment
from tests.integration.stories.test_merges import ids, merge, two_records
from tests.integration.stories.test_people import adult, certificate, child, family

SINCE = "2016-01-01"
RURAL = {"effective_on": SINCE, "class": "rural-1"}


async def happens(story, somebody, kind, day, told=None):
    await story.county.expect(
        "registration", "POST", "/v1/life-events", moment(told or day),
        {"rows": [{"id_number": somebody.number, "kind": kind, "on": day}]},
    )  # fmt: skip
    await story.county.settle()


async def person_id(somebody):
    return (await somebody._rows("registration", "SELECT id FROM persons ORDER BY id"))[0].id


class TestAWrongNumber:
    @pytest.fixture
    async def corrected(self, tell):
        """Somebody exempt by a roster under a wrong number, which was corrected."""
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        await story.roster("2020-09-01", "dibao", somebody, **RURAL)
        wrong, somebody.number = somebody.number, number("1980-06-15")
        await story.county.expect(
            "registration", "POST", f"/v1/persons/{await person_id(somebody)}/documents/correction",
            moment("2020-09-12"),
            {"wrong_number": wrong, "right_number": somebody.number, "reason": "号码有误"},
        )  # fmt: skip
        await story.county.settle()
        return story, somebody, wrong

    @pytest.mark.parametrize("under", ["right", "wrong"])
    async def test_takes_the_statuses_along_for_rosters_under_either_number(self, corrected, under):
        story, somebody, wrong = corrected
        right = somebody.number
        somebody.number = wrong if under == "wrong" else right
        never = {"effective_on": SINCE, "ended_on": SINCE}
        await story.roster("2020-11-15", "dibao", somebody, mode="remove", **never)
        somebody.number = right

        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["never_entitled"]

    async def test_has_no_status_twice_after_the_whole_roster_comes_again(self, corrected):
        story, somebody, _ = corrected
        await story.roster("2020-11-15", "dibao", somebody, mode="replace", **RURAL)

        path = f"/v1/persons/{await person_id(somebody)}"
        shown = await story.county.expect("registration", "GET", path, moment("2020-11-16"))
        assert len(shown["statuses"]) == 1
        assert (await somebody.state(), await story.cases("registration")) == ("exempt", [])


class TestTwoDaysOfDeath:
    @pytest.mark.parametrize("days", [("2021-01-15", "2020-12-20"), ("2020-12-20", "2021-01-15")])
    async def test_are_a_question_and_the_newest_report_counts_until_it_is_answered(self, tell, days):
        story = await tell("huining")
        somebody = await story.person("2020-09-10")
        await somebody.pays(280, "2020-10-05")
        await happens(story, somebody, "died", days[0], told="2021-01-16")
        await happens(story, somebody, "died", days[1], told="2021-01-20")

        found = {case["kind"]: case for case in await story.cases("registration")}
        question = found["two_days_of_death"]
        assert question["evidence"]["days"] == ["2020-12-20", "2021-01-15"]
        assert ("ground_gone" in found) == (days[1] == "2020-12-20")
        await story.decide("registration", question, "earlier", "2021-01-21")
        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["died"]

    async def test_are_a_question_too_where_two_records_turn_out_to_be_one_person(self, tell):
        story = await tell("youxi")
        numbers = await two_records(story)
        older, newer = await ids(story)
        for id_number, day in zip(numbers, ("2019-12-01", "2019-12-02"), strict=True):
            await happens(story, Somebody(story, id_number), "died", day, told="2019-12-05")
        await merge(story, older, newer, "2019-12-06")

        (question,) = await story.cases("registration")
        assert question["kind"] == "two_days_of_death"
        assert question["evidence"]["days"] == ["2019-12-01", "2019-12-02"]


class TestInsuranceAsAnEmployee:
    @pytest.mark.parametrize("told", ["2020-12-31", "2021-01-05"])
    async def test_that_began_before_cover_is_a_case_whenever_it_is_told(self, tell, told):
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        await story.roster("2020-09-01", "dibao", somebody, **RURAL)
        await happens(story, somebody, "employee_insurance_began", "2020-12-01", told=told)

        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["employee_insured"]

    async def test_that_began_after_cover_leaves_it(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        await story.roster("2020-09-01", "dibao", somebody, **RURAL)
        await happens(story, somebody, "employee_insurance_began", "2021-01-02", told="2021-01-05")

        assert await story.cases("registration") == []

    async def test_of_which_only_the_end_is_told_was_there_before_cover(self, tell):
        story = await tell("songming")
        somebody = await story.person("2017-10-12")
        await story.roster("2017-10-16", "disabled", somebody, effective_on="2016-01-01", grade=1)
        assert await somebody.state() == "exempt"
        await happens(story, somebody, "employee_insurance_ended", "2018-01-03", told="2018-01-04")

        (case,) = await story.cases("registration")
        assert (case["evidence"]["causes"], case["proposed"]) == (["employee_insured"], "withdraw")
        assert await somebody.state() == "exempt"

    async def test_that_ended_before_the_person_was_exempt_leaves_it(self, tell):
        story = await tell("songming")
        somebody = await story.person("2017-10-12")
        await story.roster("2017-10-16", "disabled", somebody, effective_on="2016-01-01", grade=1)
        await happens(story, somebody, "employee_insurance_ended", "2017-10-10", told="2018-01-04")

        assert (await somebody.state(), await story.cases("registration")) == ("exempt", [])

    async def test_that_began_and_ended_after_cover_leaves_it(self, tell):
        story = await tell("songming")
        somebody = await story.person("2017-10-12")
        await story.roster("2017-10-16", "disabled", somebody, effective_on="2016-01-01", grade=1)
        await happens(story, somebody, "employee_insurance_began", "2018-02-01", told="2018-03-05")
        await happens(story, somebody, "employee_insurance_ended", "2018-03-01", told="2018-03-05")

        assert (await somebody.state(), await story.cases("registration")) == ("exempt", [])


class TestAnExemption:
    async def test_is_cancelled_by_two_of_the_bureau_and_by_nobody_else(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        await story.roster("2020-09-01", "dibao", somebody, **RURAL)
        path = f"/v1/enrollments/{(await somebody.enrollment())['enrollment_id']}/cancel"
        on, why = moment("2020-12-20"), {"reason": "外出务工"}
        township = story.token_of("clerk", ["registration:read", "registration:write"], "620422101")
        refused = await story.county.ask("registration", "POST", path, on, why, token=township)
        assert (refused.status_code, refused.json()["type"].rsplit(":")[-1]) == (
            403, "exemption-ended-by-bureau",
        )  # fmt: skip
        asked = await story.county.ask("registration", "POST", path, on, why)
        assert (asked.status_code, await somebody.state()) == (202, "exempt")
        approve = f"/v1/approvals/{asked.json()['approval_id']}/approve"
        await story.county.expect(
            "registration", "POST", approve, on, {}, token=story.token_of("second")
        )  # fmt: skip
        await story.county.settle()

        assert (await somebody.state(), await somebody.helped()) == ("cancelled", [])


class TestANewborn:
    async def test_with_another_name_later_is_a_question_before_it_is_a_second_child(self, tell):
        story, head, own = await tell("youxi"), adult(number()), number("2019-11-20")
        await family(story, "2019-12-01", head, child(certificate()))
        named = child({"type": "resident_id", "number": own}, name="李子涵")
        (row,) = (await family(story, "2019-12-10", head, named, expect=1))["rejected"]
        assert row["problem"]["type"].rsplit(":")[-1] == "child-registered"

        await family(story, "2019-12-11", head, child(certificate()), named)
