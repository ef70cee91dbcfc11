"""Fees that channels keep: booked once by the bill or as two officers decide, and told to the ledger."""

import asyncio
from collections import Counter

import pytest

from services.collection.fees.booking import book_fees
from services.collection.settlements.comparing import compare_settlements
from services.collection.settlements.rules import Terms

from .test_settlements import MONDAY, asked, came, later, took

FEES = "/v1/channel-fees"


@pytest.fixture
def agree(counter):
    def agreed(*, keeps_fee=True):
        terms = {"wechat": Terms(account="treasury", keeps_fee=keeps_fee, within_days=3)}
        object.__setattr__(counter.context.parts, "settlements", {"youxi": terms})

    agreed()
    return agreed


@pytest.fixture
def officer(signing_key):
    """Who somebody else is, to be sent along."""

    def known(subject="second", scopes=("collection:read", "collection:write"), division="*"):
        return {"authorization": f"Bearer {signing_key.issue(subject, list(scopes), division)}"}

    return known


async def paid(counter, day, *fen, year=2020, prefix="P"):
    """WeChat notifies payments of a year."""
    for no, one in enumerate(fen):
        told = {"transaction_id": f"{prefix}{day:%m%d}{no}", "out_trade_no": "CB1", "amount_fen": one}
        await counter.deliver(counter.keys.wechat().payment(**told, paid_at=day), day)
    await counter.match()
    await counter.rows_changed(
        "UPDATE payments SET county = 'youxi', coverage_year = :year WHERE coverage_year IS NULL", year=year
    )


async def fees(counter, **wanted):
    answer = await counter.http.get(FEES, params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def told(counter):
    """What the ledger is told: per year, what is booked less what is reversed."""
    sums = Counter()
    for fact in await counter.published():
        if fact.type.startswith("canbao.channel_fee."):
            sums[fact.coverage_year] += fact.amount_fen * (1 if "booked" in fact.type else -1)
    return {year: fen for year, fen in sums.items() if fen}


async def decided(counter, officer, case, step="book_fee"):
    """Two officers take a step about a case; gives how the second one's word was answered."""
    address = f"/v1/cases/{case['case_id']}/decision"
    answer = await counter.http.post(address, json={"step": step, "reason": "已与渠道核对"})
    assert answer.status_code == 200, answer.text
    approval_id = answer.json()["approval"]["approval_id"]
    approve = f"/v1/approvals/{approval_id}/approve"
    return await counter.http.post(approve, json={}, headers=officer())


async def fee_case(counter):
    (case,) = (
        await counter.http.get("/v1/cases", params={"kind": "settlement_fee", "state": "open"})
    ).json()["items"]
    return case


class TestABill:
    async def test_of_a_channel_that_keeps_its_fee_is_booked_once(self, counter, agree):
        await paid(counter, MONDAY, 38_000, 38_000)
        bill = await took(counter, MONDAY, 38_000, 38_000, fee="2.28")

        for _ in range(2):
            await asyncio.gather(book_fees(counter.context), book_fees(counter.context))

        (fee,) = await fees(counter, county="youxi", channel="wechat", business_on="2019-11-04")
        assert (fee["amount_fen"], fee["file_id"], fee["state"]) == (456, bill["file_id"], "booked")
        assert (fee["booked_by"], fee["approved_by"]) == ("settings", None)
        (fact,) = [one for one in await counter.published() if one.type.startswith("canbao.channel_fee")]
        assert (fact.fee_id, fact.county, fact.coverage_year) == (fee["fee_id"], "youxi", 2020)
        assert (fact.channel, fact.amount_fen, fact.file_id) == ("wechat", 456, bill["file_id"])
        assert fact.kept_at.isoformat() == "2019-11-04T23:59:59+08:00"

    async def test_that_was_corrected_takes_back_what_was_booked(self, counter, agree):
        await paid(counter, MONDAY, 38_000)
        await took(counter, MONDAY, 38_000, fee="2.28")
        await book_fees(counter.context)
        await took(counter, MONDAY, 38_000, fee="1.90")
        await book_fees(counter.context)

        assert [(one["amount_fen"], one["state"], one["reason"]) for one in await fees(counter)] == [
            (228, "reversed", None),
            (228, "reversal", "corrected_file"),
            (190, "booked", None),
        ]
        assert await told(counter) == {2020: 190}

    async def test_over_money_of_two_years_is_divided_between_their_books(self, counter, agree):
        await paid(counter, MONDAY, 20_000)
        await paid(counter, MONDAY, 40_000, year=2021, prefix="Q")
        await took(counter, MONDAY, 60_000, fee="1.00")
        await book_fees(counter.context)

        assert await told(counter) == {2020: 33, 2021: 67}

    async def test_waits_until_a_payment_says_of_which_year_it_is(self, counter, agree):
        await took(counter, MONDAY, 38_000, fee="2.28")
        await book_fees(counter.context)
        assert await fees(counter) == []

        await paid(counter, MONDAY, 38_000)
        await book_fees(counter.context)
        assert await told(counter) == {2020: 228}

    async def test_of_a_channel_that_pays_in_full_books_nothing(self, counter, agree):
        agree(keeps_fee=False)
        await paid(counter, MONDAY, 38_000)
        await took(counter, MONDAY, 38_000, fee="2.28")
        await book_fees(counter.context)
        assert await fees(counter) == []


class TestADecision:
    async def test_books_what_was_kept_against_the_terms(self, counter, agree, officer):
        agree(keeps_fee=False)
        await paid(counter, MONDAY, 38_000)
        bill = await took(counter, MONDAY, 38_000, fee="2.28")
        statement = await came(counter, later(1), ("B1", 37_772))
        case = await fee_case(counter)
        assert case["proposed"] == "book_fee"

        assert (await decided(counter, officer, case)).status_code == 200

        (fee,) = await fees(counter)
        assert (fee["amount_fen"], fee["file_id"]) == (228, bill["file_id"])
        assert (fee["statement_file_id"], fee["approved_by"]) == (statement["file_id"], "second")
        assert await told(counter) == {2020: 228}
        await compare_settlements(counter.context)
        await book_fees(counter.context)
        assert (await asked(counter), len(await fees(counter))) == ([], 1)

    async def test_takes_back_what_came_in_full_and_the_settings_do_not_book_it_again(
        self, counter, agree, officer
    ):
        await paid(counter, MONDAY, 38_000)
        await took(counter, MONDAY, 38_000, fee="2.28")
        await book_fees(counter.context)
        await came(counter, later(1), ("B1", 38_000))

        assert (await decided(counter, officer, await fee_case(counter))).status_code == 200

        await book_fees(counter.context)
        assert [one["reason"] for one in await fees(counter)] == [None, "paid_in_full"]
        assert await told(counter) == {}

    async def test_is_waited_for_before_the_settings_book(self, counter, agree):
        await took(counter, MONDAY, 38_000, fee="2.28")
        await came(counter, later(1), ("B1", 38_000))
        await paid(counter, MONDAY, 38_000)
        await book_fees(counter.context)
        assert await fees(counter) == []

    async def test_about_money_of_no_known_year_is_refused_and_the_case_stays(self, counter, agree, officer):
        agree(keeps_fee=False)
        await took(counter, MONDAY, 38_000, fee="2.28")
        await came(counter, later(1), ("B1", 37_772))

        answer = await decided(counter, officer, await fee_case(counter))

        assert answer.json()["type"] == "urn:canbao:problem:fee-of-no-year"
        assert len(await asked(counter)) == 1

    async def test_needs_a_second_officer(self, counter, agree):
        agree(keeps_fee=False)
        await paid(counter, MONDAY, 38_000)
        await took(counter, MONDAY, 38_000, fee="2.28")
        await came(counter, later(1), ("B1", 37_772))
        case = await fee_case(counter)
        address = f"/v1/cases/{case['case_id']}/decision"
        asked_for = await counter.http.post(address, json={"step": "book_fee", "reason": "已核对"})
        approval_id = asked_for.json()["approval"]["approval_id"]

        answer = await counter.http.post(f"/v1/approvals/{approval_id}/approve", json={})

        assert (answer.status_code, await fees(counter)) == (403, [])


class TestAReversal:
    async def test_is_agreed_to_by_a_second_officer_and_is_not_booked_again_by_the_same_bill(
        self, counter, agree, officer
    ):
        await paid(counter, MONDAY, 38_000)
        await took(counter, MONDAY, 38_000, fee="2.28")
        await book_fees(counter.context)
        (fee,) = await fees(counter)
        address = f"{FEES}/{fee['fee_id']}/reversal"

        key = {"idempotency-key": '"r1"'}
        first, again = [
            await counter.http.post(address, json={"reason": "本月免收"}, headers=key) for _ in range(2)
        ]
        assert (first.status_code, again.json()) == (202, first.json())
        approve = f"/v1/approvals/{first.json()['approval_id']}/approve"
        assert (await counter.http.post(approve, json={})).status_code == 403
        assert (await counter.http.post(approve, json={}, headers=officer())).status_code == 200

        await book_fees(counter.context)
        assert [(one["state"], one["reason"]) for one in await fees(counter)] == [
            ("reversed", None),
            ("reversal", "withdrawn"),
        ]
        assert await told(counter) == {}
        gone = await counter.http.post(address, json={"reason": "再次"})
        assert gone.json()["type"] == "urn:canbao:problem:fee-not-booked"

    async def test_is_for_officers_of_the_county_who_may_write(self, counter, agree, officer):
        await paid(counter, MONDAY, 38_000)
        await took(counter, MONDAY, 38_000, fee="2.28")
        await book_fees(counter.context)
        (fee,) = await fees(counter)
        address = f"{FEES}/{fee['fee_id']}/reversal"
        reader, stranger = officer(scopes=["collection:read"]), officer(division="350428")

        for who in (reader, stranger):
            answer = await counter.http.post(address, json={"reason": "误"}, headers=who)
            assert answer.status_code == 403
        assert (await counter.http.get(FEES, headers=stranger)).json()["items"] == []
        assert (await counter.http.post(address, json={"reason": ""})).status_code == 422
        assert (await counter.http.post(f"{FEES}/999/reversal", json={"reason": "误"})).status_code == 404
