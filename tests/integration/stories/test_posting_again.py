"""A payment that the tax bureau's list has otherwise is posted again, and every service knows of it."""

import uuid
from datetime import datetime

import pytest

from services.collection.daytotals.totalling import total_days
from services.collection.differences.comparing import compare_days
from services.collection.files.reading import read_next
from services.ledger.daytotals.comparing import see_to_day_totals
from tests import bank_tables
from tests.bills import Moved
from tests.integration.stories.conftest import moment

ON, LATER = "2019-10-20", "2019-10-22"


@pytest.fixture
async def story(tell):
    return await tell("youxi")


async def lists(story, *rows):
    """The tax bureau's list of the day: number, yuan, whom and which year each is for."""
    collection = story.county.services["collection"]
    collection.stir()
    moved = [Moved(no, round(yuan * 100), moment(ON), order="CB1") for no, yuan, _, _ in rows]
    people = [(somebody.number, year) for _, _, somebody, year in rows]
    form = {"county": "youxi", "channel": "tax", "kind": "tax_table", "profile": "tax-day", "business_on": ON}
    answer = await collection.http.post(
        "/v1/channel-files", data=form,
        files={"file": ("list.csv", bank_tables.as_csv(bank_tables.tax(moved, moment(ON), people)))},
        headers={"canbao-clock": moment(LATER).isoformat(), "idempotency-key": f'"{uuid.uuid4()}"',
                 "authorization": f"Bearer {story.token_of('desk')}"},
    )  # fmt: skip
    assert answer.status_code == 202, answer.text
    while await read_next(collection.context):
        pass
    await compared(story)


async def compared(story):
    context = story.county.services["collection"].context
    with context.clock.at(moment(LATER)):
        await compare_days(context)


async def posts_again(story):
    (case,) = [one for one in await story.cases("collection") if one["kind"].startswith("channel_day_")]
    await story.decide("collection", case, "post_again", LATER)
    await compared(story)
    kinds = {one["kind"] for one in await story.cases("collection")}
    assert not [kind for kind in kinds if kind.startswith("channel_day_")]


async def ledger_agrees(story):
    """The sums of the day that collection tells are those that are posted; what the channel owes of it."""
    collection, ledger = story.county.services["collection"].context, story.county.services["ledger"].context
    with collection.clock.at(moment(LATER)):
        await total_days(collection)
    await story.county.settle()
    async with ledger.engine.begin() as conn:
        await see_to_day_totals(conn, datetime.fromisoformat(f"{LATER}T12:00:00+08:00"), ledger.notices)
    asked = {"county": "youxi"}
    days = await story.county.expect("ledger", "GET", "/v1/channel-day-totals", moment(LATER), **asked)
    assert [one["agrees"] for one in days["items"]] == [True]
    path = "/v1/channel-debts/days"
    debts = await story.county.expect(
        "ledger", "GET", path, moment(LATER), county="youxi", coverage_year=2020, channel="tax"
    )
    return [(one["on"], one["open_fen"] / 100) for one in debts["items"]]


async def test_somebody_else_has_paid_and_who_had_it_owes_again(story):
    first, second = await story.person("2019-09-10"), await story.person("2019-09-10")
    no = await first.pays(250, ON)
    assert (await first.state(), await second.state()) == ("paid", "assessed")

    await lists(story, (no, 250, second, "2020"))
    await posts_again(story)

    assert (await first.state(), await second.state()) == ("assessed", "paid")
    assert (await first.due_state(), await second.due_state()) == ("open", "paid")
    assert (await second.enrollment())["completed_at"] == moment(ON).isoformat()
    assert await ledger_agrees(story) == [(ON, 250)]


async def test_the_sum_of_the_list_is_what_the_channel_owes(story):
    first = await story.person("2019-09-10")
    no = await first.pays(250, ON)

    await lists(story, (no, 240, first, "2020"))
    await posts_again(story)

    assert (await first.state(), await first.suspended()) == ("assessed", [("wrong_amount", 240)])
    assert await ledger_agrees(story) == [(ON, 240)]


async def test_a_sum_that_was_told_wrongly_pays_after_all(story):
    first = await story.person("2019-09-10")
    no = await first.pays(200, ON)
    assert await first.state() == "assessed"

    await lists(story, (no, 250, first, "2020"))
    await posts_again(story)

    assert (await first.state(), await first.due_state(), await first.suspended()) == (
        "paid",
        "paid",
        [],
    )
    assert await ledger_agrees(story) == [(ON, 250)]
