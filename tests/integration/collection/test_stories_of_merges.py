"""Two records that are one person: all of the one follows the other, and no second payment stays applied."""

from datetime import timedelta
from itertools import permutations

import pytest

from libs.common.events.collection import PaymentTakenBack
from libs.common.events.registration import PersonMerged

from .conftest import NOW, PRICE, states

HOUR = timedelta(hours=1)


def merged(counter, person=1, other=2):
    return PersonMerged(
        person_id=person,
        merged_person_id=other,
        county="youxi",
        identity_digests=(counter.digest(person), counter.digest(other)),
        merged_at=NOW + 5 * HOUR,
    )


async def lines(counter):
    await counter.match()
    rows = await counter.rows("SELECT state, reason, person_id FROM payment_lines ORDER BY payment_id")
    return [(row.state, row.reason, row.person_id) for row in rows]


@pytest.mark.parametrize("earlier", [1, 2])
async def test_of_two_payments_the_first_paid_stands_and_the_other_is_taken_back(counter, earlier):
    await counter.tell(counter.assessed(1), counter.assessed(2))
    for number in (1, 2):
        await counter.pay(f"T{number}", number, at=NOW + (0 if number == earlier else 1) * HOUR)
    await counter.tell(merged(counter))
    await counter.tell(merged(counter))

    expected = [("applied", None, 1), ("suspended", "already_paid", 1)]
    assert await lines(counter) == (expected if earlier == 1 else expected[::-1])
    (fact,) = [one for one in await counter.published() if isinstance(one, PaymentTakenBack)]
    assert (fact.line_no, fact.amount_fen, fact.reason) == (1, PRICE, "already_paid")
    vouchers = await counter.rows("SELECT void_reason FROM vouchers ORDER BY payment_id")
    assert sorted(str(row.void_reason) for row in vouchers) == ["None", "merged"]


async def test_what_was_paid_after_the_records_were_joined_is_not_taken_back_before_it_was_applied(counter):
    """The news that both are one person comes a day late; the second payment had been applied meanwhile."""
    await counter.tell(counter.assessed(1), counter.assessed(2))
    await counter.pay("T1", 1)
    await counter.pay("T2", 2, at=NOW + 20 * HOUR)
    await counter.tell(merged(counter), at=NOW + 5 * HOUR)

    (fact,) = [one for one in await counter.published() if isinstance(one, PaymentTakenBack)]
    (told,) = await counter.rows("SELECT time FROM outbox WHERE type LIKE '%taken_back%'")
    assert (fact.taken_back_at, told.time) == (NOW + 20 * HOUR, NOW + 20 * HOUR)


async def test_money_for_either_document_is_then_the_second_payment(counter):
    await counter.tell(counter.assessed(1), counter.assessed(2))
    await counter.pay("T1", 1)
    await counter.tell(merged(counter))
    assert states(await counter.pay("T2", 2)) == [("suspended", "already_paid")]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_order_of_the_facts_changes_nothing(counter, order):
    facts = [counter.assessed(1), counter.assessed(2), merged(counter)]
    for number in order:
        await counter.tell(facts[number])
    assert [row.person_id for row in await counter.rows("SELECT person_id FROM dues")] == [1, 1]
    await counter.pay("T1", 2)
    assert states(await counter.pay("T2", 1)) == [("suspended", "already_paid")]


async def test_the_end_of_help_that_names_the_merged_record_has_money_of_the_person_judged_again(counter):
    await counter.tell(counter.assessed(1), counter.assessed(2))
    await counter.tell(counter.granted(2, NOW - HOUR))
    assert states(await counter.pay("T1", 2)) == [("suspended", "already_exempt")]
    await counter.tell(merged(counter), at=NOW + HOUR)
    await counter.match()
    await counter.tell(counter.revoked(2, NOW + 2 * HOUR), at=NOW + 2 * HOUR)
    assert await lines(counter) == [("applied", None, 1)]


async def test_a_pending_order_of_the_merged_record_pays_the_person(counter):
    await counter.tell(counter.assessed(1), counter.assessed(2))
    body = {"county": "youxi", "coverage_year": 2020, "person_ids": [2], "channel": "wechat"}
    order = (await counter.http.post("/v1/orders", json=body)).json()
    await counter.tell(merged(counter))
    sent = counter.keys.wechat().payment(
        transaction_id="W1", out_trade_no=order["order_no"], amount_fen=PRICE, paid_at=NOW
    )
    await counter.deliver(sent)
    assert await lines(counter) == [("applied", None, 1)]
