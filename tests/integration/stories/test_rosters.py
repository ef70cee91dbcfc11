"""Rosters that come again, late, corrected or taken back: who is exempt stays so, and money follows."""

from itertools import permutations

import pytest

from tests.integration.stories.conftest import Somebody, number

SINCE = "2016-01-01"


class TestAnExemptPersonOfHuining:
    @pytest.fixture
    async def exempt(self, tell):
        """Somebody of the first rural class since 2016, listed on 1 September, exempt."""
        story = await tell("huining")
        somebody = await story.person("2020-08-20")
        await story.roster("2020-09-01", "dibao", somebody, effective_on=SINCE, **{"class": "rural-1"})
        assert (await somebody.state(), await somebody.helped()) == ("exempt", [("county_finance", 280)])
        return story, somebody

    @pytest.mark.parametrize(
        ("on", "status_class", "effective_on"),
        [
            ("2020-12-20", "rural-1", "2021-01-01"),
            ("2020-11-25", "rural-1", "2021-01-01"),
            ("2020-12-15", "urban-full", "2020-12-15"),
            ("2020-11-01", "rural-2", "2020-11-01"),
        ],
    )
    async def test_stays_so_when_a_roster_comes_again(self, exempt, on, status_class, effective_on):
        story, somebody = exempt
        await story.roster(on, "dibao", somebody, effective_on=effective_on, **{"class": status_class})

        assert (await somebody.state(), await somebody.helped()) == ("exempt", [("county_finance", 280)])
        assert (await somebody.due_state(), await story.cases("registration")) == ("exempt", [])

    async def test_stays_so_when_the_status_ends_later(self, exempt):
        story, somebody = exempt
        await story.roster("2020-12-20", "dibao", somebody, mode="remove", effective_on="2020-12-20")

        assert (await somebody.state(), await story.cases("registration")) == ("exempt", [])

    async def test_said_never_to_have_been_entitled_is_a_case_that_closes_when_that_was_a_mistake(
        self, exempt
    ):
        story, somebody = exempt
        gone = {"effective_on": SINCE, "ended_on": SINCE}
        await story.roster("2020-12-15", "dibao", somebody, mode="remove", **gone)
        (case,) = await story.cases("registration")
        assert (case["kind"], case["evidence"]["causes"]) == ("ground_gone", ["never_entitled"])
        assert case["evidence"]["withdraw"]["help_taken_back_fen"] == 28_000
        assert (await somebody.state(), await somebody.helped()) == ("exempt", [("county_finance", 280)])

        await story.roster("2020-12-16", "dibao", somebody, effective_on=SINCE, **{"class": "rural-1"})
        assert await story.cases("registration") == []
        assert (await somebody.state(), await somebody.helped()) == ("exempt", [("county_finance", 280)])

    async def test_withdrawn_in_an_open_window_may_still_pay(self, exempt):
        story, somebody = exempt
        gone = {"effective_on": SINCE, "ended_on": SINCE}
        await story.roster("2020-11-15", "dibao", somebody, mode="remove", **gone)
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "withdraw", "2020-11-16")

        assert (await somebody.state(), await somebody.helped()) == ("assessed", [])
        assert await somebody.owes("2020-11-20") == 280
        await somebody.pays(280, "2020-11-20")
        assert await somebody.state() == "paid"

    async def test_kept_by_an_officer_is_not_asked_about_again(self, exempt):
        story, somebody = exempt
        gone = {"effective_on": SINCE, "ended_on": SINCE}
        await story.roster("2020-12-15", "dibao", somebody, mode="remove", **gone)
        (case,) = await story.cases("registration")
        assert all(step["two_persons"] for step in case["steps"])
        await story.decide("registration", case, "keep", "2020-12-16")
        await story.roster("2020-12-18", "disabled", somebody, effective_on="2020-12-18", grade=1)

        assert (await somebody.state(), await story.cases("registration")) == ("exempt", [])

    async def test_insured_as_an_employee_before_cover_begins_is_a_case(self, exempt):
        story, somebody = exempt
        await story.county.expect(
            "registration", "POST", "/v1/life-events", _at("2020-12-01"),
            {"rows": [{"id_number": somebody.number, "kind": "employee_insurance_began",
                       "on": "2020-12-01"}]},
        )  # fmt: skip
        await story.county.settle()
        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["employee_insured"]
        await story.decide("registration", case, "withdraw", "2020-12-02")

        assert (await somebody.state(), await somebody.helped()) == ("withdrawn", [])


def _at(day):
    from tests.integration.stories.conftest import moment

    return moment(day)


class TestTheDayOfTheRosterCounts:
    async def test_typed_two_days_late_in_huining(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-11-20")
        late = {"effective_on": SINCE, "listed_on": "2020-12-10", "class": "rural-1"}
        await story.roster("2020-12-12", "dibao", somebody, **late)

        assert (await somebody.state(), await somebody.helped()) == ("exempt", [("county_finance", 280)])
        assert (await somebody.enrollment())["completed_at"] == "2020-12-10T00:00:00+08:00"

    @pytest.mark.parametrize(
        ("county", "registered", "status", "listed_on", "typed_on"),
        [
            ("dongan", "2019-09-10", "tekun", "2019-09-20", "2020-01-03"),
            ("huilong", "2019-10-10", "orphan", "2019-12-05", "2019-12-12"),
            ("songming", "2017-11-01", "dibao", "2018-02-20", "2018-02-26"),
        ],
    )
    async def test_typed_after_the_window(self, tell, county, registered, status, listed_on, typed_on):
        story = await tell(county)
        somebody = await story.person(registered, **({"tier": 1} if county == "huilong" else {}))
        await story.roster(typed_on, status, somebody, effective_on="2015-01-01", listed_on=listed_on)

        assert await somebody.state() == "exempt"
        assert sum(yuan for _, yuan in await somebody.helped()) in (250, 180)

    async def test_registered_after_the_window_is_too_late(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-12-15")
        await story.roster("2020-12-16", "tekun", somebody, effective_on=SINCE, listed_on="2020-08-20")

        assert (await somebody.state(), await somebody.helped()) == ("assessed", [])
        assert await somebody.owes("2020-12-16") == 0


class TestClassesThatANoticeDoesNotTellApart:
    async def test_a_grade_that_came_later_takes_no_help_away_in_youxi(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-09-25")
        await story.roster(
            "2019-09-26", "disabled", somebody, effective_on="2015-01-01", listed_on="2019-09-20"
        )
        assert await somebody.state() == "exempt"
        again = {"effective_on": "2019-11-05", "grade": 2}
        await story.roster("2019-11-05", "disabled", somebody, **again)

        assert (await somebody.state(), await somebody.helped()) == ("exempt", [("county_finance", 250)])

    async def test_a_person_registered_after_the_grade_came_is_in_time_too(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-10")
        await story.roster(
            "2019-10-12", "disabled", somebody, effective_on="2015-01-01", listed_on="2019-09-20"
        )
        await story.roster("2019-11-05", "disabled", somebody, effective_on="2015-01-01", grade=2)

        assert await somebody.state() == "exempt"

    async def test_a_class_added_later_leaves_the_due_in_dongan(self, tell):
        story = await tell("dongan")
        somebody = await story.person("2019-09-10")
        await story.roster("2019-09-15", "registered_poor", somebody, effective_on="2016-01-01")
        assert await somebody.owes("2019-11-01") == 120
        added = {"effective_on": "2016-01-01", "class": "not_exited"}
        await story.roster("2019-11-05", "registered_poor", somebody, **added)

        assert await somebody.owes("2019-11-06") == 120

    async def test_a_change_of_class_is_no_new_identification_in_huining(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-10")
        await story.roster("2020-09-11", "registered_poor", somebody, effective_on=SINCE)
        changed = {"effective_on": "2021-02-10", "class": "not_exited"}
        await story.roster("2021-02-10", "registered_poor", somebody, **changed)

        assert await somebody.owes("2021-02-20") == 0


class TestWhoBears:
    SHARES = (
        ("disabled", {"grade": 1}),
        ("fp_reward", {}),
        ("registered_poor", {"class": "not_exited"}),
    )

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    async def test_follows_the_notice_whatever_the_order_of_rosters(self, tell, order):
        story = await tell("huilong")
        somebody = await story.person("2019-10-02", tier=1)
        for day, which in enumerate(order, start=5):
            status, more = self.SHARES[which]
            await story.roster(f"2019-10-{day:02d}", status, somebody, effective_on="2015-01-01", **more)

        assert await somebody.state() == "exempt"
        assert await somebody.helped() == [("health", 75), ("medical_assistance", 175)]

    async def test_medical_assistance_goes_before_county_finance_in_youxi(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-09-10")
        await story.roster("2019-09-11", "disabled", somebody, effective_on="2015-01-01")
        assert await somebody.helped() == [("county_finance", 250)]
        await story.roster("2019-09-12", "medical_assistance_1", somebody, effective_on="2015-01-01")

        assert (await somebody.state(), await somebody.helped()) == ("exempt", [("medical_assistance", 250)])

    @pytest.mark.parametrize(
        ("typed_on", "main_on", "changed"),
        [
            ("2019-12-25", "2020-01-08", {"main": [("medical_assistance", 250)], "monthly-2020-01": []}),
            ("2020-01-05", "2020-01-08", {"main": [("medical_assistance", 250)], "monthly-2020-01": []}),
            ("2020-02-01", "2020-01-10", {
                "main": [("county_finance", 250)],
                "monthly-2020-01": [("county_finance", -250), ("medical_assistance", 250)],
            }),
        ],
    )  # fmt: skip
    async def test_changes_in_one_handover_when_a_roster_in_time_is_typed_late(
        self, tell, typed_on, main_on, changed
    ):
        story = await tell("youxi")
        somebody = await story.person("2019-09-15")
        await story.roster("2019-09-20", "disabled", somebody, effective_on="2018-01-01")
        listed = {"effective_on": "2015-01-01", "listed_on": "2019-12-20"}
        if typed_on < main_on:
            await story.roster(typed_on, "medical_assistance_1", somebody, **listed)
        handed = {"main": await story.closes("main", main_on)}
        if typed_on > main_on:
            await story.roster(typed_on, "medical_assistance_1", somebody, **listed)
        for month in ("01", "02"):
            handed[f"monthly-2020-{month}"] = await story.closes(f"monthly-2020-{month}", "2020-03-02")

        assert handed == changed | {"monthly-2020-02": []}
        assert (await somebody.state(), await somebody.helped()) == ("exempt", [("medical_assistance", 250)])


class TestStatusesThatEndInYouxi:
    async def test_after_the_main_window_both_services_say_exempt(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-09-10")
        await story.roster("2019-09-11", "medical_assistance_1", somebody, effective_on="2015-01-01")
        await story.roster(
            "2020-02-20", "medical_assistance_1", somebody, mode="remove", effective_on="2020-02-20"
        )

        assert (await somebody.state(), await somebody.due_state()) == ("exempt", "exempt")
        assert (await somebody.owes("2020-02-25"), await story.cases("registration")) == (0, [])
        await somebody.pays(250, "2020-02-25")
        assert (await somebody.state(), await somebody.suspended()) == ("exempt", [("already_exempt", 250)])

    async def test_within_it_is_a_case_by_the_notices_own_rule(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-09-10")
        await story.roster("2019-09-11", "medical_assistance_1", somebody, effective_on="2015-01-01")
        await story.roster(
            "2019-11-20", "medical_assistance_1", somebody, mode="remove", effective_on="2019-11-20"
        )

        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["status_cancelled"]
        await story.decide("registration", case, "withdraw", "2019-11-22")
        assert (await somebody.state(), await somebody.owes("2019-11-25")) == ("assessed", 250)

    async def test_of_another_status_later_is_asked_about_again(self, tell):
        """What officers decided of one status says nothing of the next one that exempts."""
        story = await tell("youxi")
        somebody = await story.person("2019-09-10")
        await story.roster("2019-09-11", "medical_assistance_1", somebody, effective_on="2015-01-01")
        gone = {"mode": "remove", "effective_on": "2019-09-16"}
        await story.roster("2019-09-16", "medical_assistance_1", somebody, **gone)
        (first,) = await story.cases("registration")
        await story.decide("registration", first, "withdraw", "2019-09-18")
        await story.roster("2019-10-08", "medical_assistance_2", somebody, effective_on="2018-10-29")
        assert (await somebody.state(), await story.cases("registration")) == ("exempt", [])
        gone = {"mode": "remove", "effective_on": "2019-10-22"}
        await story.roster("2019-10-22", "medical_assistance_2", somebody, **gone)

        (second,) = await story.cases("registration")
        assert second["evidence"]["causes"] == ["status_cancelled"]

    async def test_makes_a_payment_count_that_was_made_before_the_next_exemption(self, tell):
        """Whether the money or the new exemption is looked at first makes no difference."""
        story = await tell("youxi")
        somebody = await story.person("2019-09-10")
        await story.roster("2019-10-28", "medical_assistance_2", somebody, effective_on="2019-10-28")
        gone = {"mode": "remove", "effective_on": "2019-11-06"}
        await story.roster("2019-11-06", "medical_assistance_2", somebody, **gone)
        await somebody.pays(250, "2019-11-21", told_at="2019-11-28")
        assert await somebody.suspended() == [("already_exempt", 250)]
        days = {"effective_on": "2019-12-04", "ended_on": "2020-01-03"}
        await story.roster("2019-12-11", "medical_assistance_2", somebody, **days)
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "withdraw", "2019-12-26")

        assert (await somebody.state(), await somebody.suspended()) == ("paid", [])
        assert await somebody.helped() == [("medical_assistance", 250)]

    @pytest.mark.parametrize("registered_on", ["2019-09-02", "2019-09-10"])
    async def test_with_a_last_day_that_is_said_in_advance_it_is_the_same_case(self, tell, registered_on):
        story = await tell("youxi")
        somebody = Somebody(story, number("1980-06-15"))
        if registered_on < "2019-09-03":
            await story.person(registered_on, number=somebody.number)
        days = {"effective_on": "2019-09-03", "ended_on": "2019-11-02"}
        await story.roster("2019-09-03", "medical_assistance_1", somebody, **days)
        if registered_on > "2019-09-03":
            await story.person(registered_on, number=somebody.number)

        assert await somebody.state() == "exempt"
        (case,) = await story.cases("registration")
        assert case["evidence"]["causes"] == ["status_cancelled"]


class TestHelpThatIsReady:
    async def poor_and_paid(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-10")
        await story.roster("2020-09-11", "registered_poor", somebody, effective_on=SINCE)
        await somebody.pays(280, "2020-10-01")
        assert await somebody.helped() == [("county_finance", 200)]
        return story, somebody

    async def test_waits_when_the_person_was_never_poor_and_goes_by_an_officers_word(self, tell):
        story, somebody = await self.poor_and_paid(tell)
        gone = {"effective_on": SINCE, "ended_on": SINCE}
        await story.roster("2020-12-15", "registered_poor", somebody, mode="remove", **gone)

        assert [state for state, _ in await somebody.payouts()] == ["held"]
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "withdraw", "2020-12-16")
        assert ([s for s, _ in await somebody.payouts()], await somebody.helped()) == (["cancelled"], [])
        assert await somebody.state() == "paid"

    async def test_waits_when_the_person_serves(self, tell):
        story, somebody = await self.poor_and_paid(tell)
        person_id = (await somebody._rows("registration", "SELECT id FROM persons"))[0].id
        await story.county.expect(
            "registration", "PATCH", f"/v1/persons/{person_id}", _at("2020-11-15"),
            {"service": {"kind": "military"}},
        )  # fmt: skip
        await story.county.settle()

        assert [state for state, _ in await somebody.payouts()] == ["held"]
        assert (await story.cases("registration"))[0]["evidence"]["causes"] == ["in_service"]


class TestDeath:
    async def test_before_cover_gives_the_own_money_back_and_the_head_is_no_longer_counted(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-10")
        await somebody.pays(280, "2020-10-01")
        await _died(story, somebody, "2020-12-10")
        (case,) = await story.cases("registration")
        assert (case["evidence"]["causes"], case["proposed"]) == (["died"], "withdraw")
        await story.decide("registration", case, "withdraw", "2020-12-12")

        assert await somebody.state() == "withdrawn"
        refunds = (await story.county.expect("subsidy", "GET", "/v1/refunds", _at("2020-12-13")))["items"]
        assert [(r["amount_fen"], r["state"]) for r in refunds] == [(28_000, "requested")]

    async def test_of_somebody_who_has_not_paid_ends_what_is_owed(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-10")
        await _died(story, somebody, "2020-10-10")

        assert (await somebody.state(), await somebody.owes("2020-11-01")) == ("cancelled", 0)

    async def test_reported_by_mistake_is_taken_back_without_a_trace(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-10")
        await _died(story, somebody, "2020-10-10")
        event_id = (await somebody._rows("registration", "SELECT id FROM life_events"))[0].id
        await story.county.expect(
            "registration", "POST", f"/v1/life-events/{event_id}/withdrawal", _at("2020-10-20"),
            {"reason": "死亡登记有误"},
        )  # fmt: skip
        await story.county.settle()

        assert (await somebody.state(), await somebody.owes("2020-11-01")) == ("assessed", 280)


async def _died(story, somebody, day):
    await story.county.expect(
        "registration", "POST", "/v1/life-events", _at(day),
        {"rows": [{"id_number": somebody.number, "kind": "died", "on": day}]},
    )  # fmt: skip
    await story.county.settle()
