"""Numbered paper, from the county to the village and back: used, void, lost, skipped, written off."""

import asyncio
import io

import openpyxl
import pytest
from sqlalchemy import text

from canbao.verify.run import verify
from services.collection.books.alarming import see_to_books
from tests.integration.stories.conftest import moment
from tests.integration.stories.test_cash import collector

TOWNSHIP = {"huining": "620422101000", "dongan": "431122101000"}
VOUCHER = {"huining": "tax_triplicate", "dongan": "household_receipt"}


class Office:
    """A township that looks after the paper of a story."""

    def __init__(self, story):
        self.story, self.code = story, VOUCHER[story.code]

    async def ask(self, method, path, on, body=None, **query):
        return await self.story.county.ask("collection", method, path, moment(on), body, **query)

    async def sees(self, path, on, **query):
        """Read; `canbao-clock` says when."""
        http = self.story.county.services["collection"].http
        return await http.get(path, params=query or None, headers={"canbao-clock": moment(on).isoformat()})

    async def says(self, kind, first, last, on, **more):
        body = {"kind": kind, "county": self.story.code, "coverage_year": self.story.year}
        body |= {"voucher": self.code, "first_no": first, "last_no": last} | more
        return await self.ask("POST", "/v1/voucher-moves", on, body)

    async def does(self, kind, first, last, on, **more):
        answer = await self.says(kind, first, last, on, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def refuses(self, kind, first, last, on, **more):
        answer = await self.says(kind, first, last, on, **more)
        assert answer.status_code == 422, answer.text
        return [one["detail_zh"] for one in answer.json()["errors"]]

    async def gives(self, purse, first, last, on):
        """The county gets a book, the township gets it, and hands it to a collector."""
        await self.does("received", first, last, on)
        await self.does("handed_on", first, last, on, division_code=TOWNSHIP[self.story.code])
        await self.does("handed_on", first, last, on, collector_id=purse.collector_id)

    async def alarms(self, on):
        async with self.story.county.services["collection"].context.engine.begin() as conn:
            await see_to_books(conn, moment(on))
        return {one["kind"]: one for one in await self.story.cases("collection", on)}

    async def month(self, month, on, **query):
        path = f"/v1/voucher-months/{self.story.code}/{self.story.year}/{self.code}/{month}"
        return await self.sees(path, on, **query)

    async def account(self, purse, month, on):
        found = (await self.month(month, on)).json()["holders"]
        return next(one for one in found if one["collector_id"] == purse.collector_id)

    async def matches(self, purse, day, on):
        answer = await self.sees("/v1/cash-matches", on, day=day, collector_id=purse.collector_id)
        (found,) = answer.json()["items"]
        return {one["code"]: one for one in found["matches"]}

    def writeoff(self, up_to):
        return {
            "county": self.story.code,
            "coverage_year": self.story.year,
            "voucher": self.code,
            "division_code": TOWNSHIP[self.story.code],
            "up_to": up_to,
        }


async def village(tell, people=1):
    """A village with a book of a hundred numbers, and people who pay."""
    story = await tell("huining")
    some = [await story.person("2020-09-05") for _ in range(people)]
    purse, office = await collector(story, "2020-09-06"), Office(story)
    await office.gives(purse, "00120001", "00120100", "2020-09-06 11:00:00")
    return story, some, purse, office


def paper(receipt, number):
    """A receipt with another number on its paper."""
    receipt["items"][0]["voucher_no"] = number
    return receipt


async def refusal(purse, receipt, on):
    answer = await purse.enters(receipt, on=on)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "#/receipts/0/items/0/voucher_no"
    return fault["detail_zh"]


class TestBooks:
    async def test_go_down_to_a_collector_and_their_history_stays(self, tell):
        _story, _, purse, office = await village(tell)
        moves = (await office.sees("/v1/voucher-moves", "2020-09-07", voucher_no="00120040")).json()["items"]
        assert [one["kind"] for one in moves] == ["received", "handed_on", "handed_on"]
        await office.does(
            "returned",
            "00120051",
            "00120100",
            "2020-11-01",
            division_code=TOWNSHIP["huining"],
            reason="用不完",
        )
        now = (await office.sees("/v1/voucher-stretches", "2020-11-02")).json()["items"]
        assert {(one["first_no"], one["last_no"], one["collector_id"]) for one in now} == {
            ("00120001", "00120050", purse.collector_id),
            ("00120051", "00120100", None),
        }
        which = {"voucher_no": "00120099", "county": "huining"}
        (left,) = (await office.sees("/v1/voucher-stretches", "2020-11-02", **which)).json()["items"]
        assert left["first_no"] == "00120051"
        none = await office.sees("/v1/voucher-stretches", "2020-11-02", voucher_no="票")
        assert none.json()["items"] == []
        then = moment("2020-10-01").isoformat()
        before = (await office.sees("/v1/voucher-stretches", "2020-11-02", at=then)).json()["items"]
        assert [(one["count"], one["collector_id"]) for one in before if one["first_no"] == "00120051"] == [
            (50, purse.collector_id)
        ]

    async def test_that_overlap_or_that_nobody_received_are_refused_with_what_mends_it(self, tell):
        _story, _, purse, office = await village(tell)
        twice = await office.refuses("received", "00120090", "00120190", "2020-09-07")
        assert "00120090-00120100 已登记" in twice[0]
        unknown = await office.refuses(
            "handed_on", "00130001", "00130100", "2020-09-07", collector_id=purse.collector_id
        )
        assert "未登记入库" in unknown[0]
        assert "由小到大" in (await office.refuses("received", "00130100", "00130001", "2020-09-07"))[0]
        assert "原因" in (await office.refuses("void", "00120001", "00120001", "2020-09-07"))[0]
        sideways = await office.refuses(
            "handed_on", "00120001", "00120010", "2020-09-07", division_code="620422102000"
        )
        assert "只能下发给其下级" in sideways[0]
        before = {"at": moment("2020-09-01").isoformat(), "reason": "受潮"}
        assert "时间晚于" in (await office.refuses("void", "00120001", "00120001", "2020-09-07", **before))[0]
        wrong = await office.says("received", "00130001", "00130100", "2020-09-07", voucher="bank_slip")
        assert wrong.json()["known_vouchers"] == ["tax_triplicate"]

    async def test_that_two_offices_hand_on_at_once_go_to_one_of_them(self, tell):
        _, _, _, office = await village(tell)
        await office.does("received", "00130001", "00130100", "2020-09-07")
        answers = await asyncio.gather(
            *(
                office.says(
                    "handed_on", "00130001", "00130100", "2020-09-08", division_code=f"62042210{no}000"
                )
                for no in (1, 2)
            )
        )
        assert sorted(one.status_code for one in answers) == [201, 422]

    async def test_are_received_by_the_county_where_finance_issues_them(self, tell):
        story = await tell("dongan")
        office = Office(story)
        mine = await office.refuses(
            "received", "0034001", "0034100", "2019-09-06", division_code=TOWNSHIP["dongan"]
        )
        assert "县级机构领入" in mine[0]
        await office.does("received", "0034001", "0034100", "2019-09-06")

    async def test_are_handed_out_by_officers_only_and_returned_by_whoever_holds_them(self, tell):
        story, _, _purse, office = await village(tell)
        token = story.token_of("agent", scopes=["cash:write"], division="620422101201")
        said = {"kind": "received", "county": "huining", "coverage_year": 2021, "voucher": office.code}
        said |= {"first_no": "00130001", "last_no": "00130100"}
        at = moment("2020-09-07")
        refused = await story.county.ask("collection", "POST", "/v1/voucher-moves", at, said, token=token)
        assert (refused.status_code, refused.json()["required_scope"]) == (403, "cash:review")
        back = said | {"kind": "void", "first_no": "00120001", "last_no": "00120001", "reason": "写错"}
        made = await story.county.ask("collection", "POST", "/v1/voucher-moves", at, back, token=token)
        assert made.status_code == 201, made.text


class TestNumbers:
    async def test_that_are_not_the_collectors_are_refused_with_why(self, tell):
        story, (one,), purse, office = await village(tell)
        other = await collector(story, "2020-09-06", division="620422101202")
        await office.gives(other, "00130001", "00130100", "2020-09-06 12:00:00")
        await office.does("received", "00140001", "00140100", "2020-09-06 12:00:00")
        await office.does("void", "00120005", "00120005", "2020-11-01", reason="写错")
        await office.does(
            "returned",
            "00120091",
            "00120100",
            "2020-11-01",
            division_code=TOWNSHIP["huining"],
            reason="用不完",
        )
        receipt = purse.receipt(one, yuan=280, paid_at="2020-11-20 09:00:00")
        on = "2020-11-20 10:00:00"
        assert "未登记入库" in await refusal(purse, paper(receipt, "99999999"), on)
        assert "未登记入库" in await refusal(purse, paper(receipt, "票"), on)
        assert "其他收缴点" in await refusal(purse, paper(receipt, "00130001"), on)
        assert "未下发给本收缴点" in await refusal(purse, paper(receipt, "00140001"), on)
        assert "已作废" in await refusal(purse, paper(receipt, "00120005"), on)
        assert "未下发" in await refusal(purse, paper(receipt, "00120099"), on)
        assert (await purse.enters(paper(receipt, "00120006"), on=on)).status_code == 201
        used = await office.refuses("void", "00120006", "00120006", "2020-11-21", reason="写错")
        assert "已由收缴点" in used[0]

    async def test_count_as_before_where_nobody_keeps_books(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        await purse.takes(somebody, yuan=280, paid_at="2020-11-20 10:00:00")
        assert await somebody.state() == "paid"

    async def test_typed_after_the_window_count_only_if_they_were_handed_over_before(self, tell):
        story, (one, other), purse, office = await village(tell, people=2)
        last = "2020-12-10 15:00:00"
        receipt = purse.receipt(one, yuan=280, paid_at=last)
        assert (await purse.enters(receipt, on="2020-12-12 09:00:00")).status_code == 201
        await story.county.settle()
        assert await one.state() == "paid"
        # A book that is entered afterwards proves nothing, whatever day is typed for it.
        early = {"at": moment("2020-12-09").isoformat()}
        await office.does("received", "00150001", "00150100", "2020-12-11", **early)
        await office.does(
            "handed_on", "00150001", "00150100", "2020-12-11", collector_id=purse.collector_id, **early
        )
        doubtful = paper(purse.receipt(other, yuan=280, paid_at=last), "00150001")
        assert (await purse.enters(doubtful, on="2020-12-12 09:00:00")).status_code == 201
        (case,) = await story.cases("collection", "2020-12-12")
        assert (case["kind"], case["evidence"]["doubts"]) == (
            "cash_entered_late",
            {"00150001": "issued_late"},
        )
        assert await other.state() != "paid"

    async def test_of_a_wrong_entry_are_free_for_the_right_one(self, tell):
        story, (wrong, right), purse, office = await village(tell, people=2)
        receipt = await purse.takes(wrong, yuan=280, paid_at="2020-11-20 10:00:00")
        said = {"reason": "entered_wrongly", "returned_at": moment("2020-11-20 11:00:00").isoformat()}
        path = f"/v1/cash-receipts/{receipt}/reversal"
        assert (await purse.ask("POST", path, "2020-11-20 11:00:00", said)).status_code == 200
        await story.county.settle()
        purse.numbers = iter([1])
        await purse.takes(right, yuan=280, paid_at="2020-11-20 10:00:00", entered_at="2020-11-20 11:10:00")
        assert (await right.state(), await wrong.due_state()) == ("paid", "open")
        assert (await office.account(purse, "2020-11", "2020-12-01"))["used"] == 1


class TestLost:
    async def test_numbers_are_a_case_until_they_are_found(self, tell):
        _story, _, _, office = await village(tell)
        await office.does("lost", "00120010", "00120011", "2020-11-01", reason="下乡途中遗失")
        case = (await office.alarms("2020-11-02"))["voucher_lost"]
        assert (case["evidence"]["first_no"], case["evidence"]["last_no"]) == ("00120010", "00120011")
        await office.does("found", "00120010", "00120010", "2020-11-03", reason="找到")
        assert "voucher_lost" in await office.alarms("2020-11-03")
        await office.does("found", "00120011", "00120011", "2020-11-04", reason="找到")
        assert await office.alarms("2020-11-04") == {}

    @pytest.mark.parametrize("step", ["accept", "refuse"])
    async def test_one_that_turns_up_on_a_receipt_waits_for_a_decision(self, tell, step):
        story, (somebody,), purse, office = await village(tell)
        await office.does("lost", "00120001", "00120001", "2020-11-01", reason="下乡途中遗失")
        await purse.takes(somebody, yuan=280, paid_at="2020-11-20 10:00:00")
        assert await somebody.state() != "paid"
        case = (await office.alarms("2020-11-20"))["lost_voucher_used"]
        await story.decide("collection", case, step, "2020-11-21")
        await story.county.settle()
        assert (await somebody.state() == "paid") == (step == "accept")
        # Found, it is lost no more; else the question about it stays.
        assert set(await office.alarms("2020-11-21")) == (set() if step == "accept" else {"voucher_lost"})


class TestSkipped:
    async def test_numbers_are_a_case_the_same_day_until_they_are_accounted_for(self, tell):
        story, (one, other), purse, office = await village(tell, people=2)
        receipt = purse.receipt(one, yuan=280, paid_at="2020-11-20 09:00:00")
        assert (await purse.enters(paper(receipt, "00120005"), on="2020-11-20 10:00:00")).status_code == 201
        case = (await office.alarms("2020-11-20 18:00:00"))["voucher_gap"]
        assert (case["evidence"]["first_no"], case["evidence"]["last_no"]) == ("00120001", "00120004")
        missing = purse.receipt(other, yuan=280, paid_at="2020-11-20 08:00:00")
        assert (await purse.enters(paper(missing, "00120001"), on="2020-11-20 19:00:00")).status_code == 201
        await office.does("void", "00120002", "00120003", "2020-11-20 19:00:00", reason="写错")
        case = (await office.alarms("2020-11-20 20:00:00"))["voucher_gap"]
        assert (case["evidence"]["first_no"], case["evidence"]["count"]) == ("00120004", 1)
        await office.does(
            "returned", "00120004", "00120004", "2020-11-21", division_code=TOWNSHIP["huining"], reason="空白"
        )
        assert await office.alarms("2020-11-21") == {}
        await story.county.settle()

    async def test_numbers_that_somebody_counted_are_not_asked_about_again(self, tell):
        story, (one,), purse, office = await village(tell)
        receipt = purse.receipt(one, yuan=280, paid_at="2020-11-20 09:00:00")
        await purse.enters(paper(receipt, "00120003"), on="2020-11-20 10:00:00")
        await story.decide(
            "collection", (await office.alarms("2020-11-20"))["voucher_gap"], "noted", "2020-11-20"
        )
        assert await office.alarms("2020-11-21") == {}
        await story.county.settle()


class TestMatches:
    async def test_hold_money_people_names_roster_and_receipts_together(self, tell):
        _story, people, purse, office = await village(tell, people=3)
        await purse.takes(people[0], yuan=280, paid_at="2020-11-20 09:00:00")
        await purse.takes(people[1], yuan=280, paid_at="2020-11-20 09:10:00")
        day = "2020-11-20"
        found = await office.matches(purse, day, "2020-11-20 16:00:00")
        assert {code: (one["said"], one["found"]) for code, one in found.items()} == {
            "money": (56000, 0), "people": (2, 2), "names": (2, 2), "roster": (2, 2), "receipts": (2, 2),
        }  # fmt: skip
        assert [one["amount_fen"] for one in found["money"]["differences"]] == [28000, 28000]
        people[2].name = "李四"
        await purse.takes(people[2], yuan=280, paid_at="2020-11-20 09:20:00")
        people[2].name = "张三"
        await purse.deposits(840, "2020-11-20 17:00:00")
        found = await office.matches(purse, day, "2020-11-20 18:00:00")
        assert {code for code, one in found.items() if one["fits"]} == {"money", "people", "receipts"}
        (line,) = found["names"]["differences"]
        assert (line["why"], line["amount_fen"]) == ("Waits: name_mismatch.", 28000)


class TestMonth:
    async def test_accounts_for_every_number_and_comes_out_the_same_again(self, tell):
        _story, people, purse, office = await village(tell, people=3)
        await purse.takes(people[0], yuan=280, paid_at="2020-10-20 09:00:00")
        await purse.takes(people[1], yuan=280, paid_at="2020-11-20 09:00:00")
        await office.does("void", "00120003", "00120003", "2020-11-20", reason="写错")
        await office.does("lost", "00120100", "00120100", "2020-11-20", reason="遗失")
        await office.does(
            "returned",
            "00120091",
            "00120099",
            "2020-11-25",
            division_code=TOWNSHIP["huining"],
            reason="用不完",
        )
        november = await office.account(purse, "2020-11", "2020-12-01")
        names = ("opening", "received", "used", "void", "lost", "returned", "given", "closing")
        assert [november[name] for name in names] == [99, 0, 1, 1, 1, 9, 0, 87]
        closing = [one for one in november["numbers"] if one["what"] == "closing"]
        assert [(one["first_no"], one["last_no"]) for one in closing] == [("00120004", "00120090")]
        purse.numbers = iter([4])
        await purse.takes(people[2], yuan=280, paid_at="2020-12-05 09:00:00")
        await office.does("found", "00120100", "00120100", "2020-12-05", reason="找到")
        assert await office.account(purse, "2020-11", "2020-12-06") == november
        december = await office.account(purse, "2020-12", "2020-12-06")
        assert [december[name] for name in names] == [87, 0, 1, 0, -1, 0, 0, 87]
        printed = (await office.month("2020-11", "2020-12-06", format="csv")).text
        assert "村委会收缴点,99,0,1,1,1,9,0,87,00120002,00120003,00120100,00120004至00120090" in printed
        page = (await office.month("2020-11", "2020-12-06", format="html")).text
        assert "票据用存月报表" in page and "票据管理人：" in page
        holders = (await office.month("2020-11", "2020-12-06")).json()["holders"]
        sums = "".join(f"<td>{sum(one[name] for one in holders):,}</td>" for name in names)
        assert f"<td>合计</td><td></td><td></td>{sums}" in page
        book = await office.month("2020-11", "2020-12-06", format="xlsx")
        rows = list(openpyxl.load_workbook(io.BytesIO(book.content)).active.values)
        assert [row[3:11] for row in rows if "村委会收缴点" in row] == [(99, 0, 1, 1, 1, 9, 0, 87)]


class TestWrittenOff:
    async def test_is_what_is_used_or_void_and_nothing_of_it_changes_any_more(self, tell):
        story, people, purse, office = await village(tell, people=3)
        await purse.takes(people[0], yuan=280, paid_at="2020-11-20 09:00:00")
        purse.numbers = iter([3, 4, 5])
        await purse.takes(people[1], yuan=280, paid_at="2020-11-20 09:10:00")
        await office.does("lost", "00120100", "00120100", "2020-11-20 12:00:00", reason="遗失")
        path, november = "/v1/voucher-writeoffs", office.writeoff("2020-11-30")
        obstructed = await office.ask("POST", path, "2020-12-01", november)
        assert obstructed.status_code == 409
        told = [one["detail_zh"] for one in obstructed.json()["errors"]]
        assert ["00120002" in told[0], "00120100" in told[1]] == [True, True]
        wrong = await office.ask("POST", path, "2020-12-01", office.writeoff("2020-11-29"))
        assert "月末核销" in wrong.json()["errors"][0]["detail_zh"]

        await office.does("void", "00120002", "00120002", "2020-11-30", reason="写错")
        lost = (await office.alarms("2020-12-01"))["voucher_lost"]
        await story.decide("collection", lost, "invalidate", "2020-12-01")
        proposal = (await office.sees(f"{path}/proposal", "2020-12-01", **november)).json()
        assert (proposal["used"], proposal["void"], proposal["obstacles"]) == (2, 1, [])
        made = await office.ask("POST", path, "2020-12-01", november)
        assert (made.status_code, made.json()["used"], made.json()["void"]) == (201, 2, 1)

        late = {"at": moment("2020-11-29").isoformat(), "reason": "写错"}
        assert "已核销" in (await office.refuses("void", "00120050", "00120050", "2020-12-02", **late))[0]
        assert (
            "已核销"
            in (await office.refuses("restored", "00120002", "00120002", "2020-12-02", reason="误报"))[0]
        )
        again = await office.ask("POST", path, "2020-12-02", november)
        assert again.status_code == 409
        await purse.takes(people[2], yuan=280, paid_at="2020-12-05 09:00:00")
        assert await people[2].state() == "paid"
        assert (await office.account(purse, "2020-12", "2020-12-06"))["opening"] == 96

    async def test_waits_for_the_years_end_where_the_notice_says_so(self, tell):
        story = await tell("dongan")
        head = await story.person("2019-09-05", household="H7")
        purse, office = await collector(story, "2019-09-06"), Office(story)
        await office.gives(purse, "00340001", "00340100", "2019-09-06 11:00:00")
        await purse.takes(head, yuan=250, paid_at="2019-11-20 10:00:00")
        path = "/v1/voucher-writeoffs"
        refused = await office.ask("POST", path, "2019-12-02", office.writeoff("2019-11-30"))
        assert "年末核销" in refused.json()["errors"][0]["detail_zh"]
        made = await office.ask("POST", path, "2020-01-02", office.writeoff("2019-12-31"))
        assert (made.status_code, made.json()["used"]) == (201, 1)


class TestVerify:
    async def test_finds_paper_that_was_not_its_collectors_and_books_that_do_not_add_up(self, tell):
        story, (somebody,), purse, _ = await village(tell)
        await purse.takes(somebody, yuan=280, paid_at="2020-11-20 09:00:00")
        service = story.county.services["collection"].context
        broken = "UPDATE voucher_stretches SET first_serial = 120002 WHERE until_at IS NULL"
        async with service.engine.begin() as conn:
            await conn.execute(text(broken))
        urls = {name: one.context.settings.database_url for name, one in story.county.services.items()}
        report = await verify(urls, service.notices)
        (check,) = [one for one in report.checks if one.name == "books"]
        assert check.count == 2
        async with service.engine.begin() as conn:
            await conn.execute(text(broken.replace("120002", "120001")))
