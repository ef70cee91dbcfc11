"""Work funds: what final sheets give each unit, in whatever order they come, stands beside the fund."""

from itertools import permutations

import pytest

from libs.common.clock import CLOCK_HEADER
from libs.common.testing.fund_facts import UNIT, settled
from libs.common.testing.ledger_facts import on, paid
from tests.integration.ledger.test_matches import office
from tests.integration.ledger.test_papers import lines, main, paper, people

__all__ = ["main", "office", "people"]
OTHER = "350426101000"
FIRST = settled({UNIT: 500000, OTHER: 300000})
SECOND = settled({UNIT: 450000}, {UNIT: 500000, OTHER: 300000}, revision=2, at=on("2020-01-07"))
THIRD = settled({UNIT: 460000, OTHER: 1}, {UNIT: 450000}, revision=3, at=on("2020-01-08"))
STATE = "/v1/work-funds"
PAID = {
    "division_code": UNIT,
    "reference": "JF-1",
    "amount_fen": 200000,
    "paid_at": "2020-01-09T10:00:00+08:00",
}


async def state(desk):
    answer = await desk.http.get(STATE, params=desk.books)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def pay(desk, *payments, **headers):
    return await desk.http.post(
        f"{STATE}/payments", json={**desk.books, "payments": list(payments)}, **headers
    )


async def test_what_a_sheet_gives_is_owed_and_none_of_the_funds_money(desk):
    await desk.send(paid(1), FIRST)

    found = await state(desk)

    assert (found["clause"], found["settled_fen"], found["paid_fen"]) == ("八(三)", 800000, 0)
    assert [(one["name"], one["missing_fen"]) for one in found["units"]] == [
        ("梅仙镇", 300000), ("西滨镇", 500000),
    ]  # fmt: skip
    balances = await desk.balances()
    assert (balances["work_funds"], balances[f"work_funds_due:{UNIT}"]) == (-800000, 500000)
    assert (await desk.totals())["total"] == {"head_count": 1, "amount_fen": 25000}


@pytest.mark.parametrize("order", list(permutations((FIRST, SECOND, THIRD))))
async def test_the_last_sheet_counts_in_whatever_order_they_come_and_each_once(desk, order):
    messages = [desk.message(fact, fact.revision) for fact in order]
    await desk.deliver(messages)
    await desk.deliver(messages)

    assert {one["division_code"]: one["settled_fen"] for one in (await state(desk))["units"]} == {
        UNIT: 460000, OTHER: 1,
    }  # fmt: skip


async def test_what_was_paid_counts_once_by_its_paper(desk):
    await desk.send(FIRST)
    first = await pay(desk, PAID)
    again = await pay(desk, PAID)
    other = await pay(desk, PAID | {"amount_fen": 1})

    assert (first.status_code, first.json()["repeated"], again.json()["repeated"]) == (201, 0, 1)
    assert (other.status_code, other.json()["references"]) == (409, ["JF-1"])
    [unit] = [one for one in (await state(desk))["units"] if one["division_code"] == UNIT]
    assert (unit["paid_fen"], unit["missing_fen"]) == (200000, 300000)
    listed = (await desk.http.get(f"{STATE}/payments", params=desk.books)).json()["items"]
    assert [one["reference"] for one in listed] == ["JF-1"]


async def test_what_was_entered_wrongly_two_take_back_and_its_reference_is_entered_rightly(desk, office):
    await desk.send(FIRST)
    [first] = (await pay(desk, PAID)).json()["payments"]
    path, why = f"{STATE}/payments/{first['payment_id']}/reversal", {"reason": "收款单位误录"}
    asked = await office.one.post(path, json=why)
    assert asked.status_code == 202, asked.text
    assert (await office.one.post(path, json=why)).json()["type"] == "urn:canbao:problem:approval-waiting"
    assert (await state(desk))["paid_fen"] == 200000
    approval = f"/v1/approvals/{asked.json()['approval_id']}/approve"
    assert (await office.one.post(approval, json={})).status_code == 403
    assert (await office.two.post(approval, json={})).status_code == 200

    assert (await state(desk))["paid_fen"] == 0
    balances = await desk.balances()
    assert (balances[f"work_funds_due:{UNIT}"], balances.get(f"work_funds_paid:{UNIT}", 0)) == (500000, 0)
    again = await pay(desk, PAID)
    assert (again.status_code, again.json()["references"]) == (409, ["JF-1"])
    assert (await pay(desk, PAID | {"amount_fen": 20000})).status_code == 201
    assert (await state(desk))["paid_fen"] == 20000
    listed = (await desk.http.get(f"{STATE}/payments", params=desk.books)).json()["items"]
    assert [(one["amount_fen"], one["reversed_at"] is None) for one in listed] == [
        (200000, False),
        (20000, True),
    ]
    refused = await office.one.post(path, json=why)
    assert refused.json()["type"] == "urn:canbao:problem:work-funds-payment-reversed"


async def test_nobody_is_paid_who_has_no_task(desk):
    answer = await pay(desk, PAID | {"division_code": "350426999000"})
    assert (answer.status_code, answer.json()["units"]) == (422, ["350426999000"])


async def test_a_notice_without_work_funds_has_none(desk):
    answer = await desk.http.get(STATE, params={"county": "huining", "coverage_year": 2021})
    assert answer.json()["type"] == "urn:canbao:problem:work-funds-not-asked"


async def test_finances_paper_has_them_beside_the_match_as_they_are_when_it_is_due(desk, people, main):
    await desk.send(FIRST, settled({UNIT: 1}, {UNIT: 500000}, revision=2, at=on("2020-01-11T00:00")))
    await pay(desk, PAID, PAID | {"reference": "JF-2", "paid_at": "2020-01-11T00:00:00+08:00"})

    found = await paper(people, "finance")

    assert lines(found, "work_funds_settled") == [("梅仙镇", None, 300000), ("西滨镇", None, 500000)]
    assert lines(found, "work_funds_paid") == [("西滨镇", None, 200000)]
    codes = [one["code"] for one in found["document"]["sections"]]
    assert codes.index("work_funds_settled") == codes.index("match_arrived") + 1
    assert "work_funds_settled" not in [
        one["code"] for one in (await paper(people, "tax"))["document"]["sections"]
    ]


async def test_a_handover_has_what_came_in_its_days(desk):
    await desk.send(paid(1))
    main = (await desk.closed("main", "2020-01-04T09:00:00"))["totals"]
    await desk.send(FIRST)
    await pay(desk, PAID)
    january = (await desk.closed("monthly-2020-01", "2020-02-04T09:00:00"))["totals"]

    assert "work_funds" not in main or not main["work_funds"]
    assert january["work_funds"] == [
        {"division_code": OTHER, "settled_fen": 300000, "paid_fen": 0},
        {"division_code": UNIT, "settled_fen": 500000, "paid_fen": 200000},
    ]
    assert (await desk.recomputed("monthly-2020-01"))["identical"]
    sheet = await desk.http.get("/v1/totals", params={**desk.books, "format": "csv"})
    assert "工作经费·已拨" in sheet.text


async def test_a_closed_month_has_them_in_its_journal_by_words(desk):
    await desk.send(FIRST)
    answer = await desk.http.get(
        "/v1/periods/youxi/2020-01/journal/file",
        params={"format": "csv"},
        headers={CLOCK_HEADER: "2020-02-04T09:00:00+08:00"},
    )
    assert "核定工作经费" in answer.text
