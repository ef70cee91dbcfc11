"""Sums of days of channels: told when a day was compared, and again only when they are others."""

import pytest

from services.collection.daytotals.totalling import total_days
from services.collection.differences.comparing import compare_days

from .conftest import PRICE
from .test_channel_days import DAY, bill, given_back, moved, paid


async def told(counter):
    await total_days(counter.context)
    return [
        (one.county, one.channel, one.business_on.isoformat(), one.revision, one.taken_fen, one.payments,
         one.returned_fen, one.returns)
        for one in await counter.published()
        if one.type == "canbao.channel_day.totalled.v1"
    ]  # fmt: skip


@pytest.fixture
async def known(counter):
    """Money that channels tell of is the county's."""

    async def of(county="youxi", year=2020):
        values = {"county": county, "year": year}
        await counter.rows_changed("UPDATE payments SET county = :county, coverage_year = :year", **values)
        await counter.rows_changed(
            "UPDATE payment_lines SET county = :county, coverage_year = :year", **values
        )

    return of


async def test_a_day_is_told_once_it_was_compared_and_again_only_when_its_sums_change(counter, known):
    await paid(counter, "T1")
    await paid(counter, "T2")
    await known()
    assert await told(counter) == []

    await bill(counter, moved("T1"), moved("T2"))
    first = ("youxi", "wechat", "2019-11-19", 1, 2 * PRICE, 2, 0, 0)
    assert await told(counter) == [first]
    assert await told(counter) == [first]

    await bill(counter, moved("T1"), moved("T2"), moved("T3"))
    assert await told(counter) == [first]
    await paid(counter, "T3")
    await known()
    await compare_days(counter.context)
    assert await told(counter) == [first, ("youxi", "wechat", "2019-11-19", 2, 3 * PRICE, 3, 0, 0)]


async def test_what_went_back_is_told_apart_also_where_its_notice_names_no_sum(counter, known):
    await paid(counter, "T1")
    await paid(counter, "T2")
    await given_back(counter, "T1", "R1", 5_000)
    await given_back(counter, "T2", "R2", PRICE)
    await known()
    await counter.rows_changed("UPDATE returns SET amount_fen = NULL WHERE return_no = 'R2'")

    await bill(counter, moved("T1"), moved("T2"))

    assert await told(counter) == [("youxi", "wechat", "2019-11-19", 1, 2 * PRICE, 2, 5_000 + PRICE, 2)]


async def test_money_of_no_known_county_or_of_another_one_is_not_the_countys(counter, known):
    await paid(counter, "T1")
    await known("huilong")
    await paid(counter, "T2")
    await bill(counter, moved("T1"), moved("T2"))
    assert await told(counter) == [("youxi", "wechat", "2019-11-19", 1, 0, 0, 0, 0)]


async def test_money_back_of_a_payment_of_two_counties_is_said_to_be_unknown(counter, known):
    await counter.pay("P1", 1, 2, at=DAY)
    await known()
    await counter.rows_changed("UPDATE payment_lines SET county = 'huilong' WHERE line_no = 2")
    await counter.rows_changed("UPDATE payments SET channel = 'wechat'")
    await counter.rows_changed(
        "INSERT INTO returns (notification_id, channel, transaction_no, return_no, kind, status, amount_fen,"
        " returned_at, received_at, state, payment_id) SELECT id, 'wechat', transaction_no, 'R1', 'refund',"
        " 'done', 5000, paid_at, paid_at, 'booked', id FROM payments"
    )
    await bill(counter, moved("P1", 2 * PRICE))
    assert await told(counter) == [("youxi", "wechat", "2019-11-19", 1, PRICE, 1, None, 1)]
