"""A household that pays together: what is decided when it has not, and its window is over."""

from sqlalchemy import text

from services.collection.alarms import see_to_overdue
from tests.integration.registration.builders import member, number
from tests.integration.stories.conftest import VILLAGES, Somebody, moment


async def family(story, on, size, name="F1"):
    """Members of one household, enrolled for the year."""
    people = [Somebody(story, number(f"19{70 + place}-06-15")) for place in range(size)]
    row = {
        "household_no": name,
        "division_code": VILLAGES[story.code],
        "head": people[0].number,
        "members": [member("张三", one.number) for one in people],
        "enroll": {"county": story.code, "coverage_year": story.year},
    }
    answer = await story.county.expect("registration", "POST", "/v1/households:batch", moment(on), [row])
    assert answer["rejected"] == [], answer
    await story.county.settle()
    return people


async def after_the_end(story, on="2020-01-02"):
    """The look at windows that are over, once a minute."""
    await see_to_overdue(story.county.services["collection"].context, moment(on))
    return await story.cases("collection", on)


class TestAHouseholdOfDongan:
    async def test_that_is_incomplete_at_new_year_is_decided_by_an_officer(self, tell):
        story = await tell("dongan")
        father, mother, son = await family(story, "2019-09-20", 3)
        await father.pays(250, "2019-11-04")
        await mother.pays(250, "2019-12-30", told_at="2020-01-01")
        assert [await one.state() for one in (father, mother, son)] == ["assessed"] * 3

        (case,) = await after_the_end(story)
        assert (case["kind"], case["amount_fen"]) == ("household_incomplete", 50_000)
        assert [one["person_id"] for one in case["evidence"]["missing"]] == [
            (await son.due("2020-01-02"))["person_id"]
        ]
        await story.decide("collection", case, "apply", "2020-01-03")
        assert [await one.state() for one in (father, mother, son)] == ["paid", "paid", "assessed"]
        benefits = [(await one.enrollment())["benefit_from"] for one in (father, mother)]
        assert benefits == ["2020-01-01"] * 2
        assert await after_the_end(story) == []

    async def test_that_a_late_file_makes_whole_needs_nobody(self, tell):
        story = await tell("dongan")
        father, mother = await family(story, "2019-09-20", 2)
        await father.pays(250, "2019-11-04")
        assert len(await after_the_end(story)) == 1
        await mother.pays(250, "2019-12-31", told_at="2020-01-03")
        assert [await one.state() for one in (father, mother)] == ["paid"] * 2
        assert await after_the_end(story, "2020-01-04") == []

    async def test_about_which_nobody_can_be_asked_keeps_out_no_other(self, tell):
        story = await tell("dongan")
        for name in ("F1", "F2"):
            father, _ = await family(story, "2019-09-20", 2, name)
            await father.pays(250, "2019-11-04")
        collection = story.county.services["collection"]
        (refused, _) = await collection.rows("SELECT DISTINCT household_id FROM payment_lines ORDER BY 1")
        subject = f"households/{refused.household_id}/2020"
        async with collection.context.engine.begin() as conn:
            await conn.execute(
                text(f"ALTER TABLE cases ADD CONSTRAINT poison CHECK (subject <> '{subject}')")
            )
        assert [one["kind"] for one in await after_the_end(story)] == ["household_incomplete"]
        async with collection.context.engine.begin() as conn:
            await conn.execute(text("ALTER TABLE cases DROP CONSTRAINT poison"))
        assert len(await after_the_end(story)) == 2


class TestATierThatIsToldLate:
    async def test_takes_no_help_from_those_who_were_listed_meanwhile(self, tell):
        story = await tell("huilong")
        mother = await story.person("2019-10-01 09:00:00", household="H9", tier=2)
        son = await story.person("2019-10-01 09:00:00", household="H9", tier=2, born="1999-03-04")
        await story.roster("2019-10-03", "fp_reward", mother, effective_on="2019-10-03")
        await son.pays(625, "2019-10-02", told_at="2019-10-09")

        assert (await mother.due("2019-10-10"))["payable_fen"] == 37_500
        await mother.pays(375, "2019-10-20")
        assert (await mother.state(), await son.state()) == ("paid", "paid")
