"""An add-on is bought with the contribution or by itself, in any order, and is never the fund's money."""

from datetime import timedelta
from itertools import permutations

import pytest

from libs.common.events.collection import AddOnReceived, PaymentReceived

from .conftest import NOW, PRICE, id_number, name, season, states
from .test_stories_of_orders import order, pay_order, shown

RIDER = 3_000
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


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


async def owed(counter, at=NOW):
    asked = {"id_number": id_number(1), "name": name(1), "county": "youxi", "coverage_year": 2020}
    answer = await counter.http.post("/v1/dues/search", json=asked, headers={"canbao-clock": at.isoformat()})
    due = answer.json()
    return due["state"], due["payable_fen"], due["open_add_on_fen"]


class TestOneThatWasChosenAndIsNotPaid:
    @pytest.mark.parametrize("exempt", [False, True])
    async def test_is_owed_and_ordered_by_itself(self, counter, exempt):
        await counter.tell(counter.assessed(1, schedule=season(add_on=RIDER)))
        if exempt:
            await counter.tell(counter.granted(1, NOW - MINUTE))
        else:
            assert await owed(counter) == ("open", PRICE + RIDER, RIDER)
            await counter.pay_part("T1", 1, PRICE)
        assert await owed(counter) == ("exempt" if exempt else "paid", RIDER, RIDER)
        made = (await order(counter, 1)).json()
        assert (made["amount_fen"], made["items"][0]["own_fen"]) == (RIDER, 0)

        await counter.tell(counter.assessed(1, revision=2, schedule=season(add_on=RIDER), at=NOW), at=NOW)
        assert await shown(counter, made) == ("pending", None)
        assert states(await pay_order(counter, made, NOW + MINUTE)) == [("applied", None)]
        assert await owed(counter) == ("exempt" if exempt else "paid", 0, 0)
        assert (await order(counter, 1)).status_code == 409

    async def test_is_no_more_owed_once_it_was_bought_first(self, counter):
        await counter.tell(counter.assessed(1, schedule=season(add_on=RIDER)))
        await counter.pay_part("T1", 1, RIDER)
        assert await owed(counter) == ("open", PRICE, 0)
        made = (await order(counter, 1)).json()
        assert made["amount_fen"] == PRICE
        assert states(await pay_order(counter, made, NOW + MINUTE)) == [("applied", None)]

    async def test_is_taken_out_of_an_order_that_is_open_when_it_is_bought(self, counter):
        await counter.tell(counter.assessed(1, schedule=season(add_on=RIDER)))
        made = (await order(counter, 1)).json()
        assert made["amount_fen"] == PRICE + RIDER
        await counter.pay_part("T1", 1, RIDER)
        assert await shown(counter, made) == ("cancelled", "due_changed")

    async def test_cannot_be_paid_when_the_season_is_over(self, counter):
        await counter.tell(counter.assessed(1, schedule=season(add_on=RIDER)))
        await counter.pay_part("T1", 1, PRICE)
        assert await owed(counter, NOW + 200 * DAY) == ("paid", 0, 0)
