"""A day of a channel from all sides: where it stands, who closed it, what opens it again."""

from datetime import timedelta

import pytest

from services.collection.days.alarming import see_to_days
from services.collection.differences.alarming import see_to_files
from services.collection.differences.comparing import compare_days
from services.collection.settlements.comparing import compare_settlements
from services.collection.settlements.rules import Terms
from tests import bank_tables

from .conftest import NOW, PRICE
from .test_channel_days import DAY, bill, given_back, moved, paid

PATH = "/v1/channel-days"
ON = f"{DAY:%Y-%m-%d}"
THIS = f"{PATH}/youxi/wechat/{ON}"


async def close(counter, path=THIS, key="close-1"):
    return await counter.http.post(f"{path}/close", headers={"idempotency-key": key})


async def listed(counter, **wanted):
    answer = await counter.http.get(PATH, params={"county": "youxi", "since": ON, "until": ON} | wanted)
    assert answer.status_code == 200, answer.text
    return [(one["channel"], one["business_on"], one["state"]) for one in answer.json()["items"]]


async def decide_all(counter):
    for case in (await counter.http.get("/v1/cases", params={"state": "open"})).json()["items"]:
        answer = await counter.http.post(
            f"/v1/cases/{case['case_id']}/decision", json={"step": "noted", "reason": "已与渠道核实"}
        )
        assert answer.status_code == 200, answer.text


class TestADay:
    async def test_says_what_each_side_has(self, counter):
        await paid(counter, "T1")
        await paid(counter, "T2")
        await given_back(counter, "T1", "R1", 5_000)
        rows = [moved("T1", fee="1.50000"), moved("T2", fee="1.50000"), moved("T1", 5_000, return_no="R1")]
        await bill(counter, *rows)
        day = (await counter.http.get(THIS)).json()
        assert day["theirs"] == {
            "payments": 2, "paid_fen": 2 * PRICE, "refunds": 1, "refunded_fen": 5_000, "fee_fen": 300,
        }  # fmt: skip
        assert day["ours"] == day["theirs"] | {"fee_fen": None}
        assert (day["state"], day["version"], day["open_cases"], day["bank"]) == ("explained", 1, 0, None)

    async def test_counts_no_payment_that_failed_afterwards(self, counter):
        failed = {"transaction_no": "T1", "returned_at": DAY.isoformat()}
        await counter.pay("T1", 1, at=DAY)
        await counter.pay("T2", 2, at=DAY)
        await counter.deliver(counter.keys.sender().event("payment.failed", failed), DAY)
        await counter.match()
        table = bank_tables.as_csv(bank_tables.tax([moved("T2")], DAY))
        await bill(counter, content=table, channel="tax", kind="tax_table", profile="tax-day")
        day = (await counter.http.get(f"{PATH}/youxi/tax/{ON}")).json()
        assert (day["state"], day["ours"]["payments"], day["ours"]["refunds"]) == ("explained", 1, 0)
        assert day["ours"]["paid_fen"] == day["theirs"]["paid_fen"]

    async def test_without_a_file_waits_for_it(self, counter):
        before = DAY - timedelta(days=1)
        await bill(counter, moved("T0", at=before), day=before)
        await paid(counter, "T1")
        assert await listed(counter) == [("wechat", ON, "no_file")]
        refused = await close(counter)
        assert (refused.status_code, refused.json()["state"]) == (409, "no_file")

    async def test_with_a_difference_is_open_until_that_is_decided(self, counter):
        await bill(counter, moved("T1"))
        day = (await counter.http.get(THIS)).json()
        assert (day["state"], day["open_cases"]) == ("open", 1)
        (case,) = day["cases"]
        assert (case["kind"], day["oldest_open_at"]) == ("channel_day_they_only", case["opened_at"])
        refused = await close(counter)
        assert refused.status_code == 409
        assert refused.json()["open_cases"] == [{"case_id": case["case_id"], "kind": case["kind"]}]
        await decide_all(counter)
        assert await listed(counter, state="explained") == [("wechat", ON, "explained")]
        assert (await close(counter, key="close-2")).json()["decided_cases"] == 1

    async def test_waits_for_its_money_at_the_bank_too(self, counter):
        terms = {"youxi": {"wechat": Terms(account="treasury", within_days=0)}}
        object.__setattr__(counter.context.parts, "settlements", terms)
        await paid(counter, "T1")
        await bill(counter, moved("T1"))
        assert (await counter.http.get(THIS)).json()["bank"]["state"] == "unknown"
        table = bank_tables.as_csv(bank_tables.bank([], DAY), "gb18030")
        account = {"channel": "treasury", "kind": "bank_table", "profile": "bank-debit-credit"}
        await bill(counter, content=table, **account)
        await compare_settlements(counter.context)
        day = (await counter.http.get(THIS)).json()
        assert (day["bank"]["state"], day["state"]) == ("missing", "open")
        table = bank_tables.as_csv(bank_tables.bank([moved("B1")], DAY), "gb18030")
        await bill(counter, content=table, **account)
        await compare_settlements(counter.context)
        day = (await counter.http.get(THIS)).json()
        assert (day["bank"], day["state"]) == (
            {"account": "treasury", "state": "came", "came_fen": PRICE, "came_on": None},
            "explained",
        )

    async def test_that_nobody_knows_is_not_found(self, counter):
        assert (await counter.http.get(THIS)).status_code == 404
        assert (await close(counter)).status_code == 404
        answer = await counter.http.get(PATH, params={"county": "nowhere"})
        assert answer.json()["type"].endswith("county-unknown")

    async def test_is_asked_for_within_four_hundred_days(self, counter):
        for since, until in (("2018-01-01", ON), (ON, "2019-01-01")):
            answer = await counter.http.get(PATH, params={"county": "youxi", "since": since, "until": until})
            assert answer.json()["type"].endswith("too-many-days")
        odd = await counter.http.get(PATH, params={"county": "youxi", "after": "2019-99-99/x"})
        assert odd.status_code == 422

    async def test_of_a_season_are_those_on_which_its_notice_takes_money(self, counter):
        for at in (DAY - timedelta(days=days) for days in (120, 1, 0)):
            await bill(counter, moved(f"T{at:%m%d}", at=at), day=at)
        season = {"county": "youxi", "coverage_year": 2020}
        found = (await counter.http.get(PATH, params=season)).json()["items"]
        assert [one["business_on"] for one in found] == ["2019-11-18", "2019-11-19"]
        later = season | {"since": ON}
        assert len((await counter.http.get(PATH, params=later)).json()["items"]) == 1
        (whole,) = (await counter.http.get("/v1/channel-day-totals", params=season)).json()["items"]
        assert whole["days"] == 2
        none = await counter.http.get(PATH, params=season | {"coverage_year": 2031})
        assert none.status_code == 404

    async def test_of_a_season_have_their_differences_by_how_long_they_wait(self, counter):
        await bill(counter, moved("T1"), moved("T2", PRICE + 1))
        await counter.rows_changed("UPDATE cases SET opened_at = :at", at=NOW)
        season = {"county": "youxi", "coverage_year": 2020}
        for days, place in ((3, 0), (4, 1), (8, 2), (30, 2), (31, 3)):
            later = {"canbao-clock": (NOW + timedelta(days=days)).isoformat()}
            asked = await counter.http.get("/v1/channel-day-totals", params=season, headers=later)
            ages = asked.json()["items"][0]["ages"]
            assert [one["amount_fen"] for one in ages] == [
                2 * PRICE + 1 if no == place else 0 for no in range(len(ages))
            ]

    async def test_pages_go_on_behind_the_last(self, counter):
        for no in range(3):
            at = DAY - timedelta(days=no)
            await bill(counter, moved(f"T{no}", at=at), day=at)
        wanted = {"county": "youxi", "limit": 2}
        first = (await counter.http.get(PATH, params=wanted)).json()
        rest = (await counter.http.get(PATH, params=wanted | {"after": first["next_after"]})).json()
        assert [one["business_on"][-2:] for one in first["items"] + rest["items"]] == ["17", "18", "19"]
        assert rest["next_after"] is None


class TestClosing:
    @pytest.fixture(autouse=True)
    async def closed(self, counter):
        """A day on which both sides say the same, closed."""
        await paid(counter, "T1")
        await bill(counter, moved("T1"))
        answer = await close(counter)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def test_says_who_and_when_for_good(self, counter, closed):
        assert closed["state"] == "closed"
        assert (closed["closed_by"], closed["closed_at"]) == ("test", NOW.isoformat())
        again = await close(counter)
        assert again.json() == closed
        refused = await close(counter, key="close-2")
        assert refused.json()["type"].endswith("channel-day-closed")
        assert await counter.count("channel_day_moves") == 1

    async def test_holds_while_nothing_of_the_day_changes(self, counter):
        before = DAY - timedelta(days=1)
        await bill(counter, moved("T0", at=before), day=before)
        await paid(counter, "T0", at=before)
        await compare_days(counter.context)
        assert await listed(counter) == [("wechat", ON, "closed")]

    async def test_ends_by_itself_when_money_of_the_day_comes(self, counter):
        await paid(counter, "T2")
        await compare_days(counter.context)
        day = (await counter.http.get(THIS)).json()
        assert (day["state"], day["closed_by"]) == ("open", None)
        assert [(one["move"], one["moved_by"], one["cause"]) for one in day["moves"]] == [
            ("closed", "test", None),
            ("reopened", None, "money"),
        ]

    async def test_ends_by_itself_when_a_corrected_file_comes(self, counter):
        await bill(counter, moved("T1", PRICE), moved("T1", 1, return_no="R1"))
        assert await listed(counter) == [("wechat", ON, "open")]
        await given_back(counter, "T1", "R1", 1)
        await compare_days(counter.context)
        assert await listed(counter) == [("wechat", ON, "explained")]
        assert (await close(counter, key="close-2")).json()["version"] == 2
        moves = (await counter.http.get(THIS)).json()["moves"]
        assert [one["cause"] for one in moves] == [None, "file", None]

    async def test_counts_in_the_totals_of_the_season(self, counter):
        before = DAY - timedelta(days=1)
        await bill(counter, moved("T0", at=before), day=before)
        answer = await counter.http.get("/v1/channel-day-totals", params={"county": "youxi"})
        (total,) = answer.json()["items"]
        assert {name: total[name] for name in ("days", "no_file", "open", "explained", "closed")} == {
            "days": 2, "no_file": 0, "open": 1, "explained": 0, "closed": 1,
        }  # fmt: skip
        assert (total["theirs"]["paid_fen"], total["ours"]["paid_fen"]) == (2 * PRICE, PRICE)
        assert (total["open_cases"], total["bank"], total["late_files"]) == (1, None, 0)


class TestDue:
    """Youxi 2020 wants days closed in their month, Dongan 2020 within three workdays."""

    async def overdue(self, counter, now):
        async with counter.context.engine.begin() as conn:
            await see_to_days(conn, now, counter.context.notices)
        answer = await counter.http.get("/v1/cases", params={"state": "open", "kind": "channel_day_overdue"})
        return [
            (one["county"], one["evidence"]["days"], one["evidence"]["due_on"])
            for one in answer.json()["items"]
        ]

    async def test_days_are_due_as_the_notice_says(self, counter):
        await bill(counter, moved("T1"))
        await bill(counter, moved("T1"), county="dongan")
        assert (await counter.http.get(THIS)).json()["due_on"] == "2019-11-30"
        other = (await counter.http.get(THIS.replace("youxi", "dongan"))).json()
        assert (other["due_on"], other["came_at"]) == ("2019-11-22", NOW.isoformat())

    async def test_a_day_that_is_not_closed_in_time_is_an_alert_until_it_is(self, counter):
        await bill(counter, moved("T1"))
        await paid(counter, "T1")
        await compare_days(counter.context)
        last = DAY.replace(day=30)
        assert await self.overdue(counter, last) == []
        assert await self.overdue(counter, last + timedelta(days=1)) == [("youxi", 1, "2019-11-30")]
        assert (await close(counter)).status_code == 200
        assert await self.overdue(counter, last + timedelta(days=1)) == []


class TestAFileThatComesLate:
    """Of Dongan, whose days are due after three workdays: the 19th on the 22nd."""

    @pytest.fixture
    async def missing(self, counter):
        """T1 was notified, and its file does not come; that of the day before is there."""
        before = DAY - timedelta(days=1)
        await bill(counter, moved("T0", at=before), day=before, county="dongan")
        await paid(counter, "T1")
        await counter.rows_changed("UPDATE payments SET county = 'dongan'")

    async def alerts(self, counter, kind, now, state="open"):
        async with counter.context.engine.begin() as conn:
            await see_to_files(conn, now, counter.context.notices, days=2)
            await see_to_days(conn, now, counter.context.notices)
        listed = await counter.http.get("/v1/cases", params={"state": state, "kind": kind})
        return [one["evidence"] for one in listed.json()["items"]]

    async def day(self, counter):
        return (await counter.http.get(f"{PATH}/dongan/wechat/{ON}")).json()

    async def test_counts_among_the_days_that_are_overdue(self, counter, missing):
        (told,) = await self.alerts(counter, "channel_day_overdue", DAY.replace(day=23))
        assert (told["days"], told["oldest_on"]) == (2, "2019-11-18")

    async def test_is_missed_by_name_and_explained_when_it_comes_with_who_and_how_late(
        self, counter, missing
    ):
        now = DAY.replace(day=25)
        (told,) = await self.alerts(counter, "channel_file_missing", now)
        assert (told["business_on"], told["due_on"], told.get("late_days")) == (ON, "2019-11-22", None)
        counter.http.headers["canbao-clock"] = now.isoformat()
        assert (await self.day(counter))["late_days"] == 3

        await bill(counter, moved("T1"), county="dongan")

        assert await self.alerts(counter, "channel_file_missing", now) == []
        (gone,) = await self.alerts(counter, "channel_file_missing", now, "closed")
        assert (gone["came_by"], gone["came_at"], gone["late_days"]) == ("test", now.isoformat(), 3)
        day = await self.day(counter)
        assert (day["state"], day["came_by"], day["late_days"]) == ("explained", "test", 3)

    async def test_has_its_rows_matched_as_any(self, counter, missing):
        counter.http.headers["canbao-clock"] = DAY.replace(day=25).isoformat()
        await bill(counter, moved("T1", PRICE + 1), moved("T2"), county="dongan")
        kinds = [one["kind"] for one in (await self.day(counter))["cases"]]
        assert sorted(kinds) == ["channel_day_amount", "channel_day_they_only"]

    async def test_in_time_says_nothing_of_late(self, counter, missing):
        counter.http.headers["canbao-clock"] = DAY.replace(day=22).isoformat()
        await self.alerts(counter, "channel_file_missing", DAY.replace(day=22))
        await bill(counter, moved("T1"), county="dongan")
        assert (await self.day(counter))["late_days"] is None
        (gone,) = await self.alerts(counter, "channel_file_missing", DAY.replace(day=22), "closed")
        assert gone["late_days"] is None

    async def test_corrected_later_counts_as_it_came_first(self, counter, missing):
        counter.http.headers["canbao-clock"] = DAY.replace(day=21).isoformat()
        await bill(counter, moved("T1"), county="dongan")
        counter.http.headers["canbao-clock"] = DAY.replace(day=28).isoformat()
        await bill(counter, moved("T1"), moved("T2"), county="dongan")
        assert (await self.day(counter))["late_days"] is None
