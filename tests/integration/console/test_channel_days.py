"""A day of a channel at the console: all sides beside each other, steps of differences, and closing it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.collection.settlements.rules import Terms
from tests.integration.collection.conftest import NOW, PRICE, Counter, Keys
from tests.integration.collection.test_channel_days import DAY, bill, given_back, moved, paid
from tests.integration.collection.test_channel_fees import paid as notified
from tests.integration.collection.test_settlements import MONDAY, came, later, took
from tests.integration.collection.test_stories_of_queries import WeChat
from tests.integration.console.conftest import FIRST

ROLE, COUNTY = "tax_officer", "350426"
WAY = f"channel-days/youxi/wechat/{DAY:%Y-%m-%d}"


@pytest.fixture
def gateway() -> Any:
    """WeChat, which can be asked about a payment."""
    other = WeChat(Keys())
    with other.server:
        yield other


@pytest.fixture
async def services(service_context: Any, gateway: WeChat) -> AsyncIterator[dict[str, Any]]:
    keys = Keys(wechat_key=gateway.sender.private_key)
    settings = keys.settings() | gateway.settings(keys) | {"internal_networks": "127.0.0.1/32"}
    context = await service_context("collection", **settings)
    yield {"collection": context, "registration": await service_context("registration")}
    await context.parts.commits.close()
    await context.parts.placing.close()


@pytest.fixture
async def counter(console: Any, gateway: WeChat, sends: Any) -> Counter:
    """What channels and an officer at another desk send to the service behind the console."""
    http = await sends("collection", "collection:read", "collection:write", at=NOW.isoformat())
    return Counter(console.services["collection"], http, Keys(wechat_key=gateway.sender.private_key))


async def rows_of(console: Any, service: str, sql: str) -> list[tuple[Any, ...]]:
    """What stands in the database of a service."""
    async with console.services[service].engine.connect() as conn:
        return [tuple(row) for row in await conn.execute(text(sql))]


async def rows(console: Any, sql: str) -> list[tuple[Any, ...]]:
    return await rows_of(console, "collection", sql)


async def case_of(console: Any, kind: str) -> int:
    return int((await rows(console, f"SELECT case_id FROM cases WHERE kind = '{kind}'"))[0][0])


async def taken(browser: Any, case_id: int, step: str) -> httpx.Response:
    """Take a step of a case, after a look at what it does."""
    form = await browser.get(f"cases/collection/{case_id}")
    sure = await browser.press("下一步", form, step=step, reason="已与渠道核实")
    return await browser.press("确认提交", sure)


async def agreed(console: Any) -> httpx.Response:
    """A second officer agrees to what was asked for last."""
    await console.add("second", ROLE, COUNTY)
    second = await console.browse()
    await second.sign_in("second", FIRST)
    ((approval_id,),) = await rows(console, "SELECT max(approval_id) FROM approvals")
    form = await second.get(f"approvals/collection/{approval_id}")
    assert "两边对照" in form.text
    sure = await second.press("下一步", form, decision="approve", note="")
    return await second.press("确认提交", sure)


class TestADay:
    async def test_is_closed_when_all_sides_say_the_same(self, console, counter):
        await paid(counter, "T1")
        await given_back(counter, "T1", "R1", 5_000)
        await bill(counter, moved("T1", fee="1.50000"), moved("T1", 5_000, return_no="R1"))
        browser = await console.signed_in(ROLE, COUNTY)

        listed = await browser.get("work/days?season=youxi-2020&part=explained")
        page = await browser.get(WAY)
        sure = await browser.press("日结", page)
        before = await rows(console, "SELECT move FROM channel_day_moves")
        done, again = [await browser.press("确认提交", sure) for _ in range(2)]

        assert f'href="../{WAY}"' in listed.text
        assert (
            page.text.count("250.00 元") == 2 and page.text.count("50.00 元") >= 2 and "1.50 元" in page.text
        )
        assert "不一致" not in page.text and "没有待办差异" in page.text and "逾期" in page.text
        assert before == [] and "自动重新打开" in sure.text
        assert "渠道当日已日结。" in done.text and "渠道当日已日结。" in again.text
        assert await rows(console, "SELECT move, moved_by FROM channel_day_moves") == [("closed", ROLE)]
        assert ">日结</button>" not in (await browser.get(WAY)).text

    async def test_says_what_hinders_closing_and_where_each_difference_is(self, console, counter):
        await paid(counter, "T1")
        await bill(counter, moved("T2"), moved("T1", PRICE + 1))
        browser = await console.signed_in(ROLE, COUNTY)

        page = await browser.get(WAY)

        assert "还有 2 项差异待办结" in page.text and ">日结</button>" not in page.text
        for kind, says in (("they_only", "渠道有、本系统无"), ("amount", "金额不一致")):
            case_id = await case_of(console, f"channel_day_{kind}")
            assert says in page.text and f'href="../../../cases/collection/{case_id}"' in page.text
        forced = await browser.send(WAY, key="5f0c1f36-9a36-4b3f-8f1e-0f6f1b7a2c11", sure="yes")
        assert forced.status_code == 422 and "不能日结" in forced.text
        assert await rows(console, "SELECT 1 FROM channel_day_moves") == []

    async def test_that_differs_is_drawn_by_how_long_it_waits_with_the_numbers_beside(self, console, counter):
        await bill(counter, moved("T1"), moved("T2"), moved("T3"))
        late = "UPDATE cases SET opened_at = opened_at - interval '40 days' WHERE subject NOT LIKE '%/T3'"
        await counter.rows_changed(late)
        browser = await console.signed_in(ROLE, COUNTY)

        page = await browser.get("work/days?season=youxi-2020")
        closed = await browser.get("work/days?season=youxi-2020&part=closed")

        says = "待办差异按天龄：0–3 天 1，4–7 天 0，8–30 天 0，31 天及以上 2"
        assert f'role="img" aria-label="{says}"' in page.text
        assert 'height="110" class="late"' in page.text and 'height="55"/>' in page.text
        assert "500.00 元" in page.text and "250.00 元" in page.text
        assert "31 天及以上" in closed.text

    async def test_without_its_file_asks_for_it(self, console, counter):
        before = DAY - timedelta(days=1)
        await bill(counter, moved("T0", at=before), day=before)
        await paid(counter, "T1")
        browser = await console.signed_in(ROLE, COUNTY)

        assert "对账单未到" in (await browser.get(WAY)).text

    async def test_is_closed_by_nobody_who_may_only_look(self, console, counter):
        await paid(counter, "T1")
        await bill(counter, moved("T1"))
        browser = await console.signed_in("auditor", COUNTY)

        page = await browser.get(WAY)
        forced = await browser.send(WAY, key="5f0c1f36-9a36-4b3f-8f1e-0f6f1b7a2c11", sure="yes")

        assert ">日结</button>" not in page.text and "由税务局经办人员日结" in page.text
        assert forced.status_code == 403 and await rows(console, "SELECT 1 FROM channel_day_moves") == []

    async def test_of_nothing_and_of_another_county_is_none(self, console, counter):
        browser = await console.signed_in(ROLE, "620422")

        assert (await browser.get(WAY)).status_code == 403
        assert (await browser.get("channel-days/youxi/wechat/2019-13-40")).status_code == 404
        assert (await browser.get("channel-days/youxi/We%20Chat/2019-11-19")).status_code == 404


class TestTheLedgersColumn:
    async def test_stands_beside_the_others_where_the_ledger_tells_it(self, console, counter):
        await paid(counter, "T1")
        await bill(counter, moved("T1"))
        ledger = FastAPI()
        asked: list[dict[str, str]] = []

        @ledger.get("/v1/channel-day-totals")
        async def totals(county: str, channel: str, after: str, limit: int) -> dict[str, Any]:
            asked.append({"county": county, "channel": channel, "after": after})
            day = {"on": f"{DAY:%Y-%m-%d}", "posted_taken_fen": PRICE - 100, "posted_returned_fen": 0}
            return {"items": [day], "next_after": None}

        console.sent.apps["ledger"] = httpx.ASGITransport(ledger)
        browser = await console.signed_in(ROLE, COUNTY)

        page = await browser.get(WAY)

        assert asked == [{"county": "youxi", "channel": "wechat", "after": "2019-11-18/wechat"}]
        assert "总账</th>" in page.text and "249.00 元" in page.text and "不一致" in page.text

    async def test_is_left_out_where_it_has_none_and_missed_where_it_is_away(self, console, counter):
        await paid(counter, "T1")
        await bill(counter, moved("T1"))
        browser = await console.signed_in(ROLE, COUNTY)

        away = await browser.get(WAY)
        console.sent.apps["ledger"] = httpx.ASGITransport(FastAPI())
        other = await browser.get(WAY)

        assert "总账暂时无法查询" in away.text and "总账</th>" not in away.text
        assert other.status_code == 200 and "总账" not in other.text


class TestADifference:
    async def test_shows_both_sides_and_is_applied_when_two_agree(self, console, counter):
        await bill(counter, moved("T1"))
        case_id = await case_of(console, "channel_day_they_only")
        browser = await console.signed_in(ROLE, COUNTY)

        listed = await browser.get("cases/collection?kind=channel_day_they_only")
        form = await browser.get(f"cases/collection/{case_id}")
        done = await taken(browser, case_id, "apply")

        assert "渠道对账单 250.00 元" in listed.text and "本系统 无" in listed.text
        assert "T1" in form.text and "250.00 元" in form.text and "不一致" in form.text
        assert f'href="../../{WAY}"' in form.text and "（建议）" in form.text
        assert "等待第二人复核" in done.text and await rows(console, "SELECT 1 FROM payments") == []
        second = await agreed(console)
        assert second.status_code == 200 and "已同意，并已执行。" in second.text
        await counter.match()
        assert await rows(console, "SELECT transaction_no, amount_fen FROM payments") == [("T1", PRICE)]

    async def test_is_asked_about_at_the_gateway_and_stays_open(self, console, counter, gateway):
        way = {"channel": gateway.channel}
        await bill(counter, moved("T1"), **way)
        case_id = await case_of(console, "channel_day_they_only")
        browser = await console.signed_in(ROLE, COUNTY)

        done = await taken(browser, case_id, "ask_gateway")

        assert done.status_code == 200, done.text
        assert await rows(console, "SELECT channel FROM channel_queries") == [(gateway.channel,)]
        assert await rows(console, "SELECT state FROM cases WHERE kind LIKE 'channel_day%'") == [("open",)]

    async def test_books_the_return_that_only_the_file_has(self, console, counter):
        await paid(counter, "T1")
        await bill(counter, moved("T1"), moved("T1", 5_000, return_no="R1"))
        case_id = await case_of(console, "channel_day_they_only")
        browser = await console.signed_in(ROLE, COUNTY)

        await taken(browser, case_id, "book_return")
        second = await agreed(console)

        assert second.status_code == 200, second.text
        await counter.match()
        assert await rows(console, "SELECT return_no, amount_fen FROM returns") == [("R1", 5_000)]

    async def test_is_noted_with_a_reason_and_the_day_may_be_closed(self, console, counter):
        await paid(counter, "T1")
        await bill(counter, moved("T1", PRICE + 1))
        case_id = await case_of(console, "channel_day_amount")
        browser = await console.signed_in(ROLE, COUNTY)

        done = await taken(browser, case_id, "noted")

        # Back at the day, which has no difference left.
        assert done.url.path.endswith(WAY) and ">日结</button>" in done.text
        assert await rows(console, "SELECT state, step FROM cases WHERE kind LIKE 'channel_day%'") == [
            ("decided", "noted")
        ]


class TestMoneyAtTheBank:
    def agree(self, console: Any, *, keeps_fee: bool) -> None:
        youxi = {"wechat": Terms(account="treasury", keeps_fee=keeps_fee, within_days=3)}
        object.__setattr__(console.services["collection"].parts, "settlements", {"youxi": youxi})

    async def test_that_did_not_come_is_written_about_and_the_letter_printed(self, console, counter):
        self.agree(console, keeps_fee=True)
        await took(counter, MONDAY, 38_000, 38_000, fee="2.28", back=(1_000,))
        await came(counter, MONDAY)
        await came(counter, later(3), ("B1", 5))
        case_id = await case_of(console, "settlement_missing")
        browser = await console.signed_in(ROLE, COUNTY)

        form = await browser.get(f"cases/collection/{case_id}")
        done = await taken(browser, case_id, "write_to_bank")
        after = await browser.get(f"cases/collection/{case_id}")

        assert "渠道应划" in form.text and "745.44 元" in form.text and "无" in form.text
        assert done.status_code == 200, done.text
        ((letter_id,),) = await rows(console, "SELECT letter_id FROM channel_letters")
        assert f'href="../../letters/{letter_id}"' in after.text and "打印" in after.text
        printed = await browser.get(f"letters/{letter_id}")
        assert printed.content.startswith(b"%PDF") and printed.headers["content-type"] == "application/pdf"
        day = await browser.get(f"channel-days/youxi/wechat/{MONDAY:%Y-%m-%d}")
        assert "款项未到账" in day.text and "逾期未到账" in day.text

    async def test_of_which_a_fee_was_kept_has_that_booked_when_two_agree(self, console, counter):
        self.agree(console, keeps_fee=False)
        await notified(counter, MONDAY, 38_000)
        await took(counter, MONDAY, 38_000, fee="2.28")
        await came(counter, MONDAY)
        await came(counter, later(1), ("B1", 37_772))
        await came(counter, later(3), ("B2", 5))
        case_id = await case_of(console, "settlement_fee")
        browser = await console.signed_in(ROLE, COUNTY)

        await taken(browser, case_id, "book_fee")
        second = await agreed(console)

        assert second.status_code == 200, second.text
        assert await rows(console, "SELECT amount_fen, booked_by, approved_by FROM channel_fees") == [
            (228, ROLE, "second")
        ]
        assert await rows(console, "SELECT state, step FROM cases WHERE kind = 'settlement_fee'") == [
            ("decided", "book_fee")
        ]
