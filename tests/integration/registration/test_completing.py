"""Payments and grants complete enrollments, refunds and revocations open them again, in whatever order."""

from itertools import permutations

import pytest

from services.registration.enrollments import handlers
from tests.integration.registration.builders import (
    OTHER_VILLAGE,
    granted,
    household,
    member,
    moment,
    number,
    paid,
    refunded,
    revoked,
)


async def enrolled(registration, **more):
    head = number()
    await registration.register(household("H1", member("张三", head), **more))
    await registration.assess()
    return head, (await registration.enrollment(head))["enrollment"]


async def cancel(registration, enrollment):
    path = f"/v1/enrollments/{enrollment['enrollment_id']}/cancel"
    return await registration.post(path, {"reason": "moved away"})


class TestPaying:
    async def test_a_payment_completes_the_enrollment_with_its_benefit_period(self, registration):
        head, enrollment = await enrolled(registration)
        await registration.handle(handlers.COLLECTION, paid(enrollment, "2020-03-01T10:00:00+08:00"))
        await registration.assess()
        shown = await registration.enrollment(head)
        assert (shown["enrollment"]["state"], shown["enrollment"]["paid_fen"]) == ("paid", 25_000)
        assert shown["enrollment"]["benefit_from"] == "2020-04-30"
        (told,) = await registration.events("covered")
        assert (told["cover_from"], told["cover_to"]) == ("2020-04-30", "2020-12-31")
        assert told["enrollment_id"] == enrollment["enrollment_id"]
        final = shown["assessments"][0]
        assert (final["kind"], final["answer"]["window"]) == ("final", "overdue")
        assert final["question"]["at"] == "2020-03-01T10:00:00+08:00"
        assert await registration.events("reassessed") == []

    async def test_the_same_payment_twice_changes_nothing(self, registration):
        _, enrollment = await enrolled(registration)
        payment = paid(enrollment, "2019-11-01T10:00:00+08:00")
        await registration.handle(handlers.COLLECTION, payment)
        await registration.assess()
        await registration.handle(handlers.COLLECTION, payment)
        assert await registration.assess() == 0

    async def test_a_status_known_before_the_payment_arrived_but_after_it_was_made_is_late(
        self, registration
    ):
        head, enrollment = await enrolled(registration)
        roster = {
            "county": "youxi",
            "coverage_year": 2020,
            "status": "medical_assistance_1",
            "department": "civil_affairs",
            "listed_on": "2019-11-05",
            "rows": [{"id_number": head, "effective_on": "2019-03-01"}],
        }
        await registration.post("/v1/rosters", roster, "2019-11-05T09:00:00+08:00")
        await registration.assess()
        await registration.handle(handlers.COLLECTION, paid(enrollment, "2019-11-01T10:00:00+08:00"))
        await registration.assess()
        shown = await registration.enrollment(head)
        assert [a["kind"] for a in shown["assessments"]] == ["after_payment", "final", "open", "open"]
        assert shown["assessments"][1]["answer"]["subsidies"] == []
        late = (await registration.events("reassessed"))[-1]
        assert late["after_payment"] is True

    async def test_a_payment_wins_over_a_cancellation(self, registration):
        head, enrollment = await enrolled(registration)
        await registration.post(
            f"/v1/enrollments/{enrollment['enrollment_id']}/cancel", {"reason": "moved away"}
        )
        await registration.handle(handlers.COLLECTION, paid(enrollment, "2019-09-09T10:00:00+08:00"))
        await registration.assess()
        shown = (await registration.enrollment(head))["enrollment"]
        assert (shown["state"], shown["cancel_reason"]) == ("paid", None)

    async def test_the_tier_that_one_member_paid_binds_the_household(self, registration):
        notice = registration.context.notices[("huilong", 2020)]
        village = (
            (notice.division + "201").ljust(12, "0")
            if len(notice.division) == 9
            else notice.division + "101201"
        )
        payer, other = number(), number()
        row = household("H1", member("张三", payer), member("李四", other)) | {"division_code": village}
        row["enroll"] = {"county": "huilong", "coverage_year": 2020, "tier": 1}
        assert (await registration.register(row, at="2019-10-20T10:00:00+08:00"))["rejected"] == []
        await registration.assess()
        enrollment = (await registration.enrollment(payer))["enrollment"]
        await registration.handle(handlers.COLLECTION, paid(enrollment, "2019-11-01T10:00:00+08:00"))
        await registration.assess()
        other_id = await registration.person_id(other)
        change = {"person_id": other_id, "county": "huilong", "coverage_year": 2020, "tier": 2}
        assert (
            await registration.post("/v1/enrollments", change, "2019-11-02T10:00:00+08:00")
        ).status_code == 200
        await registration.assess()
        newest = (await registration.enrollment(other))["assessments"][0]
        assert newest["answer"]["reason_codes"] == ["household_tier_mismatch"]

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    async def test_the_tier_that_only_money_named_stays_while_money_of_it_is_there(self, registration, order):
        """Of two payments of one tier the first goes back: it takes the tier with it, the other brings it."""
        head = number()
        row = household("H1", member("张三", head)) | {"division_code": "500155112001"}
        row["enroll"] = {"county": "huilong", "coverage_year": 2020}
        assert (await registration.register(row, at="2019-09-28T10:00:00+08:00"))["rejected"] == []
        await registration.assess()
        enrollment = (await registration.enrollment(head))["enrollment"]
        first = paid(enrollment, "2019-10-07T10:00:00+08:00", tier=1)
        second = paid(enrollment, "2019-11-29T10:00:00+08:00", tier=1, payment_id=2)
        facts = [
            (handlers.COLLECTION, first),
            (handlers.SUBSIDY, refunded(first, "2020-01-19T10:00:00+08:00")),
            (handlers.COLLECTION, second),
        ]
        for place in order:
            await registration.handle(*facts[place])
            await registration.assess()

        left = (await registration.enrollment(head))["enrollment"]
        assert (left["state"], left["tier"], left["benefit_from"]) == ("paid", 1, "2020-01-01")


class TestOrders:
    async def test_facts_commute(self, registration):
        orders = list(permutations(range(4)))
        heads = [number() for _ in orders]
        await registration.register(
            *(household(f"H{n}", member("张三", head)) for n, head in enumerate(heads))
        )
        await registration.assess()
        for grant_id, (head, order) in enumerate(zip(heads, orders, strict=True)):
            enrollment = (await registration.enrollment(head))["enrollment"]
            payment = paid(enrollment, "2019-11-01T10:00:00+08:00")
            grant = granted(enrollment, "2019-10-01T10:00:00+08:00", grant_id)
            facts = [
                (handlers.COLLECTION, payment),
                (handlers.SUBSIDY, refunded(payment, "2019-12-01T10:00:00+08:00")),
                (handlers.SUBSIDY, grant),
                (handlers.SUBSIDY, revoked(grant, "2019-12-02T10:00:00+08:00")),
            ]
            for place in order:
                await registration.handle(*facts[place])
        await registration.assess()
        states = await registration.rows("SELECT DISTINCT state, completed_at, benefit_from FROM enrollments")
        assert [tuple(row) for row in states] == [("assessed", None, None)]


class TestGrants:
    async def test_a_completing_grant_makes_the_enrollment_exempt(self, registration):
        head, enrollment = await enrolled(registration)
        await registration.handle(handlers.SUBSIDY, granted(enrollment, "2019-10-01T10:00:00+08:00"))
        await registration.assess()
        shown = await registration.enrollment(head)
        assert shown["enrollment"]["state"] == "exempt"
        assert moment(shown["enrollment"]["completed_at"]) == moment("2019-10-01T10:00:00+08:00")
        assert shown["enrollment"]["benefit_from"] == "2020-01-01"

    async def test_a_grant_does_not_undo_a_cancellation(self, registration):
        head, enrollment = await enrolled(registration)
        await registration.post(
            f"/v1/enrollments/{enrollment['enrollment_id']}/cancel", {"reason": "moved away"}
        )
        await registration.handle(handlers.SUBSIDY, granted(enrollment, "2019-10-01T10:00:00+08:00"))
        assert (await registration.enrollment(head))["enrollment"]["state"] == "cancelled"


class TestCancelling:
    async def test_a_cancellation_is_published_once_and_can_be_taken_back_by_enrolling(self, registration):
        head, enrollment = await enrolled(registration)
        for _ in range(2):
            assert (await cancel(registration, enrollment)).json()["state"] == "cancelled"
        assert len(await registration.events("cancelled")) == 1
        again = {"person_id": await registration.person_id(head), "county": "youxi", "coverage_year": 2020}
        assert (await registration.post("/v1/enrollments", again)).json()["state"] == "registered"
        await registration.assess()
        assert [event["revision"] for event in await registration.events("enrollment.assessed")] == [1, 3]

    @pytest.mark.parametrize("written", ["张三已随单位参保", "died", "merged"])
    async def test_what_the_officer_wrote_is_kept_and_told_to_nobody(self, registration, written):
        head, enrollment = await enrolled(registration)
        path = f"/v1/enrollments/{enrollment['enrollment_id']}/cancel"
        answer = (await registration.post(path, {"reason": written})).json()
        assert (answer["cancel_reason"], answer["cancel_note"]) == ("officer", written)
        shown = (await registration.enrollment(head))["enrollment"]
        assert (shown["cancel_reason"], shown["cancel_note"]) == ("officer", written)
        assert [event["reason"] for event in await registration.events("cancelled")] == ["officer"]
        (row,) = await registration.rows("SELECT cancel_note FROM enrollments WHERE cancelled_at IS NOT NULL")
        assert written.encode() not in bytes(row.cancel_note)

    async def test_what_is_paid_cannot_be_cancelled(self, registration):
        _, enrollment = await enrolled(registration)
        await registration.handle(handlers.COLLECTION, paid(enrollment, "2019-11-01T10:00:00+08:00"))
        answer = await registration.post(
            f"/v1/enrollments/{enrollment['enrollment_id']}/cancel", {"reason": "regret"}
        )
        assert (answer.status_code, answer.json()["type"]) == (
            409,
            "urn:canbao:problem:enrollment-already-paid",
        )


class TestTotals:
    async def test_the_season_is_counted_by_state_as_far_as_the_division_reaches(self, registration):
        _, enrollment = await enrolled(registration)
        elsewhere = household("H3", division_code=OTHER_VILLAGE)
        await registration.register(household("H2", member("李四")), elsewhere)
        await registration.assess()
        await registration.handle(handlers.COLLECTION, paid(enrollment, "2019-11-01T10:00:00+08:00"))
        county = {"county": "youxi", "coverage_year": 2020}
        totals = (await registration.get("/v1/reports/enrollments", **county)).json()
        assert (totals["by_state"]["assessed"], totals["by_state"]["paid"]) == (2, 1)
        http = await registration.client(division="350426102")
        part = (await http.get("/v1/reports/enrollments", params=county)).json()
        assert (part["by_state"]["assessed"], part["by_state"]["paid"]) == (1, 0)
