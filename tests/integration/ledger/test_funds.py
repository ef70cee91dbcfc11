"""Granted, applied for and arrived are three things, and the handover tells all of them by payer."""

from libs.common.testing.fund_facts import arrived, requested, reversed_
from libs.common.testing.ledger_facts import granted, on, paid

JANUARY = "2020-02-04T09:00:00"


async def test_money_is_on_its_way_until_it_has_arrived(desk):
    await desk.send(granted(1, 25000, payer="county_finance"), requested(25000), arrived(10000))

    found = await desk.balances()

    assert {name: found[name] for name in found if name.endswith(":county_finance")} == {
        "payer:county_finance": -25000,
        "request:county_finance": -25000,
        "awaited:county_finance": 15000,
        "arrival:county_finance": 10000,
    }
    assert found["special_fiscal_account"] == 25000


async def test_it_may_arrive_before_it_is_heard_to_be_applied_for(desk):
    await desk.send(arrived(10000))
    await desk.send(requested(10000))

    found = await desk.balances()

    assert found.get("awaited:county_finance", 0) == 0
    assert found["arrival:county_finance"] == 10000


async def test_a_handover_has_what_came_in_its_days_and_the_next_one_the_rest(desk):
    share = granted(1, 25000, payer="county_finance", at=on("2019-12-20"))
    await desk.send(share, requested(25000), arrived(10000), paid(2))
    main = (await desk.closed("main", "2020-01-04T09:00:00"))["totals"]
    await desk.send(arrived(15000, at=on("2020-01-08"), number=2))
    january = (await desk.closed("monthly-2020-01", JANUARY))["totals"]

    row = {"payer": "county_finance", "granted_fen": 25000, "requested_fen": 25000, "arrived_fen": 10000}
    assert main["funds_by_payer"] == [row]
    later = {"payer": "county_finance", "granted_fen": 0, "requested_fen": 0, "arrived_fen": 15000}
    assert january["funds_by_payer"] == [later]
    assert main["total"]["amount_fen"] == 50000
    assert (await desk.recomputed("main"))["identical"]


async def test_what_had_not_come_is_taken_off_in_the_days_in_which_that_was_found(desk):
    await desk.send(requested(25000), arrived(10000), paid(2))
    main = (await desk.closed("main", "2020-01-04T09:00:00"))["totals"]
    await desk.send(reversed_(10000))
    january = (await desk.closed("monthly-2020-01", JANUARY))["totals"]

    assert main["funds_by_payer"][0]["arrived_fen"] == 10000
    assert january["funds_by_payer"] == [
        {"payer": "county_finance", "granted_fen": 0, "requested_fen": 0, "arrived_fen": -10000}
    ]
    balances = await desk.balances()
    assert (balances["awaited:county_finance"], balances.get("arrival:county_finance", 0)) == (25000, 0)


async def test_a_seal_of_before_does_not_mention_it(desk):
    await desk.send(paid(1))

    assert "funds_by_payer" not in (await desk.closed("main", "2020-01-04T09:00:00"))["document"]


async def test_it_is_on_the_sheet_that_is_printed(desk):
    await desk.send(requested(25000), arrived(10000))

    sheet = await desk.http.get("/v1/totals", params={**desk.books, "format": "csv"})

    assert "资助资金·已到账,县财政" in sheet.text
