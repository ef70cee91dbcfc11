"""Lapsed years are repaired with the contribution or later, each by a line of its own, and never by chance.

Hongta 2026, where two lapsed years mean five months of waiting from 1 January, and each repaired one less.
"""

from datetime import datetime, timedelta

import pytest

from libs.common.clock import SHANGHAI
from libs.common.events import DueSegment, RepairTerms
from libs.common.events.collection import PaymentReceived, PaymentReturned, PaymentSuspended, RepairReceived
from libs.common.events.registration import PersonMerged

from .conftest import id_number, name, states

OPENS = datetime(2025, 10, 10, tzinfo=SHANGHAI)
CLOSES = datetime(2026, 2, 26, tzinfo=SHANGHAI)
NOW = datetime(2025, 11, 20, 10, tzinfo=SHANGHAI)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OWN, EACH = 40_000, 40_000
SEASON = {"county": "hongta", "coverage_year": 2026, "division_code": "530402001001"}
TERMS = RepairTerms(
    years=(2025, 2024), each_fen=EACH, months=(5, 4, 3), anchor="coverage_start", waits_from="2026-01-01",
    latest="before_wait_ends", clause="摘要6",
)  # fmt: skip


def schedule(repair=TERMS):
    return (
        DueSegment(
            from_at=OPENS, until_at=CLOSES, outcome="payable", window="main", price_fen=OWN, own_due_fen=OWN,
            repair=repair,
        ),
        DueSegment(from_at=CLOSES, outcome="rejected", reason_codes=("window_closed",)),
    )  # fmt: skip


def assessed(counter, person, repair=TERMS, **changes):
    return counter.assessed(
        person, **(SEASON | {"at": OPENS, "notice": "hongta/2026@0", "schedule": schedule(repair)} | changes)
    )


async def order(counter, person, years=None, at=NOW, people=(), **choice):
    if years is not None:
        choice["repair_years"] = years
    body = {
        "county": "hongta",
        "coverage_year": 2026,
        "person_ids": [person, *people],
        "channel": "wechat",
        "choices": [{"person_id": person} | choice],
    }
    return await counter.http.post("/v1/orders", json=body, headers={"canbao-clock": at.isoformat()})


async def pay_order(counter, made, at=NOW, number="W1"):
    sent = counter.keys.wechat().payment(
        transaction_id=number, out_trade_no=made["order_no"], amount_fen=made["amount_fen"], paid_at=at
    )
    assert (await counter.deliver(sent, at)).status_code == 200
    (row,) = await counter.rows("SELECT max(id) AS id FROM notifications WHERE channel = 'wechat'")
    return await counter.payment(row.id)


async def contribution(counter, person=1, number="T1", at=NOW, fen=OWN):
    items = [{"id_number": id_number(person), "name": name(person), "amount_fen": fen}]
    season = {"county": "hongta", "coverage_year": 2026}
    return await counter.pay(number, items=items, amount_fen=fen, at=at, **season)


async def due(counter, person=1, at=NOW):
    asked = {"id_number": id_number(person), "name": name(person), "coverage_year": 2026}
    asked["county"] = "hongta"
    answer = await counter.http.post("/v1/dues/search", json=asked, headers={"canbao-clock": at.isoformat()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def of_years(payment):
    return [(line["repaired_year"], line["amount_fen"], line["state"]) for line in payment["lines"]]


async def told(counter, kind=RepairReceived):
    return [fact for fact in await counter.published() if isinstance(fact, kind)]


class TestWhatThePayerSees:
    async def test_each_year_with_its_price_and_what_it_changes_apart_from_what_is_owed(self, counter):
        await counter.tell(assessed(counter, 1))
        seen = await due(counter)
        assert (seen["payable_fen"], seen["repair"]["wait_months"]) == (OWN, 5)
        assert (seen["repair"]["cover_from"], seen["repair"]["until_on"]) == ("2026-06-01", None)
        assert seen["repair"]["years"] == [
            {"repaired_year": 2025, "price_fen": EACH, "wait_months": 4, "cover_from": "2026-05-01"},
            {"repaired_year": 2024, "price_fen": EACH, "wait_months": 3, "cover_from": "2026-04-01"},
        ]
        words = seen["repair"]["words"]
        assert words["zh"].startswith(
            "待遇等待期 5 个月（2026-06-01 起享受待遇）；自愿补缴断保的 2025 年度 400 元后，"
        )
        assert words["en"].startswith(
            "The wait is 5 months (cover from 2026-06-01); repairing the lapsed year"
        )

    async def test_after_the_contribution_until_when_it_is_still_possible(self, counter):
        await counter.tell(assessed(counter, 1))
        await contribution(counter)
        seen = await due(counter, at=NOW + DAY)
        assert (seen["state"], seen["repair"]["until_on"]) == ("paid", "2026-05-31")
        assert (await due(counter, at=datetime(2026, 6, 1, tzinfo=SHANGHAI)))["repair"] is None

    async def test_nothing_where_there_is_nothing_to_repair(self, counter):
        await counter.tell(assessed(counter, 1, repair=None))
        assert (await due(counter))["repair"] is None


class TestWithTheContribution:
    async def test_every_year_is_a_line_of_its_own_with_its_voucher(self, counter):
        await counter.tell(assessed(counter, 1))
        made = (await order(counter, 1, 2)).json()
        assert (made["amount_fen"], made["items"][0]["own_fen"]) == (OWN + 2 * EACH, OWN)
        assert [one["repaired_year"] for one in made["items"][0]["repairs"]] == [2025, 2024]
        payment = await pay_order(counter, made)
        assert of_years(payment) == [
            (None, OWN, "applied"), (2025, EACH, "applied"), (2024, EACH, "applied"),
        ]  # fmt: skip
        (paid,) = await told(counter, PaymentReceived)
        assert (paid.own_fen, paid.add_on_fen) == (OWN, 0)
        repairs = await told(counter)
        assert [(one.repaired_year, one.amount_fen, str(one.cover_from)) for one in repairs] == [
            (2025, EACH, "2026-05-01"), (2024, EACH, "2026-04-01"),
        ]  # fmt: skip
        assert len({paid.voucher_no, *(one.voucher_no for one in repairs)}) == 3
        voucher = (await counter.http.get(f"/v1/vouchers/{repairs[0].voucher_no}")).json()
        assert (voucher["repaired_year"], voucher["amount_fen"]) == (2025, EACH)
        shown = (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()
        (item,) = shown["items"]
        assert (shown["state"], item["voucher_no"]) == ("paid", paid.voucher_no)
        assert [one["voucher_no"] for one in item["repairs"]] == [one.voucher_no for one in repairs]
        assert (await due(counter))["repair"]["repaired_years"] == [2024, 2025]

    async def test_the_contribution_alone_stays_valid_and_is_never_taken_for_a_repair(self, counter):
        await counter.tell(assessed(counter, 1))
        assert states(await contribution(counter)) == [("applied", None)]
        assert states(await contribution(counter, number="T2")) == [("suspended", "already_paid")]
        assert await told(counter) == []

    async def test_of_a_family_only_who_wants_to(self, counter):
        await counter.tell(assessed(counter, 1), assessed(counter, 2))
        made = (await order(counter, 1, 1, people=[2])).json()
        payment = await pay_order(counter, made)
        assert of_years(payment) == [(None, OWN, "applied"), (None, OWN, "applied"), (2025, EACH, "applied")]
        assert [line["person_id"] for line in payment["lines"]] == [1, 2, 1]

    @pytest.mark.parametrize(
        "years, repair, status, words",
        [
            (3, TERMS, 409, "最多可补缴 2 年。"),
            (1, None, 409, "没有可补缴的断保年度：补缴不能再缩短等待期。"),
        ],
    )
    async def test_more_than_would_help_is_refused_in_words(self, counter, years, repair, status, words):
        await counter.tell(assessed(counter, 1, repair=repair))
        answer = await order(counter, 1, years)
        assert answer.status_code == status
        assert words in answer.text

    async def test_where_the_notice_has_no_repair_the_choice_is_refused(self, counter):
        await counter.tell(counter.assessed(1))
        body = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "wechat"}
        body["choices"] = [{"person_id": 1, "repair_years": 1}]
        at = {"canbao-clock": "2019-11-20T10:00:00+08:00"}
        answer = await counter.http.post("/v1/orders", json=body, headers=at)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "#/choices/0/repair_years"


class TestLater:
    async def test_before_the_wait_ends_and_never_from_before_that_day(self, counter):
        await counter.tell(assessed(counter, 1))
        await contribution(counter)
        at = datetime(2026, 5, 20, 10, tzinfo=SHANGHAI)
        made = (await order(counter, 1, 1, at=at)).json()
        assert (made["amount_fen"], made["items"][0]["own_fen"]) == (EACH, 0)
        payment = await pay_order(counter, made, at)
        assert of_years(payment) == [(2025, EACH, "applied")]
        (repair,) = await told(counter)
        assert (repair.line_no, str(repair.cover_from)) == (2, "2026-05-20")
        seen = (await due(counter, at=at))["repair"]
        assert (seen["wait_months"], seen["cover_from"]) == (4, "2026-05-20")

    async def test_no_more_years_than_still_shorten_the_wait_on_that_day(self, counter):
        await counter.tell(assessed(counter, 1))
        await contribution(counter)
        at = datetime(2026, 5, 20, 10, tzinfo=SHANGHAI)
        assert [one["repaired_year"] for one in (await due(counter, at=at))["repair"]["years"]] == [2025]
        answer = await order(counter, 1, 2, at=at)
        assert answer.status_code == 409
        assert "最多可补缴 1 年。" in answer.text

    async def test_the_second_year_after_the_first(self, counter):
        await counter.tell(assessed(counter, 1))
        await pay_order(counter, (await order(counter, 1, 1)).json())
        made = (await order(counter, 1, 1, at=NOW + DAY)).json()
        assert made["items"][0]["repairs"] == [
            {
                "repaired_year": 2024,
                "amount_fen": EACH,
                "line_state": None,
                "reason": None,
                "voucher_no": None,
            }
        ]
        assert of_years(await pay_order(counter, made, NOW + DAY, "W2")) == [(2024, EACH, "applied")]
        assert (await order(counter, 1, 1, at=NOW + 2 * DAY)).status_code == 409

    async def test_not_when_the_wait_is_over(self, counter):
        await counter.tell(assessed(counter, 1))
        await contribution(counter)
        answer = await order(counter, 1, 1, at=datetime(2026, 6, 1, 10, tzinfo=SHANGHAI))
        assert answer.status_code == 409
        assert "2026-06-01 前才能补缴断保年度" in answer.text

    async def test_not_at_all_where_the_notice_wants_it_with_the_contribution(self, counter):
        terms = TERMS.model_copy(update={"latest": "with_contribution"})
        await counter.tell(assessed(counter, 1, repair=terms))
        await contribution(counter)
        assert (await order(counter, 1, 1, at=NOW + DAY)).status_code == 409

    async def test_whom_help_covers_may_repair_as_well(self, counter):
        await counter.tell(assessed(counter, 1))
        await counter.tell(counter.granted(1, NOW - DAY, **SEASON))
        made = (await order(counter, 1, 1)).json()
        assert made["amount_fen"] == EACH
        assert of_years(await pay_order(counter, made)) == [(2025, EACH, "applied")]


class TestMoneyThatDoesNotFit:
    async def test_of_a_year_without_its_contribution_waits_until_that_is_there(self, counter):
        await counter.tell(assessed(counter, 1))
        made = (await order(counter, 1, 1)).json()
        await counter.tell(assessed(counter, 1, revision=2, schedule=dearer(), at=NOW + MINUTE), at=NOW)
        late = datetime(2025, 12, 20, 10, tzinfo=SHANGHAI)
        payment = await pay_order(counter, made, late)
        assert states(payment) == [("suspended", "order_expired"), ("suspended", "repair_not_possible")]
        assert [fact.repaired_year for fact in await told(counter, PaymentSuspended)] == [None, 2025]
        await contribution(counter, at=late + MINUTE, fen=OWN + 100)
        (line,) = [
            one for one in (await counter.payment(payment["payment_id"]))["lines"] if one["repaired_year"]
        ]
        assert (line["state"], line["repaired_year"]) == ("applied", 2025)
        (repair,) = await told(counter)
        assert repair.from_suspense

    async def test_a_year_is_repaired_once(self, counter):
        await counter.tell(assessed(counter, 1))
        made = (await order(counter, 1, 1)).json()
        await counter.http.post(f"/v1/orders/{made['order_no']}/cancel", headers={"idempotency-key": "k1"})
        again = (await order(counter, 1, 1, at=NOW + MINUTE)).json()
        await pay_order(counter, again, NOW + 2 * MINUTE)
        payment = await pay_order(counter, made, NOW + 3 * MINUTE, "W2")
        assert {line["state"] for line in payment["lines"]} == {"suspended"}
        assert payment["lines"][1]["reason"] == "already_paid"

    async def test_an_order_closes_when_history_leaves_nothing_to_repair(self, counter):
        await counter.tell(assessed(counter, 1))
        made = (await order(counter, 1, 1)).json()
        told = assessed(counter, 1, None, revision=2, at=NOW + MINUTE)
        await counter.tell(told, at=NOW + MINUTE)
        shown = (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()
        assert (shown["state"], shown["close_reason"]) == ("cancelled", "due_changed")


class TestGoingBack:
    async def test_a_repair_goes_back_alone_and_can_be_bought_again(self, counter):
        await counter.tell(assessed(counter, 1))
        payment = await pay_order(counter, (await order(counter, 1, 1)).json())
        gone = counter.refunded(
            payment["payment_id"], 2, "paid", amount_fen=EACH, withdraws=True, repaired_year=2025,
            settled_at=NOW + DAY,
        )  # fmt: skip
        await counter.tell(gone, at=NOW + DAY)
        assert states(await counter.payment(payment["payment_id"])) == [("applied", None), ("refunded", None)]
        seen = await due(counter, at=NOW + DAY)
        assert (seen["state"], seen["repair"]["repaired_years"]) == ("paid", [])
        (voucher,) = await counter.rows("SELECT * FROM vouchers WHERE repaired_year = 2025")
        assert voucher.void_reason == "refunded"
        made = (await order(counter, 1, 1, at=NOW + 2 * DAY)).json()
        assert of_years(await pay_order(counter, made, NOW + 2 * DAY, "W2")) == [(2025, EACH, "applied")]

    async def test_two_records_of_one_person_repair_a_year_once(self, counter):
        await counter.tell(assessed(counter, 1), assessed(counter, 2))
        await pay_order(counter, (await order(counter, 1, 1)).json())
        second = await pay_order(counter, (await order(counter, 2, 1)).json(), NOW + MINUTE, "W2")
        fact = PersonMerged(
            person_id=1, merged_person_id=2, county="hongta", division_code=SEASON["division_code"],
            household_id=500, merged_at=NOW + DAY, identity_digests=(counter.digest(2),),
            enrollments=[{"coverage_year": 2026, "enrollment_id": 1001, "merged_enrollment_id": 1002}],
        )  # fmt: skip
        await counter.tell(fact, at=NOW + DAY)
        found = await counter.payment(second["payment_id"])
        assert states(found) == [("suspended", "already_paid")] * 2
        assert await told(counter, PaymentReturned) == []


def dearer():
    first, last = schedule()
    return (first.model_copy(update={"price_fen": OWN + 100, "own_due_fen": OWN + 100}), last)
