"""What an officer withdrew is not lost when the causes go away for which it was withdrawn."""

import pytest

from tests.integration.stories.conftest import moment

SINCE = "2016-01-01"
NEVER = {"effective_on": SINCE, "ended_on": SINCE}
RURAL = {"effective_on": SINCE, "class": "rural-1"}


async def withdraws(story, on):
    (case,) = await story.cases("registration")
    assert case["kind"] == "ground_gone"
    await story.decide("registration", case, "withdraw", on)


async def happens(story, somebody, kind, day, told=None):
    await story.county.expect(
        "registration", "POST", "/v1/life-events", moment(told or day),
        {"rows": [{"id_number": somebody.number, "kind": kind, "on": day}]},
    )  # fmt: skip
    await story.county.settle()


async def did_not_happen(story, somebody, on, day=None):
    """What was told to have happened on a day did not; without it what was told first."""
    sql = "SELECT id, happened_on FROM life_events WHERE withdrawn_at IS NULL ORDER BY id"
    events = [one for one in await somebody._rows("registration", sql) if day in (None, f"{one.happened_on}")]
    await story.county.expect(
        "registration", "POST", f"/v1/life-events/{events[0].id}/withdrawal", moment(on),
        {"reason": "登记有误"},
    )  # fmt: skip
    await story.county.settle()


async def refunds(story):
    found = await story.county.expect("subsidy", "GET", "/v1/refunds", moment("2021-06-01"))
    return [(one["reason"], one["state"]) for one in found["items"]]


async def heads(story):
    found = await story.county.expect(
        "ledger", "GET", "/v1/totals", moment("2021-06-01"), county=story.code, coverage_year=story.year
    )
    return found["total"]["head_count"]


class TestAnExemptionOfHuining:
    @pytest.fixture
    async def exempt(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        await story.roster("2020-09-01", "dibao", somebody, **RURAL)
        assert (await somebody.state(), await heads(story)) == ("exempt", 1)
        return story, somebody

    @pytest.mark.parametrize(
        ("struck", "again"),
        [
            ("2020-11-15", ["2020-11-16"]),
            ("2020-12-15", ["2020-12-16"]),
            ("2020-12-15", ["2020-12-16", "2020-09-01"]),
        ],
    )
    async def test_that_was_struck_by_mistake_stands_as_it_was(self, exempt, struck, again):
        story, somebody = exempt
        await story.roster(struck, "dibao", somebody, mode="remove", **NEVER)
        await withdraws(story, struck)
        assert (await somebody.state(), await somebody.helped()) == ("assessed", [])
        await story.roster(again[0], "dibao", somebody, **RURAL, listed_on=again[-1])

        assert (await somebody.state(), await somebody.due_state()) == ("exempt", "exempt")
        assert await somebody.helped() == [("county_finance", 280)]
        assert (await somebody.enrollment())["completed_at"] == "2020-09-01T00:00:00+08:00"
        assert (await heads(story), await story.cases("registration")) == (1, [])

    async def test_is_not_given_again_for_a_class_that_is_not_exempt(self, exempt):
        story, somebody = exempt
        await story.roster("2020-11-15", "dibao", somebody, mode="remove", **NEVER)
        await withdraws(story, "2020-11-15")
        await story.roster("2020-11-16", "dibao", somebody, effective_on=SINCE, **{"class": "rural-2"})

        assert (await somebody.state(), await somebody.helped()) == ("assessed", [])
        assert await somebody.owes("2020-11-20") == 280

    async def test_of_somebody_said_to_be_dead_comes_back_by_a_decision(self, exempt):
        story, somebody = exempt
        await happens(story, somebody, "died", "2020-12-10")
        await withdraws(story, "2020-12-12")
        assert (await somebody.state(), await somebody.helped(), await heads(story)) == ("withdrawn", [], 0)
        await did_not_happen(story, somebody, "2020-12-20")
        (case,) = await story.cases("registration")
        assert (case["kind"], case["evidence"]["withdrawn_for"]) == ("ground_back", ["died"])
        assert case["evidence"]["restore"]["help_given_again_fen"] == 28_000
        await story.decide("registration", case, "restore", "2020-12-21")

        assert (await somebody.state(), await somebody.helped()) == ("exempt", [("county_finance", 280)])
        assert (await somebody.enrollment())["completed_at"] == "2020-09-01T00:00:00+08:00"
        assert (await somebody.due_state(), await heads(story)) == ("exempt", 1)
        assert (await somebody.enrollment())["benefit_from"] == "2021-01-01"


class TestAnEmploymentThatWasToldOnTwoDays:
    """The wrong day is taken back, before or after the right one was told."""

    @pytest.mark.parametrize("right", ["2020-11-01", "2020-10-10"])
    @pytest.mark.parametrize("corrected", ["first", "afterwards"])
    async def test_is_one_from_the_right_day_on(self, tell, right, corrected):
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        began = "employee_insurance_began"
        await happens(story, somebody, began, "2020-10-20")
        if corrected == "first":
            await did_not_happen(story, somebody, "2020-11-02", "2020-10-20")
        await happens(story, somebody, began, right, "2020-11-03")
        if corrected == "afterwards":
            await did_not_happen(story, somebody, "2020-11-04", "2020-10-20")

        assert await somebody.owes("2020-11-05") == 0
        await did_not_happen(story, somebody, "2020-11-06", right)
        assert await somebody.owes("2020-11-07") == 280

    async def test_is_none_when_both_were_wrong(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        await happens(story, somebody, "employee_insurance_began", "2020-11-01")
        await happens(story, somebody, "employee_insurance_ended", "2020-11-05")
        await did_not_happen(story, somebody, "2020-11-10", "2020-11-01")
        await did_not_happen(story, somebody, "2020-11-11", "2020-11-05")

        assert await somebody.owes("2020-11-12") == 280


class TestMoneyOfHuining:
    @pytest.fixture
    async def withdrawn(self, tell):
        """Somebody poor who paid, and whose cover ended for an insurance as an employee."""
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        await story.roster("2020-09-10", "registered_poor", somebody, effective_on=SINCE)
        await somebody.pays(280, "2020-10-05")
        await happens(story, somebody, "employee_insurance_began", "2020-11-01")
        await withdraws(story, "2020-11-02")
        assert (await somebody.state(), await somebody.helped(), await heads(story)) == ("withdrawn", [], 0)
        assert await refunds(story) == [("cover_withdrawn", "requested")]
        return story, somebody

    async def test_counts_again_when_the_event_was_wrong(self, withdrawn):
        story, somebody = withdrawn
        await did_not_happen(story, somebody, "2020-11-03")
        (case,) = await story.cases("registration")
        assert case["evidence"]["restore"]["own_money_that_counts_again_fen"] == 28_000
        await story.decide("registration", case, "restore", "2020-11-04")

        assert (await somebody.state(), await somebody.due_state()) == ("paid", "paid")
        assert await somebody.helped() == [("county_finance", 200)]
        assert await refunds(story) == [("cover_withdrawn", "superseded")]
        assert (await somebody.enrollment())["benefit_from"] == "2021-01-01"
        assert await heads(story) == 1

    async def test_counts_again_although_a_desk_cancelled_the_enrollment_that_had_ended(self, withdrawn):
        story, somebody = withdrawn
        (enrollment,) = await somebody._rows("registration", "SELECT id FROM enrollments")
        answer = await story.county.expect(
            "registration", "POST", f"/v1/enrollments/{enrollment.id}/cancel", moment("2020-11-03"),
            {"reason": "已参加职工医保"},
        )  # fmt: skip
        await story.county.settle()
        assert (answer["state"], await somebody.state()) == ("withdrawn", "withdrawn")
        await did_not_happen(story, somebody, "2020-11-04")
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "restore", "2020-11-05")

        assert (await somebody.state(), await somebody.due_state(), await heads(story)) == ("paid", "paid", 1)

    async def test_that_went_back_meanwhile_is_owed_again(self, withdrawn):
        story, somebody = withdrawn
        await somebody.story.county.expect(
            "subsidy", "POST", "/v1/refunds/1/approve", moment("2020-11-03"), {},
            token=story.token_of("second"),
        )  # fmt: skip
        await somebody.gives_card("2020-11-04")
        await story.pays_out("2020-11-05")
        await did_not_happen(story, somebody, "2020-11-06")
        (case,) = await story.cases("registration")
        assert case["evidence"]["restore"]["owes_again"]
        await story.decide("registration", case, "restore", "2020-11-07")

        assert (await somebody.state(), await somebody.owes("2020-11-08")) == ("assessed", 280)
        await somebody.pays(280, "2020-11-08")
        assert (await somebody.state(), await somebody.helped()) == ("paid", [("county_finance", 200)])
        assert await heads(story) == 1

    async def test_registered_again_they_are_asked_about(self, withdrawn):
        story, somebody = withdrawn
        await did_not_happen(story, somebody, "2020-11-03")
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "leave", "2020-11-04")
        assert await story.cases("registration") == []
        person_id = (await somebody._rows("registration", "SELECT id FROM persons"))[0].id
        await story.county.expect(
            "registration", "POST", "/v1/enrollments", moment("2020-11-05"),
            {"person_id": person_id, "county": "huining", "coverage_year": 2021},
        )  # fmt: skip
        await story.county.settle()

        assert await somebody.state() == "withdrawn"
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "restore", "2020-11-06")
        assert await somebody.state() == "paid"

    async def test_is_helped_again_when_the_poor_was_struck_by_mistake(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        await story.roster("2020-09-10", "registered_poor", somebody, effective_on=SINCE)
        await somebody.pays(280, "2020-10-05")
        await story.roster("2020-12-15", "registered_poor", somebody, mode="remove", **NEVER)
        await withdraws(story, "2020-12-16")
        assert (await somebody.state(), await somebody.helped()) == ("paid", [])
        await story.roster("2020-12-18", "registered_poor", somebody, effective_on=SINCE)

        assert await somebody.helped() == [("county_finance", 200)]
        assert (await story.cases("registration"), await story.cases("subsidy")) == ([], [])


class TestAnExemptionOfYouxi:
    async def test_whose_roster_was_typed_late_comes_back_with_its_cover(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-08-31")
        poor = ("medical_assistance_2", somebody)
        await story.roster("2020-06-29", *poor, effective_on="2020-05-30", listed_on="2020-05-30")
        await story.roster(
            "2020-07-02", *poor, mode="remove", effective_on="2020-04-03", ended_on="2020-04-03",
            listed_on="2020-06-02",
        )  # fmt: skip
        await withdraws(story, "2020-07-10")
        await story.roster("2020-08-06", *poor, effective_on="2018-10-29", listed_on="2020-07-07")

        enrollment = await somebody.enrollment()
        assert (enrollment["state"], enrollment["completed_at"]) == ("exempt", "2020-05-30T00:00:00+08:00")
        assert (enrollment["benefit_from"], enrollment["benefit_to"]) == ("2020-05-30", "2020-12-31")


class TestAnExemptionOfHongta:
    async def test_is_not_asked_about_while_the_person_is_insured_as_an_employee(self, tell):
        """Its roster was typed after its instant: by what was known at that, the person had only to pay.

        Cover would have begun in January then. What was told is what counts: none began before the insurance.
        """
        story = await tell("hongta")
        somebody = await story.person("2025-10-17", employee_insurance={"state": "active"})
        await story.roster("2025-10-18", "fp_two_daughters", somebody, effective_on="2024-12-07")
        await happens(story, somebody, "employee_insurance_ended", "2025-12-09", "2025-12-16")
        day = "2026-02-24"
        await story.roster(f"{day} 18:58:11", "fp_special", somebody, effective_on=day, listed_on=day)
        assert await somebody.state() == "exempt"
        await happens(story, somebody, "employee_insurance_began", "2026-02-21", "2026-02-28")
        await withdraws(story, "2026-03-30")
        gone = {"effective_on": "2026-06-26", "ended_on": "2026-06-26"}
        await story.roster("2026-08-25", "fp_two_daughters", somebody, mode="remove", **gone)

        assert await somebody.state() == "withdrawn"
        assert await story.cases("registration", "2026-12-31") == []


class TestAnExemptionOfSongming:
    async def test_that_was_told_later_than_it_began_comes_back_with_its_cover(self, tell):
        """By what was known on its first day the person was insured as an employee still."""
        story = await tell("songming")
        somebody = await story.person("2017-10-16", employee_insurance={"state": "active"})
        await story.roster("2017-10-17", "orphan", somebody, effective_on="2017-10-06")
        await happens(story, somebody, "employee_insurance_ended", "2017-12-29", "2017-12-30")
        assert await somebody.state() == "exempt"
        await happens(story, somebody, "died", "2017-12-30", "2018-01-03")
        await withdraws(story, "2018-02-16")
        await did_not_happen(story, somebody, "2018-06-06", "2017-12-30")
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "restore", "2018-06-17")

        enrollment = await somebody.enrollment()
        assert (enrollment["state"], enrollment["benefit_from"]) == ("exempt", "2018-01-01")
        assert await somebody.helped() == [("government", 180)]


class TestAnExemptionThatAnotherRosterBears:
    @pytest.mark.parametrize("step", ["withdraw", "keep"])
    async def test_is_asked_about_once(self, tell, step):
        """Its status ended in the window; the other one still holds, and decides what comes back at once."""
        story = await tell("youxi")
        somebody = await story.person("2019-09-24")
        await story.roster("2019-09-24", "medical_assistance_2", somebody, effective_on="2018-10-29")
        await story.roster("2019-11-22", "medical_assistance_1", somebody, effective_on="2019-10-23")
        gone = {"effective_on": "2019-12-03", "ended_on": "2019-12-03"}
        await story.roster("2019-12-03", "medical_assistance_2", somebody, mode="remove", **gone)
        (case,) = await story.cases("registration")
        await story.decide("registration", case, step, "2020-08-03")

        assert await story.cases("registration") == []
        assert await story.closes("main", "2020-12-30") == [("medical_assistance", 250)]
        assert (await somebody.state(), await somebody.helped()) == ("exempt", [("medical_assistance", 250)])
