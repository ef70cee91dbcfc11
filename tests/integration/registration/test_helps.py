"""Help by collectives, units and townships (东安 六): money first, then a list of whom it helps."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from libs.common.events.subsidy import FundsArrived, FundsReversed
from libs.common.security.caller import Caller
from services.registration.enrollments.handlers import COLLECTION, SUBSIDY
from services.registration.helps.alarming import see_to_help
from services.registration.helps.listing import give
from services.registration.helps.schemas import NewHelpList
from tests.integration.registration.builders import granted, household, member, number, paid

SEASON = {"county": "dongan", "coverage_year": 2020}
VILLAGE = "431122101201"
AT = "2019-10-21T09:00:00+08:00"


class Office:
    """A township office of Dong'an, and the second person."""

    def __init__(self, registration: Any, second: Any) -> None:
        self.registration, self.second = registration, second

    async def resident(self, name: str = "张三") -> tuple[int, str]:
        known = number()
        row = household(known[-6:], member(name, known), county="dongan", division_code=VILLAGE)
        assert (await self.registration.register(row, at="2019-09-02T09:00:00+08:00"))["rejected"] == []
        await self.registration.assess()
        return await self.registration.person_id(known), known

    async def comes(self, fen: int, arrival_id: int = 7, payer: str = "collective") -> None:
        fact = FundsArrived(
            arrival_id=arrival_id,
            **SEASON,
            payer=payer,
            amount_fen=fen,
            arrived_at=datetime.fromisoformat(AT),
        )
        await self.registration.handle(SUBSIDY, fact)

    async def goes(self, fen: int, arrival_id: int = 7, at: str = "2019-10-25T09:00:00+08:00") -> None:
        fact = FundsReversed(
            arrival_id=arrival_id, **SEASON, payer="collective", amount_fen=fen,
            reversed_at=datetime.fromisoformat(at),
        )  # fmt: skip
        await self.registration.handle(SUBSIDY, fact)
        await self.registration.assess()

    async def give(self, *lines: dict[str, Any], arrival_id: int = 7, expect: int = 201, at: str = AT) -> Any:
        body = SEASON | {"arrival_id": arrival_id, "helper": "某村股份经济合作社", "lines": list(lines)}
        answer = await self.registration.post("/v1/help-lists", body, at)
        assert answer.status_code == expect, answer.text
        await self.registration.assess()
        return answer.json()

    async def owes(self, id_number: str) -> tuple[str, int, list[tuple[str, int]]]:
        """What is told: outcome, own due, and who helps with how much."""
        told = (await self.registration.enrollment(id_number))["assessments"][0]["answer"]
        return (
            told["outcome"],
            told["own_due_fen"],
            [(one["payer"], one["amount_fen"]) for one in told["subsidies"]],
        )

    async def money(self) -> list[tuple[int, int, int]]:
        found = (await self.registration.get("/v1/help-moneys", **SEASON)).json()["items"]
        return [(one["amount_fen"], one["listed_fen"], one["left_fen"]) for one in found]

    async def alerts(self) -> list[tuple[str, int]]:
        context = self.registration.context
        async with context.engine.begin() as conn:
            await see_to_help(conn, datetime.fromisoformat("2019-11-01T09:00:00+08:00"), context.notices)
        query = "SELECT kind, amount_fen FROM cases WHERE state = 'open' AND kind LIKE 'help%' ORDER BY kind"
        return [(row.kind, row.amount_fen) for row in await self.registration.rows(query)]


@pytest.fixture
async def office(registration):
    second = await registration.client(scopes=["registration:write", "registration:read"], subject="second")
    return Office(registration, second)


def reasons(listed: dict[str, Any]) -> list[tuple[int, str]]:
    return [(one["index"], one["reason"]) for one in listed["left_out"]]


class TestAList:
    async def test_takes_what_it_gives_off_what_its_people_owe(self, office):
        (helped, known), (_, other) = await office.resident(), await office.resident("李四")
        await office.comes(30_000)

        listed = await office.give(
            {"person_id": helped, "amount_fen": 5_000}, {"id_number": other, "name": "李四"}
        )

        assert (listed["left_out"], listed["left_fen"]) == ([], 0)
        assert await office.owes(known) == ("payable", 20_000, [("collective", 5_000)])
        assert await office.owes(other) == ("exempt", 0, [("collective", 25_000)])
        [event] = [
            one for one in await office.registration.events("reassessed") if one["person_id"] == helped
        ]
        assert event["cause"] == "help_listed"
        assert {
            segment["own_due_fen"] for segment in event["schedule"] if segment["outcome"] == "payable"
        } == {20_000}

    async def test_gives_nobody_more_than_they_owe_and_no_more_than_has_come(self, office):
        (one, _), (two, known) = await office.resident(), await office.resident("李四")
        await office.comes(40_000)

        listed = await office.give({"person_id": one, "amount_fen": 90_000}, {"person_id": two})

        assert [given["amount_fen"] for given in listed["given"]] == [25_000]
        assert (reasons(listed), listed["left_fen"]) == ([(1, "no_money_left")], 15_000)
        assert (await office.owes(known))[0] == "payable"
        assert reasons(await office.give({"person_id": one})) == [(0, "exempt")]

    async def test_gives_what_is_owed_once_where_two_send_lists_at_once(self, office):
        person, _ = await office.resident()
        await office.comes(25_000)
        await office.comes(25_000, arrival_id=8, payer="unit")
        context = office.registration.context
        lines = [{"person_id": person}]
        wanted = NewHelpList.model_validate(SEASON | {"arrival_id": 7, "helper": "某村", "lines": lines})
        caller = Caller("township-1", frozenset(), "431122")

        async with context.engine.begin() as conn:
            notice = context.notices[("dongan", 2020)]
            await give(conn, notice, wanted, caller, datetime.fromisoformat(AT))
            at = "2019-10-21T09:00:01+08:00"
            second = asyncio.create_task(office.give(*lines, arrival_id=8, at=at))
            while not await office.registration.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):
                assert not second.done(), "the second gives what the first has not committed"
        listed = await second

        assert (listed["given"], listed["left_fen"], reasons(listed)) == ([], 25_000, [(0, "exempt")])

    async def test_tells_of_who_has_paid_or_is_nobody_and_pays_nothing_twice(self, office):
        (payer, known), (twice, _) = await office.resident(), await office.resident("李四")
        enrollment = (await office.registration.enrollment(known))["enrollment"]
        await office.registration.handle(COLLECTION, paid(enrollment, "2019-10-20T09:00:00+08:00"))
        await office.comes(100_000)

        listed = await office.give(
            {"person_id": payer},
            {"id_number": known, "name": "王五"},
            {"person_id": twice, "amount_fen": 1_000},
            {"person_id": twice, "amount_fen": 1_000},
            {"person_id": 999_999},
        )

        assert reasons(listed) == [(0, "paid"), (1, "unknown"), (3, "twice"), (4, "not_enrolled")]
        assert listed["left_out"][0]["because_zh"] == "已缴费，不重复资助。"
        assert await office.money() == [(100_000, 1_000, 99_000)]
        audit = "SELECT person_id FROM person_lookups WHERE operation = 'give_help' ORDER BY 1"
        assert [row.person_id for row in await office.registration.rows(audit)] == [payer, twice, 999_999]

    async def test_helps_after_the_notice_and_beside_other_lists(self, office):
        person, known = await office.resident()
        roster = SEASON | {
            "status": "dibao", "department": "civil_affairs", "listed_on": "2019-09-20",
            "rows": [{"id_number": known, "effective_on": "2019-01-01"}],
        }  # fmt: skip
        sent = await office.registration.post("/v1/rosters", roster, "2019-09-20T09:00:00+08:00")
        assert sent.status_code < 300, sent.text
        await office.registration.assess()
        await office.comes(10_000)
        await office.comes(10_000, arrival_id=8, payer="unit")

        await office.give({"person_id": person, "amount_fen": 10_000})
        last = await office.give({"person_id": person}, arrival_id=8)

        assert last["left_fen"] == 8_000
        assert await office.owes(known) == (
            "exempt",
            0,
            [("medical_assistance", 13_000), ("collective", 10_000), ("unit", 2_000)],
        )

    async def test_goes_on_helping_who_turns_out_to_be_on_record_twice(self, office):
        right, known = await office.resident()
        enrolled = (await office.registration.enrollment(known))["enrollment"]["enrollment_id"]
        cancelled = await office.registration.post(
            f"/v1/enrollments/{enrolled}/cancel", {"reason": "重复"}, AT
        )
        assert cancelled.status_code == 200, cancelled.text
        helped, wrong = await office.resident()
        await office.comes(25_000)
        await office.give({"person_id": helped, "amount_fen": 5_000})
        deciding = await office.registration.client(subject="second")
        path, body = f"/v1/persons/{right}/merges", {"other_person_id": helped, "reason": "原号码录错"}
        asked = (await office.registration.post(path, body, AT)).json()["approval"]["approval_id"]
        later = {"canbao-clock": "2019-10-22T09:00:00+08:00"}
        agreed = await deciding.post(f"/v1/approvals/{asked}/approve", json={}, headers=later)
        assert agreed.status_code == 200, agreed.text
        await office.registration.assess()

        told = [await office.owes(one) for one in (known, wrong)]
        [helping] = [fen for _, fen, _ in await office.money()]
        assert told == [("payable", 20_000, [("collective", 5_000)])] * 2 and helping == 5_000

    async def test_that_was_late_for_a_payment_gives_its_money_back(self, office):
        person, known = await office.resident()
        await office.comes(25_000)
        await office.give({"person_id": person, "amount_fen": 5_000})
        enrollment = (await office.registration.enrollment(known))["enrollment"]
        [first] = await office.registration.rows(
            "SELECT min(id) AS id FROM assessments WHERE enrollment_id = :id", id=enrollment["enrollment_id"]
        )
        before = paid(enrollment, "2019-10-20T09:00:00+08:00", assessment_id=first.id)

        await office.registration.handle(COLLECTION, before)
        await office.registration.assess()

        assert await office.money() == [(25_000, 0, 25_000)]
        final = (await office.registration.enrollment(known))["assessments"]
        assert all(not one["answer"]["subsidies"] for one in final if one["kind"] == "final")

    async def test_needs_money_of_a_payer_who_helps_so(self, office):
        person, _ = await office.resident()
        await office.comes(25_000, payer="county_finance")

        refused = await office.give({"person_id": person}, expect=409)

        assert refused["type"] == "urn:canbao:problem:help-money-unknown"
        assert (await office.give({"person_id": person}, arrival_id=99, expect=409))["type"] == refused[
            "type"
        ]


class TestMoney:
    async def test_that_is_given_to_nobody_is_told_until_a_list_gives_it(self, office):
        person, _ = await office.resident()
        await office.comes(25_000)
        assert await office.alerts() == [("help_money_waits", 25_000)]

        await office.give({"person_id": person})

        assert await office.alerts() == []

    async def test_that_had_not_come_is_owed_again(self, office):
        person, known = await office.resident()
        await office.comes(25_000)
        await office.give({"person_id": person, "amount_fen": 5_000})

        await office.goes(25_000)

        assert await office.owes(known) == ("payable", 25_000, [])
        assert (await office.money(), await office.alerts()) == ([(25_000, 0, 0)], [])
        refused = await office.give({"person_id": person}, expect=409, at="2019-10-26T09:00:00+08:00")
        assert refused["type"] == "urn:canbao:problem:help-money-unknown"

    async def test_that_had_not_come_is_missing_where_who_had_paid_by_then_is_told_of_later(self, office):
        person, known = await office.resident()
        await office.comes(25_000)
        await office.give({"person_id": person, "amount_fen": 5_000})
        shown = await office.registration.enrollment(known)
        newest = shown["assessments"][0]["assessment_id"]
        rest = paid(shown["enrollment"], "2019-10-24T09:00:00+08:00", 20_000, assessment_id=newest)
        await office.goes(25_000)
        await office.registration.handle(COLLECTION, rest)
        await office.registration.assess()

        final = (await office.registration.enrollment(known))["assessments"]
        [decided] = [one["answer"]["subsidies"] for one in final if one["kind"] == "final"]
        assert [(one["payer"], one["amount_fen"]) for one in decided] == [("collective", 5_000)]
        assert await office.money() == [(25_000, 5_000, -5_000)]
        assert await office.alerts() == [("help_money_short", 5_000)]
        await office.comes(5_000, arrival_id=8)
        listed = await office.give({"person_id": person}, arrival_id=8, at="2019-10-26T09:00:00+08:00")
        assert (listed["left_out"], listed["left_fen"], await office.alerts()) == ([], 0, [])

    async def test_that_had_not_come_leaves_who_is_complete_and_other_money_bears_them(self, office):
        person, known = await office.resident()
        await office.comes(25_000)
        await office.give({"person_id": person})
        enrollment = (await office.registration.enrollment(known))["enrollment"]
        newest = (await office.registration.enrollment(known))["assessments"][0]["assessment_id"]
        grant = granted(enrollment, "2019-10-21T09:00:01+08:00").model_copy(
            update={"payer": "collective", "assessment_id": newest}
        )
        await office.registration.handle(SUBSIDY, grant)
        await office.registration.assess()

        await office.goes(25_000)

        assert (await office.registration.enrollment(known))["enrollment"]["state"] == "exempt"
        assert await office.alerts() == [("help_money_short", 25_000)]
        await office.comes(25_000, arrival_id=8)
        listed = await office.give({"person_id": person}, arrival_id=8, at="2019-10-26T09:00:00+08:00")
        assert (listed["left_out"], listed["left_fen"]) == ([], 0)
        assert await office.alerts() == []


class TestADryRun:
    async def test_says_what_a_list_would_do_and_gives_nothing(self, office):
        person, known = await office.resident()
        await office.comes(60_000)
        body = SEASON | {"arrival_id": 7, "helper": "某村", "lines": [{"person_id": person}], "dry_run": True}

        tried = await office.registration.post("/v1/help-lists", body, AT)
        await office.registration.assess()

        assert tried.status_code == 200, tried.text
        assert (tried.json()["dry_run"], tried.json()["left_fen"]) == (True, 35_000)
        assert [one["amount_fen"] for one in tried.json()["given"]] == [25_000]
        assert (await office.owes(known), await office.money()) == (
            ("payable", 25_000, []), [(60_000, 0, 60_000)],
        )  # fmt: skip
        given = await office.give({"person_id": person})
        assert (given["dry_run"], given["left_fen"]) == (False, 35_000)


class TestWhatIsLeft:
    async def asks(self, office, fen, expect=202, **changes):
        body = {"amount_fen": fen, "reference": "TH-1", "reason": "余款退回"} | changes
        answer = await office.registration.post("/v1/help-moneys/7/return", body, AT)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def agrees(self, office, asked, by=None, expect=200):
        path = f"/v1/approvals/{asked['approval_id']}/approve"
        answer = await (by or office.second).post(path, json={}, headers={"canbao-clock": AT})
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def rejects(self, office):
        waiting = (await office.registration.get("/v1/approvals")).json()["items"]
        path = f"/v1/approvals/{waiting[0]['approval_id']}/reject"
        answer = await office.second.post(path, json={"note": "凭证号有误"})
        assert answer.status_code == 200, answer.text

    async def test_goes_back_in_part_by_two_and_never_more_than_is_left(self, office):
        person, _ = await office.resident()
        await office.comes(40_000)
        await office.give({"person_id": person})
        assert (await self.asks(office, 15_001, expect=409))["left_fen"] == 15_000

        asked = await self.asks(office, 10_000)
        assert (await self.asks(office, 1, expect=409))["type"] == "urn:canbao:problem:approval-waiting"
        await self.agrees(office, asked, by=office.registration.http, expect=403)
        assert await office.money() == [(40_000, 25_000, 15_000)]
        await self.agrees(office, asked)

        assert await office.money() == [(40_000, 25_000, 5_000)]
        [told] = await office.registration.events("help.returned")
        assert (told["arrival_id"], told["payer"], told["amount_fen"]) == (7, "collective", 10_000)
        again = await self.agrees(office, await self.asks(office, 5_000), expect=409)
        assert again["type"] == "urn:canbao:problem:help-returned"
        await self.rejects(office)
        await self.agrees(office, await self.asks(office, 5_000, reference="TH-2"))
        assert (await office.money(), await office.alerts()) == ([(40_000, 25_000, 0)], [])

    async def test_does_not_go_back_where_a_list_gave_it_to_people_meanwhile(self, office):
        person, _ = await office.resident()
        await office.comes(25_000)
        asked = await self.asks(office, 25_000)

        await office.give({"person_id": person, "amount_fen": 5_000})

        assert (await self.agrees(office, asked, expect=409))["left_fen"] == 20_000
        assert await office.registration.events("help.returned") == []

    async def test_is_given_to_nobody_by_two_at_once(self, office):
        person, _ = await office.resident()
        await office.comes(25_000)
        asked = await self.asks(office, 25_000)

        given, _ = await asyncio.gather(
            office.registration.post(
                "/v1/help-lists",
                SEASON | {"arrival_id": 7, "helper": "某村", "lines": [{"person_id": person}]},
                AT,
            ),
            office.second.post(f"/v1/approvals/{asked['approval_id']}/approve", json={}),
        )

        assert given.status_code == 201
        [(_, listed, left)] = await office.money()
        assert (listed, left) in [(25_000, 0), (0, 0)]

    async def test_is_seen_by_who_asked_for_it_and_by_none_of_the_others_without_the_right_to_read(
        self, office
    ):
        await office.comes(25_000)
        asked = await self.asks(office, 1_000)
        subject = (await office.registration.rows("SELECT asked_by FROM approvals"))[0].asked_by
        asker = await office.registration.client(
            scopes=["registration:write"], subject=subject, division="431122101"
        )
        other = await office.registration.client(scopes=["registration:write"], subject="other")
        township = await office.registration.client(
            scopes=["registration:read"], subject="township", division="431122101"
        )

        seen = [
            [one["approval_id"] for one in (await each.get("/v1/approvals")).json()["items"]]
            for each in (asker, other, township, office.second)
        ]

        assert seen == [[asked["approval_id"]], [], [], [asked["approval_id"]]]
        await self.agrees(office, asked)
        told = (await asker.get("/v1/approvals", params={"state": "approved"})).json()["items"]
        assert [one["decided_by"] for one in told] == ["second"]

    async def test_is_the_countys_and_no_townships_to_give_back(self, office):
        await office.comes(25_000)
        township = await office.registration.client(
            scopes=["registration:write"], subject="township", division="431122101"
        )

        body = {"amount_fen": 1, "reference": "TH-1", "reason": "余款退回"}
        answer = await township.post("/v1/help-moneys/7/return", json=body)

        assert answer.json()["type"] == "urn:canbao:problem:outside-division", answer.text


class TestALine:
    async def line(self, office, person):
        found = (await office.registration.get("/v1/help-moneys/7/lines")).json()["items"]
        return next(one for one in found if one["person_id"] == person)

    async def test_is_taken_back_by_two(self, office):
        person, known = await office.resident()
        await office.comes(25_000)
        await office.give({"person_id": person, "amount_fen": 5_000})
        line = await self.line(office, person)
        assert (line["helper"], line["counts"]) == ("某村股份经济合作社", True)

        later = "2019-10-22T09:00:00+08:00"
        path = f"/v1/help-lines/{line['line_id']}/withdrawal"
        asked = await office.registration.post(path, {"reason": "误列他人"}, later)
        assert asked.status_code == 202, asked.text
        approval = f"/v1/approvals/{asked.json()['approval_id']}/approve"
        assert (await office.registration.post(approval, {}, later)).status_code == 403
        assert (await office.owes(known))[1] == 20_000
        agreed = await office.second.post(approval, json={}, headers={"canbao-clock": later})
        assert agreed.status_code == 200, agreed.text
        await office.registration.assess()

        assert await office.owes(known) == ("payable", 25_000, [])
        assert await office.money() == [(25_000, 0, 25_000)]
        again = await office.registration.post(path, {"reason": "误列他人"}, later)
        assert again.json()["type"] == "urn:canbao:problem:help-stands"

    async def test_that_was_taken_back_before_something_else_came_is_owed_for_what_is_paid_in_between(
        self, office
    ):
        person, _ = await office.resident()
        await office.comes(25_000)
        await office.give({"person_id": person, "amount_fen": 5_000})
        withdrawn, later = "2019-10-22T09:00:00+08:00", "2019-10-23T09:00:00+08:00"
        path = f"/v1/help-lines/{(await self.line(office, person))['line_id']}/withdrawal"
        asked = (await office.registration.post(path, {"reason": "误列他人"}, withdrawn)).json()
        approval = f"/v1/approvals/{asked['approval_id']}/approve"
        await office.second.post(approval, json={}, headers={"canbao-clock": withdrawn})
        await office.comes(1_000, arrival_id=8, payer="unit")
        await office.give({"person_id": person, "amount_fen": 1_000}, arrival_id=8, at=later)

        told = (await office.registration.events("reassessed"))[-1]
        [between] = [
            {segment["own_due_fen"] for segment in one["schedule"] if segment["outcome"] == "payable"}
            for one in told["earlier"]
            if datetime.fromisoformat(one["assessed_at"]) == datetime.fromisoformat(withdrawn)
        ]
        assert between == {25_000}


class TestAFile:
    async def send(self, office, *rows, expect=201):
        text = "\r\n".join(["身份证号,姓名,资助金额（元）", *rows])
        answer = await office.registration.http.post(
            "/v1/help-lists/files",
            data={**SEASON, "arrival_id": 7, "helper": "某村股份经济合作社"},
            files={"file": ("名单.csv", text.encode("gb18030"), "text/csv")},
            headers={"canbao-clock": AT, "idempotency-key": f'"{len(rows)}"'},
        )
        assert answer.status_code == expect, answer.text
        await office.registration.assess()
        return answer.json()

    async def test_helps_as_a_list_does_and_names_each_line_that_cannot_count(self, office):
        await office.comes(60_000)
        (first, one), (second, other) = await office.resident(), await office.resident("李四")
        done = await self.send(
            office,
            f"{one},张三,50.00",
            f"{other},李四,",
            f"{other},王五,50",
            f"{one},张三,五十元",
            f",,1,{one}",
        )
        assert [(each["index"], each["person_id"], each["amount_fen"]) for each in done["given"]] == [
            (2, first, 5_000),
            (3, second, 25_000),
        ]
        assert [(each["index"], each["reason"]) for each in done["left_out"]] == [
            (4, "unknown"),
            (5, "unreadable"),
            (6, "unreadable"),
        ]
        assert done["left_fen"] == 30_000
        assert (await office.owes(one))[1] == 20_000

    async def test_that_was_sent_again_helps_once_and_one_without_columns_is_refused(self, office):
        await office.comes(60_000)
        _, one = await office.resident()
        assert await self.send(office, f"{one},张三,50") == await self.send(office, f"{one},张三,50")
        assert await office.money() == [(60_000, 5_000, 55_000)]
        empty = await self.send(office, expect=422)
        assert empty["type"].endswith("file-unreadable")

    async def test_is_given_out_with_who_helps_and_looked_at_with_a_record(self, office):
        await office.comes(60_000)
        person_id, one = await office.resident()
        await self.send(office, f"{one},张三,50")
        answer = await office.registration.get("/v1/help-moneys/7/lines/file", format="csv")
        assert answer.status_code == 200, answer.text
        _, line = answer.content.decode("utf-8-sig").strip().split("\r\n")
        assert line.split(",")[2:4] == ["某村股份经济合作社", "张三"]
        assert ",50.00," in line and line.endswith("待本人缴费")
        looked = await office.registration.rows(
            "SELECT person_id FROM person_lookups WHERE operation = 'export_help_lines'"
        )
        assert [row.person_id for row in looked] == [person_id]
