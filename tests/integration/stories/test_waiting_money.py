"""Money that waits: whose it is and why it waits is told to everybody, whenever that becomes known."""

import pytest

from tests.integration.registration.builders import number
from tests.integration.stories.conftest import Somebody, moment
from tests.integration.stories.test_money import given_back
from tests.integration.stories.test_people import adult, family, lines, pay, rows
from tests.integration.stories.test_who_somebody_is import happens


async def refunds(story, on="2021-12-31"):
    """Open refund cases: reason, yuan and person."""
    found = await story.county.expect("subsidy", "GET", "/v1/refunds", moment(on), state="requested")
    return [(one["reason"], one["amount_fen"] / 100, one["person_id"]) for one in found["items"]]


async def person_ids(story):
    return [row.id for row in await rows(story, "registration", "SELECT id FROM persons ORDER BY id")]


async def rename(story, person_id, name, on):
    await story.county.expect("registration", "PATCH", f"/v1/persons/{person_id}", moment(on), {"name": name})
    await story.county.settle()


async def correct(story, person_id, wrong, right, on):
    await story.county.expect(
        "registration", "POST", f"/v1/persons/{person_id}/documents/correction", moment(on),
        {"wrong_number": wrong, "right_number": right, "reason": "录入错误"},
    )  # fmt: skip
    await story.county.settle()


async def died(story, somebody, day, told):
    await story.county.expect(
        "registration", "POST", "/v1/life-events", moment(told),
        {"rows": [{"id_number": somebody.number, "kind": "died", "on": day}]},
    )  # fmt: skip
    await story.county.settle()


async def ends(story, somebody, on):
    """Two officers end an exempt cover."""
    path = f"/v1/enrollments/{(await somebody.enrollment())['enrollment_id']}/cancel"
    asked = await story.county.expect("registration", "POST", path, moment(on), {"reason": "误登记"})
    approve = f"/v1/approvals/{asked['approval_id']}/approve"
    await story.county.expect("registration", "POST", approve, moment(on), {}, token=story.token_of("second"))
    await story.county.settle()


class TestASecondPaymentThatIsRecognizedLate:
    async def test_when_a_name_is_corrected(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-01")
        await pay(story, somebody.number, "张姗", 250, "2019-10-05", "T1")
        await somebody.pays(250, "2019-10-06")
        assert await refunds(story) == []
        (person_id,) = await person_ids(story)
        await rename(story, person_id, "张姗", "2019-10-10")

        assert await somebody.suspended() == [("already_paid", 250)]
        assert await refunds(story) == [("already_paid", 250, person_id)]

    async def test_when_the_person_is_registered(self, tell):
        story = await tell("youxi")
        later = Somebody(story, number("1980-06-15"))
        await later.pays(250, "2019-10-05")
        await later.pays(250, "2019-10-06")
        assert await refunds(story) == []
        await story.person("2019-10-10", number=later.number)

        (person_id,) = await person_ids(story)
        assert await later.suspended() == [("already_paid", 250)]
        assert await refunds(story) == [("already_paid", 250, person_id)]

    async def test_when_the_household_is_whole(self, tell):
        story = await tell("dongan")
        a, b = number(), number()
        await family(story, "2019-10-10", adult(a), adult(b))
        first, second = Somebody(story, a, name="李四"), Somebody(story, b, name="李四")
        await first.pays(250, "2019-10-20")
        await first.pays(250, "2019-10-21")
        assert await first.suspended() == [("household_incomplete", 250)] * 2
        await second.pays(250, "2019-10-22")

        assert await first.suspended() == [("already_paid", 250)]
        assert [one[:2] for one in await refunds(story)] == [("already_paid", 250)]


class TestANumberThatWasCorrected:
    async def test_finds_what_was_paid_under_the_one_before(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-01")
        (person_id,) = await person_ids(story)
        await correct(story, person_id, somebody.number, number("1980-06-15"), "2019-10-10")
        await pay(story, somebody.number, "张三", 250, "2019-10-05", "T1", told="2019-10-11")
        await pay(story, somebody.number, "张三", 250, "2019-10-06", "T2", told="2019-10-12")

        found = await rows(
            story, "collection", "SELECT state, reason, person_id FROM payment_lines ORDER BY 1, 2"
        )
        assert [(row.state, row.reason, row.person_id) for row in found] == [
            ("applied", None, person_id), ("suspended", "already_paid", person_id),
        ]  # fmt: skip
        assert await refunds(story) == [("already_paid", 250, person_id)]

    async def test_still_means_the_person_while_nobody_else_has_it(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-01")
        (person_id,) = await person_ids(story)
        await correct(story, person_id, somebody.number, number("1980-06-15"), "2019-10-10")
        await pay(story, somebody.number, "李四", 250, "2019-10-14", "T1")
        await pay(story, somebody.number, "张三", 250, "2019-10-15", "T2")

        found = await rows(
            story, "collection", "SELECT state, reason, person_id FROM payment_lines ORDER BY payment_id"
        )
        assert [(row.state, row.reason, row.person_id) for row in found] == [
            ("suspended", "unknown_person", None), ("applied", None, person_id),
        ]  # fmt: skip

    async def test_finds_nobody_who_has_it_by_now_under_another_name(self, tell):
        story = await tell("youxi")
        first = await story.person("2019-10-01")
        (person_id,) = await person_ids(story)
        await correct(story, person_id, first.number, number("1980-06-15"), "2019-10-10")
        await family(story, "2019-10-12", adult(first.number))
        (_, other_id) = await person_ids(story)
        await pay(story, first.number, "张三", 250, "2019-10-05", "T1", told="2019-10-15")
        await pay(story, first.number, "李四", 250, "2019-10-14", "T2")
        await pay(story, first.number, "张三", 250, "2019-10-15", "T3")

        found = await rows(
            story, "collection", "SELECT state, reason, person_id FROM payment_lines ORDER BY 3, 1"
        )
        assert [(row.state, row.reason, row.person_id) for row in found] == [
            ("applied", None, person_id),
            ("applied", None, other_id),
            ("suspended", "name_mismatch", other_id),
        ]  # fmt: skip

    async def test_so_is_a_name(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-01")
        (person_id,) = await person_ids(story)
        await rename(story, person_id, "张珊", "2019-10-10")
        await pay(story, somebody.number, "张三", 250, "2019-10-05", "T1", told="2019-10-11")

        assert await lines(story) == [("applied", None)]

    async def test_of_an_exemption_in_doubt_is_known_where_the_money_comes(self, tell):
        """The doubt is about the status; whose number it is, is none. Who bears it stays as it was."""
        story = await tell("huining")
        somebody = await story.person("2020-09-10")
        (person_id,) = await person_ids(story)
        await story.roster("2020-09-15", "orphan", somebody, effective_on="2019-10-30")
        never = {"effective_on": "2019-10-30", "ended_on": "2019-10-30"}
        await story.roster("2020-09-23", "orphan", somebody, mode="remove", **never)
        assert [case["kind"] for case in await story.cases("registration")] == ["ground_gone"]
        right = number("1980-06-15")
        await correct(story, person_id, somebody.number, right, "2020-09-25")
        await pay(story, right, "张三", 280, "2020-10-16", "T1")

        assert await lines(story) == [("suspended", "already_exempt")]
        now = Somebody(story, right)
        assert (await now.state(), await now.helped()) == ("exempt", [("county_finance", 280)])

    async def test_so_is_a_name_of_somebody_exempt_who_is_insured_as_an_employee_now(self, tell):
        story = await tell("songming")
        somebody = await story.person("2017-12-09")
        (person_id,) = await person_ids(story)
        await story.roster("2017-12-10", "tekun", somebody, effective_on="2016-12-06")
        await pay(story, somebody.number, "张珊", 180, "2018-01-07", "T1")
        assert await lines(story) == [("suspended", "name_mismatch")]
        await happens(story, somebody, "employee_insurance_began", "2018-02-01", "2018-02-03")
        await rename(story, person_id, "张珊", "2018-02-23")

        assert await lines(story) == [("suspended", "already_exempt")]


class TestADeathThatIsKnownBeforeThePayment:
    @pytest.mark.parametrize("told", ["2020-10-05", "2020-10-20"])
    async def test_ends_as_if_the_payment_had_been_told_at_once(self, tell, told):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        if told == "2020-10-05":
            await somebody.pays(280, "2020-10-05")
        await died(story, somebody, "2020-10-15", "2020-10-16")
        if told != "2020-10-05":
            await somebody.pays(280, "2020-10-05", told_at=told)

        assert await somebody.suspended() == []
        (case,) = await story.cases("registration")
        assert (case["evidence"]["causes"], case["proposed"]) == (["died"], "withdraw")
        await story.decide("registration", case, "withdraw", "2020-10-25")
        assert [one[:2] for one in await refunds(story)] == [("cover_withdrawn", 280)]

    async def test_is_found_by_a_number_that_is_corrected_after_it(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        (person_id,) = await person_ids(story)
        right = number("1980-06-15")
        await pay(story, right, "张三", 280, "2020-10-05", "T1", told="2020-10-14")
        await died(story, somebody, "2020-10-15", "2020-10-16")
        await correct(story, person_id, somebody.number, right, "2020-10-18")
        assert await somebody.suspended() == []
        await pay(story, right, "张三", 280, "2020-10-06", "T2", told="2020-10-20")

        found = await rows(
            story, "collection", "SELECT state, reason, person_id FROM payment_lines ORDER BY payment_id"
        )
        assert [(row.state, row.reason, row.person_id) for row in found] == [
            ("applied", None, person_id), ("suspended", "already_paid", person_id),
        ]  # fmt: skip
        (case,) = await story.cases("registration")
        assert (case["evidence"]["causes"], case["proposed"]) == (["died"], "withdraw")

    async def test_takes_no_money_that_was_paid_after_it_was_known(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        await died(story, somebody, "2020-10-15", "2020-10-16")
        await somebody.pays(280, "2020-10-17")

        assert await somebody.suspended() == [("not_payable", 280)]


class TestACoverThatAnOfficerEnded:
    """Its money goes back; no other money of the person takes its place."""

    @pytest.fixture
    async def ended(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        await somebody.pays(280, "2020-10-05", no="T1")
        await somebody.pays(280, "2020-10-06", no="T2")
        await died(story, somebody, "2020-10-15", "2020-10-16")
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "withdraw", "2020-10-17")
        await given_back(story, "T1", 280, "2020-10-18")
        return story, somebody

    async def test_leaves_a_second_payment_to_be_given_back(self, ended):
        story, somebody = ended

        assert (await somebody.state(), await somebody.due_state()) == ("withdrawn", "cancelled")
        assert await somebody.suspended() == [("already_paid", 280)]
        assert [one[:2] for one in await refunds(story)] == [("already_paid", 280)]

    async def test_takes_no_money_that_comes_later(self, ended):
        _, somebody = ended
        await somebody.pays(280, "2020-10-20", no="T3")
        await somebody.pays(280, "2020-10-07", told_at="2020-10-21", no="T4")

        assert await somebody.suspended() == [
            ("already_paid", 280), ("not_payable", 280), ("not_payable", 280),
        ]  # fmt: skip

    async def test_is_known_by_a_number_that_is_corrected_after_it(self, tell):
        """What goes back reaches a card of the right number, and more money of it is the person's."""
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        (person_id,) = await person_ids(story)
        await somebody.pays(280, "2020-10-05", no="T1")
        await died(story, somebody, "2020-10-15", "2020-10-16")
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "withdraw", "2020-10-17")
        approve, second = "/v1/refunds/1/approve", story.token_of("second")
        await story.county.expect("subsidy", "POST", approve, moment("2020-10-18"), {}, token=second)
        wrong, somebody.number = somebody.number, number("1980-06-15")
        await correct(story, person_id, wrong, somebody.number, "2020-10-19")
        await somebody.gives_card("2020-10-20")
        await somebody.pays(280, "2020-10-06", told_at="2020-10-21", no="T2")

        assert await somebody.payouts() == [("ready", 280)]
        found = await rows(
            story, "collection", "SELECT state, reason, person_id FROM payment_lines ORDER BY payment_id"
        )
        assert [(row.state, row.reason, row.person_id) for row in found][-1:] == [
            ("suspended", "already_paid", person_id)
        ]

    async def test_keeps_no_household_waiting_that_pays_together(self, tell):
        story = await tell("dongan")
        first, second = number(), number()
        await family(story, "2019-09-05", adult(first), adult(second), village="431122101201")
        one, other = Somebody(story, first, name="李四"), Somebody(story, second, name="李四")
        await story.roster("2019-09-11", "tekun", one, effective_on="2016-01-01")
        await died(story, one, "2019-10-15", "2019-10-16")
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "withdraw", "2019-10-17")
        await other.pays(250, "2019-10-20")

        assert (await one.state(), await other.state()) == ("withdrawn", "paid")


class TestMoneyPaidWhileAnExemptionWasInDoubt:
    @pytest.mark.parametrize("told", ["2017-12-11", "2018-02-20"])
    async def test_counts_once_the_exemption_is_withdrawn_whatever_became_known_before_it_was_told(
        self, tell, told
    ):
        """The person has become an employee since: too late to pay, but the cover had begun."""
        story = await tell("songming")
        somebody = await story.person("2017-10-31")
        await story.roster("2017-11-01", "fp_two_daughters", somebody, effective_on="2017-09-08")
        never = {"effective_on": "2017-09-08", "ended_on": "2017-09-08"}
        await story.roster("2017-11-07", "fp_two_daughters", somebody, mode="remove", **never)
        if told < "2018":
            await somebody.pays(180, "2017-12-11")
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "withdraw", "2018-01-02")
        await happens(story, somebody, "employee_insurance_began", "2018-01-19")
        if told > "2018":
            await somebody.pays(180, "2017-12-11", told_at=told)

        assert (await somebody.state(), await somebody.suspended()) == ("paid", [])
        assert (await somebody.enrollment())["benefit_from"] == "2018-01-01"


class TestAHouseholdOfHuilong:
    @pytest.mark.parametrize("told", ["2019-10-20", "2019-10-21"])
    async def test_that_paid_two_tiers_says_who_was_first_and_frees_the_other(self, tell, told):
        story = await tell("huilong")
        first, second = number(), number()
        await family(story, "2019-10-10", adult(first), adult(second), village="500155112001")
        a = Somebody(story, first, name="李四")
        if told == "2019-10-20":
            await a.pays(250, "2019-10-20 09:00:00", no="T1")
        await pay(story, second, "李四", 625, "2019-10-20 15:00:00", "T2")
        if told != "2019-10-20":
            await a.pays(250, "2019-10-20 09:00:00", told_at=told, no="T1")

        waits = 625 if told == "2019-10-20" else 250
        assert await a.suspended() == [("household_tier_mismatch", waits)]
        (case,) = await story.cases("collection")
        assert case["evidence"]["paid_first"] == ("applied" if told == "2019-10-20" else "waiting")
        if told == "2019-10-20":
            await given_back(story, "T1", 250, "2019-10-22")
            assert await a.suspended() == []
            assert [state for state, _ in await lines(story)] == ["refunded", "applied"]

    @pytest.mark.parametrize("typed", ["2019-10-19", "2019-10-20"])
    async def test_names_no_other_tier_for_what_nothing_cost_since_the_registration(self, tell, typed):
        """A poor person owes 125 on the first tier and 500 on the other one; 625 is what others pay."""
        story = await tell("huilong")
        poor, other = number(), number()
        somebody, since = Somebody(story, poor, name="李四"), "2019-10-19"
        await story.roster(
            typed, "registered_poor", somebody, **{"class": "exited"}, effective_on=since, listed_on=since
        )
        await family(story, "2019-10-25", adult(poor), adult(other), village="500155112001")
        await pay(story, other, "李四", 250, "2019-10-28", "T1")
        await pay(story, poor, "李四", 625, "2019-11-02", "T2")

        assert await somebody.suspended() == [("wrong_amount", 625)]

    async def test_lets_an_exemption_stand_whatever_is_struck_that_the_money_was_judged_by(self, tell):
        """The veteran owed 75 when 250 were paid; that he was none by then is for an officer to judge."""
        story = await tell("huilong")
        somebody = await story.person("2019-10-02", tier=1)
        await story.roster("2019-10-03", "veteran_care", somebody, effective_on="2019-10-03")
        await story.roster("2019-12-02", "fp_surgery", somebody, effective_on="2018-11-28")
        await somebody.pays(250, "2019-10-27", told_at="2019-12-04")
        gone = {"effective_on": "2019-10-20", "ended_on": "2019-10-20"}
        await story.roster("2019-12-19", "veteran_care", somebody, mode="remove", **gone)

        assert (await somebody.state(), await somebody.suspended()) == ("exempt", [("already_exempt", 250)])
        assert await somebody.helped() == [("health", 250)]

    @pytest.mark.parametrize("ending", ["died", "cancelled"])
    async def test_is_bound_no_more_by_a_member_whose_exempt_cover_ends(self, tell, ending):
        story = await tell("huilong")
        helped = await story.person("2019-10-08", household="H9", tier=1)
        other = await story.person("2019-10-13", household="H9", tier=2, born="1990-03-04")
        await story.roster("2019-10-19", "fp_disabled_child", helped, effective_on="2018-11-28")
        await other.pays(625, "2019-10-24")
        assert (await helped.state(), await other.state()) == ("exempt", "assessed")
        assert await other.suspended() == [("household_tier_mismatch", 625)]

        if ending == "died":
            await died(story, helped, "2019-11-24", "2019-11-25")
            (case,) = await story.cases("registration")
            await story.decide("registration", case, "withdraw", "2020-01-08")
        else:
            await ends(story, helped, "2020-01-08")

        assert (await other.state(), await other.suspended()) == ("paid", [])

    async def test_that_gets_all_back_may_pay_another_tier(self, tell):
        """What only the amounts had named goes with the money."""
        story = await tell("huilong")
        first, second = number(), number()
        await family(story, "2019-10-10", adult(first), adult(second), village="500155112001")
        for no, who in (("T1", first), ("T2", second)):
            await pay(story, who, "李四", 250, "2019-10-20", no)
        for no in ("T1", "T2"):
            await given_back(story, no, 250, "2019-10-22")
        a = Somebody(story, first, name="李四")
        assert (await a.enrollment())["tier"] is None
        for no, who in (("T3", first), ("T4", second)):
            await pay(story, who, "李四", 625, "2019-10-25", no)

        assert await a.suspended() == []
        assert [state for state, _ in await lines(story)] == ["refunded"] * 2 + ["applied"] * 2
        enrollment = await a.enrollment()
        assert (enrollment["state"], enrollment["tier"], enrollment["paid_fen"]) == ("paid", 2, 62_500)


class TestWhoseMoneyWaits:
    async def test_is_told_so_and_pays_again_only_knowingly(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-01")
        await somebody.pays(150, "2019-10-05")

        due = await somebody.due("2019-10-06")
        (waiting,) = due["waiting"]
        assert (due["state"], due["payable_fen"]) == ("open", 25_000)
        assert (waiting["amount_fen"], waiting["reason"]) == (15_000, "wrong_amount")
        assert "不符" in waiting["why"]["zh"]
        (person_id,) = await person_ids(story)
        order = {"county": "youxi", "coverage_year": 2020, "person_ids": [person_id], "channel": "tax"}
        refused = await story.county.ask("collection", "POST", "/v1/orders", moment("2019-10-06"), order)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:canbao:problem:money-waits")
        assert "150" in refused.json()["errors"][0]["detail"]
        order["despite_waiting"] = True
        placed = await story.county.ask("collection", "POST", "/v1/orders", moment("2019-10-06"), order)
        assert placed.status_code == 201

    async def test_who_can_pay_nothing_now_is_told_why(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-01")
        closed = (await somebody.due("2022-01-01"))["closed"]
        assert "closed on" in closed["en"] and "结束" in closed["zh"]
        late = await story.person("2022-01-05")
        told = (await late.due("2022-01-06"))["closed"]
        assert told["en"].startswith("Registered too late: on 2022-01-05") and "登记过晚" in told["zh"]


class TestMoneyThatWaitsBesideAPaymentThatCounts:
    async def test_of_whatever_reason_is_to_be_refunded(self, tell):
        story = await tell("songming")
        somebody = await story.person("2017-10-09")
        await somebody.pays(100, "2017-10-20")
        assert await somebody.suspended() == [("wrong_amount", 100)]
        await somebody.pays(180, "2017-10-21")

        (person_id,) = await person_ids(story)
        assert await somebody.suspended() == [("already_paid", 100)]
        assert await refunds(story) == [("already_paid", 100, person_id)]

    async def test_told_together_too(self, tell):
        story = await tell("songming")
        later = Somebody(story, number("1980-06-15"))
        await later.pays(100, "2017-10-20")
        await later.pays(180, "2017-10-21")
        await later.pays(50, "2017-10-22")
        await story.person("2017-10-23", number=later.number)

        (person_id,) = await person_ids(story)
        assert await later.suspended() == [("already_paid", 100), ("already_paid", 50)]
        assert sorted(await refunds(story)) == [
            ("already_paid", 50, person_id), ("already_paid", 100, person_id),
        ]  # fmt: skip

    async def test_waits_for_its_own_reason_again_when_that_one_goes_back(self, tell):
        story = await tell("songming")
        somebody = await story.person("2017-10-09")
        await somebody.pays(100, "2017-10-20")
        await somebody.pays(180, "2017-10-21", no="T2")
        await given_back(story, "T2", 180, "2017-10-25")

        assert await somebody.suspended() == [("wrong_amount", 100)]
        assert await refunds(story) == []
