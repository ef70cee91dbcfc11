"""Several instances match at once, each the money of other counties, and come to what one would have."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from libs.common.bus import dead_letters
from libs.common.bus.handling import Handling
from libs.common.events import registration
from services.collection.app import HANDLERS
from services.collection.matching import sharing
from services.collection.matching.lease_store import hold_lease, take_leases

from .conftest import NOW, PRICE, name
from .test_orders import order

HUINING = {"county": "huining", "division_code": "620422101201"}


@pytest.fixture
async def instances(counter, service_context):
    """The matchers of three instances on one database."""
    url = counter.context.settings.database_url
    others = [await service_context("collection", url=url) for _ in range(2)]
    return [context.parts.matcher for context in (counter.context, *others)]


@pytest.fixture
async def few_at_once(counter, service_context):
    """The matchers of three instances, each with a batch so small that it takes the lease of one county."""
    url = counter.context.settings.database_url
    contexts = [await service_context("collection", url=url, matching_batch=2) for _ in range(3)]
    return [context.parts.matcher for context in contexts]


async def judged(counter):
    """What every line that was judged so far came to, in the order of arrival."""
    rows = await counter.rows("SELECT county, state, reason FROM payment_lines ORDER BY payment_id, line_no")
    return [tuple(row) for row in rows]


async def make_unplaced_the_last(counter):
    """Have what came last be of no county that is known before it is read."""
    newest = "(SELECT max(id) FROM notifications)"
    await counter.rows_changed(f"UPDATE matching_queue SET county = NULL WHERE notification_id = {newest}")


async def matched_after_huining(counter, matcher):
    """Match while somebody is at the money of huining: it waits until that is done. Gives how much it was."""
    async with counter.context.engine.begin() as elsewhere:
        await hold_lease(elsewhere, ["huining"])
        matching = asyncio.create_task(matcher.match_next())
        await asyncio.sleep(0.5)
        assert not matching.done()
    return await asyncio.wait_for(matching, 40)


async def all_matched(counter, instances):
    """Let all instances match at once, for as long as anything waits."""
    while await counter.count("matching_queue"):
        await asyncio.gather(*(matcher.match_next() for matcher in instances))


def also_in_huining(counter, person):
    """The same person, as another county enrolls them."""
    known = {
        "identity_digests": (counter.digest(person),),
        "name_digest": counter.context.digests.name(name(person)),
    }
    return counter.assessed(100 + person, **HUINING, **known)


async def test_one_instance_matches_a_county_while_another_is_at_its_neighbour(counter, instances):
    await counter.tell(counter.assessed(1), counter.assessed(2, **HUINING))
    await counter.notify("T1", 1)
    await counter.notify("T2", 2, county="huining")
    async with counter.context.engine.begin() as elsewhere:
        await hold_lease(elsewhere, ["youxi"])
        async with asyncio.timeout(40):
            assert [await matcher.match_next() for matcher in instances] == [1, 0, 0]
        assert await judged(counter) == [("huining", "applied", None)]
    assert await instances[1].match_next() == 1
    assert await judged(counter) == [("youxi", "applied", None), ("huining", "applied", None)]


async def test_small_counties_share_a_batch(counter, instances):
    await counter.tell(counter.assessed(1), counter.assessed(2, **HUINING))
    await counter.notify("T1", 1)
    await counter.notify("T2", 2, county="huining")
    assert await instances[0].match_next() == 2


async def test_whoever_decides_about_all_counties_waits_for_each_and_is_waited_for(counter, instances):
    await counter.tell(counter.assessed(1))
    await counter.notify("T1", 1)
    async with counter.context.engine.begin() as one, counter.context.engine.begin() as other:
        await hold_lease(one, ["huining"])
        everything = asyncio.create_task(hold_lease(other))
        await asyncio.sleep(0.3)
        assert not everything.done()
        assert await instances[0].match_next() == 0
        await one.rollback()
        await asyncio.wait_for(everything, 40)
        assert await instances[0].match_next() == 0
    assert await instances[0].match_next() == 1


async def test_nothing_overtakes_money_that_may_be_of_any_county(counter, instances):
    """The first of two payments counts, also where only reading it says whose it is."""
    await counter.tell(counter.assessed(1), counter.assessed(2))
    await counter.notify("T1", 2)
    await counter.notify("T2", 1)
    await make_unplaced_the_last(counter)
    await counter.notify("T3", 1)
    assert await instances[0].match_next() == 1
    assert await judged(counter) == [("youxi", "applied", None)]
    await all_matched(counter, instances)
    assert await judged(counter) == [
        *([("youxi", "applied", None)] * 2),
        ("youxi", "suspended", "already_paid"),
    ]


async def test_nothing_overtakes_it_that_comes_while_leases_are_taken(counter, instances, monkeypatch):
    await counter.tell(counter.assessed(1), counter.assessed(2))
    await counter.notify("T1", 2)

    async def slowly(conn, counties):
        monkeypatch.setattr(sharing, "take_leases", take_leases)
        await counter.notify("T2", 1)
        await make_unplaced_the_last(counter)
        await counter.notify("T3", 1)
        return await take_leases(conn, counties)

    monkeypatch.setattr(sharing, "take_leases", slowly)
    assert await instances[0].match_next() == 1
    await all_matched(counter, instances)
    assert [line[1:] for line in await judged(counter)] == [
        *([("applied", None)] * 2),
        ("suspended", "already_paid"),
    ]


async def test_a_process_of_the_release_before_waits_and_is_waited_for(counter, instances):
    """It holds one row for the money of all counties, and knows nothing of leases of one."""
    row = text("SELECT name FROM leases WHERE name = 'matching' FOR UPDATE SKIP LOCKED")
    await counter.tell(counter.assessed(1))
    await counter.notify("T1", 1)
    async with counter.context.engine.begin() as before:
        assert (await before.execute(row)).all()
        assert await instances[0].match_next() == 0
    for counties in (None, ["youxi"]):
        async with counter.context.engine.begin() as ours, counter.context.engine.begin() as before:
            await hold_lease(ours, counties)
            assert not (await before.execute(row)).all()
    assert await instances[0].match_next() == 1


async def test_money_by_a_wallet_is_of_the_county_of_its_order(counter):
    await counter.tell(counter.assessed(1))
    placed = (await order(counter, 1)).json()
    told = {"transaction_id": "W1", "amount_fen": PRICE, "paid_at": NOW}
    await counter.deliver(counter.keys.wechat().payment(out_trade_no=placed["order_no"], **told))
    await counter.deliver(counter.keys.wechat().payment(out_trade_no="X", **told | {"transaction_id": "W2"}))
    rows = await counter.rows("SELECT county FROM matching_queue ORDER BY notification_id")
    assert [row.county for row in rows] == ["youxi", None]


async def test_money_of_who_is_enrolled_in_two_counties_waits_for_both(counter, instances):
    await counter.tell(counter.assessed(1), also_in_huining(counter, 1))
    await counter.notify("T1", 1, county="huining")
    await counter.notify("T2", 1)
    assert await matched_after_huining(counter, instances[0]) == 2
    assert await judged(counter) == [
        ("huining", "applied", None),
        ("youxi", "suspended", "enrolled_elsewhere"),
    ]


async def test_what_goes_back_waits_for_the_county_that_has_the_money(counter, instances):
    """An officer gave the money of an order in youxi to a person in huining before its wallet refunded it."""
    wallet = counter.keys.wechat()
    await counter.tell(counter.assessed(1))
    placed = (await order(counter, 1)).json()
    told = {"out_trade_no": placed["order_no"], "amount_fen": PRICE, "paid_at": NOW}
    await counter.deliver(wallet.payment(transaction_id="W1", **told))
    assert await instances[0].match_next() == 1
    await counter.rows_changed("UPDATE payment_lines SET county = 'huining'")
    again = {"refund_id": "R1", "transaction_id": "W1", "amount_fen": PRICE, "returned_at": NOW}
    await counter.deliver(wallet.refund(**again))
    await counter.rows_changed("UPDATE matching_queue SET county = 'youxi'")
    assert await matched_after_huining(counter, instances[0]) == 1
    assert await judged(counter) == [("huining", "refunded", None)]


async def test_letters_that_are_tried_again_take_no_lease_after_another(counter):
    """The second letter of a key may need all counties: it would wait for who waits for the first one's."""
    topic, fact = registration.TOPIC, counter.assessed(1)
    letter = replace(counter.message(fact, NOW), data=fact.model_dump_json().encode())
    async with counter.context.engine.begin() as conn:
        await dead_letters.park(conn, [letter], "broken")
    async with counter.context.engine.begin() as elsewhere:
        await hold_lease(elsewhere, ["huining"])
        retrying = asyncio.create_task(
            Handling(counter.context.engine, topic, HANDLERS[topic]).retry_key(letter.key)
        )
        await asyncio.sleep(0.5)
        assert not retrying.done()
    assert await asyncio.wait_for(retrying, 40)
    assert await counter.count("dues") == 1


@pytest.mark.parametrize("turn", range(5))
async def test_who_is_enrolled_in_two_counties_is_paid_for_once_and_by_the_first(counter, few_at_once, turn):
    """Each county's money is matched by another instance, and that of the person by one after the other."""
    people = range(1, 30)
    await counter.tell(*(counter.assessed(person) for person in people))
    both = [person for person in people if person % 7 == turn]
    await counter.tell(*(also_in_huining(counter, person) for person in both))
    for person in people:
        counties = ["youxi", "huining"] if person % 2 else ["huining", "youxi"]
        for county in counties if person in both else ["youxi"]:
            await counter.notify(f"T{person}{county}", person, county=county)
    await all_matched(counter, few_at_once)
    rows = await counter.rows("""
        SELECT transaction_no, state FROM payment_lines JOIN payments ON id = payment_id ORDER BY payment_id
    """)
    states = dict(tuple(row) for row in rows)
    for person in people:
        first, second = ("youxi", "huining") if person % 2 or person not in both else ("huining", "youxi")
        assert states[f"T{person}{first}"] == "applied", person
        assert states.get(f"T{person}{second}", "suspended") == "suspended", person


async def test_money_for_one_of_a_household_waits_for_the_county_of_another(counter, instances):
    """Where a household pays together, whether it is whole is decided by one alone."""
    await counter.tell(counter.assessed(1, county="dongan"), counter.assessed(2, **HUINING))
    await counter.notify("T1", 1, county="dongan")
    assert await matched_after_huining(counter, instances[0]) == 1
    assert await judged(counter) == [("dongan", "suspended", "household_incomplete")]


async def test_who_paid_elsewhere_in_another_year_holds_nobody_up(counter, instances):
    await counter.tell(counter.assessed(1))
    last = {"coverage_year": 2019, "enrollment_id": 7001, "assessment_id": 70_011}
    await counter.tell(counter.assessed(1, **HUINING, **last))
    await counter.notify("T1", 1)
    async with counter.context.engine.begin() as elsewhere:
        await hold_lease(elsewhere, ["huining"])
        assert await asyncio.wait_for(instances[0].match_next(), 40) == 1
    assert await judged(counter) == [("youxi", "applied", None)]


async def test_facts_of_one_county_do_not_wait_for_the_money_of_another(counter):
    async with counter.context.engine.begin() as elsewhere:
        await hold_lease(elsewhere, ["huining"])
        await asyncio.wait_for(counter.tell(counter.assessed(1), at=NOW - timedelta(hours=1)), 10)
    assert await counter.count("dues") == 1
