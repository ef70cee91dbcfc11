"""Accounting months at the console: looked through, locked, closed and opened again by two persons."""

from typing import Any

import pytest

from libs.common.clock import CLOCK_HEADER
from libs.common.testing.ledger_facts import on, paid
from tests.integration.console.conftest import FIRST
from tests.integration.console.test_channel_days import rows_of
from tests.integration.ledger.conftest import Desk
from tests.integration.ledger.test_api import move

COUNTY, AT = "350426", "2019-12-20T10:00:00+08:00"
LIST, WAY, NEXT = "work/periods?season=youxi-2020", "periods/youxi/2019-11", "periods/youxi/2019-12"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {name: await service_context(name) for name in ("registration", "ledger")}


@pytest.fixture
async def books(console: Any, sends: Any) -> Desk:
    """The ledger behind the console: a channel took money in November and in December."""
    http = await sends("ledger", "ledger:read", "ledger:write", "ledger:close", at=AT)
    made = Desk(console.services["ledger"], console.sent.apps["ledger"].app, http)
    await made.send(paid(1, on("2019-11-20")), paid(2, on("2019-12-02")))
    return made


async def desk(console: Any, name: str, role: str = "finance_officer", division: str = COUNTY) -> Any:
    """A browser of an officer on a day of December."""
    await console.add(name, role, division)
    browser = await console.browse()
    await browser.sign_in(name, FIRST)
    browser.http.headers[CLOCK_HEADER] = AT
    return browser


async def take(browser: Any, step: str, way: str = WAY, **typed: str) -> Any:
    """Take a step by its form, after a look."""
    sure = await browser.press("下一步", await browser.get(f"{way}/{step}"), **typed)
    return await browser.press("确认提交", sure)


async def decide(browser: Any, page: Any, decision: str = "approve") -> Any:
    """Answer what a page says that waits, as its second person."""
    way = page.text.split('href="../../approvals/')[1].split('"')[0]
    form = await browser.get(f"approvals/{way}")
    sure = await browser.press("下一步", form, decision=decision, note="")
    return await browser.press("确认提交", sure)


async def steps(console: Any) -> list[tuple[Any, ...]]:
    return await rows_of(
        console, "ledger",
        "SELECT to_char(month, 'YYYY-MM'), step, taken_by, approved_by FROM period_steps ORDER BY step_no, 1",
    )  # fmt: skip


class TestAMonth:
    async def test_stands_on_the_list_and_shows_its_balance_and_whose_turn_it_is(self, console, books):
        finance = await desk(console, "zhao")

        listed, seen, going_on = [await finance.get(way) for way in (LIST, WAY, NEXT)]

        assert f'href="../{WAY}"' in listed.text and f'href="../{NEXT}"' in listed.text
        assert 'data-of="明细" class="">tax<' in seen.text, (
            "of several accounts with one title one sees which"
        )
        assert "科目余额表" in seen.text and "250.00" in seen.text and "暂定，结账时冻结" in seen.text
        assert "没有妨碍结账的问题" in seen.text and "由财政局经办人员锁定" in seen.text
        assert f'href="../../{WAY}/lock"' in seen.text
        assert f"{WAY}/close" not in seen.text and f"{WAY}/reopen" not in seen.text
        assert "须先锁定 2019-11" in going_on.text and f"{NEXT}/lock" not in going_on.text

    async def test_is_told_in_english_too(self, console, books):
        finance = await desk(console, "zhao")
        await finance.send("language", language="en", then="")

        seen = await finance.get(WAY)

        assert "Accounting month 2019-11" in seen.text and "Finance officer locks it" in seen.text
        assert "Trial balance" in seen.text and "¥250.00" in seen.text

    async def test_is_looked_at_by_others_who_are_told_who_can(self, console, books):
        auditor = await desk(console, "auditor", "auditor")
        elsewhere = await desk(console, "elsewhere", division="620422")
        leader = await desk(console, "leader", "leader")

        seen = await auditor.get(WAY)

        assert "由财政局经办人员锁定" in seen.text and f"{WAY}/lock" not in seen.text
        assert (await auditor.get(f"{WAY}/lock")).status_code == 403
        assert (await auditor.send(f"{WAY}/lock")).status_code == 403
        other = await elsewhere.get(WAY)
        assert other.status_code == 403 and "令牌" not in other.text and "/v1/" not in other.text
        assert (await leader.get(WAY)).status_code == 403
        assert (await auditor.get("periods/youxi/2018-01")).status_code == 404
        assert (await auditor.get("periods/youxi/2019-13")).status_code == 404
        assert await steps(console) == []


class TestLocking:
    async def test_is_done_after_a_look_and_once(self, console, books):
        finance = await desk(console, "zhao")

        sure = await finance.press("下一步", await finance.get(f"{WAY}/lock"))
        before = await steps(console)
        done, again = [await finance.press("确认提交", sure) for _ in range(2)]

        assert "以后收到的本月业务记入下月" in sure.text and before == []
        assert "会计期间已锁定" in done.text and "会计期间已锁定" in again.text
        assert "已锁定" in done.text and f"{WAY}/close" in done.text and f"{WAY}/reopen" in done.text
        assert await steps(console) == [("2019-11", "lock", "zhao", None)]

    async def test_of_a_month_that_goes_on_says_why_not(self, console, books):
        finance = await desk(console, "zhao")
        await take(finance, "lock")

        refused = await take(finance, "lock", NEXT)

        assert refused.status_code == 422 and "请在次月一日以后锁定" in refused.text
        assert "本月尚未结束，次月起可以锁定" in (await finance.get(NEXT)).text
        assert len(await steps(console)) == 1


class TestClosing:
    async def test_needs_a_second_person_who_sees_the_month(self, console, books):
        one, two = [await desk(console, name) for name in ("zhao", "qian")]
        await take(one, "lock")

        asked = await take(one, "close", note="凭证已核对")
        offered = await two.get(WAY)
        approval = await two.get("approvals/ledger/1")
        done = await decide(two, offered)
        closed = await one.get(WAY)

        assert "等待第二人复核" in asked.text and "zhao 申请结账，由另一名财政局经办人员复核" in asked.text
        assert 'class="button" href="../../approvals/ledger/1"' not in asked.text
        assert 'class="button" href="../../approvals/ledger/1"' in offered.text
        assert f'href="../../{WAY}"' in approval.text and "凭证已核对" in approval.text
        assert ">2019-11：打开核对<" in approval.text and f">{WAY}<" not in approval.text
        assert "已同意" in done.text
        assert "已结账，不再更改" in closed.text and "SHA-256" in closed.text and "暂定" not in closed.text
        assert not [step for step in ("lock", "close", "reopen") if f"{WAY}/{step}" in closed.text]
        assert (await steps(console))[1:] == [("2019-11", "close", "zhao", "qian")]

    async def test_is_not_offered_while_something_is_open_and_leads_to_it(self, console, books):
        await books.send(paid(3, on("2019-11-21"), add_on_fen=3000))
        off = await move(
            books, kind="add_on_handover", payee="somebody", amount_fen=3000, moved_because="已先行划转",
            business_at="2019-11-25T10:00:00+08:00",
        )  # fmt: skip
        assert off.status_code == 201, off.text
        finance = await desk(console, "zhao")
        await take(finance, "lock")

        seen = await finance.get(WAY)
        refused = await take(finance, "close", note="")
        cases = await finance.get("cases/ledger?kind=movement_off_path")

        assert "下列 1 项办结后可以结账" in seen.text and f"{WAY}/close" not in seen.text
        assert 'href="../../cases/ledger?kind=movement_off_path"' in seen.text
        assert "资金划转未按通知规定的路径或部门办理" in cases.text
        assert refused.status_code == 422 and "该会计期间检查未通过" in refused.text


class TestOpeningAgain:
    async def test_needs_a_reason_and_a_second_person(self, console, books):
        one, two = [await desk(console, name) for name in ("zhao", "qian")]
        await take(one, "lock")
        form = await one.get(f"{WAY}/reopen")

        missing = await one.press("下一步", form, reason="")
        asked = await take(one, "reopen", reason="漏记一笔划转")
        await decide(two, asked)
        seen = await one.get(WAY)

        assert missing.status_code == 422 and "请填写“解锁理由”" in missing.text
        assert "zhao 申请解锁" in asked.text and f"{WAY}/reopen" not in asked.text
        assert "未结账" in seen.text and "由财政局经办人员锁定" in seen.text
        assert (await steps(console))[1:] == [("2019-11", "reopen", "zhao", "qian")]

    async def test_that_is_refused_leaves_it_locked(self, console, books):
        one, two = [await desk(console, name) for name in ("zhao", "qian")]
        await take(one, "lock")
        await decide(two, await take(one, "reopen", reason="漏记"), "reject")

        seen = await one.get(WAY)

        assert "已锁定" in seen.text and f"{WAY}/reopen" in seen.text and len(await steps(console)) == 1
