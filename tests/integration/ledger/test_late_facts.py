"""Closing stops no event: what comes for a sealed time is posted, keeps its date and is handed over next."""

from datetime import datetime

import pytest

from libs.common.events.channel_days import ChannelDayTotalled, ChannelFeeBooked, ChannelFeeReversed
from libs.common.testing.fund_facts import UNIT, arrived, given_back, requested, reversed_, settled
from libs.common.testing.ledger_facts import (
    assessed,
    bought,
    cancelled,
    deposited,
    granted,
    merged,
    on,
    paid,
    payout,
    recovered,
    refunded,
    restored,
    returned,
    revoked,
    suspended,
    taken_back,
    undeposited,
    withdrawn,
)
from libs.common.testing.ledger_repairs import repaired
from services.ledger.facts.rules import CONSUMED

IN_DECEMBER = on("2019-12-20")


def fee(fact, **more):
    """What a channel kept of a day in December, or that it did not."""
    return fact(
        fee_id=7, county="youxi", coverage_year=2020, channel="tax", business_on=IN_DECEMBER.date(),
        amount_fen=150, file_id=3, kept_at=IN_DECEMBER, **more,
    )  # fmt: skip


def late_facts():
    """One fact of every kind that the ledger takes, all dated before the seal, and what they rest on."""
    grant = granted(3, 20000, "reimburse_to_card", at=IN_DECEMBER)
    instead = granted(10, at=IN_DECEMBER)
    line, second, part = paid(4, IN_DECEMBER), suspended(77, IN_DECEMBER), paid(8, IN_DECEMBER)
    return [
        assessed(1, assessed_at=IN_DECEMBER),
        assessed(1, 12000, revision=2, assessed_at=IN_DECEMBER),
        cancelled(2, IN_DECEMBER),
        withdrawn(5, IN_DECEMBER),
        merged(1, 11, IN_DECEMBER),
        withdrawn(9, IN_DECEMBER),
        restored(9, IN_DECEMBER),
        line,
        second,
        bought(6, at=IN_DECEMBER),
        repaired(14, at=IN_DECEMBER),
        returned(second, 10000, IN_DECEMBER),
        taken_back(part, IN_DECEMBER),
        grant,
        payout(grant, at=IN_DECEMBER),
        revoked(grant, IN_DECEMBER),
        recovered(grant, "person", IN_DECEMBER),
        instead,
        revoked(instead, on("2020-02-01"), counted_at=IN_DECEMBER),
        refunded(line, 25000, at=IN_DECEMBER, withdraws=True),
        granted(7, 5000, "outside_system", at=IN_DECEMBER),
        deposited(12, 25000, IN_DECEMBER),
        requested(20000, at=IN_DECEMBER),
        arrived(15000, at=IN_DECEMBER),
        reversed_(5000, at=IN_DECEMBER),
        given_back(1000, at=IN_DECEMBER),
        undeposited(deposited(13, 25000, IN_DECEMBER), IN_DECEMBER),
        settled({UNIT: 500000}, at=IN_DECEMBER),
        fee(ChannelFeeBooked, booked_at=IN_DECEMBER),
        fee(ChannelFeeReversed, reason="withdrawn", reversed_at=IN_DECEMBER),
    ]


def test_every_kind_is_among_them():
    # The sums that collection tells of a day are compared, and post nothing.
    posted = {kind for kinds in CONSUMED.values() for kind in kinds} - {ChannelDayTotalled}
    assert {type(fact) for fact in late_facts()} == posted


@pytest.fixture
async def sealed(desk):
    """A season whose main handover is sealed, with somebody paid and somebody counted in it."""
    await desk.send(paid(5, on("2019-11-02")), paid(9, on("2019-11-03")))
    return await desk.closed("main", "2020-01-04T09:00:00")


@pytest.mark.parametrize("number", range(len(late_facts())))
async def test_each_is_handled_and_keeps_its_date(desk, sealed, number):
    fact = late_facts()[number]

    await desk.send(fact)

    [(business_at,)] = await desk.rows("SELECT business_at FROM facts ORDER BY id DESC LIMIT 1")
    assert business_at == IN_DECEMBER
    posted = await desk.rows("SELECT DISTINCT business_at FROM postings WHERE business_at > '2019-12-01'")
    assert set(posted) <= {(IN_DECEMBER,)}
    assert (await desk.recomputed("main"))["identical"]


async def test_all_of_them_are_handed_over_at_the_next_deadline_and_told_as_late(desk, sealed):
    await desk.send(*late_facts())

    january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")

    sums = [
        sum(one["totals"]["total"][name] for one in (sealed, january))
        for name in ("head_count", "amount_fen")
    ]
    live = (await desk.totals())["total"]
    assert sums == [live["head_count"], live["amount_fen"]] == [1, 50000]
    assert january["totals"]["late"]["facts"] > 0
    assert january["totals"]["suspense"][0]["change_fen"] == 15000
    assert january["totals"]["outside_system"][0]["amount_fen"] == 5000


async def test_they_are_handled_after_the_closing_deadline_too(desk):
    for deadline in await desk.calendar("2021-04-20T09:00:00"):
        await desk.closed(deadline, "2021-04-20T09:00:00")

    await desk.send(*late_facts())

    april = await desk.closed("supplementary-2021-04", "2021-05-02T09:00:00")
    assert april["totals"]["total"] == (await desk.totals())["total"]


async def test_money_that_an_operator_moves_for_a_sealed_time_is_recorded_and_handed_over_next(desk, sealed):
    answer = await desk.http.post(
        "/v1/movements",
        json={**desk.books, "kind": "channel_settlement", "channel": "tax", "amount_fen": 50000,
              "business_at": "2019-12-31T16:00:00+08:00", "reference": "HK-9"},
    )  # fmt: skip
    january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")

    assert answer.status_code == 201
    assert datetime.fromisoformat(answer.json()["business_at"]) == on("2019-12-31T16:00")
    assert january["totals"]["movements"] == [
        {"kind": "channel_settlement", "channel": "tax", "amount_fen": 50000}
    ]
