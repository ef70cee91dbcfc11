"""A season that an earlier release posted goes on: nothing of it changes, its books add up like new ones."""

import pytest

from canbao.migrate import schema
from libs.common.db import migrate
from libs.common.testing.ledger_facts import assessed, granted, on, paid, refunded, suspended
from services.ledger.definition import SERVICE
from tests.integration.ledger.conftest import Desk

#: What earlier releases did not post.
NEW_KINDS = "('held', 'held_relocated', 'refund_drawn')"
POSTED = """
    SELECT p.county, p.coverage_year, f.event_id, p.kind, p.reversal, p.source, p.destination, p.amount_fen,
           p.business_at, p.person_id, p.division_code, p.channel, p.payer
    FROM postings p JOIN facts f ON f.id = p.fact_id ORDER BY 1, 2, 3, 4, 6, 7, 8, 11
"""


def season():
    """Everything by which money of others came, moved between books, was applied, given back or came back."""
    nobody = {"county": None, "coverage_year": None}
    twice, partly, lost = suspended(6001), suspended(6002, amount_fen=30000), suspended(5003, **nobody)
    rider = paid(4, add_on_fen=3000)
    moved = suspended(5005, **nobody)
    return [
        assessed(1), paid(1), granted(2), paid(7, add_on_fen=3000, channel="wechat"),
        twice, refunded(twice, 25000), refunded(twice, 25000, "returned", at=on("2020-01-25")),
        partly, refunded(partly, 10000),
        lost, paid(3, from_suspense=True),
        rider, refunded(rider, 28000),
        moved, refunded(moved, 25000), refunded(moved, 25000, "returned", at=on("2020-01-25")),
        paid(5, from_suspense=True, received_at=on("2020-02-01")),
        suspended(5006, amount_fen=28000), paid(6, from_suspense=True, add_on_fen=3000),
    ]  # fmt: skip


#: What takes back the revision 0003 alone; what came after it does not matter here. Postings need a month.
TAKEN_BACK = (
    "ALTER TABLE postings ALTER COLUMN accounting_month SET DEFAULT '2021-01-01'",
    "ALTER TABLE postings DISABLE TRIGGER append_only",
    f"DELETE FROM postings WHERE kind IN {NEW_KINDS}",
    "ALTER TABLE postings ENABLE TRIGGER append_only",
    "DROP TABLE withdrawals",
    "ALTER TABLE due_positions DROP COLUMN ended_lines, DROP COLUMN withdrawn_at, DROP COLUMN completed_at,"
    " DROP COLUMN cancelled_revision",
    "UPDATE alembic_version SET version_num = '0002'",
)


@pytest.fixture
async def old_desk(database, service_context, client):
    """A ledger as an earlier release left it, with a seal, and what it said then."""
    url = await database("ledger")
    context = await service_context("ledger", url=url)
    app = SERVICE.create_app(context)
    desk = Desk(context, app, await client(context, app=app))
    await desk.send(*season())
    said = await desk.closed("main", "2020-03-04T09:00:00"), await desk.totals()
    for statement in TAKEN_BACK:
        await desk.run(statement)
    return desk, url, said


async def test_an_upgrade_adds_what_was_not_posted_as_if_it_had_been(old_desk, make_desk):
    (desk, url, _), fresh = old_desk, await make_desk()
    await fresh.send(*season())

    await migrate.upgrade(schema("ledger"), url, "0003")

    assert await desk.rows(POSTED) == await fresh.rows(POSTED)
    assert await desk.balances() == await fresh.balances()


async def test_an_upgrade_keeps_totals_and_seals(old_desk):
    desk, url, (sealed, totals) = old_desk
    rows = await desk.rows("SELECT * FROM postings ORDER BY fact_id, leg_no")

    await migrate.upgrade(schema("ledger"), url, "0003")

    assert await desk.totals() == totals
    assert (await desk.recomputed("main"))["identical"]
    assert (await desk.close("main", "2020-03-05T09:00:00")).json() == sealed
    after = await desk.rows(f"SELECT * FROM postings WHERE kind NOT IN {NEW_KINDS} ORDER BY fact_id, leg_no")
    assert after == rows


async def test_what_an_earlier_release_posted_goes_on_with_facts_of_today(old_desk, make_desk):
    (desk, url, _), fresh = old_desk, await make_desk()
    await migrate.upgrade(schema("ledger"), url, "0003")
    more = [refunded(suspended(6001), 25000, attempt=2, at=on("2020-02-10")), paid(8), suspended(6009)]

    await desk.send(*more)
    await fresh.send(*season(), *more)

    assert await desk.balances() == await fresh.balances()
    assert await desk.totals() == await fresh.totals()
