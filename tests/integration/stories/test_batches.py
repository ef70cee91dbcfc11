"""Village batches: paper, file and money are compared by township and county before money moves."""

import asyncio

import pytest
from sqlalchemy import text

from canbao.verify.run import verify
from services.collection.batches.alarming import see_to_batches
from tests.integration.stories.conftest import moment
from tests.integration.stories.test_cash import collector
from tests.integration.stories.test_money import books
from tests.integration.stories.test_refunds import asks_back

PATH = "/v1/village-batches"


class Village:
    """One collector that hands in batches, and the officers who look at them."""

    def __init__(self, story, purse, people, yuan):
        self.story, self.purse, self.people, self.yuan = story, purse, people, yuan

    async def asks(self, method, path, on, body=None, who="agent", division="*", role="", **query):
        county = self.story.county
        token = self.story.token_of(who, division=division, role=role)
        answer = await county.ask("collection", method, path, moment(on), body, token=token, **query)
        await county.settle()
        return answer

    async def gets(self, *asked, **more):
        answer = await self.asks(*asked, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def receipt(self, somebody, paid_at, **more):
        return self.purse.receipt(somebody, yuan=self.yuan, paid_at=paid_at, **more)

    async def makes(self, on, *receipts, **more):
        said = {"collector_id": self.purse.collector_id, "coverage_year": self.story.year}
        made = await self.gets("POST", PATH, on, said | {"receipts": list(receipts)} | more)
        return made["batch_id"]

    async def hands_in(self, batch_id, on, yuan=None, people=None):
        stated = {"people": people if people is not None else len(self.people)}
        stated["amount_fen"] = 100 * (yuan if yuan is not None else self.yuan * len(self.people))
        return await self.gets("POST", f"{PATH}/{batch_id}/submit", on, stated)

    async def looks(self, batch_id, on, step, who, *, kind="reviews", round=1, counted=True, **more):
        said = {"step": step, "round": round, "passed": True} | more
        if counted is True:
            fen = 100 * self.yuan * len(self.people)
            counted = {"people": len(self.people), "amount_fen": fen, "money_fen": fen}
        said |= {"counted": counted or None}
        return await self.asks("POST", f"{PATH}/{batch_id}/{kind}", on, said, who=who)

    async def sees(self, batch_id, on):
        return await self.gets("GET", f"{PATH}/{batch_id}", on)

    async def alarms(self, on):
        context = self.story.county.services["collection"].context
        async with context.engine.begin() as conn:
            await see_to_batches(conn, moment(on), context.notices)
        found = await self.story.cases("collection", on)
        return [(one["kind"], one["owner"]) for one in found if one["kind"].startswith("batch_")]


async def village(tell, code, people=2, registered="2017-10-12", yuan=180):
    story = await tell(code)
    known = [await story.person(registered, household=f"V{no}") for no in range(people)]
    return Village(story, await collector(story, registered), known, yuan)


async def songming(tell, people=2):
    return await village(tell, "songming", people)


async def dongan(tell, people=1):
    return await village(tell, "dongan", people, "2019-09-05", 250)


async def handed_in(one, on, taken="2017-10-20 10:00:00"):
    batch_id = await one.makes(on, *(one.receipt(somebody, taken) for somebody in one.people))
    await one.hands_in(batch_id, on)
    return batch_id


class TestSongming:
    async def test_money_covers_at_once_and_reaches_the_bank_only_when_the_center_has_looked(self, tell):
        one = await songming(tell)
        batch_id = await handed_in(one, "2017-11-06")
        assert [await somebody.state() for somebody in one.people] == ["paid", "paid"]
        early = await one.purse.deposits(360, "2017-11-06", batch_id=batch_id)
        assert early.json()["type"].endswith("receipts-not-released")

        await one.looks(batch_id, "2017-11-07", "township-check", "town")
        still = await one.purse.deposits(360, "2017-11-07", receipt_ids=early.json()["receipt_ids"])
        assert still.json()["type"].endswith("receipts-not-released")
        passed = await one.looks(batch_id, "2017-11-08", "center-check", "center", kind="audits")
        assert (passed.json()["step"], passed.json()["released_at"]) == (
            "deposit",
            "2017-11-08T10:00:00+08:00",
        )

        made = await one.purse.deposits(360, "2017-11-09", batch_id=batch_id)
        assert (made.status_code, made.json()["receipts"], made.json()["missing_fen"]) == (201, 2, 0)
        found = await books(one.story, "2017-11-10")
        assert one.purse.account not in found
        booked = await one.looks(
            batch_id, "2017-11-10", "entry", "center", kind="audits", counted=False, reference="N7"
        )
        assert (booked.json()["state"], booked.json()["deposited_fen"]) == ("done", 36000)
        moves = [(move["kind"], move["step"], move["entered_by"]) for move in booked.json()["moves"]]
        assert moves == [
            ("opened", "submit", "agent"),
            ("submitted", "submit", "agent"),
            ("passed", "township-check", "town"),
            ("passed", "center-check", "center"),
            ("passed", "deposit", "desk"),
            ("passed", "entry", "center"),
        ]

    async def test_it_goes_back_with_the_lines_that_differ_and_is_mended_in_the_open(self, tell):
        one = await songming(tell)
        first, second = one.people
        wrong = one.receipt(second, "2017-10-21 10:00:00", voucher_no="R2")
        wrong["items"][0]["amount_fen"] = 17000
        batch_id = await one.makes(
            "2017-11-06", one.receipt(first, "2017-10-20 10:00:00", voucher_no="R1"), wrong
        )
        differs = (await one.hands_in(batch_id, "2017-11-06"))["differences"]
        assert [(found["code"], found["said"], found["found"]) for found in differs] == [
            ("stated_money", 35000, 36000),
            ("waits", 1, 0),
        ]
        counted = {"people": 2, "amount_fen": 36000, "money_fen": 36000}
        counted["vouchers"] = [{"voucher_no": no, "amount_fen": 18000} for no in ("R1", "R2")]
        refused = await one.looks(batch_id, "2017-11-07", "township-check", "town", counted=counted)
        codes = [found["code"] for found in refused.json()["differences"]]
        assert (refused.status_code, codes) == (
            409,
            ["stated_money", "paper_money", "counted_money", "paper_amount", "waits"],
        )
        path = f"{PATH}/{batch_id}/corrections"
        right = {"line_no": 2, "kind": "replace", "reason": "少写10元"}
        right["instead"] = one.receipt(second, "2017-10-21 10:00:00", voucher_no="R2")
        assert (await one.asks("POST", path, "2017-11-07", right)).json()["type"].endswith("moved-on")
        back = await one.looks(
            batch_id,
            "2017-11-07",
            "township-check",
            "town",
            counted=counted,
            passed=False,
            reason="第2行金额不符",
        )
        assert (back.json()["state"], back.json()["round"]) == ("sent_back", 2)
        named = [found["line_no"] for found in back.json()["moves"][-1]["differences"]]
        assert 2 in named and 1 not in named

        other = await one.asks("POST", path, "2017-11-08", right | {"line_no": 1})
        assert other.json()["type"].endswith("line-not-named")
        alone = await one.asks("POST", path, "2017-11-08", right, "town")
        assert alone.json()["type"].endswith("line-found-by-you")
        await one.gets("POST", path, "2017-11-08", right)
        assert await second.state() == "paid"
        again = await one.hands_in(batch_id, "2017-11-08")
        assert (again["differences"], again["amount_fen"]) == ([], 36000)
        twice = counted | {"vouchers": [*counted["vouchers"], {"voucher_no": "R2", "amount_fen": 18000}]}
        refused = await one.looks(batch_id, "2017-11-09", "township-check", "town", round=2, counted=twice)
        assert [found["code"] for found in refused.json()["differences"]] == ["paper_amount"]
        passed = await one.looks(batch_id, "2017-11-09", "township-check", "town", round=2, counted=counted)
        assert passed.json()["step"] == "center-check", passed.text

    async def test_nobody_looks_at_his_own_or_twice_or_at_anothers_step(self, tell):
        one = await songming(tell, people=1)
        batch_id = await handed_in(one, "2017-11-06")
        own = await one.looks(batch_id, "2017-11-07", "township-check", "agent")
        assert own.json()["type"].endswith("is-your-own")
        county = await one.looks(batch_id, "2017-11-07", "township-check", "center", kind="audits")
        assert (county.status_code, county.json()["department"]) == (403, "township")
        assert (await one.looks(batch_id, "2017-11-07", "township-check", "town")).status_code == 200
        twice = await one.looks(batch_id, "2017-11-08", "center-check", "town", kind="audits")
        assert twice.json()["type"].endswith("is-your-own")

    async def test_of_two_officers_at_once_one_wins_and_the_other_is_told_where_it_is(self, tell):
        one = await songming(tell, people=1)
        batch_id = await handed_in(one, "2017-11-06")
        answers = await asyncio.gather(
            one.looks(batch_id, "2017-11-07", "township-check", "town"),
            one.looks(
                batch_id, "2017-11-07", "township-check", "rival", counted=False, passed=False, reason="重核"
            ),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        (late,) = (answer.json() for answer in answers if answer.status_code == 409)
        assert late["type"].endswith("moved-on")
        now = await one.sees(batch_id, "2017-11-07")
        assert (late["state"], late["step"], late["round"]) == (now["state"], now["step"], now["round"])
        assert len(now["moves"]) == 3

    async def test_a_withdrawn_deposit_takes_the_batch_back_to_the_bank(self, tell):
        one = await songming(tell, people=1)
        batch_id = await handed_in(one, "2017-11-06")
        await one.looks(batch_id, "2017-11-07", "township-check", "town")
        await one.looks(batch_id, "2017-11-08", "center-check", "center", kind="audits")
        short = (await one.purse.deposits(100, "2017-11-09", batch_id=batch_id)).json()
        assert (await one.sees(batch_id, "2017-11-09"))["step"] == "deposit"
        more = {"makes_good_id": short["deposit_id"]}
        rest = (await one.purse.deposits(80, "2017-11-10", "S2", **more)).json()
        assert (await one.sees(batch_id, "2017-11-10"))["step"] == "entry"
        for deposit in (rest, short):
            path = f"/v1/cash-deposits/{deposit['deposit_id']}/withdraw"
            await one.gets("POST", path, "2017-11-11", {"reason": "单号录入错误"})
        now = await one.sees(batch_id, "2017-11-11")
        assert (now["step"], now["moves"][-1]["kind"]) == ("deposit", "undone")
        await one.purse.deposits(180, "2017-11-12", "S3", batch_id=batch_id)
        assert (await one.sees(batch_id, "2017-11-12"))["step"] == "entry"

    async def test_what_went_back_to_its_payer_keeps_no_batch_waiting_for_the_bank(self, tell):
        one = await songming(tell)
        batch_id = await handed_in(one, "2017-11-06")
        await one.looks(batch_id, "2017-11-07", "township-check", "town")
        await one.looks(batch_id, "2017-11-08", "center-check", "center", kind="audits")
        lines = (await one.gets("GET", f"{PATH}/{batch_id}/lines", "2017-11-08"))["items"]
        first, second = (line["receipt_id"] for line in lines)
        await one.purse.deposits(180, "2017-11-09", receipt_ids=[first])
        assert (await one.sees(batch_id, "2017-11-09"))["step"] == "deposit"
        said = {"reason": "entered_wrongly", "returned_at": moment("2017-11-09 11:00:00").isoformat()}
        await one.gets("POST", f"/v1/cash-receipts/{second}/reversal", "2017-11-09 12:00:00", said)
        now = await one.sees(batch_id, "2017-11-09 13:00:00")
        assert (now["step"], [found["code"] for found in now["differences"]]) == ("entry", ["gone"])

    async def test_a_line_is_in_one_batch_and_may_be_left_for_a_later_one(self, tell):
        one = await songming(tell)
        batch_id = await handed_in(one, "2017-11-06")
        lines = (await one.gets("GET", f"{PATH}/{batch_id}/lines", "2017-11-06"))["items"]
        assert [(line["line_no"], line["persons"][0]["masked_name"]) for line in lines] == [
            (1, "张*"),
            (2, "张*"),
        ]
        said = {"collector_id": one.purse.collector_id, "coverage_year": 2018}
        ids = {"receipt_ids": [lines[0]["receipt_id"]]}
        taken = await one.asks("POST", PATH, "2017-11-06", said | ids)
        assert taken.json()["type"].endswith("receipts-not-free")
        assert (await one.asks("POST", PATH, "2017-11-06", said)).json()["type"].endswith("batch-empty")
        await one.looks(
            batch_id, "2017-11-07", "township-check", "town", counted=False, passed=False, reason="票据未带"
        )
        left = {"line_no": 1, "kind": "leave_out", "reason": "下批报送"}
        after = await one.gets("POST", f"{PATH}/{batch_id}/corrections", "2017-11-07", left)
        assert after["lines"] == 1
        assert await one.makes("2017-11-07", **ids)

    async def test_a_line_that_the_comparison_found_may_be_replaced_though_the_reviewer_named_none(
        self, tell
    ):
        one = await songming(tell, people=1)
        one.people[0].name = "李四"
        batch_id = await handed_in(one, "2017-11-06")
        one.people[0].name = "张三"
        path = f"{PATH}/{batch_id}/corrections"
        right = {"line_no": 1, "kind": "replace", "reason": "姓名录错"}
        right["instead"] = one.receipt(one.people[0], "2017-10-20 10:00:00")
        await one.looks(
            batch_id, "2017-11-07", "township-check", "town", counted=False, passed=False, reason="有款待核"
        )
        await one.gets("POST", path, "2017-11-08", right)
        assert await one.people[0].state() == "paid"

    async def test_a_draft_is_given_up_on_record_and_its_receipts_go_into_another(self, tell):
        one = await songming(tell)
        receipts = [one.receipt(somebody, "2017-10-20 10:00:00") for somebody in one.people]
        batch_id = await one.makes("2017-11-06", *receipts)
        said = {"reason": "名册选错，重新编制"}
        path = f"{PATH}/{batch_id}/discard"
        gone = await one.gets("POST", path, "2017-11-06 11:00:00", said)
        assert (gone["state"], gone["lines"], gone["overdue"], gone["due_on"]) == (
            "discarded",
            0,
            False,
            None,
        )
        move = gone["moves"][-1]
        assert (move["kind"], move["people"], move["amount_fen"], move["reason"]) == (
            "discarded",
            2,
            36000,
            said["reason"],
        )
        for again in (path, f"{PATH}/{batch_id}/lines", f"{PATH}/{batch_id}/submit"):
            body = {"discard": said, "lines": {}, "submit": {"people": 2, "amount_fen": 36000}}
            refused = await one.asks("POST", again, "2017-11-06 12:00:00", body[again.split("/")[-1]])
            assert refused.json()["type"].endswith("moved-on")
        # What is in no batch is asked about on the day of handing in, as if there had been none.
        assert await one.alarms("2017-11-11 00:00:01") == [("batch_not_handed_in", "township_officer")]
        after = await one.makes("2017-11-11 08:00:00")
        await one.hands_in(after, "2017-11-11 09:00:00")
        assert await one.alarms("2017-11-11 10:00:00") == []
        assert [await somebody.state() for somebody in one.people] == ["paid", "paid"]

    async def test_what_was_handed_in_is_given_up_only_when_it_was_sent_back(self, tell):
        one = await songming(tell, people=1)
        batch_id = await handed_in(one, "2017-11-06")
        path, said = f"{PATH}/{batch_id}/discard", {"reason": "全部重做"}
        assert (await one.asks("POST", path, "2017-11-06", said)).json()["type"].endswith("moved-on")
        await one.looks(
            batch_id, "2017-11-07", "township-check", "town", counted=False, passed=False, reason="票据未带"
        )
        gone = await one.gets("POST", path, "2017-11-08", said)
        assert (gone["state"], gone["differences"]) == ("discarded", [])
        assert [move["kind"] for move in gone["moves"]] == ["opened", "submitted", "sent_back", "discarded"]
        assert (await one.gets("GET", PATH, "2017-11-30", overdue="true"))["items"] == []

    async def test_officers_of_another_department_do_not_do_a_step_with_the_same_scope(self, tell):
        one = await songming(tell, people=1)
        batch_id = await handed_in(one, "2017-11-06")
        counted = {"people": 1, "amount_fen": 18000, "money_fen": 18000}

        async def looks(step, kind, role):
            said = {"step": step, "round": 1, "passed": True, "counted": counted}
            path = f"{PATH}/{batch_id}/{kind}"
            return await one.asks("POST", path, "2017-11-07", said, who=role, role=role)

        refused = await looks("township-check", "reviews", "finance_officer")
        assert refused.json()["department"] == "township"
        assert (await looks("township-check", "reviews", "township_officer")).status_code == 200
        # Who collects here is the center; the tax bureau has no part in it.
        refused = await looks("center-check", "audits", "tax_officer")
        assert refused.json()["type"].endswith("village-batch-not-your-step")
        assert (await looks("center-check", "audits", "medical_insurance_officer")).status_code == 200

    async def test_a_division_sees_its_own(self, tell):
        one = await songming(tell, people=1)
        batch_id = await handed_in(one, "2017-11-06")
        elsewhere = {"who": "other", "division": "530127102"}
        assert (await one.gets("GET", PATH, "2017-11-06", **elsewhere))["items"] == []
        refused = await one.asks("GET", f"{PATH}/{batch_id}", "2017-11-06", **elsewhere)
        assert refused.status_code == 403
        (found,) = (await one.gets("GET", PATH, "2017-11-06", state="open", department="township"))["items"]
        assert (found["batch_id"], found["owner"]) == (batch_id, "township_officer")
        now = await one.sees(batch_id, "2017-11-06")
        assert [(step["step"], step["owner"]) for step in now["steps"]] == [
            ("submit", "township_officer"), ("township-check", "township_officer"),
            ("center-check", "medical_insurance_officer"), ("deposit", "township_officer"),
            ("entry", "medical_insurance_officer"),
        ]  # fmt: skip
        assert (now["paper"], now["steps"][1]["label_zh"]) == (None, "社保所核对人款相符、纸电相符")

    async def test_a_village_that_has_not_handed_in_by_its_day_is_asked_about(self, tell):
        one = await songming(tell, people=1)
        batch_id = await one.makes("2017-11-06", one.receipt(one.people[0], "2017-10-20 10:00:00"))
        assert await one.alarms("2017-11-10 23:59:59") == []
        assert await one.alarms("2017-11-11 00:00:01") == [("batch_overdue", "township_officer")]
        assert (await one.hands_in(batch_id, "2017-11-11"))["moves"][-1]["late"] is True
        assert await one.alarms("2017-11-11 12:00:00") == []

    async def test_money_that_is_in_no_batch_after_that_day_is_asked_about_too(self, tell):
        one = await songming(tell)
        await one.purse.takes(one.people[0], yuan=180, paid_at="2017-11-10 23:59:59")
        await one.purse.takes(one.people[1], yuan=180, paid_at="2017-11-11 09:00:00")
        assert await one.alarms("2017-11-10 23:59:59") == []
        assert await one.alarms("2017-11-11 12:00:00") == [("batch_not_handed_in", "township_officer")]
        (case,) = await one.story.cases("collection", "2017-11-11 12:00:00")
        assert (case["amount_fen"], case["evidence"]["receipts"]) == (18000, 1)
        await one.hands_in(await one.makes("2017-11-12"), "2017-11-12")
        assert await one.alarms("2017-11-12 12:00:00") == []

    async def test_a_file_becomes_a_batch_whole_or_not_at_all_and_once_however_often_it_is_sent(self, tell):
        one = await songming(tell)
        service = one.story.county.services["collection"]
        head = "证件号码,姓名,金额,收款时间,票据号码\n"
        rows = [f"{who.number},{who.name},180,2017-10-20 10:00,R{no}" for no, who in enumerate(one.people)]

        async def send(rows, key):
            headers = {"canbao-clock": moment("2017-11-06").isoformat(), "idempotency-key": f'"{key}"'}
            headers["authorization"] = f"Bearer {one.story.token_of('agent')}"
            form = {"collector_id": one.purse.collector_id, "coverage_year": 2018}
            file = {"file": ("roster.csv", (head + "\n".join(rows)).encode())}
            return await service.http.post(f"{PATH}/files", data=form, files=file, headers=headers)

        faulty = await send([rows[0], rows[1].replace("180", "many").replace("10:00", "")], "k1")
        assert faulty.status_code == 422
        assert [one["pointer"] for one in faulty.json()["errors"]] == ["#/file/3/amount"]
        assert (await one.gets("GET", PATH, "2017-11-06"))["items"] == []
        made = await send(rows, "k2")
        assert (made.status_code, made.json()["lines"], made.json()["vouchers"]) == (201, 2, 2)
        # The answer was lost on its way: what asks again gets it, and no second batch.
        again = await send(rows, "k2")
        assert (again.json(), again.headers["canbao-repeated"]) == (made.json(), "true")
        service.stir()
        await one.story.county.settle()
        assert [await somebody.state() for somebody in one.people] == ["paid", "paid"]
        assert len((await one.gets("GET", PATH, "2017-11-06"))["items"]) == 1


class TestDongan:
    async def test_tax_has_three_workdays_holidays_left_out_and_until_the_last_day_of_all(self, tell):
        one = await dongan(tell)
        batch_id = await handed_in(one, "2019-09-29", "2019-09-28 10:00:00")
        await one.looks(batch_id, "2019-09-30", "township-check", "town")
        booked = await one.looks(
            batch_id, "2019-09-30 16:00:00", "booking", "town", counted=False, reference="RK1"
        )
        now = booked.json()
        assert (now["department"], now["due_on"]) == ("tax", "2019-10-10")
        assert await one.alarms("2019-10-10 23:59:59") == []
        assert await one.alarms("2019-10-11 00:00:01") == [("batch_overdue", "tax_officer")]
        (late,) = (await one.gets("GET", PATH, "2019-10-11", overdue="true"))["items"]
        assert late["batch_id"] == batch_id
        audited = (await one.looks(batch_id, "2019-10-11", "tax-audit", "tax", kind="audits")).json()
        assert (audited["department"], audited["moves"][-1]["late"]) == ("medical_insurance", True)
        assert await one.alarms("2019-10-12") == []
        assert await one.alarms("2019-12-26 00:00:01") == [("batch_overdue", "medical_insurance_officer")]
        more = {"kind": "audits", "counted": False}
        done = (await one.looks(batch_id, "2019-12-26", "confirmation", "center", **more)).json()
        assert (done["state"], done["moves"][-1]["late"]) == ("done", True)
        assert await one.alarms("2019-12-27") == []

    async def test_medical_insurance_confirms_when_all_money_has_found_its_person(self, tell):
        one = await dongan(tell, people=1)
        one.people[0].name = "李四"
        batch_id = await handed_in(one, "2019-11-20", "2019-11-19 10:00:00")
        one.people[0].name = "张三"
        await one.looks(batch_id, "2019-11-21", "township-check", "town")
        await one.looks(batch_id, "2019-11-21", "booking", "town", counted=False, reference="RK1")
        await one.looks(batch_id, "2019-11-22", "tax-audit", "tax", kind="audits")
        more = {"kind": "audits", "counted": False}
        early = await one.looks(batch_id, "2019-11-23", "confirmation", "center", **more)
        assert early.json()["type"].endswith("lines-wait")
        assert [found["line_no"] for found in early.json()["differences"]] == [1]
        tax = await one.looks(batch_id, "2019-11-23", "confirmation", "tax", **more)
        assert tax.json()["type"].endswith("is-your-own")
        await self.applied(one, "2019-11-23")
        done = await one.looks(batch_id, "2019-11-24", "confirmation", "center", **more)
        assert done.json()["state"] == "done", done.text

    async def test_all_audits_are_due_on_the_25th_of_december(self, tell):
        one = await dongan(tell)
        batch_id = await handed_in(one, "2019-12-24", "2019-12-23 10:00:00")
        await one.looks(batch_id, "2019-12-24 11:00:00", "township-check", "town")
        booked = await one.looks(
            batch_id, "2019-12-24 12:00:00", "booking", "town", counted=False, reference="RK1"
        )
        assert booked.json()["due_on"] == "2019-12-25"

    async def test_cash_goes_to_the_bank_every_three_days_whatever_the_batch_waits_for(self, tell):
        one = await dongan(tell)
        batch_id = await handed_in(one, "2019-11-20", "2019-11-19 10:00:00")
        assert (await one.purse.deposits(250, "2019-11-21")).status_code == 201
        assert (await one.sees(batch_id, "2019-11-21"))["deposited_fen"] == 25000
        # What is at the bank is no wrong entry any more, until its deposit is withdrawn.
        reported = [{"line_no": 1, "found_fen": 24000, "note": "纸质为240元"}]
        more = {"counted": False, "passed": False, "reason": "金额不符", "differences": reported}
        await one.looks(batch_id, "2019-11-22", "township-check", "town", **more)
        said = {"line_no": 1, "kind": "give_back", "reason": "登记有误"}
        refused = await one.asks("POST", f"{PATH}/{batch_id}/corrections", "2019-11-22 12:00:00", said)
        assert refused.json()["type"].endswith("reversal-does-not-fit")

    async def test_money_that_waits_for_its_person_passes_as_a_case(self, tell):
        one = await dongan(tell, people=2)
        one.people[1].name = "李四"
        batch_id = await handed_in(one, "2019-11-20", "2019-11-19 10:00:00")
        one.people[1].name = "张三"
        passed = await one.looks(batch_id, "2019-11-21", "township-check", "town")
        (waits,) = passed.json()["differences"]
        assert (waits["code"], waits["line_no"], waits["note"]) == ("waits", 2, "name_mismatch")
        assert await one.alarms("2019-11-22") == [("batch_lines_wait", "tax_officer")]
        await self.applied(one, "2019-11-22")
        assert await one.alarms("2019-11-23") == []

    async def test_what_went_back_to_a_card_keeps_nobody_from_confirming(self, tell):
        one = await dongan(tell, people=1)
        one.people[0].name = "李四"
        batch_id = await handed_in(one, "2019-11-20", "2019-11-19 10:00:00")
        one.people[0].name = "张三"
        await one.looks(batch_id, "2019-11-21", "township-check", "town")
        await one.looks(batch_id, "2019-11-21", "booking", "town", counted=False, reference="RK1")
        await one.looks(batch_id, "2019-11-22", "tax-audit", "tax", kind="audits")
        await one.people[0].gives_card("2019-11-23")
        await asks_back(one.story, "2019-11-23")
        await one.story.pays_out("2019-11-24")
        more = {"kind": "audits", "counted": False}
        done = await one.looks(batch_id, "2019-11-25", "confirmation", "center", **more)
        assert done.json()["state"] == "done", done.text

    async def applied(self, one, on):
        """An officer finds out that the money is for the last of them all the same."""
        (line,) = await one.people[-1]._rows(
            "collection", "SELECT payment_id, person_id FROM payment_lines WHERE state = 'suspended'"
        )
        due = await one.people[-1].due(on)
        apply = {"person_id": due["person_id"], "coverage_year": 2020, "county": "dongan", "note": "同一人"}
        path = f"/v1/suspense/{line.payment_id}/1/apply"
        answer = await one.asks("POST", path, on, apply)
        assert answer.status_code == 200, answer.text

    async def test_a_channel_that_the_notice_has_no_batches_for_makes_none(self, tell):
        story = await tell("youxi")
        purse = await collector(story, "2019-09-06")
        said = {"collector_id": purse.collector_id, "coverage_year": 2020}
        refused = await purse.ask("POST", PATH, "2019-11-20", said)
        assert refused.json()["type"].endswith("village-batches-unknown")


class TestVerify:
    @pytest.mark.parametrize(
        ("broken", "mended"),
        [
            (
                "UPDATE batch_moves SET amount_fen = amount_fen + 100 WHERE kind = 'passed'",
                "UPDATE batch_moves SET amount_fen = amount_fen - 100 WHERE kind = 'passed'",
            ),
            (
                "UPDATE batch_moves SET paper_fen = paper_fen - 100",
                "UPDATE batch_moves SET paper_fen = paper_fen + 100",
            ),
            (
                "UPDATE village_batches SET released_at = NULL",
                "UPDATE village_batches SET released_at = '2017-11-08 10:00+08'",
            ),
            (
                "UPDATE batch_moves SET entered_by = 'agent' WHERE step = 'township-check'",
                "UPDATE batch_moves SET entered_by = 'town' WHERE step = 'township-check'",
            ),
            (
                "UPDATE village_batches SET state = 'draft'",
                "UPDATE village_batches SET state = 'open'",
            ),
            # The same number of parts, and another amount.
            (
                "UPDATE payment_lines SET amount_fen = amount_fen + 100",
                "UPDATE payment_lines SET amount_fen = amount_fen - 100",
            ),
        ],
    )
    async def test_finds_batches_that_are_not_what_was_looked_at(self, tell, broken, mended):
        one = await songming(tell, people=1)
        batch_id = await handed_in(one, "2017-11-06")
        await one.looks(batch_id, "2017-11-07", "township-check", "town")
        await one.looks(batch_id, "2017-11-08", "center-check", "center", kind="audits")
        await one.purse.deposits(180, "2017-11-09", batch_id=batch_id)
        assert not (await self.verified(one)).count
        context = one.story.county.services["collection"].context
        async with context.engine.begin() as conn:
            await conn.execute(text(broken))
        assert (await self.verified(one)).count
        async with context.engine.begin() as conn:
            await conn.execute(text(mended))

    async def verified(self, one):
        services = one.story.county.services
        urls = {name: run.context.settings.database_url for name, run in services.items()}
        report = await verify(urls, services["collection"].context.notices)
        (check,) = [check for check in report.checks if check.name == "village-batches"]
        return check

    async def test_finds_a_line_of_which_the_ledger_knows_another_amount(self, tell):
        one = await songming(tell, people=1)
        await handed_in(one, "2017-11-06")
        tables = "payment_lines", "cash_receipts", "batch_moves"
        collection = one.story.county.services["collection"].context.engine
        async with collection.begin() as conn:
            for table in tables:
                await conn.execute(text(f"UPDATE {table} SET amount_fen = amount_fen + 100"))
        found = await self.verified(one)
        async with collection.begin() as conn:
            for table in tables:
                await conn.execute(text(f"UPDATE {table} SET amount_fen = amount_fen - 100"))
        (wrong,) = (difference.wrong for difference in found.told)
        assert "1 parts of 18100 fen, the ledger knows 1 of 18000 fen" in wrong


class TestAWholeBatchThatIsWrong:
    """A file of another village, say: two officers take all of it back at once."""

    REASON = "导入了其他村的名册，整批冲回"

    async def asks_back(self, one, batch_id, on, who="bureau"):
        path = f"{PATH}/{batch_id}/reversal"
        return await one.asks("POST", path, on, {"reason": self.REASON}, who=who)

    async def agrees(self, one, asked, on, who="tax"):
        path = f"/v1/approvals/{asked.json()['approval_id']}/approve"
        return await one.asks("POST", path, on, {}, who=who)

    async def test_goes_back_with_its_cover_its_cash_and_its_paper_when_a_second_one_agrees(self, tell):
        one = await village(tell, "huining", 2, "2020-09-05", 280)
        receipts = [one.receipt(somebody, "2020-11-20 16:40:00") for somebody in one.people]
        batch_id = await one.makes("2020-11-20 16:50:00", *receipts)
        await one.hands_in(batch_id, "2020-11-20 16:55:00")
        assert [await somebody.state() for somebody in one.people] == ["paid", "paid"]

        asked = await self.asks_back(one, batch_id, "2020-11-20 17:10:00")
        assert (asked.status_code, asked.json()["payload"]["amount_fen"]) == (202, 56_000)
        assert (await one.sees(batch_id, "2020-11-20 17:11:00"))["state"] == "open"
        again = await self.asks_back(one, batch_id, "2020-11-20 17:12:00", who="other")
        assert again.json()["type"].endswith("approval-waiting")
        own = await self.agrees(one, asked, "2020-11-20 17:13:00", who="bureau")
        assert own.json()["type"].endswith("second-person-needed")
        assert (await self.agrees(one, asked, "2020-11-20 17:14:00")).status_code == 200

        gone = await one.sees(batch_id, "2020-11-20 17:15:00")
        assert (gone["state"], gone["due_on"], gone["overdue"], gone["lines"]) == ("reversed", None, False, 2)
        assert gone["differences"] == []
        move = gone["moves"][-1]
        assert (move["kind"], move["entered_by"], move["reason"], move["amount_fen"]) == (
            "reversed",
            "bureau",
            self.REASON,
            56_000,
        )
        assert move["reference"] == f"approvals/{asked.json()['approval_id']}"
        assert [await somebody.state() for somebody in one.people] == ["assessed", "assessed"]
        assert [await somebody.owes("2020-11-20 17:15:00") for somebody in one.people] == [280, 280]
        assert await one.purse.position("2020-11-21") is None
        assert one.purse.account not in await books(one.story, "2020-11-21")
        # The same paper is used for the right entry: nothing of the wrong one is left in the way.
        await one.makes("2020-11-21 09:00:00", *receipts)
        assert [await somebody.state() for somebody in one.people] == ["paid", "paid"]
        for path, body in (("discard", {"reason": "x"}), ("reversal", {"reason": "x"})):
            late = await one.asks("POST", f"{PATH}/{batch_id}/{path}", "2020-11-21", body)
            assert late.json()["type"].endswith("moved-on")

    async def test_is_not_taken_back_from_the_bank_nor_when_it_is_another_one_by_then(self, tell):
        one = await songming(tell)
        batch_id = await handed_in(one, "2017-11-06")
        await one.looks(batch_id, "2017-11-07", "township-check", "town")
        await one.looks(batch_id, "2017-11-08", "center-check", "center", kind="audits")
        asked = await self.asks_back(one, batch_id, "2017-11-08 11:00:00")
        made = await one.purse.deposits(360, "2017-11-09", batch_id=batch_id)
        refused = await self.agrees(one, asked, "2017-11-09 11:00:00")
        assert refused.json()["type"].endswith("village-batch-at-the-bank")
        assert (
            (await self.asks_back(one, batch_id, "2017-11-09 12:00:00"))
            .json()["type"]
            .endswith("village-batch-at-the-bank")
        )
        assert [await somebody.state() for somebody in one.people] == ["paid", "paid"]

        path = f"/v1/cash-deposits/{made.json()['deposit_id']}/withdraw"
        await one.gets("POST", path, "2017-11-10", {"reason": "存单录错"})
        assert (await self.agrees(one, asked, "2017-11-10 11:00:00")).status_code == 200
        assert [await somebody.state() for somebody in one.people] == ["assessed", "assessed"]

    async def test_of_which_a_line_was_mended_since_has_to_be_asked_for_anew(self, tell):
        one = await songming(tell)
        receipts = [one.receipt(somebody, "2017-10-20 10:00:00") for somebody in one.people]
        batch_id = await one.makes("2017-11-06", *receipts)
        asked = await self.asks_back(one, batch_id, "2017-11-06 11:00:00")
        leave = {"line_no": 2, "kind": "leave_out", "reason": "下批报送"}
        await one.gets("POST", f"{PATH}/{batch_id}/corrections", "2017-11-06 12:00:00", leave)
        refused = await self.agrees(one, asked, "2017-11-06 13:00:00")
        assert refused.json()["type"].endswith("village-batch-moved-on")
        assert [await somebody.state() for somebody in one.people] == ["paid", "paid"]

    async def test_with_lines_that_were_typed_after_their_window_is_never_counted(self, tell):
        one = await village(tell, "huining", 1, "2020-09-05", 280)
        batch_id = await one.makes("2020-12-15", one.receipt(one.people[0], "2020-12-01 16:40:00"))
        assert [case["kind"] for case in await one.story.cases("collection")] == ["cash_entered_late"]
        asked = await self.asks_back(one, batch_id, "2020-12-15 11:00:00")
        assert (await self.agrees(one, asked, "2020-12-15 12:00:00")).status_code == 200
        assert await one.story.cases("collection") == []
        assert await one.people[0].state() == "assessed"
        (line,) = (await one.gets("GET", f"{PATH}/{batch_id}/lines", "2020-12-16"))["items"]
        assert [difference["code"] for difference in line["differences"]] == ["refused"]
