"""Two payments that together are what somebody owed are shown together and applied by one step."""

from datetime import timedelta

import pytest

from libs.common.events.collection import PaymentReceived, PaymentTakenBack

from .conftest import NOW, PRICE, states

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


async def test_a_part_that_was_given_back_meanwhile_cannot_be_applied(counter):
    await counter.tell(counter.assessed(1))
    payments = [await counter.pay_part(f"T{fen}", 1, fen) for fen in (15_000, 10_000)]
    (case,) = await cases(counter)
    back = counter.refunded(payments[0]["payment_id"], 1, "paid", amount_fen=15_000, withdraws=False)
    await counter.tell(back)
    assert (await decide(counter, case)).status_code == 409
    assert [row.state for row in await counter.rows("SELECT state FROM dues")] == ["open"]


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
