"""Slips that villages recorded beside the bank's list of the day."""

from datetime import datetime, timedelta

import pytest

from libs.common.clock import SHANGHAI
from services.collection.files.reading import read_next
from services.collection.settlements.comparing_slips import compare_slips
from tests import bank_tables
from tests.bills import Moved

DAY = datetime(2019, 11, 19, 15, tzinfo=SHANGHAI)
PATH = "/v1/channel-files"
COLLECTOR = """
    INSERT INTO collectors (county, division_code, channel, title, registered_by, registered_at)
    VALUES ('youxi', '350426101201', 'cash', '村委会', 'tax-3', :at)
"""
DEPOSIT = """
    INSERT INTO cash_deposits (collector_id, county, division_code, coverage_year, account, amount_fen,
                               covered_fen, slip_no, deposited_at, entered_at, entered_by, state)
    SELECT collector_id, county, division_code, 2020, :account, :fen, :fen, :slip, :at, :at, 'v1', :state
    FROM collectors
"""


@pytest.fixture
async def deposit(counter):
    """Record a slip of a village."""
    await counter.rows_changed(COLLECTOR, at=DAY)

    async def record(slip, fen, at=DAY, account="treasury", state="made"):
        await counter.rows_changed(DEPOSIT, slip=slip, fen=fen, at=at, account=account, state=state)

    return record


async def listed(counter, *slips, day=DAY):
    """The bank's list of a day: number and amount of each slip."""
    rows = [Moved(f"B{slip}", fen, day, slip) for slip, fen in slips]
    data = {"county": "youxi", "channel": "treasury", "kind": "deposit_table", "profile": "deposit-slips"}
    answer = await counter.http.post(
        PATH,
        data=data | {"business_on": f"{day:%Y-%m-%d}"},
        files={"file": ("slips.csv", bank_tables.as_csv(bank_tables.slips(rows, day)))},
    )
    assert answer.status_code == 202, answer.text
    while await read_next(counter.context):
        pass
    await compare_slips(counter.context)


async def asked(counter):
    """Kind, slip, theirs and ours of every open case."""
    found = (await counter.http.get("/v1/cases", params={"state": "open"})).json()["items"]
    return sorted(
        (one["kind"].removeprefix("slip_"), told["slip_no"], told["theirs_fen"], told["ours_fen"])
        for one in found
        if (told := one["evidence"]) and one["kind"].startswith("slip_")
    )


async def test_every_slip_that_only_one_side_has_or_that_differs_is_asked(counter, deposit):
    for slip, fen in (("S1", 100), ("S2", 200), ("S3", 300)):
        await deposit(slip, fen)
    await listed(counter, ("S1", 100), ("S2", 201), ("S4", 400))
    assert await asked(counter) == [
        ("amount", "S2", 201, 200),
        ("they_only", "S4", 400, None),
        ("we_only", "S3", None, 300),
    ]
    (case,) = (await counter.http.get("/v1/cases", params={"kind": "slip_amount"})).json()["items"]
    assert (case["owner"], case["division_code"], case["coverage_year"], case["proposed"]) == (
        "township_officer", "350426101201", 2020, "corrected",
    )  # fmt: skip


async def test_a_case_closes_when_the_slip_is_recorded_or_the_list_is_corrected(counter, deposit):
    await deposit("S1", 100)
    await listed(counter, ("S2", 200))
    assert len(await asked(counter)) == 2
    await deposit("S2", 200)
    await compare_slips(counter.context)
    assert await asked(counter) == [("we_only", "S1", None, 100)]
    await listed(counter, ("S2", 200), ("S1", 100))
    assert await asked(counter) == []


async def test_nothing_is_asked_of_other_days_other_accounts_and_withdrawn_slips(counter, deposit):
    """A slip that the bank lists under the next day is there, too."""
    await deposit("S1", 100, at=DAY - timedelta(days=1))
    await deposit("S2", 200, account="special_fiscal_account")
    await deposit("S3", 300, state="withdrawn")
    await deposit("S4", 400, account=None, at=DAY - timedelta(days=1))
    await listed(counter, ("S4", 400))
    await listed(counter, day=DAY - timedelta(days=1))
    assert await asked(counter) == [("we_only", "S1", None, 100)]


async def test_what_was_decided_is_asked_again_only_when_it_says_something_else(counter, deposit):
    await listed(counter, ("S1", 100))
    (case,) = (await counter.http.get("/v1/cases", params={"kind": "slip_they_only"})).json()["items"]
    decision = {"step": "noted", "reason": "非参保款"}
    answer = await counter.http.post(f"/v1/cases/{case['case_id']}/decision", json=decision)
    assert answer.status_code == 200, answer.text
    await listed(counter, ("S1", 100), ("S2", 200))
    assert await asked(counter) == [("they_only", "S2", 200, None)]
