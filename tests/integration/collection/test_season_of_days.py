"""Days of a channel in sum: what came to its account, what differs by kind and age, late files."""

from datetime import timedelta

import pytest

from services.collection.settlements.comparing import compare_settlements
from services.collection.settlements.rules import Terms
from tests import bank_tables

from .conftest import NOW, PRICE
from .test_channel_days import DAY, bill, moved, paid
from .test_days_closed import PATH, decide_all

SEASON = {"county": "youxi", "coverage_year": 2020}


@pytest.fixture(autouse=True)
def terms(counter):
    """WeChat pays into the treasury on the same day."""
    of = {"youxi": {"wechat": Terms(account="treasury", within_days=0)}}
    object.__setattr__(counter.context.parts, "settlements", of)


def clock(counter, at):
    counter.http.headers["canbao-clock"] = at.isoformat()


async def came(counter, at, *rows):
    """The statement of the treasury of a day."""
    table = bank_tables.as_csv(bank_tables.bank(rows, at), "gb18030")
    await bill(
        counter, content=table, day=at, channel="treasury", kind="bank_table", profile="bank-debit-credit"
    )
    await compare_settlements(counter.context)


async def total(counter, **asked):
    answer = await counter.http.get("/v1/channel-day-totals", params=SEASON | asked)
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["items"]
    return one


async def differing(counter):
    return {
        one.pop("kind").removeprefix("channel_day_"): one for one in (await total(counter))["differences"]
    }


async def test_open_differences_are_counted_by_kind_and_age(counter):
    await bill(counter, moved("T1"), moved("T2"), moved("T3", 5_000), moved("T4"))
    for no, days in (("T1", 2), ("T2", 4), ("T3", 10), ("T4", 40)):
        await counter.rows_changed(
            "UPDATE cases SET opened_at = :at WHERE evidence ->> 'transaction_no' = :no",
            at=NOW - timedelta(days=days), no=no,
        )  # fmt: skip
    found = (await differing(counter))["they_only"]
    assert (found["open"], found["open_fen"]) == (4, 3 * PRICE + 5_000)
    assert [(age["since_days"], age["count"], age["amount_fen"]) for age in found["ages"]] == [
        (0, 1, PRICE), (4, 1, PRICE), (8, 1, 5_000), (31, 1, PRICE),
    ]  # fmt: skip
    assert found["oldest_opened_at"] == (NOW - timedelta(days=40)).isoformat()
    assert (found["decided"], found["gone"]) == (0, 0)


async def test_explained_ones_are_told_apart_by_how_they_ended(counter):
    await bill(counter, moved("T1"), moved("T2"))
    await paid(counter, "T2")
    await bill(counter, moved("T1"), moved("T2"), moved("T9"), moved("T9"))
    await bill(counter, moved("T2"), moved("T1"))
    await decide_all(counter)
    found = (await differing(counter))["they_only"]
    assert (found["open"], found["decided"], found["gone"]) == (0, 1, 2)
    assert found["oldest_opened_at"] is None


async def test_what_came_to_the_account_is_added_up_and_stands_beside_each_day(counter):
    days = [DAY - timedelta(days=no) for no in (3, 2, 1)]
    for no, at in enumerate(days):
        await paid(counter, f"T{no}", at=at)
        await bill(counter, moved(f"T{no}", at=at), day=at)
    await came(counter, days[0], moved("B1", at=days[0]))
    await came(counter, days[1])
    listed = (await counter.http.get(PATH, params=SEASON)).json()["items"]
    assert [(one["bank"]["state"], one["bank"]["came_fen"]) for one in listed] == [
        ("came", PRICE), ("missing", None), ("unknown", None),
    ]  # fmt: skip
    assert (await total(counter))["bank"] == {
        "came": 1, "late": 0, "fee": 0, "missing": 1, "unknown": 1, "came_fen": PRICE,
    }  # fmt: skip
    assert (await total(counter))["differences"][-1]["kind"] == "settlement_missing"


async def test_files_that_came_after_their_term_are_counted(counter):
    clock(counter, DAY.replace(month=12, day=5))
    await bill(counter, moved("T1"))
    assert (await total(counter))["late_files"] == 1


async def test_a_township_sees_no_season_of_the_county(counter, signing_key):
    token = signing_key.issue("township", ["collection:read"], "350426103")
    refused = await counter.http.get(
        "/v1/channel-day-totals", params=SEASON, headers={"authorization": f"Bearer {token}"}
    )
    assert refused.status_code == 403
