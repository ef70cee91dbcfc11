"""An add-on is bought with the contribution or by itself, in any order, and is never the fund's money."""

from datetime import timedelta
from itertools import permutations

import pytest

from libs.common.events.collection import AddOnReceived, PaymentReceived

from .conftest import NOW, PRICE, season, states

RIDER = 3_000
MINUTE = timedelta(minutes=1)


async def money(counter):
    """What the events say: own part, add-on with it, add-on by itself and its payee."""
    facts = await counter.published()
    return (
        sum(fact.own_fen for fact in facts if isinstance(fact, PaymentReceived)),
        sum(fact.add_on_fen for fact in facts if isinstance(fact, PaymentReceived)),
        [(fact.add_on, fact.payee, fact.amount_fen) for fact in facts if isinstance(fact, AddOnReceived)],
    )


async def all_states(counter):
    rows = await counter.rows("SELECT state, reason FROM payment_lines ORDER BY payment_id")
    return [(row.state, row.reason) for row in rows]


@pytest.mark.parametrize("chosen", [0, RIDER])
@pytest.mark.parametrize("parts", list(permutations([PRICE, RIDER])))
async def test_contribution_and_add_on_come_apart_in_any_order(counter, chosen, parts):
    await counter.tell(counter.assessed(1, schedule=season(add_on=chosen)))
    for number, fen in enumerate(parts):
        await counter.pay_part(f"T{number}", 1, fen, at=NOW + number * MINUTE)
    assert await all_states(counter) == [("applied", None)] * 2
    assert await money(counter) == (PRICE, 0, [("accident", "china_life", RIDER)])


async def test_both_at_once_are_one_line(counter):
    await counter.tell(counter.assessed(1, schedule=season(add_on=RIDER)))
    await counter.pay_part("T1", 1, PRICE + RIDER)
    assert await money(counter) == (PRICE, RIDER, [])
    (fact,) = await counter.published()
    assert [(share.payee, share.amount_fen) for share in fact.add_ons] == [("china_life", RIDER)]
    assert states(await counter.pay_part("T2", 1, RIDER)) == [("suspended", "already_paid")]


async def test_a_second_one_and_one_that_is_paid_again_with_the_contribution_wait(counter):
    await counter.tell(counter.assessed(1, schedule=season(add_on=RIDER)))
    await counter.pay_part("T1", 1, RIDER)
    assert states(await counter.pay_part("T2", 1, RIDER)) == [("suspended", "already_paid")]
    assert states(await counter.pay_part("T3", 1, PRICE + RIDER)) == [("suspended", "wrong_amount")]
    assert states(await counter.pay_part("T4", 1, PRICE)) == [("applied", None)]


async def test_what_no_add_on_costs_is_a_wrong_amount(counter):
    await counter.tell(counter.assessed(1))
    assert states(await counter.pay_part("T1", 1, RIDER - 1)) == [("suspended", "wrong_amount")]


async def test_money_for_it_before_the_person_is_known_goes_on_later(counter):
    payment = await counter.pay_part("T1", 1, RIDER)
    await counter.tell(counter.assessed(1))
    assert states(await counter.payment(payment["payment_id"])) == [("applied", None)]
    (fact,) = [fact for fact in await counter.published() if isinstance(fact, AddOnReceived)]
    assert fact.from_suspense


async def test_an_exempt_person_may_buy_one(counter):
    await counter.tell(counter.assessed(1))
    await counter.tell(counter.granted(1, NOW - MINUTE))
    assert states(await counter.pay_part("T1", 1, RIDER)) == [("applied", None)]
    assert [row.state for row in await counter.rows("SELECT state FROM dues")] == ["exempt"]


async def test_one_that_is_given_back_leaves_the_contribution_and_may_be_bought_again(counter):
    await counter.tell(counter.assessed(1))
    await counter.pay_part("T1", 1, PRICE)
    bought = await counter.pay_part("T2", 1, RIDER)
    fact = counter.refunded(bought["payment_id"], 1, "paid", amount_fen=RIDER, withdraws=False)
    await counter.tell(fact)
    assert states(await counter.payment(bought["payment_id"])) == [("refunded", None)]
    assert [row.state for row in await counter.rows("SELECT state FROM dues")] == ["paid"]
    assert states(await counter.pay_part("T3", 1, RIDER)) == [("applied", None)]
