"""Payments that a channel's file has otherwise are reversed and posted again, as two officers decide."""

from datetime import timedelta

import pytest

from libs.common.events.collection import PaymentReceived, PaymentReturned, PaymentSuspended
from services.collection.daytotals.totalling import total_days
from services.collection.differences.comparing import compare_days
from services.collection.tables import notifications
from tests import bank_tables

from .conftest import NOW, PRICE, id_number
from .test_channel_days import DAY, bill, differences, given_back, moved, paid
from .test_stories_of_differences import case_of, second, take  # noqa: F401
from .test_stories_of_returns import dues, paid_by_wechat

TAX = {"channel": "tax", "kind": "tax_table", "profile": "tax-day"}


@pytest.fixture
async def desk(counter, second):  # noqa: F811
    counter.second = second
    return counter


async def tax_file(counter, *rows):
    """The tax bureau's list of the day: number, sum, and whom and which year it names."""
    table = bank_tables.tax([moved(no, fen) for no, fen, _, _ in rows], DAY, [row[2:] for row in rows])
    await bill(counter, content=bank_tables.as_csv(table), **TAX)


async def post_again(counter, kind):
    case = await case_of(counter, f"channel_day_{kind}")
    done = await take(counter, case, "post_again")
    assert done.status_code == 200, done.text
    await counter.match()
    await compare_days(counter.context)
    return case


async def facts(counter):
    """What others are told of money, in its order."""
    kinds = (PaymentReceived, PaymentReturned, PaymentSuspended)
    return [
        (one.type.split(".")[2], one.person_id, getattr(one, "amount_fen", None) or one.own_fen)
        for one in await counter.published()
        if isinstance(one, kinds)
    ]


async def day_of(counter, channel="tax"):
    return (await counter.http.get(f"/v1/channel-days/youxi/{channel}/{DAY:%Y-%m-%d}")).json()


class TestAnotherSum:
    async def test_that_fits_pays_what_was_owed(self, desk):
        await desk.tell(desk.assessed(1))
        await desk.pay_part("T1", 1, PRICE + 100, at=DAY)
        await tax_file(desk, ("T1", PRICE, id_number(1), "2020"))
        assert await differences(desk) == [("amount", "payment", "T1", PRICE, PRICE + 100)]
        await post_again(desk, "amount")
        assert await dues(desk) == ["paid"]
        assert await differences(desk) == []
        assert await facts(desk) == [
            ("suspended", 1, PRICE + 100), ("returned", 1, PRICE + 100), ("received", 1, PRICE),
        ]  # fmt: skip

    async def test_that_does_not_fit_waits_and_what_was_paid_is_owed_again(self, desk):
        await desk.tell(desk.assessed(1))
        await desk.pay("T1", 1, at=DAY)
        await tax_file(desk, ("T1", PRICE - 1, id_number(1), "2020"))
        await post_again(desk, "amount")
        assert await dues(desk) == ["open"]
        (waiting,) = (await desk.http.get("/v1/suspense")).json()["items"]
        assert (waiting["transaction_no"], waiting["amount_fen"], waiting["reason"]) == (
            "T1", PRICE - 1, "wrong_amount",
        )  # fmt: skip
        (voided,) = await desk.rows("SELECT void_reason FROM vouchers")
        assert voided.void_reason == "reversed"
        assert await case_of(desk, "return_ends_cover") is None

    async def test_that_an_order_asked_for_pays_the_order(self, desk):
        await desk.tell(desk.assessed(1), desk.assessed(2))
        notice = await paid_by_wechat(desk, 1, 2)
        await desk.deliver(notice)
        await desk.match()
        order = (await desk.rows("SELECT order_no FROM orders"))[0].order_no
        await desk.rows_changed("UPDATE payments SET amount_fen = amount_fen - 7")
        desk.http.headers["canbao-clock"] = (NOW + timedelta(days=1)).isoformat()
        row = moved("W1", 2 * PRICE, at=NOW)
        await bill(desk, type(row)(row.no, row.fen, row.at, order=order), day=NOW)
        await post_again(desk, "amount")
        assert await dues(desk) == ["paid", "paid"]
        standing = await desk.rows("SELECT state FROM payment_lines WHERE state = 'applied'")
        assert len(standing) == 2

    async def test_of_several_persons_waits_in_one_piece(self, desk):
        await desk.tell(desk.assessed(1), desk.assessed(2))
        await desk.pay("T1", 1, 2, at=DAY)
        await tax_file(desk, ("T1", 2 * PRICE - 5, "", ""))
        await post_again(desk, "amount")
        assert await dues(desk) == ["open", "open"]
        (waiting,) = (await desk.http.get("/v1/suspense")).json()["items"]
        assert (waiting["amount_fen"], waiting["person_id"]) == (2 * PRICE - 5, None)

    async def test_is_the_days_sum_here_and_in_the_ledger(self, desk):
        await desk.tell(desk.assessed(1))
        await desk.pay("T1", 1, at=DAY)
        await tax_file(desk, ("T1", PRICE - 1, id_number(1), "2020"))
        await post_again(desk, "amount")
        day = await day_of(desk)
        sums = (day["ours"]["payments"], day["ours"]["paid_fen"], day["ours"]["refunds"])
        assert sums == (day["theirs"]["payments"], day["theirs"]["paid_fen"], 0) == (1, PRICE - 1, 0)
        assert day["state"] == "explained"
        await total_days(desk.context)
        told = [one for one in await desk.published() if one.type == "canbao.channel_day.totalled.v1"][-1]
        assert (told.business_on.isoformat(), told.taken_fen, told.returned_fen) == (
            f"{DAY:%Y-%m-%d}", 2 * PRICE - 1, PRICE,
        )  # fmt: skip

    async def test_may_be_corrected_once_more_when_a_later_file_says_so(self, desk):
        await desk.tell(desk.assessed(1))
        await desk.pay("T1", 1, at=DAY)
        await tax_file(desk, ("T1", PRICE - 1, id_number(1), "2020"))
        await post_again(desk, "amount")
        await tax_file(desk, ("T1", PRICE, id_number(1), "2020"))
        await post_again(desk, "amount")
        assert (await dues(desk), await differences(desk)) == (["paid"], [])


class TestSomebodyElse:
    async def test_whom_the_file_names_has_paid_and_who_had_it_owes_again(self, desk):
        await desk.tell(desk.assessed(1), desk.assessed(2))
        await desk.pay("T1", 2, at=DAY)
        await tax_file(desk, ("T1", PRICE, id_number(1), "2020"))
        await post_again(desk, "other_person")
        assert await dues(desk) == ["paid", "open"]
        assert await differences(desk) == []
        assert await facts(desk) == [("received", 2, PRICE), ("returned", 2, PRICE), ("received", 1, PRICE)]

    async def test_who_has_paid_already_has_it_wait(self, desk):
        await desk.tell(desk.assessed(1), desk.assessed(2))
        await desk.pay("T0", 1, at=DAY - timedelta(days=3))
        await desk.pay("T1", 2, at=DAY)
        await tax_file(desk, ("T1", PRICE, id_number(1), "2020"))
        await post_again(desk, "other_person")
        (waiting,) = (await desk.http.get("/v1/suspense")).json()["items"]
        assert (waiting["reason"], waiting["person_id"]) == ("already_paid", 1)

    async def test_money_that_waited_behind_it_counts_now(self, desk):
        await desk.tell(desk.assessed(1), desk.assessed(2))
        await desk.pay("T1", 2, at=DAY)
        await desk.pay("T2", 2, at=DAY + timedelta(hours=1))
        await tax_file(desk, ("T1", PRICE, id_number(1), "2020"), ("T2", PRICE, id_number(2), "2020"))
        await post_again(desk, "other_person")
        assert await dues(desk) == ["paid", "paid"]

    async def test_who_is_not_enrolled_gets_nothing(self, desk):
        await desk.tell(desk.assessed(2))
        await desk.pay("T1", 2, at=DAY)
        await tax_file(desk, ("T1", PRICE, id_number(1), "2020"))
        refused = await take(desk, await case_of(desk, "channel_day_other_person"), "post_again")
        assert refused.json()["type"].endswith("difference-step-not-possible")
        assert await dues(desk) == ["paid"]


class TestAnotherYear:
    async def test_leaves_the_year_that_it_paid_and_waits_where_nothing_is_owed(self, desk):
        await desk.tell(desk.assessed(1))
        await desk.pay("T1", 1, at=DAY)
        await tax_file(desk, ("T1", PRICE, id_number(1), "2021"))
        await post_again(desk, "other_year")
        assert await dues(desk) == ["open"]
        (waiting,) = (await desk.http.get("/v1/suspense")).json()["items"]
        assert (waiting["coverage_year"], waiting["transaction_no"]) == (2021, "T1")

    async def test_pays_the_year_of_the_file(self, desk):
        next_year = desk.assessed(1, enrollment_id=2001, assessment_id=20_011, coverage_year=2021)
        await desk.tell(desk.assessed(1), next_year)
        await desk.pay("T1", 1, at=DAY)
        await tax_file(desk, ("T1", PRICE, id_number(1), "2021"))
        await post_again(desk, "other_year")
        paid_years = await desk.rows("SELECT coverage_year, state FROM dues ORDER BY coverage_year")
        assert [tuple(one) for one in paid_years] == [(2020, "open"), (2021, "paid")]


class TestTheStep:
    @pytest.fixture
    async def wrong(self, desk):
        await desk.tell(desk.assessed(1))
        await paid(desk, "T1", PRICE + 1)
        await bill(desk, moved("T1"))
        return await case_of(desk, "channel_day_amount")

    async def test_is_taken_once(self, desk, wrong):
        await take(desk, wrong, "post_again")
        again = await take(desk, wrong, "post_again")
        assert (again.status_code, again.json()["type"]) == (409, "urn:canbao:problem:case-not-open")
        numbers = await desk.rows("SELECT transaction_no FROM payments ORDER BY id")
        assert [one.transaction_no.partition("~")[0] for one in numbers] == ["T1", "T1"]
        assert await desk.count("returns") == 1

    async def test_does_nothing_before_the_second_officer_agrees(self, desk, wrong):
        path = f"/v1/cases/{wrong['case_id']}/decision"
        asked = await desk.http.post(path, json={"step": "post_again", "reason": "已与渠道核实"})
        assert asked.json()["approval"]["state"] == "waiting"
        assert (await desk.count("payments"), await desk.count("returns")) == (1, 0)

    async def test_is_not_for_who_only_reads(self, desk, wrong, signing_key):
        token = signing_key.issue("reader", ["collection:read"], "350426")
        path = f"/v1/cases/{wrong['case_id']}/decision"
        body = {"step": "post_again", "reason": "已与渠道核实"}
        refused = await desk.http.post(path, json=body, headers={"authorization": f"Bearer {token}"})
        assert refused.status_code == 403

    async def test_is_refused_when_money_of_it_went_back(self, desk, wrong):
        await given_back(desk, "T1", "R1", 5_000)
        refused = await take(desk, wrong, "post_again")
        assert refused.json()["type"].endswith("difference-step-not-possible")

    async def test_keeps_the_row_that_it_rests_on_and_who_decided(self, desk, wrong):
        await take(desk, wrong, "post_again")
        raw = (await desk.rows("SELECT id, kind FROM notifications ORDER BY id"))[-1]
        kept = await desk.opened(f"SELECT raw FROM notifications WHERE id = {raw.id}", notifications.c.raw)
        assert raw.kind == "payment"
        assert b'"type":"payment.corrected"' in kept and b'"approved_by":"second"' in kept

    async def test_is_refused_once_a_corrected_file_has_no_such_row(self, desk, wrong):
        path = f"/v1/cases/{wrong['case_id']}/decision"
        asked = await desk.http.post(path, json={"step": "post_again", "reason": "已与渠道核实"})
        await bill(desk, moved("T1", PRICE + 1))
        approval = asked.json()["approval"]["approval_id"]
        late = await desk.http.post(f"/v1/approvals/{approval}/approve", json={}, headers=desk.second)
        assert late.status_code == 409
        assert await desk.count("payments") == 1

    async def test_leaves_what_goes_back_later_to_the_payment_that_stands(self, desk, wrong):
        await take(desk, wrong, "post_again")
        await given_back(desk, "T1", "R1", PRICE, at=DAY + timedelta(hours=2))
        lines = await desk.rows("SELECT state FROM payment_lines ORDER BY payment_id")
        assert [one.state for one in lines] == ["refunded", "refunded"]
        told = [one for one in await facts(desk) if one[0] == "returned"]
        assert [fen for _, _, fen in told] == [PRICE + 1, PRICE]
