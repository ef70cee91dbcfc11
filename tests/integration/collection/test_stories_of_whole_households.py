"""Where a household pays together, what comes for one waits until nobody is missing."""

from datetime import timedelta

import pytest

from libs.common.events.collection import PaymentReceived
from libs.common.events.envelope import MergedEnrollment
from libs.common.events.registration import PersonMerged
from services.collection.alarms import business_now, see_to_overdue

from .conftest import CLOSES, NOW, PRICE, RISES, VILLAGE, id_number, name, season, states

HOUR = timedelta(hours=1)
FAMILY = (1, 2, 3, 4)


def member(counter, person, **changes):
    return counter.assessed(person, **({"county": "dongan", "household_id": 500} | changes))


async def pay(counter, number, *people, amounts=(), **changes):
    fens = [*amounts, *[PRICE] * (len(people) - len(amounts))]
    items = [
        {"id_number": id_number(p), "name": name(p), "amount_fen": fen}
        for p, fen in zip(people, fens, strict=True)
    ]
    return await counter.pay(number, items=items, amount_fen=sum(fens), county="dongan", **changes)


async def all_states(counter):
    await counter.match()
    rows = await counter.rows("SELECT state, reason FROM payment_lines ORDER BY payment_id, line_no")
    return [(row.state, row.reason) for row in rows]


@pytest.fixture
async def family(counter):
    await counter.tell(*(member(counter, person) for person in FAMILY))
    return counter


class TestMoneyFromOutside:
    async def test_for_one_waits_until_all_have_paid_and_counts_from_its_own_instant(self, family):
        for number in (1, 2, 3):
            payment = await pay(family, f"T{number}", number, at=NOW + number * HOUR)
            assert states(payment) == [("suspended", "household_incomplete")]
        await pay(family, "T4", 4, at=NOW + 4 * HOUR)
        assert await all_states(family) == [("applied", None)] * 4
        vouchers = await family.rows("SELECT voucher_no, receipt_no FROM vouchers ORDER BY 1")
        assert {row.receipt_no for row in vouchers} <= {row.voucher_no for row in vouchers}
        assert len({row.receipt_no for row in vouchers}) == 1
        received = [fact for fact in await family.published() if isinstance(fact, PaymentReceived)]
        assert {fact.person_id: fact.paid_at for fact in received} == {
            person: NOW + person * HOUR for person in FAMILY
        }

    async def test_for_all_at_once_is_applied_at_once(self, family):
        assert states(await pay(family, "T1", *FAMILY)) == [("applied", None)] * 4

    async def test_for_all_of_which_one_line_is_wrong_waits_for_that_one(self, family):
        payment = await pay(family, "T1", *FAMILY, amounts=(PRICE - 1,))
        assert (
            states(payment) == [("suspended", "wrong_amount")] + [("suspended", "household_incomplete")] * 3
        )
        await pay(family, "T2", 1, at=NOW + HOUR)
        assert await all_states(family) == [
            ("suspended", "already_paid"),
            *[("applied", None)] * 4,
        ]

    @pytest.mark.parametrize("together", [True, False])
    @pytest.mark.parametrize("second", [PRICE, PRICE - 1])
    async def test_a_second_one_for_somebody_is_judged_the_same_together_and_alone(
        self, family, together, second
    ):
        if together:
            await pay(family, "T1", 1, 1, amounts=(PRICE, second))
        else:
            await pay(family, "T1", 1)
            await pay(family, "T2", 1, amounts=(second,))
        reason = "household_incomplete" if second == PRICE else "wrong_amount"
        assert await all_states(family) == [("suspended", "household_incomplete"), ("suspended", reason)]

    async def test_does_not_wait_for_members_who_are_exempt_or_may_not_join(self, family):
        refused = tuple(
            segment.model_copy(update={"outcome": "rejected", "reason_codes": ("employee_insured",)})
            for segment in season()
        )
        payment = await pay(family, "T1", 1, 2)
        assert states(payment) == [("suspended", "household_incomplete")] * 2
        await family.tell(family.granted(3, NOW))
        assert await all_states(family) == [("suspended", "household_incomplete")] * 2
        await family.tell(member(family, 4, revision=2, schedule=refused, at=NOW))
        assert await all_states(family) == [("applied", None)] * 2

    async def test_for_one_who_joined_later_does_not_wait(self, family):
        await pay(family, "T1", *FAMILY)
        await family.tell(member(family, 5))
        assert states(await pay(family, "T2", 5)) == [("applied", None)]

    async def test_goes_on_when_who_is_missing_moves_into_another_household(self, family):
        await pay(family, "T1", 1, 2, 3)
        await family.tell(member(family, 4, revision=2, household_id=501, at=NOW + HOUR))
        assert await all_states(family) == [("applied", None)] * 3

    @pytest.mark.parametrize("together", [False, True])
    async def test_that_came_twice_waits_twice_and_one_is_a_second_payment_in_the_end(self, family, together):
        for number in ("T1", "T2"):
            items = [{"id_number": id_number(1), "name": name(1), "amount_fen": PRICE}]
            await family.notify(number, county="dongan", items=items, amount_fen=PRICE)
            if not together:
                await family.match()
        assert await all_states(family) == [("suspended", "household_incomplete")] * 2
        await pay(family, "T3", 2, 3, 4, at=NOW + HOUR)
        assert await all_states(family) == [
            ("applied", None), ("suspended", "already_paid"), *[("applied", None)] * 3
        ]  # fmt: skip

    async def test_of_which_a_part_goes_back_does_not_count_as_paid(self, family):
        waiting = await pay(family, "T1", 1)
        back = family.refunded(waiting["payment_id"], 1, "paid", amount_fen=100, withdraws=False)
        await family.tell(back)
        assert await all_states(family) == [("suspended", "wrong_amount")]
        await pay(family, "T2", 2, 3, 4, at=NOW + HOUR)
        assert await all_states(family) == [
            ("suspended", "wrong_amount"), *[("suspended", "household_incomplete")] * 3
        ]  # fmt: skip


class TestWhatIsIncompleteWhenTheWindowEnds:
    """Two of four have paid; the window ends at New Year."""

    LATE = RISES + HOUR

    @pytest.fixture
    async def late(self, family):
        await pay(family, "T1", 1)
        await pay(family, "T2", 2, at=NOW + HOUR)
        return family

    async def cases(self, counter, state="open"):
        return (await counter.http.get("/v1/cases", params={"state": state})).json()["items"]

    async def decide(self, counter, case, step):
        body = {"step": step, "reason": "The others are insured at their school"}
        answer = await counter.http.post(f"/v1/cases/{case['case_id']}/decision", json=body)
        assert answer.status_code == 200, answer.text
        await counter.match()

    async def test_is_a_case_that_names_who_is_missing_and_the_money_that_waits(self, late):
        await see_to_overdue(late.context, RISES - HOUR)
        assert await self.cases(late) == []
        for _ in range(2):
            await see_to_overdue(late.context, self.LATE)
        (case,) = await self.cases(late)
        assert (case["kind"], case["amount_fen"], case["county"]) == (
            "household_incomplete", 2 * PRICE, "dongan"
        )  # fmt: skip
        evidence = case["evidence"]
        assert [one["person_id"] for one in evidence["missing"]] == [3, 4]
        assert [one["person_id"] for one in evidence["waiting"]] == [1, 2]
        assert (evidence["window_ended_at"], case["opened_at"]) == (RISES.isoformat(), RISES.isoformat())

    async def test_is_none_in_a_replayed_season_before_money_comes_after_the_end(self, late):
        """Its window ended years ago by the clock on the wall."""
        await see_to_overdue(late.context, await business_now(late.context))
        assert await self.cases(late) == []
        await late.tell(member(late, 9, household_id=501))
        await pay(late, "T9", 9, at=self.LATE, paid_at=RISES - HOUR)
        await see_to_overdue(late.context, await business_now(late.context))
        assert len(await self.cases(late)) == 1

    async def test_is_applied_at_its_own_instants_when_an_officer_says_so(self, late):
        await see_to_overdue(late.context, self.LATE)
        (case,) = await self.cases(late)
        await self.decide(late, case, "apply")
        assert await all_states(late) == [("applied", None)] * 2
        received = [fact for fact in await late.published() if isinstance(fact, PaymentReceived)]
        assert [fact.paid_at for fact in received] == [NOW, NOW + HOUR]
        await see_to_overdue(late.context, self.LATE)
        assert await self.cases(late) == []

    async def test_waits_on_when_an_officer_says_so_and_is_asked_about_anew_when_something_comes(self, late):
        await see_to_overdue(late.context, self.LATE)
        (case,) = await self.cases(late)
        await self.decide(late, case, "wait")
        await see_to_overdue(late.context, self.LATE)
        assert (await self.cases(late), await all_states(late)) == (
            [], [("suspended", "household_incomplete")] * 2
        )  # fmt: skip
        await pay(late, "T3", 3, at=self.LATE, paid_at=RISES - HOUR)
        (case,) = await self.cases(late)
        assert [one["person_id"] for one in case["evidence"]["missing"]] == [4]

    @pytest.mark.parametrize("how", ["paid", "exempt", "moved", "left", "refunded"])
    async def test_closes_by_itself_when_nothing_waits_any_more(self, late, how):
        await see_to_overdue(late.context, self.LATE)
        assert len(await self.cases(late)) == 1
        if how == "paid":  # in time, told late
            await pay(late, "T3", 3, 4, at=self.LATE, paid_at=RISES - HOUR)
        elif how == "exempt":
            await late.tell(late.granted(3, NOW), late.granted(4, NOW), at=self.LATE)
        elif how in ("moved", "left"):
            who = (3, 4) if how == "moved" else (1, 2)
            await late.tell(*(member(late, one, revision=2, household_id=501, at=self.LATE) for one in who))
        else:
            rows = await late.rows("SELECT payment_id FROM payment_lines ORDER BY 1")
            for number, row in enumerate(rows):
                back = late.refunded(row.payment_id, 1, "paid", refund_id=number, withdraws=False)
                await late.tell(back, at=self.LATE)
        await late.match()
        assert await self.cases(late) == []
        assert len(await self.cases(late, "closed")) == 1

    async def test_says_who_is_missing_still_when_another_is_excused(self, late):
        await see_to_overdue(late.context, self.LATE)
        await late.tell(late.granted(3, NOW), at=self.LATE)
        await late.match()
        (case,) = await self.cases(late)
        assert [one["person_id"] for one in case["evidence"]["missing"]] == [4]

    async def test_is_a_case_at_once_where_the_money_is_told_of_after_the_end(self, family):
        await pay(family, "T1", 1, at=self.LATE, paid_at=NOW)
        (case,) = await self.cases(family)
        assert case["opened_at"] == self.LATE.isoformat()

    async def test_is_none_while_a_longer_window_lasts(self, late):
        """The deadline was put off by the notice before it was over."""
        longer = (season()[0].model_copy(update={"until_at": CLOSES}), season()[2])
        await late.tell(*(member(late, one, revision=2, schedule=longer, at=NOW + HOUR) for one in FAMILY))
        await late.match()
        await see_to_overdue(late.context, self.LATE)
        assert await self.cases(late) == []
        await see_to_overdue(late.context, CLOSES)
        assert len(await self.cases(late)) == 1


class TestOrders:
    async def test_for_a_part_are_refused_with_the_names_of_the_others(self, family):
        body = {"county": "dongan", "coverage_year": 2020, "channel": "wechat"}
        refused = await family.http.post("/v1/orders", json=body | {"person_ids": [1, 3]})
        assert refused.status_code == 409
        assert refused.json()["type"].endswith("household-incomplete")
        details = [error["detail"] for error in refused.json()["errors"]]
        assert ["2" in details[0], "4" in details[1], len(details)] == [True, True, 2]
        whole = await family.http.post("/v1/orders", json=body | {"person_ids": list(FAMILY)})
        assert whole.status_code == 201

    async def test_need_not_name_those_whose_money_waits(self, family):
        await pay(family, "T1", 1)
        body = {"county": "dongan", "coverage_year": 2020, "channel": "wechat", "person_ids": [2, 3, 4]}
        order = await family.http.post("/v1/orders", json=body)
        assert order.status_code == 201
        sent = family.keys.wechat().payment(
            transaction_id="W1", out_trade_no=order.json()["order_no"], amount_fen=3 * PRICE, paid_at=NOW
        )
        await family.deliver(sent)
        assert await all_states(family) == [("applied", None)] * 4


class TestTwoRecordsOfOneMember:
    """The second record lived alone in another household, and its enrollment stands."""

    def told(self, counter):
        at = NOW + 5 * HOUR
        ended = counter.cancelled(1, at, revision=2).model_copy(
            update={"reason": "merged", "county": "dongan"}
        )
        one = PersonMerged(
            person_id=1, merged_person_id=9, county="dongan", merged_at=at,
            identity_digests=(counter.digest(1), counter.digest(9)),
            enrollments=(
                MergedEnrollment(coverage_year=2020, enrollment_id=1009, merged_enrollment_id=1001),
            ),
            household_id=500, division_code=VILLAGE,
        )  # fmt: skip
        return [ended, one]

    def second(self, counter, **changes):
        named = counter.context.digests.name(name(1))
        return member(counter, 9, **({"household_id": 600, "name_digest": named} | changes))

    @pytest.fixture
    async def couple(self, counter):
        await counter.tell(*(member(counter, person) for person in (1, 2)))
        await counter.tell(self.second(counter))
        return counter

    @pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0, 1)])
    async def test_are_waited_for_at_every_moment_in_between(self, couple, order):
        await pay(couple, "T1", 2)
        for number in order:
            await couple.tell(self.told(couple)[number])
            assert await all_states(couple) == [("suspended", "household_incomplete")]
        await pay(couple, "T2", 1, at=NOW + 6 * HOUR)
        assert await all_states(couple) == [("applied", None)] * 2

    async def test_money_of_the_one_that_ended_waits_for_the_household_all_the_same(self, couple):
        await pay(couple, "T1", 1)
        for fact in self.told(couple):
            await couple.tell(fact)
            assert await all_states(couple) == [("suspended", "household_incomplete")]
        await pay(couple, "T2", 2, at=NOW + 6 * HOUR)
        assert await all_states(couple) == [("applied", None)] * 2

    async def test_who_alone_was_missing_elsewhere_is_missed_there_no_more(self, couple):
        await couple.tell(member(couple, 8, household_id=600))
        await pay(couple, "T1", 8)
        assert await all_states(couple) == [("suspended", "household_incomplete")]
        await couple.tell(*self.told(couple))
        assert await all_states(couple) == [("applied", None)]

    async def test_of_what_was_told_of_a_record_before_nothing_moves_them_back(self, couple):
        await pay(couple, "T1", 2)
        await couple.tell(*self.told(couple))
        await couple.tell(self.second(couple, revision=2, at=NOW + HOUR))
        assert await all_states(couple) == [("suspended", "household_incomplete")]
        assert [row.household_id for row in await couple.rows("SELECT household_id FROM dues")] == [500] * 3
