"""What channels owe by their bills beside what came to the account, and files that nobody sent."""

from datetime import datetime, timedelta

import pytest

from libs.common.clock import SHANGHAI
from services.collection.differences.alarming import see_to_files
from services.collection.differences.comparing import compare_days
from services.collection.files.reading import read_next
from services.collection.settlements.comparing import compare_settlements
from services.collection.settlements.rules import Terms
from tests import bank_tables, bills
from tests.bills import Moved

MONDAY = datetime(2019, 11, 4, 10, tzinfo=SHANGHAI)
PATH = "/v1/channel-files"
TERMS = {"account": "treasury", "keeps_fee": True, "within_days": 3}


def later(days):
    return MONDAY + timedelta(days=days)


@pytest.fixture
def terms(counter):
    def agree(**changes):
        youxi = {"wechat": Terms(**(TERMS | changes))}
        object.__setattr__(counter.context.parts, "settlements", {"youxi": youxi})

    agree()
    return agree


async def send(counter, day, content, **kind):
    data = {"county": "youxi", "business_on": f"{day:%Y-%m-%d}", **kind}
    answer = await counter.http.post(PATH, data=data, files={"file": ("file", content)})
    assert answer.status_code in (200, 202), answer.text
    while await read_next(counter.context):
        pass
    file = (await counter.http.get(f"{PATH}/{answer.json()['file_id']}")).json()
    assert file["state"] == "current"
    await compare_settlements(counter.context)
    return file


async def took(counter, day, *fen, fee="0.00000", back=()):
    """WeChat's bill of a day."""
    rows = [Moved(f"{day:%m%d}{no}", one, day, fee=fee) for no, one in enumerate(fen)]
    rows += [Moved(f"{day:%m%d}{no}", one, day, return_no=f"R{day:%m%d}{no}") for no, one in enumerate(back)]
    return await send(counter, day, bills.wechat(rows), channel="wechat", kind="wechat_all")


async def came(counter, day, *lines):
    """The statement of the account of a day: numbers and amounts of what came in."""
    rows = [Moved(no, fen, day) for no, fen in lines]
    kind = {"channel": "treasury", "kind": "bank_table", "profile": "bank-debit-credit"}
    return await send(counter, day, bank_tables.as_csv(bank_tables.bank(rows, day), "gb18030"), **kind)


async def asked(counter):
    """Kind, day, what is owed and what came, of every open case."""
    listed = (await counter.http.get("/v1/cases", params={"state": "open"})).json()["items"]
    return [
        (one["kind"].removeprefix("settlement_"), told["business_on"], told["owed_fen"], told["came_fen"])
        for one in listed
        if (told := one["evidence"]) and one["kind"].startswith("settlement_")
    ]


async def test_nothing_is_asked_where_all_that_is_owed_came(counter, terms):
    """Payments less refunds, less the fee that the channel keeps."""
    await took(counter, MONDAY, 38_000, 38_000, fee="2.28", back=(1_000,))
    await came(counter, later(1), ("B1", 76_000 - 1_000 - 456), ("B2", 5))
    await came(counter, later(4))
    assert await asked(counter) == []


async def test_what_did_not_come_is_asked_when_its_day_has_passed_and_goes_when_it_comes(counter, terms):
    await came(counter, MONDAY)
    await took(counter, MONDAY, 38_000)
    await came(counter, later(2), ("B1", 37_999))
    assert await asked(counter) == []
    await came(counter, later(3))
    assert await asked(counter) == [("missing", "2019-11-04", 38_000, None)]
    await came(counter, later(4), ("B2", 38_000))
    assert await asked(counter) == [("late", "2019-11-04", 38_000, 38_000)]


async def test_what_was_taken_before_the_first_statement_may_have_come_before_it(counter, terms):
    await took(counter, later(-1), 38_000)
    await took(counter, MONDAY, 38_001)
    await came(counter, MONDAY)
    await came(counter, later(5))
    assert await asked(counter) == [("missing", "2019-11-04", 38_001, None)]


async def test_days_that_come_in_one_line_are_paid_by_it(counter, terms):
    """Friday to Sunday come on Monday; an amount that pays a day alone is not taken for several."""
    for day, fen in ((0, 100), (1, 200), (2, 300)):
        await took(counter, later(day), fen)
    await came(counter, later(3), ("B1", 300), ("B2", 300))
    await came(counter, later(6))
    assert await asked(counter) == []


async def test_a_fee_that_is_kept_against_the_terms_is_asked(counter, terms):
    terms(keeps_fee=False)
    await took(counter, MONDAY, 38_000, fee="2.28")
    await came(counter, later(1), ("B1", 38_000 - 228))
    assert await asked(counter) == [("fee", "2019-11-04", 38_000, 37_772)]
    terms(keeps_fee=True)
    await compare_settlements(counter.context)
    assert await asked(counter) == []


async def test_a_booking_that_stands_in_statements_of_two_days_is_asked(counter, terms):
    await took(counter, MONDAY, 38_000)
    await came(counter, later(1), ("B1", 38_000))
    await came(counter, later(2), ("B1", 38_000))
    assert await asked(counter) == [("twice", "2019-11-04", 38_000, 38_000)]


async def test_both_sides_are_in_the_evidence(counter, terms):
    bill = await took(counter, MONDAY, 38_000)
    statement = await came(counter, later(5), ("B1", 38_000))
    (case,) = (await counter.http.get("/v1/cases", params={"kind": "settlement_late"})).json()["items"]
    assert (case["owner"], case["county"], case["proposed"]) == ("tax_officer", "youxi", "asked")
    assert case["evidence"] == {
        "channel": "wechat", "account": "treasury", "business_on": "2019-11-04", "owed_fen": 38_000,
        "gross_fen": 38_000, "fee_fen": 0, "file_id": bill["file_id"], "days": ["2019-11-04"],
        "came_fen": 38_000, "came_on": "2019-11-09", "statement_file_id": statement["file_id"],
        "statement_line": 6, "transaction_no": "B1",
    }  # fmt: skip


async def test_a_corrected_bill_or_statement_is_compared_again_and_what_was_decided_stays(counter, terms):
    await came(counter, MONDAY)
    await took(counter, MONDAY, 38_000)
    await came(counter, later(5), ("B1", 37_000))
    (case,) = (await counter.http.get("/v1/cases", params={"kind": "settlement_missing"})).json()["items"]
    decision = {"step": "noted", "reason": "已催缴"}
    answer = await counter.http.post(f"/v1/cases/{case['case_id']}/decision", json=decision)
    assert answer.status_code == 200, answer.text
    await came(counter, later(6))
    assert await asked(counter) == []
    await took(counter, MONDAY, 37_500)
    assert await asked(counter) == [("missing", "2019-11-04", 37_500, None)]
    await took(counter, MONDAY, 37_000)
    assert await asked(counter) == [("late", "2019-11-04", 37_000, 37_000)]


async def test_a_day_without_its_file_is_told_of_until_it_comes(counter):
    """Not of days before the first file, nor before the channel has had its time."""
    for no in (-1, 0, 1, 2, 5):
        told = {"transaction_id": f"T{no}", "out_trade_no": "CB1", "amount_fen": 38_000, "paid_at": later(no)}
        await counter.deliver(counter.keys.wechat().payment(**told), later(no))
    await counter.match()
    await counter.rows_changed("UPDATE payments SET county = 'youxi'")
    await took(counter, MONDAY, 38_000)
    await took(counter, later(2), 38_000)

    says = []

    async def told():
        async with counter.context.engine.begin() as conn:
            await see_to_files(conn, later(6), counter.context.notices, days=3)
        asked = {"state": "open", "kind": "channel_file_missing"}
        listed = (await counter.http.get("/v1/cases", params=asked)).json()["items"]
        says[:] = [one["alert"]["says_zh"] for one in listed]
        return [(one["evidence"]["business_on"], one["amount_fen"]) for one in listed]

    assert await told() == [("2019-11-05", 38_000)]
    assert says == ["渠道 微信公众号“福建税务” 于 2019年11月5日 通知缴费 1 笔（380.00 元），尚无当日对账单。"]
    await took(counter, later(1), 38_000)
    assert await told() == []


async def test_nothing_is_said_of_channels_that_the_settings_do_not_name(counter):
    await took(counter, MONDAY, 38_000)
    await came(counter, later(5))
    await compare_days(counter.context)
    assert await asked(counter) == []
