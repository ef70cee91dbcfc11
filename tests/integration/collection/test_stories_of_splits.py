"""Two payments that together are what somebody owed are shown together and applied by one step."""

import asyncio
from datetime import timedelta

import pytest

from libs.common.cases.store import Gone, close_cases
from libs.common.events.collection import PaymentReceived, PaymentTakenBack
from libs.common.events.registration import PersonMerged
from services.collection.matching.lease_store import hold_lease

from .conftest import NOW, PRICE, season, states

HOUR = timedelta(hours=1)


async def cases(counter):
    return [
        one for one in (await counter.http.get("/v1/cases")).json()["items"] if one["kind"] == "split_payment"
    ]


async def decide(counter, case, step="apply_together"):
    body = {"step": step, "reason": "Paid in two parts at the counter"}
    return await counter.http.post(f"/v1/cases/{case['case_id']}/decision", json=body)


@pytest.mark.parametrize("late", [False, True])
async def test_one_step_applies_both_and_they_make_exactly_what_was_owed(counter, late):
    await counter.tell(counter.assessed(1))
    first = {"at": NOW + 3 * HOUR, "paid_at": NOW} if late else {"at": NOW}
    parts = [("T1", 15_000, first), ("T2", 10_000, {"at": NOW + HOUR})]
    for number, fen, when in reversed(parts) if late else parts:
        await counter.pay_part(number, 1, fen, **when)
    (case,) = await cases(counter)
    assert case["amount_fen"] == PRICE
    answer = await decide(counter, case)
    assert answer.status_code == 200, answer.text

    rows = await counter.rows("SELECT state, voucher_no, part_of FROM payment_lines")
    assert [row.state for row in rows] == ["applied", "applied"]
    assert len({row.voucher_no for row in rows}) == 1
    received = [fact for fact in await counter.published() if isinstance(fact, PaymentReceived)]
    assert sorted(fact.own_fen for fact in received) == [10_000, 15_000]
    assert [fact.transaction_no for fact in received if fact.part_of is None] == ["T2"]
    (due,) = await counter.rows("SELECT state FROM dues")
    assert due.state == "paid"
    assert await cases(counter) == []
    assert states(await counter.pay("T3", 1, at=NOW + 5 * HOUR)) == [("suspended", "already_paid")]


async def test_three_parts_are_offered_like_two_and_end_together(counter):
    await counter.tell(counter.assessed(1))
    paid = [
        await counter.pay_part(number, 1, fen, at=NOW + at * HOUR)
        for number, fen, at in (("T1", 10_000, 0), ("T2", 10_000, 1), ("T3", 5_000, 2))
    ]
    (case,) = await cases(counter)
    assert (case["amount_fen"], len(case["evidence"]["lines"])) == (PRICE, 3)
    assert (await decide(counter, case)).status_code == 200

    received = [fact for fact in await counter.published() if isinstance(fact, PaymentReceived)]
    assert [(fact.own_fen, fact.part_of is None) for fact in received] == [
        (5_000, True), (10_000, False), (10_000, False),
    ]  # fmt: skip
    assert await cases(counter) == []

    gone = counter.refunded(paid[0]["payment_id"], 1, "paid", amount_fen=10_000, withdraws=True)
    await counter.tell(gone, at=NOW + 30 * 24 * HOUR)
    rows = await counter.rows("SELECT state FROM payment_lines ORDER BY payment_id")
    assert [row.state for row in rows] == ["refunded", "suspended", "suspended"]
    assert (await counter.rows("SELECT state FROM dues"))[0].state == "open"


async def test_an_officer_and_the_matcher_at_one_case_wait_for_each_other(counter):
    """The matcher closes the case while the officer decides it."""
    await counter.tell(counter.assessed(1))
    for number, fen in (("T1", 15_000), ("T2", 10_000)):
        await counter.pay_part(number, 1, fen)
    (case,) = await cases(counter)
    async with counter.context.engine.begin() as conn:
        await hold_lease(conn)
        deciding = asyncio.create_task(decide(counter, case))
        await asyncio.sleep(0.5)
        await close_cases(conn, [Gone(case["kind"], case["subject"])], NOW, "the person is paid for")
    assert (await deciding).status_code == 409


async def test_two_that_do_not_make_it_are_no_case(counter):
    await counter.tell(counter.assessed(1))
    for number, fen in (("T1", 15_000), ("T2", 9_999)):
        await counter.pay_part(number, 1, fen)
    assert await cases(counter) == []


async def test_the_case_closes_when_the_person_pays_at_once(counter):
    await counter.tell(counter.assessed(1))
    for number, fen in (("T1", 15_000), ("T2", 10_000)):
        await counter.pay_part(number, 1, fen)
    (case,) = await cases(counter)
    await counter.pay("T3", 1)
    assert await cases(counter) == []
    assert (await decide(counter, case)).status_code == 409


@pytest.mark.parametrize("by", ["bank", "channel", "bank, in part"])
async def test_the_case_closes_when_a_part_is_given_back_and_opens_again_for_others(counter, by):
    await counter.tell(counter.assessed(1))
    payments = [await counter.pay_part(f"T{fen}", 1, fen) for fen in (15_000, 10_000)]
    (case,) = await cases(counter)
    if by == "channel":
        said = {"transaction_no": "T15000", "return_no": "R1", "amount_fen": 15_000}
        said["returned_at"] = NOW.isoformat()
        await counter.deliver(counter.keys.sender().event("payment.refunded", said))
        await counter.match()
    else:
        fen = 15_000 if by == "bank" else 100
        back = counter.refunded(payments[0]["payment_id"], 1, "paid", amount_fen=fen, withdraws=False)
        await counter.tell(back)
    assert await cases(counter) == []
    assert (await decide(counter, case)).status_code == 409
    assert [row.state for row in await counter.rows("SELECT state FROM dues")] == ["open"]
    await counter.pay_part("T3", 1, 15_000, at=NOW + HOUR)
    (case,) = await cases(counter)
    assert case["evidence"]["lines"][0]["payment_id"] == payments[1]["payment_id"]


async def test_the_case_closes_when_another_amount_is_owed_or_nothing(counter):
    for person, change in ((1, "amount"), (2, "help"), (3, "end")):
        await counter.tell(counter.assessed(person))
        for fen in (15_000, 10_000):
            await counter.pay_part(f"T{person}-{fen}", person, fen, paid_at=NOW + 2 * HOUR, at=NOW + 2 * HOUR)
        assert len(await cases(counter)) == 1
        if change == "amount":
            await counter.tell(counter.assessed(person, revision=2, schedule=season(30_000)))
        elif change == "help":
            await counter.tell(counter.granted(person, NOW), at=NOW + HOUR)
        else:
            await counter.tell(counter.cancelled(person, NOW, revision=2))
        await counter.match()
        assert await cases(counter) == [], change


async def test_parts_follow_a_record_that_is_merged(counter):
    await counter.tell(counter.assessed(1), counter.assessed(2))
    for number, person, fen in (("T1", 2, 15_000), ("T2", 2, 10_000)):
        await counter.pay_part(number, person, fen)
    assert len(await cases(counter)) == 1
    one_person = PersonMerged(
        person_id=1, merged_person_id=2, county="youxi",
        identity_digests=(counter.digest(1), counter.digest(2)), merged_at=NOW + HOUR,
    )  # fmt: skip
    await counter.tell(one_person, counter.cancelled(2, NOW + HOUR, revision=2), at=NOW + HOUR)
    (case,) = await cases(counter)
    assert case["person_id"] == 1
    assert (await decide(counter, case)).status_code == 200
    assert sorted(row.state for row in await counter.rows("SELECT state FROM dues")) == ["cancelled", "paid"]


class TestApplyingBothAsksAllThatOneLineIsAsked:
    async def test_the_tier_of_the_household(self, counter):
        for person, tier, fen in ((1, 1, PRICE), (2, 2, 62_500)):
            home = {"county": "huilong", "household_id": 500, "tier": tier, "schedule": season(fen)}
            await counter.tell(counter.assessed(person, **home))
        for number, person, fen in (("T1", 1, 15_000), ("T2", 1, 10_000), ("T3", 2, 62_500)):
            await counter.pay_part(number, person, fen, county="huilong")
        (case,) = await cases(counter)
        refused = await decide(counter, case)
        assert (refused.status_code, refused.json()["reason"]) == (409, "household_tier_mismatch")

    async def test_whether_the_document_is_paid_in_another_county(self, counter):
        other = {"county": "huining", "identity_digests": (counter.digest(1),), "enrollment_id": 7001}
        other["person_id"] = 2
        await counter.tell(counter.assessed(1), counter.assessed(1, **other))
        for fen in (15_000, 10_000):
            await counter.pay_part(f"T{fen}", 1, fen)
        await counter.pay("T3", 1, county="huining")
        (case,) = await cases(counter)
        refused = await decide(counter, case)
        assert (refused.status_code, refused.json()["reason"]) == (409, "enrolled_elsewhere")

    async def test_and_lets_the_household_go_on_that_waited_for_it(self, counter):
        for person in (1, 2):
            await counter.tell(counter.assessed(person, county="dongan", household_id=500))
        await counter.pay("T1", 1, county="dongan")
        for fen in (15_000, 10_000):
            await counter.pay_part(f"T{fen}", 2, fen, county="dongan")
        (case,) = await cases(counter)
        assert (await decide(counter, case)).status_code == 200
        await counter.match()
        rows = await counter.rows("SELECT state FROM payment_lines")
        assert [row.state for row in rows] == ["applied"] * 3


@pytest.mark.parametrize("by", ["channel", "bank"])
async def test_the_other_is_taken_back_when_we_learn_of_it_and_never_before_it_was_applied(counter, by):
    """The channel, or the bank, dates what it gave back before both were applied, even before they came."""
    await counter.tell(counter.assessed(1))
    gone = await counter.pay_part("T1", 1, 15_000)
    other = await counter.pay_part("T2", 1, 10_000)
    await decide(counter, (await cases(counter))[0])
    long_ago, learnt = NOW - 48 * HOUR, NOW + 72 * HOUR
    if by == "channel":
        said = {"transaction_no": "T1", "return_no": "R1", "amount_fen": 15_000}
        said["returned_at"] = long_ago.isoformat()
        await counter.deliver(counter.keys.sender().event("payment.refunded", said), learnt)
        await counter.match()
    else:
        fact = counter.refunded(
            gone["payment_id"], 1, "paid", amount_fen=15_000, withdraws=True, settled_at=long_ago
        )
        await counter.tell(fact, at=learnt)

    (told,) = await counter.rows("SELECT time, data FROM outbox WHERE type LIKE '%taken_back%'")
    (fact,) = [fact for fact in await counter.published() if isinstance(fact, PaymentTakenBack)]
    assert fact.payment_id == other["payment_id"]
    assert (fact.taken_back_at, told.time) == (learnt, learnt)


@pytest.mark.parametrize("which", ["T1", "T2"])
async def test_when_one_of_both_is_given_back_the_other_pays_nothing_alone(counter, which):
    await counter.tell(counter.assessed(1))
    payments = {}
    for number, fen, hours in (("T1", 15_000, 0), ("T2", 10_000, 1)):
        payments[number] = await counter.pay_part(number, 1, fen, at=NOW + hours * HOUR)
    (case,) = await cases(counter)
    await decide(counter, case)
    fen = {"T1": 15_000, "T2": 10_000}[which]
    fact = counter.refunded(payments[which]["payment_id"], 1, "paid", amount_fen=fen, withdraws=True)
    await counter.tell(fact)

    other = payments["T2" if which == "T1" else "T1"]
    assert states(await counter.payment(payments[which]["payment_id"])) == [("refunded", None)]
    assert states(await counter.payment(other["payment_id"])) == [("suspended", "wrong_amount")]
    assert [row.state for row in await counter.rows("SELECT state FROM dues")] == ["open"]
    assert [row.void_reason for row in await counter.rows("SELECT void_reason FROM vouchers")] == ["refunded"]
    (told,) = [fact for fact in await counter.published() if isinstance(fact, PaymentTakenBack)]
    assert (told.payment_id, told.amount_fen) == (other["payment_id"], PRICE - fen)
    assert states(await counter.pay("T3", 1, at=NOW + 5 * HOUR)) == [("applied", None)]
