"""Tickets: a village reports an error, the bureau mends it from the ticket in time, or says why not."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from services.registration.enrollments.handlers import COLLECTION
from services.registration.people.store import take_turn
from services.registration.tickets.alarming import see_to_tickets
from tests.integration.registration.builders import household, member, number, paid
from tests.integration.registration.conftest import Registration

VILLAGE, OTHER, FAR = "431122101201", "431122101202", "431122102201"
SEASON = {"county": "dongan", "coverage_year": 2020}
BUREAU = ["tickets:read", "registration:decide", "registration:read", "pii:read"]
PROOF = [{"kind": "id_card", "note": "已核对原件"}]


@dataclass
class Desk:
    """The offices of Dong'an: a village, a township of another one, and two officers of the bureau."""

    registration: Registration
    village: Any
    far: Any
    bureau: Any
    second: Any

    async def resident(self, name: str = "张三", no: str = "1", at: str = VILLAGE) -> tuple[int, str]:
        """A registered person, enrolled and assessed."""
        known = number()
        row = household(no, member(name, known), county="dongan", division_code=at)
        assert (await self.registration.register(row, at="2019-09-02T09:00:00+08:00"))["rejected"] == []
        await self.registration.assess()
        return await self.registration.person_id(known), known

    async def pays(self, id_number: str, at: str = "2019-09-20T09:00:00+08:00") -> None:
        enrollment = (await self.registration.enrollment(id_number))["enrollment"]
        await self.registration.handle(COLLECTION, paid(enrollment, at))

    async def report(
        self, correction: dict[str, Any], at: str = "2019-09-30T09:00:00+08:00", by: Any = None, **whom: Any
    ) -> Any:
        body = SEASON | {"correction": correction, "wrong": "与证件不符", "proofs": PROOF} | whom
        return await (by or self.village).post("/v1/tickets", json=body, headers={"canbao-clock": at})

    async def ticket(self, correction: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = await self.report(correction, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def resolve(
        self, ticket: dict[str, Any], at: str = "2019-10-10T16:00:00+08:00", by: Any = None, **body: Any
    ) -> Any:
        path = f"/v1/tickets/{ticket['ticket_id']}/resolution"
        return await (by or self.bureau).post(path, json=body, headers={"canbao-clock": at})

    async def person(self, person_id: int) -> dict[str, Any]:
        return (await self.registration.get(f"/v1/persons/{person_id}")).json()

    async def listed(self, http: Any, at: str, **query: Any) -> list[dict[str, Any]]:
        asked = SEASON | query
        answer = await http.get("/v1/tickets", params=asked, headers={"canbao-clock": at})
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]


@pytest.fixture
async def desk(registration) -> Desk:
    reporting = ["tickets:read", "tickets:write"]
    return Desk(
        registration,
        await registration.client(scopes=reporting, division=VILLAGE, subject="village"),
        await registration.client(scopes=reporting, division=FAR[:9], subject="far"),
        await registration.client(scopes=BUREAU, division="431122", subject="bureau"),
        await registration.client(scopes=BUREAU, division="431122", subject="second"),
    )


def kind(answer: Any) -> str:
    return answer.json()["type"].rsplit(":", 1)[1]


class TestAWrongName:
    async def test_is_mended_on_the_third_workday_after_the_national_day(self, desk):
        person_id, _ = await desk.resident("张山")
        ticket = await desk.ticket({"kind": "name", "name": "张三"}, person_id=person_id)
        assert (ticket["due_on"], ticket["state"], ticket["pay"]) == ("2019-10-10", "reported", None)
        assert ticket["correction"] == {"kind": "name", "name": "张*"}

        resolved = (await desk.resolve(ticket, note="已按身份证更正")).json()

        assert (resolved["state"], resolved["overdue"], resolved["answer"]) == (
            "resolved",
            False,
            "已按身份证更正",
        )
        assert resolved["pay"] == {
            "pay_from_on": "2019-10-11",
            "words": "because the data takes a while to travel, payers had better pay on the next day",
            "words_zh": "由于登记和缴费数据传递存在时延，建议缴费人第二天再缴费",
            "clause": "七(一)",
        }
        assert (await desk.person(person_id))["name"] == "张三"
        (seen,) = await desk.listed(desk.village, "2019-10-11T09:00:00+08:00", list="answered", mine=True)
        assert (seen["state"], seen["answered_by"]) == ("resolved", "bureau")

    async def test_may_be_mended_after_payment_too_and_nobody_is_told_to_pay_again(self, desk):
        person_id, known = await desk.resident("张山")
        await desk.pays(known)
        ticket = await desk.ticket({"kind": "name", "name": "张三"}, person_id=person_id)
        resolved = (await desk.resolve(ticket)).json()
        assert (resolved["state"], resolved["pay"]) == ("resolved", None)

    async def test_sent_again_is_mended_once(self, desk):
        person_id, _ = await desk.resident("张山")
        ticket = await desk.ticket({"kind": "name", "name": "张三"}, person_id=person_id)
        path, headers = f"/v1/tickets/{ticket['ticket_id']}/resolution", {"idempotency-key": '"once"'}
        first = await desk.bureau.post(path, json={}, headers=headers)
        again = await desk.bureau.post(path, json={}, headers=headers)
        assert (first.json(), again.headers["canbao-repeated"]) == (again.json(), "true")
        assert await desk.registration.value("SELECT count(*) FROM person_versions") == 1


class TestDueDays:
    async def test_count_over_the_new_year(self, desk):
        person_id, _ = await desk.resident()
        ticket = await desk.ticket(
            {"kind": "name", "name": "李四"}, person_id=person_id, at="2019-12-30T23:59:59+08:00"
        )
        assert ticket["due_on"] == "2020-01-03"

    async def test_say_so_where_nobody_knows_the_workdays(self, desk):
        person_id, _ = await desk.resident()
        ticket = await desk.ticket(
            {"kind": "name", "name": "李四"}, person_id=person_id, at="2026-12-30T09:00:00+08:00"
        )
        assert (ticket["due_on"], ticket["unknown_year"]) == (None, 2027)
        assert await desk.listed(desk.bureau, "2027-03-01T09:00:00+08:00", list="overdue") == []

    async def test_that_are_over_are_found_by_the_list_and_by_township(self, desk):
        late, _ = await desk.resident()
        fresh, _ = await desk.resident(no="2")
        old = await desk.ticket({"kind": "name", "name": "李四"}, person_id=late)
        await desk.ticket({"kind": "name", "name": "王五"}, person_id=fresh, at="2019-10-09T09:00:00+08:00")

        assert await desk.listed(desk.bureau, "2019-10-10T23:00:00+08:00", list="overdue") == []
        (found,) = await desk.listed(desk.bureau, "2019-10-11T00:00:00+08:00", list="overdue")
        assert (found["ticket_id"], found["overdue"]) == (old["ticket_id"], True)
        counts = await desk.bureau.get(
            "/v1/tickets/counts", params=SEASON, headers={"canbao-clock": "2019-10-11T09:00:00+08:00"}
        )
        assert counts.json()["items"] == [
            {
                "division_code": "431122101000",
                "open": 2,
                "overdue": 1,
                "first_due_on": "2019-10-10",
                "resolved": 0,
                "refused": 0,
                "withdrawn": 0,
            }
        ]


class TestALock:
    @pytest.mark.parametrize(
        "correction",
        [
            {"kind": "household", "household_no": "2"},
            {"kind": "place", "division_code": OTHER, "household_no": "3"},
            {"kind": "status", "status": "dibao", "effective_on": "2019-09-01"},
        ],
    )
    async def test_after_payment_refuses_with_the_clause(self, desk, correction):
        person_id, known = await desk.resident()
        await desk.pays(known)
        refused = await desk.report(correction, person_id=person_id)
        assert (refused.status_code, kind(refused), refused.json()["clause"]) == (
            409,
            "locked-after-payment",
            "七(二)",
        )

    async def test_holds_for_a_payment_between_report_and_answer_and_for_direct_operations(self, desk):
        person_id, known = await desk.resident()
        await desk.resident("李四", no="2")
        ticket = await desk.ticket({"kind": "household", "household_no": "2"}, person_id=person_id)
        await desk.pays(known)

        assert kind(await desk.resolve(ticket)) == "locked-after-payment"
        move = {"household_no": "2", "division_code": VILLAGE, "reason": "婚迁"}
        moved = await desk.registration.post(
            f"/v1/persons/{person_id}/moves", move, at="2019-10-10T09:00:00+08:00"
        )
        assert kind(moved) == "locked-after-payment"
        elsewhere = household("1", member("张三", known), county="dongan", division_code=OTHER)
        batch = await desk.registration.register(elsewhere, at="2019-10-10T09:00:00+08:00")
        assert batch["rejected"][0]["problem"]["type"].endswith("locked-after-payment")
        assert (await desk.person(person_id))["household"]["household_no"] == "1"

    async def test_tells_nobody_elsewhere_that_somebody_has_paid(self, desk):
        person_id, known = await desk.resident()
        await desk.resident("李四", no="2")
        await desk.pays(known)
        move = {"household_no": "2", "division_code": VILLAGE, "reason": "婚迁"}
        stranger = await desk.registration.client(scopes=["registration:write"], division="431122102")
        for wish in (move, move | {"household_no": "404"}):
            refused = await stranger.post(f"/v1/persons/{person_id}/moves", json=wish)
            assert (refused.status_code, kind(refused)) == (403, "outside-division")

    async def test_ends_with_the_year_and_never_covers_a_death(self, desk):
        person_id, known = await desk.resident()
        await desk.resident("李四", no="2")
        await desk.pays(known)
        move = {"household_no": "2", "division_code": VILLAGE, "reason": "婚迁"}
        path = f"/v1/persons/{person_id}/moves"
        assert (await desk.registration.post(path, move, at="2020-12-31T09:00:00+08:00")).status_code == 409
        assert (await desk.registration.post(path, move, at="2021-01-01T00:00:00+08:00")).status_code == 200

        ticket = await desk.ticket({"kind": "death", "on": "2019-09-25"}, person_id=person_id)
        assert (await desk.resolve(ticket)).json()["state"] == "resolved"
        events = (await desk.person(person_id))["life_events"]
        assert [(one["kind"], one["on"]) for one in events] == [("died", "2019-09-25")]


class TestHouseholdPlaceAndStatus:
    async def test_are_changed_before_payment(self, desk):
        person_id, _ = await desk.resident()
        await desk.resident("李四", no="2")
        await desk.resident("王五", no="3", at=OTHER)
        for wanted, home in (
            ({"kind": "household", "household_no": "2"}, ("2", VILLAGE)),
            ({"kind": "place", "division_code": OTHER, "household_no": "3"}, ("3", OTHER)),
        ):
            ticket = await desk.ticket(wanted, person_id=person_id)
            assert (await desk.resolve(ticket)).status_code == 200
            now = (await desk.person(person_id))["household"]
            assert (now["household_no"], now["division_code"]) == home

    async def test_a_status_is_listed_on_the_day_of_the_change_and_struck_again(self, desk):
        person_id, _ = await desk.resident()
        status = {"kind": "status", "status": "dibao", "effective_on": "2019-09-01"}
        ticket = await desk.ticket(status, person_id=person_id)
        assert (await desk.resolve(ticket)).status_code == 200
        (listed,) = (await desk.person(person_id))["statuses"]
        assert (listed["status"], listed["listed_on"], listed["ended_on"]) == ("dibao", "2019-10-10", None)

        ended = status | {"mode": "remove", "effective_on": "2019-10-11"}
        ticket = await desk.ticket(ended, person_id=person_id, at="2019-10-11T09:00:00+08:00")
        assert (await desk.resolve(ticket, at="2019-10-12T09:00:00+08:00")).status_code == 200
        assert (await desk.person(person_id))["statuses"][0]["ended_on"] == "2019-10-11"

    async def test_a_status_that_no_notice_knows_is_refused_at_once(self, desk):
        person_id, _ = await desk.resident()
        refused = await desk.report(
            {"kind": "status", "status": "rich", "effective_on": "2019-09-01"}, person_id=person_id
        )
        assert kind(refused) == "status-unknown"


class TestAWrongNumber:
    async def test_is_put_right_and_hidden_from_the_village(self, desk):
        person_id, wrong = await desk.resident()
        right = number()
        ticket = await desk.ticket(
            {"kind": "number", "wrong_number": wrong, "right_number": right}, person_id=person_id
        )
        assert ticket["correction"]["right_number"] == f"{right[:6]}********{right[-4:]}"
        assert (await desk.resolve(ticket)).json()["correction"]["right_number"] == right
        assert await desk.registration.person_id(right) == person_id

    async def test_of_somebody_else_waits_for_the_case_about_both(self, desk):
        person_id, wrong = await desk.resident()
        _, taken = await desk.resident("张三", no="2", at=FAR)
        ticket = await desk.ticket(
            {"kind": "number", "wrong_number": wrong, "right_number": taken}, person_id=person_id
        )
        waits = await desk.resolve(ticket)
        assert (waits.status_code, waits.json()["state"]) == (202, "reported")
        case_id = waits.json()["case_id"]
        assert await desk.registration.person_id(wrong) == person_id

        # It is the same person: two officers make one of both, and the ticket is resolved then.
        path, reason = f"/v1/cases/{case_id}/decision", {"step": "merge", "reason": "同一人"}
        asked = (await desk.bureau.post(path, json=reason)).json()["approval"]["approval_id"]
        assert (await desk.second.post(f"/v1/approvals/{asked}/approve", json={})).status_code == 200
        assert (await desk.resolve(ticket)).json()["state"] == "resolved"
        assert await desk.registration.person_id(taken) == person_id

    async def test_that_is_none_is_refused_at_once(self, desk):
        person_id, wrong = await desk.resident()
        refused = await desk.report(
            {"kind": "number", "wrong_number": wrong, "right_number": "123"}, person_id=person_id
        )
        assert refused.json()["errors"][0]["pointer"] == "#/correction/right_number"


class TestSomebodyRegisteredTwice:
    async def two(self, desk: Desk) -> tuple[int, str, int, str]:
        """The record of the village, and another one in the town; the town's was there first."""
        other_id, other = await desk.resident("张三", no="2", at=FAR)
        person_id, known = await desk.resident("张三")
        return person_id, known, other_id, other

    @pytest.mark.parametrize("by_number", [True, False], ids=["by number", "by id"])
    async def test_is_made_one_person_when_a_second_officer_agrees_which_ends_the_ticket(
        self, desk, by_number
    ):
        person_id, known, other_id, other = await self.two(desk)
        named = {"other_number": other} if by_number else {"other_person_id": other_id}
        ticket = await desk.ticket({"kind": "duplicate", **named}, person_id=person_id)
        assert other not in str(ticket)

        waits = await desk.resolve(ticket)
        assert (waits.status_code, waits.json()["state"]) == (202, "reported")
        assert kind(await desk.resolve(ticket)) == "approval-waiting"
        own = await desk.bureau.get("/v1/approvals", params={"state": "waiting"})
        asked = own.json()["items"][0]["approval_id"]
        assert (await desk.bureau.post(f"/v1/approvals/{asked}/approve", json={})).status_code == 403
        assert await desk.registration.person_id(known) == person_id

        assert (await desk.second.post(f"/v1/approvals/{asked}/approve", json={})).status_code == 200
        (seen,) = await desk.listed(desk.village, "2019-10-11T09:00:00+08:00", list="answered")
        assert (seen["state"], seen["answered_by"], seen["person_id"]) == ("resolved", "second", other_id)
        assert await desk.registration.person_id(known) == await desk.registration.person_id(other)
        assert len(await desk.registration.events("person.merged")) == 1

    async def test_and_made_one_meanwhile_is_resolved_at_once(self, desk):
        person_id, _, other_id, other = await self.two(desk)
        ticket = await desk.ticket({"kind": "duplicate", "other_number": other}, person_id=person_id)
        registration = desk.registration
        path, body = f"/v1/persons/{person_id}/merges", {"other_person_id": other_id, "reason": "同一人"}
        asked = (await registration.post(path, body)).json()["approval"]["approval_id"]
        assert (await desk.second.post(f"/v1/approvals/{asked}/approve", json={})).status_code == 200

        assert (await desk.resolve(ticket)).json()["state"] == "resolved"

    async def test_and_named_on_paper_only_is_whoever_the_officer_says(self, desk):
        person_id, _, other_id, other = await self.two(desk)
        named = {"id_number": number(), "name": "张三", "division_code": VILLAGE}
        ticket = await desk.ticket({"kind": "duplicate", "other_number": other}, **named)
        assert (await desk.resolve(ticket, person_id=person_id)).status_code == 202
        asked = (await desk.bureau.get("/v1/approvals", params={"state": "waiting"})).json()["items"][0]
        path = f"/v1/approvals/{asked['approval_id']}/approve"
        assert (await desk.second.post(path, json={})).status_code == 200

        (seen,) = await desk.listed(desk.village, "2019-10-11T09:00:00+08:00", list="answered")
        assert (seen["state"], seen["person_id"]) == ("resolved", other_id)

    async def test_who_is_nobody_or_the_same_record_is_refused(self, desk):
        person_id, _ = await desk.resident()
        refused = [
            await desk.report({"kind": "duplicate", **other}, person_id=person_id)
            for other in ({}, {"other_person_id": person_id}, {"other_number": "123"})
        ]
        assert [kind(one) for one in refused] == ["subject-missing", "already-one-person", "invalid-request"]
        ticket = await desk.ticket({"kind": "duplicate", "other_number": number()}, person_id=person_id)
        assert kind(await desk.resolve(ticket)) == "person-missing"
        same = await desk.resident(no="3")
        ticket = await desk.ticket({"kind": "duplicate", "other_number": same[1]}, person_id=same[0])
        assert kind(await desk.resolve(ticket)) == "already-one-person"


class TestANumberAndAMergeOfOneCase:
    async def waits(self, desk: Desk, how_many: int) -> None:
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while await desk.registration.value(query) < how_many:
            pass

    async def test_at_once_are_done_one_after_the_other(self, desk):
        person_id, wrong = await desk.resident()
        _, taken = await desk.resident("张三", no="2", at=FAR)
        ticket = await desk.ticket(
            {"kind": "number", "wrong_number": wrong, "right_number": taken}, person_id=person_id
        )
        case_id = (await desk.resolve(ticket)).json()["case_id"]
        path, reason = f"/v1/cases/{case_id}/decision", {"step": "merge", "reason": "同一人"}
        asked = (await desk.bureau.post(path, json=reason)).json()["approval"]["approval_id"]

        async with desk.registration.context.engine.begin() as busy:
            await take_turn(busy, "dongan")
            correcting = asyncio.create_task(desk.resolve(ticket))
            await self.waits(desk, 1)
            merging = asyncio.create_task(desk.second.post(f"/v1/approvals/{asked}/approve", json={}))
            await self.waits(desk, 2)

        assert [(await correcting).status_code, (await merging).status_code] == [202, 200]
        assert (await desk.resolve(ticket)).json()["state"] == "resolved"


class TestALateTicket:
    async def see(self, desk: Desk, at: str) -> list[dict[str, Any]]:
        context = desk.registration.context
        async with context.engine.begin() as conn:
            await see_to_tickets(conn, datetime.fromisoformat(at), context.notices)
        found = await desk.bureau.get("/v1/cases", params={"kind": "ticket_overdue", "state": "open"})
        return found.json()["items"]

    async def test_is_asked_about_from_the_day_after_until_it_is_answered(self, desk):
        person_id, _ = await desk.resident("张山")
        ticket = await desk.ticket({"kind": "name", "name": "张三"}, person_id=person_id)
        assert await self.see(desk, "2019-10-10T23:59:59+08:00") == []

        (case,) = await self.see(desk, "2019-10-11T00:00:00+08:00")
        assert await self.see(desk, "2019-10-12T00:00:00+08:00") == [case]
        assert (case["evidence"]["ticket_id"], case["evidence"]["due_on"]) == (
            ticket["ticket_id"],
            "2019-10-10",
        )
        assert (case["owner"], case["division_code"]) == ("medical_insurance_officer", VILLAGE)
        late = await desk.listed(desk.bureau, "2019-10-11T09:00:00+08:00", list="overdue")
        assert [one["ticket_id"] for one in late] == [ticket["ticket_id"]]
        assert (await desk.resolve(ticket, at="2019-10-12T09:00:00+08:00")).status_code == 200
        assert await self.see(desk, "2019-10-12T10:00:00+08:00") == []
        closed = await desk.registration.value("SELECT state FROM cases WHERE kind = 'ticket_overdue'")
        assert closed == "closed"


class TestSomebody:
    async def test_of_another_township_is_refused_by_id_and_by_number(self, desk):
        person_id, known = await desk.resident(at=FAR)
        right = {"kind": "name", "name": "李四"}
        assert kind(await desk.report(right, person_id=person_id)) == "outside-division"
        named = {"id_number": known, "name": "张三", "division_code": VILLAGE}
        assert kind(await desk.report(right, **named)) == "lives-in-another-division"
        assert kind(await desk.report(right, by=desk.village, division_code=FAR)) == "subject-missing"

    async def test_found_by_number_and_name_is_meant(self, desk):
        person_id, known = await desk.resident()
        ticket = await desk.ticket({"kind": "name", "name": "李四"}, id_number=known, name="张三")
        assert (ticket["person_id"], ticket["name"]) == (person_id, None)

    async def test_who_is_not_found_is_kept_until_the_officer_says_who_it_is(self, desk):
        person_id, _ = await desk.resident("张山")
        ticket = await desk.ticket(
            {"kind": "name", "name": "张三"}, id_number=number(), name="张三", division_code=VILLAGE
        )
        assert (ticket["person_id"], ticket["name"]) == (None, "张*")
        assert kind(await desk.resolve(ticket)) == "person-missing"
        resolved = (await desk.resolve(ticket, person_id=person_id)).json()
        assert (resolved["state"], resolved["person_id"]) == ("resolved", person_id)

    async def test_is_reported_once_for_one_thing(self, desk):
        person_id, _ = await desk.resident()
        first = await desk.ticket({"kind": "name", "name": "李四"}, person_id=person_id)
        again = await desk.report({"kind": "name", "name": "王五"}, person_id=person_id)
        assert (kind(again), again.json()["ticket_id"]) == ("ticket-open", first["ticket_id"])
        at = "2019-10-01T09:00:00+08:00"
        (found,) = await desk.listed(desk.bureau, at, person_id=person_id)
        assert found["ticket_id"] == first["ticket_id"]
        assert await desk.listed(desk.bureau, at, person_id=person_id + 1) == []


class TestOfficers:
    async def test_of_two_at_once_one_wins(self, desk):
        person_id, _ = await desk.resident("张山")
        ticket = await desk.ticket({"kind": "name", "name": "张三"}, person_id=person_id)
        both = await asyncio.gather(desk.resolve(ticket), desk.resolve(ticket, by=desk.second))
        assert sorted(one.status_code for one in both) == [200, 409]
        lost = next(one for one in both if one.status_code == 409)
        assert (kind(lost), lost.json()["state"]) == ("ticket-answered", "resolved")
        assert await desk.registration.value("SELECT count(*) FROM person_versions") == 1

    async def test_wait_for_a_merge_without_keeping_it_waiting(self, desk):
        person_id, _ = await desk.resident("张山")
        ticket = await desk.ticket({"kind": "name", "name": "张三"}, person_id=person_id)
        async with desk.registration.context.engine.begin() as merging:
            await take_turn(merging, "dongan")
            resolving = asyncio.create_task(desk.resolve(ticket))
            while not await desk.registration.value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
            await merging.execute(text("SET LOCAL lock_timeout = '1s'"))
            await merging.execute(text("UPDATE tickets SET person_id = person_id"))
        assert (await resolving).json()["state"] == "resolved"

    async def test_take_a_ticket_and_take_it_over(self, desk):
        person_id, _ = await desk.resident("张山")
        ticket = await desk.ticket({"kind": "name", "name": "张三"}, person_id=person_id)
        path = f"/v1/tickets/{ticket['ticket_id']}/take"
        assert (await desk.bureau.post(path, json={})).json()["taken_by"] == "bureau"
        refused = await desk.resolve(ticket, by=desk.second)
        assert (kind(refused), refused.json()["taken_by"]) == ("ticket-taken", "bureau")
        assert (await desk.second.post(path, json={"over": True})).json()["taken_by"] == "second"
        assert (await desk.resolve(ticket, by=desk.second)).json()["answered_by"] == "second"

    async def test_refuse_with_a_reason_that_the_village_sees(self, desk):
        person_id, _ = await desk.resident()
        ticket = await desk.ticket({"kind": "name", "name": "李四"}, person_id=person_id)
        path = f"/v1/tickets/{ticket['ticket_id']}"
        await desk.bureau.post(f"{path}/refusal", json={"reason": "证件与系统一致"})
        seen = (await desk.village.get(path)).json()
        assert (seen["state"], seen["answer"]) == ("refused", "证件与系统一致")
        assert (await desk.person(person_id))["name"] == "张三"

    async def test_answer_none_of_their_own_and_none_of_another_county(self, desk):
        person_id, _ = await desk.resident()
        own = await desk.registration.client(
            scopes=["tickets:write", *BUREAU], division="431122", subject="both"
        )
        ticket = await desk.ticket({"kind": "name", "name": "李四"}, person_id=person_id, by=own)
        assert kind(await desk.resolve(ticket, by=own)) == "own-ticket"
        stranger = await desk.registration.client(scopes=BUREAU, division="350426", subject="stranger")
        assert kind(await desk.resolve(ticket, by=stranger)) == "outside-division"

    async def test_see_nothing_more_once_it_was_withdrawn_by_who_reported_it(self, desk):
        person_id, _ = await desk.resident()
        ticket = await desk.ticket({"kind": "name", "name": "李四"}, person_id=person_id)
        path = f"/v1/tickets/{ticket['ticket_id']}/withdrawal"
        township = await desk.registration.client(
            scopes=["tickets:write"], division=VILLAGE[:9], subject="township"
        )
        assert kind(await township.post(path, json={"reason": "误报"})) == "not-your-ticket"
        assert (await desk.village.post(path, json={"reason": "误报"})).json()["state"] == "withdrawn"
        assert kind(await desk.resolve(ticket)) == "ticket-answered"
        assert await desk.listed(desk.far, "2019-10-01T09:00:00+08:00") == []


class TestElsewhere:
    async def test_a_notice_without_a_term_has_tickets_without_due_days(self, desk):
        known = number()
        await desk.registration.register(household("1", member("张山", known)))
        body = {
            "county": "youxi",
            "coverage_year": 2020,
            "person_id": await desk.registration.person_id(known),
            "correction": {"kind": "name", "name": "张三"},
            "wrong": "与证件不符",
            "proofs": PROOF,
        }
        reporting = await desk.registration.client(
            scopes=["tickets:write"], division="350426", subject="village"
        )
        ticket = (await reporting.post("/v1/tickets", json=body)).json()
        assert (ticket["due_on"], ticket["unknown_year"], ticket["overdue"]) == (None, None, False)
        bureau = await desk.registration.client(scopes=BUREAU, division="350426", subject="bureau")
        assert (await desk.resolve(ticket, by=bureau)).json()["pay"] is None
