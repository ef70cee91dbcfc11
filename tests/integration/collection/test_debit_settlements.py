"""What a bank debited on a day is owed as by any channel: a line of a statement pays it, or it is missed."""

import json
from datetime import timedelta

import pytest

from services.collection.differences.comparing import compare_days
from services.collection.files.reading import read_next
from services.collection.settlements.comparing import compare_settlements
from tests import bank_tables
from tests.bills import Moved

from .conftest import NOW, PRICE, Counter
from .test_debits import AFTER, BATCHES, CHANNEL, DEBITED, Desk, clock

ON = f"{DEBITED:%Y-%m-%d}"
DAY = f"/v1/channel-days/youxi/{CHANNEL}/{ON}"
WEEK = AFTER + timedelta(days=7)


@pytest.fixture
async def desk(service_context, client, keys):
    """A bank that debits accounts, and brings the money to the treasury on the same day."""
    settings = keys.settings() | {
        "debits": json.dumps({"youxi": {CHANNEL: {"profile": "generic"}}}),
        "settlements": json.dumps({"youxi": {CHANNEL: {"account": "treasury", "within_days": 0}}}),
    }
    context = await service_context("collection", **settings)
    http = await client(context)
    second = await client(context, subject="second", app=http._transport.app)
    for one in (http, second):
        one.headers.update(clock(NOW))
    yield Desk(Counter(context, http, keys), second)
    await context.parts.commits.close()
    await context.parts.placing.close()


@pytest.fixture
async def debited(desk):
    """Three accounts were debited: two paid, one had nothing; the bank's list of the day has the two."""
    facts = [desk.counter.assessed(one, household_id=500 + one) for one in (1, 2, 3)]
    await desk.counter.tell(*facts)
    for one in (1, 2, 3):
        await desk.signed(one, one)
    batch_id, numbers = await desk.given()
    first, second, third = numbers
    lines = [f"{one},paid,{PRICE},," for one in (first, second)]
    await desk.told(batch_id, *lines, f"{third},failed,{PRICE},余额不足,")
    table = bank_tables.tax([Moved(one, PRICE, DEBITED, order="CB1") for one in (first, second)], DEBITED)
    await sent(desk, bank_tables.as_csv(table), channel=CHANNEL, kind="tax_table", profile="tax-day")
    return batch_id


async def sent(desk, content, **of):
    data = {"county": "youxi", "business_on": ON} | of
    answer = await desk.http.post(
        "/v1/channel-files", data=data, files={"file": ("list.csv", content)}, headers=clock(WEEK)
    )
    assert answer.status_code == 202, answer.text
    while await read_next(desk.counter.context):
        pass
    await compare_days(desk.counter.context)
    await compare_settlements(desk.counter.context)


async def statement(desk, *fen):
    """The treasury's account on the day of the debit, as its bank has it."""
    rows = [Moved(f"B{no}", one, DEBITED) for no, one in enumerate(fen)]
    table = bank_tables.as_csv(bank_tables.bank(rows, DEBITED), "gb18030")
    await sent(desk, table, channel="treasury", kind="bank_table", profile="bank-debit-credit")


async def day(desk):
    answer = await desk.http.get(DAY)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_one_line_of_the_statement_pays_all_that_was_debited_and_the_day_is_closed(desk, debited):
    await statement(desk, 700, 2 * PRICE)
    whole = await day(desk)
    assert whole["bank"] == {
        "account": "treasury", "state": "came", "came_fen": 2 * PRICE, "came_on": None,
    }  # fmt: skip
    assert (whole["ours"]["payments"], whole["ours"]["paid_fen"]) == (2, 2 * PRICE)
    assert whole["ours"]["paid_fen"] == whole["theirs"]["paid_fen"]
    closed = await desk.http.post(f"{DAY}/close", headers={"idempotency-key": "k"} | clock(WEEK))
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert (await desk.seen(debited))["batch_id"] == debited


async def test_one_line_for_each_account_is_not_what_the_day_owes(desk, debited):
    """A bank brings a batch in one piece: what else came stays open until somebody says what it is."""
    await statement(desk, PRICE)
    whole = await day(desk)
    assert (whole["bank"]["state"], whole["state"]) == ("missing", "open")
    assert [one["kind"] for one in whole["cases"]] == ["settlement_missing"]
    assert whole["cases"][0]["amount_fen"] == 2 * PRICE


async def test_what_was_missing_is_explained_by_a_corrected_statement(desk, debited):
    await statement(desk)
    assert (await day(desk))["bank"]["state"] == "missing"
    await statement(desk, 2 * PRICE)
    whole = await day(desk)
    assert (whole["bank"]["state"], whole["state"], whole["open_cases"]) == ("came", "explained", 0)


async def test_a_debit_that_the_bank_gave_back_the_same_day_is_not_owed(desk, debited):
    """The corrected list has one account less, and the line of the statement is of one."""
    (first, *_) = [one["debit_no"] for one in await desk.debits(debited)]
    table = bank_tables.tax([Moved(first, PRICE, DEBITED, order="CB1")], DEBITED)
    await sent(desk, bank_tables.as_csv(table), channel=CHANNEL, kind="tax_table", profile="tax-day")
    await statement(desk, PRICE)
    whole = await day(desk)
    assert whole["bank"]["state"] == "came"
    assert [one["kind"] for one in whole["cases"]] == ["channel_day_we_only"]


async def test_a_day_of_a_batch_is_found_beside_its_batch(desk, debited):
    listed = (
        await desk.http.get("/v1/channel-days", params={"county": "youxi", "since": ON, "until": ON})
    ).json()
    batches = (await desk.http.get(BATCHES, params={"county": "youxi"})).json()["items"]
    assert [one["channel"] for one in listed["items"]] == [CHANNEL]
    assert [one["debit_on"] for one in batches] == [listed["items"][0]["business_on"]]
