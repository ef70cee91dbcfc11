"""Lapsed years that people repair: what is told beforehand, and what it makes of a cover, in whatever order.

Qingdao 2027: two lapsed years mean four months of waiting from 1 January; one repaired, three.
"""

import pytest

from libs.common.events.collection import PaymentTakenBack
from services.registration.enrollments import handlers
from tests.integration.registration.builders import moment, number, paid, refunded, repaired
from tests.integration.registration.test_histories import WHOLE, enroll, line, pay, preview, send, shown

PAID_AT = "2026-11-20T10:00:00+08:00"
LATER = "2027-04-10T10:00:00+08:00"


async def lapsed(registration, *years):
    """Somebody insured in these years, of 2025 and 2026, of which everything is known."""
    one = number()
    await enroll(registration, one)
    await send(registration, [line(number(), 2026), *(line(one, year) for year in years)], **WHOLE)
    return one


async def tell(registration, *facts, to=handlers.COLLECTION):
    await registration.handle(to, *facts)
    await registration.assess()


async def cover(registration, one):
    return (await shown(registration, one, at=LATER))["enrollment"]["benefit_from"]


class TestWhatIsOffered:
    async def test_the_schedule_says_which_years_can_be_repaired_at_what_and_for_how_much_less_waiting(
        self, registration
    ):
        await lapsed(registration)
        [*_, told] = await registration.events("enrollment.reassessed.v1")
        repair = {one["window"]: one.get("repair") for one in told["schedule"]}
        terms = {"years": [2026], "each_fen": 41_500, "months": [4, 3], "latest": "before_wait_ends"}
        main = terms | {"anchor": "coverage_start", "waits_from": "2027-01-01", "clause": "摘要5"}
        assert repair["main"] == main
        assert repair["makeup"] == main | {"anchor": "payment_day", "waits_from": None}

    @pytest.mark.parametrize("years", [(2025,), (2025, 2026)])
    async def test_nothing_is_offered_that_would_change_nothing(self, registration, years):
        await lapsed(registration, *years)
        [*_, told] = await registration.events("enrollment.reassessed.v1")
        assert not any(one.get("repair") for one in told["schedule"])


class TestCover:
    async def test_repaired_with_the_contribution_it_begins_a_month_earlier_and_is_told(self, registration):
        one = await lapsed(registration)
        payment = await pay(registration, one)
        assert await cover(registration, one) == "2027-05-01"
        await tell(registration, repaired(payment, 2026, PAID_AT))
        assert await cover(registration, one) == "2027-04-01"
        newest = (await registration.events("enrollment.covered.v1"))[-1]
        assert (newest["cover_from"], newest["cause"]) == ("2027-04-01", "years_repaired")
        seen = await preview(registration, one, at="2026-12-01T10:00:00+08:00")
        assert (seen["outcome"], seen["cover_from"]) == ("paid", "2027-04-01")

    async def test_the_contribution_and_the_repair_may_be_heard_in_one_batch(self, registration):
        one = await lapsed(registration)
        enrollment = (await shown(registration, one))["enrollment"]
        payment = await pay_only(registration, enrollment)
        await registration.handle(handlers.COLLECTION, payment, repaired(payment, 2026, PAID_AT))
        await registration.assess()
        assert await cover(registration, one) == "2027-04-01"

    async def test_repaired_later_it_never_begins_before_that_day(self, registration):
        one = await lapsed(registration)
        payment = await pay(registration, one)
        await tell(registration, repaired(payment, 2026, "2027-04-20T10:00:00+08:00"))
        assert await cover(registration, one) == "2027-04-20"
        after = "2027-04-21T10:00:00+08:00"
        assert (await preview(registration, one, at=after))["cover_from"] == "2027-04-20"
        assert (await shown(registration, one, at=after))["history"]["repaired_years"] == [2026]

    @pytest.mark.parametrize("back_first", [False, True])
    async def test_a_repair_that_goes_back_takes_the_month_along(self, registration, back_first):
        one = await lapsed(registration)
        payment = await pay(registration, one)
        back = refunded(payment, "2026-12-20T10:00:00+08:00").model_copy(
            update={"line_no": 2, "repaired_year": 2026, "withdraws": True, "amount_fen": 41_500}
        )
        steps = [(handlers.COLLECTION, repaired(payment, 2026, PAID_AT), 1), (handlers.SUBSIDY, back, 2)]
        before = registration.told
        for handler, fact, seconds in reversed(steps) if back_first else steps:
            registration.told = before + seconds
            await tell(registration, fact, to=handler)
        registration.told = before + 3
        seen = (await shown(registration, one, at=LATER))["enrollment"]
        assert (seen["state"], seen["benefit_from"]) == ("paid", "2027-05-01")
        await tell(registration, repaired(payment, 2026, "2026-12-21T10:00:00+08:00", line_no=3))
        assert await cover(registration, one) == "2027-04-01"

    async def test_the_contribution_stays_paid_when_only_a_repair_goes_back(self, registration):
        one = await lapsed(registration)
        payment = await pay(registration, one)
        await tell(registration, repaired(payment, 2026, PAID_AT))
        gone = PaymentTakenBack(
            payment_id=payment.payment_id, line_no=2, channel="bank", transaction_no="T2",
            reason="already_paid", amount_fen=41_500, repaired_year=2026, person_id=1,
            enrollment_id=payment.enrollment_id, county="qingdao", coverage_year=2027,
            division_code=payment.division_code, paid_at=moment(PAID_AT), taken_back_at=moment(LATER),
        )  # fmt: skip
        await tell(registration, gone)
        seen = (await shown(registration, one, at=LATER))["enrollment"]
        assert (seen["state"], seen["benefit_from"]) == ("paid", "2027-05-01")

    async def test_a_year_repaired_for_nothing_takes_no_cover_away(self, registration):
        one = await lapsed(registration)
        payment = await pay(registration, one)
        await tell(registration, repaired(payment, 2026, "2027-04-20T10:00:00+08:00"))
        await send(registration, [line(one, 2026)], at="2027-04-25T10:00:00+08:00")
        assert await cover(registration, one) == "2027-01-01"


async def pay_only(registration, enrollment):
    """A payment that nobody has told of yet."""
    newest = await registration.value(
        "SELECT max(assessment_id) FROM enrollments WHERE id = :id", id=enrollment["enrollment_id"]
    )
    return paid(enrollment, PAID_AT, 41_500, assessment_id=newest)
