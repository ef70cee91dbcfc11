"""Days of channels beside our own payments: every difference is a case, and goes when its cause goes."""

from datetime import datetime, timedelta

import pytest

from libs.common.clock import SHANGHAI
from libs.common.db import rows, sending
from services.collection.differences.comparing import compare_days
from services.collection.files.reading import read_next
from tests import bank_tables, bills
from tests.bills import Moved

from .conftest import PRICE

DAY = datetime(2019, 11, 19, 10, tzinfo=SHANGHAI)
PATH = "/v1/channel-files"


def moved(no, fen=PRICE, at=DAY, **more):
    return Moved(no, fen, at, order="CB1", **more)


async def bill(counter, *rows, day=DAY, content=None, **changes):
    """Send what the channel says of a day, and compare."""
    data = {"county": "youxi", "channel": "wechat", "kind": "wechat_all"} | changes
    content = bills.wechat(rows) if content is None else content
    answer = await counter.http.post(
        PATH, data=data | {"business_on": f"{day:%Y-%m-%d}"}, files={"file": ("bill", content)}
    )
    assert answer.status_code == 202, answer.text
    while await read_next(counter.context):
        pass
    await compare_days(counter.context)
    file = (await counter.http.get(f"{PATH}/{answer.json()['file_id']}")).json()
    assert file["state"] == "current"
    return file


async def paid(counter, no, fen=PRICE, at=DAY):
    """WeChat notifies a payment."""
    told = {"transaction_id": no, "out_trade_no": "CB1", "amount_fen": fen, "paid_at": at}
    answer = await counter.deliver(counter.keys.wechat().payment(**told), at)
    assert answer.status_code == 200, answer.text
    await counter.match()


async def given_back(counter, no, return_no, fen, at=DAY):
    """WeChat notifies money that it gave back."""
    told = {"refund_id": return_no, "transaction_id": no, "amount_fen": fen, "returned_at": at}
    answer = await counter.deliver(counter.keys.wechat().refund(**told), at)
    assert answer.status_code == 200, answer.text
    await counter.match()


async def differences(counter):
    """Kind, entry, theirs and ours of every open case, as the API lists them."""
    listed = (await counter.http.get("/v1/cases", params={"state": "open"})).json()["items"]
    return sorted(
        (
            one["kind"].removeprefix("channel_day_"),
            one["evidence"]["entry"],
            one["evidence"]["transaction_no"],
            one["evidence"]["theirs_fen"],
            one["evidence"]["ours_fen"],
        )
        for one in listed
        if one["kind"].startswith("channel_day_")
    )


class TestDifferences:
    async def test_are_none_where_both_say_the_same(self, counter):
        await paid(counter, "T1")
        await given_back(counter, "T1", "R1", 5_000)
        file = await bill(counter, moved("T1"), moved("T1", 5_000, return_no="R1"))
        assert await differences(counter) == []
        assert (file["difference_count"], file["compared_at"] is not None) == (0, True)

    async def test_of_payments_are_each_of_its_own_kind(self, counter):
        for no in ("same", "ours", "amount", "twice"):
            await paid(counter, no)
        rows = [moved("same"), moved("theirs"), moved("amount", PRICE + 1), moved("twice"), moved("twice")]
        file = await bill(counter, *rows)
        assert await differences(counter) == [
            ("amount", "payment", "amount", PRICE + 1, PRICE),
            ("they_only", "payment", "theirs", PRICE, None),
            ("twice", "payment", "twice", PRICE, PRICE),
            ("we_only", "payment", "ours", None, PRICE),
        ]
        assert file["difference_count"] == 4

    async def test_of_refunds_are_each_of_its_own_kind(self, counter):
        for no in ("same", "ours", "amount", "theirs"):
            await paid(counter, no)
            if no != "theirs":
                await given_back(counter, no, f"R-{no}", 1_000)
        rows = [moved(no) for no in ("same", "ours", "amount", "theirs")]
        rows += [
            moved(no, fen, return_no=f"R-{no}")
            for no, fen in (("same", 1_000), ("amount", 1_001), ("theirs", 7))
        ]
        await bill(counter, *rows)
        assert await differences(counter) == [
            ("amount", "refund", "amount", 1_001, 1_000),
            ("they_only", "refund", "theirs", 7, None),
            ("we_only", "refund", "ours", None, 1_000),
        ]

    async def test_say_where_both_sides_stand_side_by_side(self, counter):
        await paid(counter, "T1")
        file = await bill(counter, moved("T1", PRICE - 1))
        (case,) = (await counter.http.get("/v1/cases", params={"state": "open"})).json()["items"][-1:]
        (payment,) = await counter.rows("SELECT id FROM payments")
        assert case["evidence"] == {
            "channel": "wechat", "business_on": "2019-11-19", "entry": "payment", "transaction_no": "T1",
            "file_id": file["file_id"], "line": 2, "theirs_fen": PRICE - 1, "payment_id": payment.id,
            "ours_fen": PRICE,
        }  # fmt: skip
        assert (case["owner"], case["county"]) == ("tax_officer", "youxi")

    async def test_of_the_tax_bureaus_list_are_as_of_a_bill(self, counter):
        for no in ("T1", "T2"):
            await counter.notify(no, PRICE, at=DAY)
        await counter.match()
        table = bank_tables.as_csv(bank_tables.tax([moved("T1"), moved("T3")], DAY))
        await bill(counter, content=table, channel="tax", kind="tax_table", profile="tax-day")
        assert await differences(counter) == [
            ("they_only", "payment", "T3", PRICE, None),
            ("we_only", "payment", "T2", None, PRICE),
        ]

    async def test_of_other_days_and_channels_are_not_this_days(self, counter):
        await paid(counter, "before", at=DAY - timedelta(days=1))
        await counter.notify("T-tax", 1, at=DAY)
        await counter.match()
        await bill(counter, moved("T1"))
        assert await differences(counter) == [("they_only", "payment", "T1", PRICE, None)]

    async def test_of_successes_and_refunds_in_two_files_are_as_of_one(self, counter):
        await paid(counter, "T1")
        await given_back(counter, "T1", "R1", 5_000)
        await bill(counter, content=bills.wechat([moved("T1")], "success"), kind="wechat_success")
        refunds = bills.wechat([moved("T1", 5_000, return_no="R1")], "refund")
        await bill(counter, content=refunds, kind="wechat_refund")
        assert await differences(counter) == []

    async def test_of_a_payment_that_the_file_of_the_day_before_has_too_are_asked_once(self, counter):
        await paid(counter, "T1")
        await bill(counter, moved("T1"))
        before = DAY - timedelta(days=1)
        await bill(counter, moved("T1", at=before), day=before)
        assert await differences(counter) == [("twice", "payment", "T1", PRICE, PRICE)]
        (case,) = (await counter.http.get("/v1/cases", params={"state": "open"})).json()["items"]
        assert case["evidence"]["business_on"] == f"{DAY:%Y-%m-%d}"
        await bill(counter, moved("T0", at=before), day=before)
        assert [one[:3] for one in await differences(counter)] == [("they_only", "payment", "T0")]

    async def test_of_a_refund_that_stands_twice_in_a_file_is_asked(self, counter):
        await paid(counter, "T1")
        await given_back(counter, "T1", "R1", 500)
        back = moved("T1", 500, return_no="R1")
        await bill(counter, moved("T1"), back, back)
        assert await differences(counter) == [("twice", "refund", "T1", 500, 500)]

    async def test_are_none_while_a_refund_that_the_file_calls_pending_has_arrived_here(self, counter):
        await paid(counter, "T1")
        await given_back(counter, "T1", "R1", 500)
        content = bills.wechat([moved("T1"), moved("T1", 500, return_no="R1")])
        content = content.replace(b"`,`SUCCESS,`\xe5", b"`,`PROCESSING,`\xe5")
        assert b"PROCESSING" in content
        await bill(counter, content=content)
        assert await differences(counter) == []

    async def test_of_refunds_on_several_days_are_of_the_last_of_them_alone(self, counter):
        """The earlier day is compared again for another reason, and says nothing of it."""
        first, later = DAY - timedelta(days=5), DAY
        await paid(counter, "T1", at=first)
        await given_back(counter, "T1", "R1", 500, at=first)
        rows = moved("T1", at=first), moved("T1", 500, at=first, return_no="R1")
        await bill(counter, *rows, day=first)
        await given_back(counter, "T1", "R2", 700, at=later)
        await compare_days(counter.context)
        assert await differences(counter) == []
        await bill(counter, moved("T1", 701, at=later, return_no="R2"), day=later)
        await paid(counter, "T2", at=first)
        await compare_days(counter.context)
        assert await differences(counter) == [
            ("amount", "refund", "T1", 1_201, 1_200),
            ("we_only", "payment", "T2", None, PRICE),
        ]
        await bill(counter, moved("T1", 700, at=later, return_no="R2"), day=later)
        assert await differences(counter) == [("we_only", "payment", "T2", None, PRICE)]

    async def test_are_found_on_many_days_at_once(self, counter, monkeypatch):
        """As many statements for thirty days as for one."""
        days = [DAY - timedelta(days=no) for no in range(30)]
        for no, day in enumerate(days):
            data = {"county": "youxi", "channel": "wechat", "kind": "wechat_all"}
            row = moved(f"T{no}", at=day)
            answer = await counter.http.post(
                PATH,
                data=data | {"business_on": f"{day:%Y-%m-%d}"},
                files={"file": ("bill", bills.wechat([row]))},
            )
            assert answer.status_code == 202
        while await read_next(counter.context):
            pass
        sent = []

        async def send(conn, sql, given):
            sent.append(sql)
            return await sending.send(conn, sql, given)

        monkeypatch.setattr(rows, "send", send)
        await compare_days(counter.context)
        assert len(await differences(counter)) == 30
        assert len([sql for sql in sent if "channel_file_rows" in sql]) == 2


class TestCounties:
    """A channel that two counties share: nobody is asked about money that is in the other's file."""

    @pytest.fixture
    async def unplaced(self, counter):
        """A payment that no county is known of."""
        await paid(counter, "T1")
        assert [row.county for row in await counter.rows("SELECT county FROM payments")] == [None]

    async def test_have_each_the_money_of_its_own_file(self, counter, unplaced):
        await bill(counter, moved("T1"), county="huining")
        await bill(counter, moved("T0"))
        assert [one[:3] for one in await differences(counter)] == [("they_only", "payment", "T0")]

    async def test_are_not_asked_any_more_about_money_that_was_applied_in_the_other(self, counter, unplaced):
        await bill(counter, moved("T0"))
        assert len(await differences(counter)) == 2
        await counter.rows_changed("UPDATE payment_lines SET county = 'huining', coverage_year = 2020")
        await compare_days(counter.context)
        assert [one[:3] for one in await differences(counter)] == [("they_only", "payment", "T0")]

    async def test_hear_for_which_year_money_is_when_that_is_found(self, counter, unplaced):
        await bill(counter, moved("T0"))
        await counter.rows_changed("UPDATE payment_lines SET county = 'youxi', coverage_year = 2020")
        await compare_days(counter.context)
        listed = await counter.http.get("/v1/cases", params={"state": "open", "coverage_year": 2020})
        assert [one["kind"] for one in listed.json()["items"]] == ["channel_day_we_only"]


class TestCases:
    async def test_close_by_themselves_when_the_missing_side_comes(self, counter):
        await bill(counter, moved("T1"))
        assert await differences(counter) == [("they_only", "payment", "T1", PRICE, None)]
        await paid(counter, "T1")
        await compare_days(counter.context)
        assert await differences(counter) == []
        (file,) = (await counter.http.get(PATH)).json()["items"]
        assert file["difference_count"] == 0

    async def test_close_when_a_corrected_file_comes(self, counter):
        await paid(counter, "T1")
        await bill(counter, moved("T1", PRICE + 5))
        await bill(counter, moved("T1"))
        assert await differences(counter) == []

    async def test_open_when_money_of_a_day_is_notified_that_its_file_does_not_have(self, counter):
        await paid(counter, "T1")
        await bill(counter, moved("T1"))
        await paid(counter, "T2")
        await compare_days(counter.context)
        assert await differences(counter) == [("we_only", "payment", "T2", None, PRICE)]

    async def test_close_when_the_file_of_the_day_beside_it_has_the_money(self, counter):
        await paid(counter, "T1", at=DAY.replace(hour=23, minute=59))
        await bill(counter, moved("T0"))
        await paid(counter, "T0")
        assert len(await differences(counter)) == 2
        before = DAY - timedelta(days=1)
        await bill(counter, moved("T1", at=before), day=before)
        assert await differences(counter) == []

    async def test_open_when_the_file_of_the_day_beside_it_has_the_money_no_more(self, counter):
        before = DAY - timedelta(days=1)
        await paid(counter, "T1", at=DAY.replace(hour=0, minute=0))
        await bill(counter, moved("T1", at=before), day=before)
        await bill(counter, moved("T0"))
        await paid(counter, "T0")
        await compare_days(counter.context)
        assert await differences(counter) == []
        await bill(counter, moved("T2", at=before), day=before)
        assert [one[:3] for one in await differences(counter)] == [
            ("they_only", "payment", "T2"),
            ("we_only", "payment", "T1"),
        ]

    async def test_that_were_decided_are_not_asked_again_until_they_say_something_else(self, counter):
        await bill(counter, moved("T1"))
        (case,) = (await counter.http.get("/v1/cases", params={"state": "open"})).json()["items"]
        decision = {"step": "noted", "reason": "渠道测试交易"}
        answer = await counter.http.post(f"/v1/cases/{case['case_id']}/decision", json=decision)
        assert answer.status_code == 200, answer.text
        await bill(counter, moved("T1"), moved("T2"))
        assert [one[2] for one in await differences(counter)] == ["T2"]
        await bill(counter, moved("T1", PRICE + 1), moved("T2"))
        assert [one[2] for one in await differences(counter)] == ["T1", "T2"]

    async def test_stay_as_they_are_while_nothing_changes(self, counter):
        await bill(counter, moved("T1"))
        (before,) = await counter.rows("SELECT compared_at, compared_with FROM channel_files")
        await compare_days(counter.context)
        assert await counter.rows("SELECT compared_at, compared_with FROM channel_files") == [before]
        assert await counter.count("cases") == 1

    async def test_of_unionpay_a_day_begins_the_evening_before(self, counter):
        evening = DAY.replace(hour=23, minute=10) - timedelta(days=1)
        row = Moved("201911182310000000001", PRICE, evening, order="CB1")
        await bill(counter, content=bills.unionpay([row]), channel="unionpay", kind="unionpay_zm")
        assert await differences(counter) == [("they_only", "payment", row.no, PRICE, None)]
