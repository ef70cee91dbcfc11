"""Poisons among the files of channels: one that cannot be read, a day, an account, a slip."""

from datetime import timedelta

from services.collection.settlements.rules import Terms
from tests import bank_tables, bills
from tests.bills import Moved
from tests.integration.collection.conftest import NOW, Counter
from tests.integration.collection.test_channel_days import bill, moved
from tests.integration.collection.test_channel_fees import paid
from tests.integration.collection.test_channel_files import send as send_file
from tests.integration.collection.test_deposit_slips import COLLECTOR, DAY, DEPOSIT, listed
from tests.integration.collection.test_settlements import MONDAY, TERMS, later, took
from tests.integration.collection.test_settlements import send as send_day
from tests.integration.workers.bench import Bench, Scene, change, finds, poison, refuse


async def counter_of(bench: Bench) -> Counter:
    counter = await bench.counter()
    counter.http.headers["canbao-clock"] = NOW.isoformat()
    return counter


@poison("collection", "channel_files")
async def file(bench: Bench) -> Scene:
    """Of three files the rows of one cannot be kept, and of another not even what is wrong with it."""
    counter = await counter_of(bench)
    for day in ("2019-11-17", "2019-11-18", "2019-11-19"):
        sent = await send_file(counter, business_on=day)
        assert sent.status_code == 202, sent.text
    await refuse(counter.context, "channel_file_rows", "file_id > 2")
    await refuse(counter.context, "channel_file_faults", "file_id > 1")
    states = (
        "SELECT array_agg(state ORDER BY file_id) = ARRAY['queued', 'refused', 'current'] FROM channel_files"
    )
    return Scene(counter.context, finds(counter.context, states))


@poison("collection", "channel_days")
async def day(bench: Bench) -> Scene:
    counter = await counter_of(bench)
    for days in (2, 1):
        at = NOW - timedelta(days=days)
        await bill(counter, moved(f"T{days}", at=at), day=at)
    await change(counter.context, "UPDATE channel_files SET compared_with = NULL")
    await refuse(counter.context, "channel_files", "file_id > 1 OR compared_with IS NULL")
    compared = "SELECT compared_with IS NOT NULL FROM channel_files WHERE file_id = 2"
    return Scene(counter.context, finds(counter.context, compared))


@poison("collection", "settlements")
async def account(bench: Bench) -> Scene:
    counter = await counter_of(bench)
    youxi = {"wechat": Terms(**TERMS), "alipay": Terms(**TERMS | {"account": "special_fiscal_account"})}
    object.__setattr__(counter.context.parts, "settlements", {"youxi": youxi})
    wechat = bills.wechat([Moved("1", 38_000, MONDAY)])
    await send_day(counter, MONDAY, wechat, channel="wechat", kind="wechat_all")
    for name in ("treasury", "special_fiscal_account"):
        rows = bank_tables.bank([Moved(f"{name}1", 38_000, later(1))], later(1))
        kind = {"channel": name, "kind": "bank_table", "profile": "bank-debit-credit"}
        await send_day(counter, later(1), bank_tables.as_csv(rows, "gb18030"), **kind)
    await change(counter.context, "UPDATE channel_files SET compared_with = NULL")
    await refuse(counter.context, "channel_files", "channel <> 'treasury' OR compared_with IS NULL")
    compared = "SELECT compared_with IS NOT NULL FROM channel_files WHERE channel = 'special_fiscal_account'"
    return Scene(counter.context, finds(counter.context, compared))


@poison("collection", "channel_fees")
async def fee(bench: Bench) -> Scene:
    counter = await counter_of(bench)
    wechat = Terms(account="treasury", keeps_fee=True, within_days=3)
    object.__setattr__(counter.context.parts, "settlements", {"youxi": {"wechat": wechat}})
    for on in (MONDAY, later(1)):
        await paid(counter, on, 38_000)
        await took(counter, on, 38_000, fee="2.28")
    await change(counter.context, "DELETE FROM channel_fees")
    await refuse(counter.context, "channel_fees", f"business_on <> '{MONDAY:%Y-%m-%d}'")
    booked = f"SELECT count(*) = 1 FROM channel_fees WHERE business_on = '{later(1):%Y-%m-%d}'"
    return Scene(counter.context, finds(counter.context, booked))


@poison("collection", "day_totals")
async def sums(bench: Bench) -> Scene:
    counter = await counter_of(bench)
    for days in (2, 1):
        at = NOW - timedelta(days=days)
        await bill(counter, moved(f"T{days}", at=at), day=at)
    await refuse(counter.context, "channel_day_totals", "business_on <> '2019-11-18'")
    kept = "SELECT count(*) = 1 FROM channel_day_totals WHERE business_on = '2019-11-19'"
    return Scene(counter.context, finds(counter.context, kept))


@poison("collection", "deposit_slips")
async def slip(bench: Bench) -> Scene:
    counter = await counter_of(bench)
    await counter.rows_changed(COLLECTOR, at=DAY)
    for number in ("S1", "S2"):
        more = {"at": DAY, "account": "treasury", "state": "made"}
        await counter.rows_changed(DEPOSIT, slip=number, fen=100, **more)
    await listed(counter, ("S1", 101), ("S2", 102))
    await change(counter.context, "DELETE FROM cases")
    await refuse(counter.context, "cases", "subject NOT LIKE '%/S1'")
    asked = "SELECT count(*) = 1 FROM cases WHERE subject LIKE '%/S2'"
    return Scene(counter.context, finds(counter.context, asked))
