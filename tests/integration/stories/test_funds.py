"""A payer's money from the roster to its arrival, as all services have it."""

import pytest
from sqlalchemy import text

from canbao.verify.run import verify
from tests.integration.stories.conftest import moment
from tests.integration.stories.test_money import books

POOR = {"effective_on": "2020-06-01", "class": "not_exited"}


async def paid_out(tell):
    """Somebody poor who paid, and was paid back when the roster was verified and its money confirmed."""
    story = await tell("huining")
    somebody = await story.person("2020-09-05")
    await story.roster("2020-09-10", "registered_poor", somebody, **POOR)
    await somebody.pays(280, "2020-10-01")
    await somebody.gives_card("2020-10-02")
    await story.pays_out("2020-12-22")
    return story, somebody


async def arrives(story, fen, on="2020-12-28"):
    row = {"payer": "county_finance", "reference": "ZF-1", "amount_fen": fen}
    body = {"county": "huining", "coverage_year": 2021}
    body["arrivals"] = [row | {"arrived_at": moment(on).isoformat()}]
    await story.county.expect(
        "subsidy", "POST", "/v1/fund-arrivals", moment(on), body, token=story.token_of("second")
    )
    await story.county.settle()


async def test_is_on_its_way_until_it_has_come(tell):
    story, somebody = await paid_out(tell)
    asked = await books(story)
    await arrives(story, 20000)
    there = await books(story)

    assert await somebody.payouts() == [("paid", 200)]
    assert (asked["request:county_finance"], asked["awaited:county_finance"]) == (-200, 200)
    assert (there["arrival:county_finance"], there.get("awaited:county_finance")) == (200, None)


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        (
            "UPDATE fund_applications SET total_fen = total_fen + 1",
            "UPDATE fund_applications SET total_fen = total_fen - 1",
        ),
        (
            "UPDATE fund_application_parts SET line_count = line_count + 1",
            "UPDATE fund_application_parts SET line_count = line_count - 1",
        ),
        (
            "UPDATE fund_applications SET confirmed_fen = 19999",
            "UPDATE fund_applications SET confirmed_fen = 20000",
        ),
        (
            "UPDATE fund_arrivals SET amount_fen = amount_fen + 1",
            "UPDATE fund_arrivals SET amount_fen = amount_fen - 1",
        ),
        (
            "UPDATE fund_arrivals SET payer = 'picc'",
            "UPDATE fund_arrivals SET payer = 'county_finance'",
        ),
    ],
)
async def test_that_was_changed_behind_its_back_is_found(tell, broken, mended):
    story, _ = await paid_out(tell)
    await arrives(story, 20000)
    context = story.county.services["subsidy"].context
    async with context.engine.begin() as conn:
        await conn.execute(text(broken))
    urls = {name: run.context.settings.database_url for name, run in story.county.services.items()}

    report = await verify(urls, context.notices)

    (check,) = [check for check in report.checks if check.name == "funds"]
    assert check.count
    async with context.engine.begin() as conn:
        await conn.execute(text(mended))
