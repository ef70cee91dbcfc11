"""Operators see who may sign in, and let somebody sign in no more, or again."""

import re
from typing import Any

from sqlalchemy import text

from services.console.users.keeping import give_password
from tests.integration.console.conftest import FIRST


async def press(browser, page, wanted, name):
    """The button beside somebody."""
    proof = re.search(r'name="form" value="(\w+)"', page.text)[1]
    data = {"form": proof, "wanted": wanted}
    return await browser.http.post(f"/users/{name}", data=data, follow_redirects=True)


async def test_who_is_locked_is_out_at_once_and_unlocked_comes_back(console):
    village = await console.signed_in("village_agent", "350426101203")
    operator = await console.signed_in("operator", "350426")
    page = await operator.get("users")
    assert "village_agent" in page.text and "有效" in page.text

    locked, again = [await press(operator, page, "disable", "village_agent") for _ in range(2)]

    assert "已停用" in locked.text and "已停用" in again.text
    assert "登录" in (await village.get()).text and "待办事项" not in (await village.get()).text
    assert "待办事项" not in (await village.sign_in("village_agent", FIRST)).text
    assert "由 operator" in locked.text
    opened = await press(operator, page, "enable", "village_agent")
    assert "已启用" in opened.text
    async with console.context.engine.connect() as conn:
        kept = await conn.execute(
            text(
                "SELECT s.outcome, b.name FROM sign_ins s JOIN users b ON b.user_id = by_user_id ORDER BY at"
            )
        )
        assert kept.all() == [("disabled", "operator"), ("enabled", "operator")]
    assert "待办事项" in (await village.sign_in("village_agent", FIRST)).text


async def test_operators_reach_neither_other_counties_nor_themselves_and_others_nobody(console):
    await console.add("elsewhere", "tax_officer", "620422")
    await console.add("root", "operator", "*")
    operator = await console.signed_in("operator", "350426")
    page = await operator.get("users")

    assert "elsewhere" not in page.text and ">root<" not in page.text
    for name in ("elsewhere", "root", "nobody"):
        assert (await press(operator, page, "disable", name)).status_code == 404
    assert (await press(operator, page, "disable", "operator")).status_code == 403
    assert (await press(operator, page, "erase", "operator")).status_code == 422
    tax = await console.signed_in("tax_officer", "350426")
    assert (await tax.get("users")).status_code == 403
    assert (await press(tax, await tax.get("password"), "disable", "operator")).status_code == 403
    assert "用户</a>" in (await operator.get()).text and "users" not in (await tax.get()).text


async def on_record(console: Any) -> list[tuple[Any, ...]]:
    """Whose sessions were ended, and by whom."""
    query = """
        SELECT u.name, b.name FROM sign_ins s JOIN users u USING (user_id)
        JOIN users b ON b.user_id = s.by_user_id WHERE s.outcome = 'sessions_ended'
    """
    async with console.context.engine.connect() as conn:
        return [tuple(row) for row in await conn.execute(text(query))]


def row_of(page: Any, name: str) -> str:
    """The row of a user."""
    return next(one for one in page.text.split("<tr") if f">{name}</td>" in one)


class TestSessions:
    async def test_that_are_open_are_shown_and_ended_once_on_record(self, console):
        village = await console.signed_in("village_agent", "350426101203")
        second = await console.browse()
        await second.sign_in("village_agent", FIRST)
        operator = await console.signed_in("operator", "350426")
        await console.add("never_in", "tax_officer", "350426")
        page = await operator.get("users")

        ended, again = [await press(operator, page, "end", "village_agent") for _ in range(2)]

        assert ">2 <small>最近访问" in row_of(page, "village_agent")
        assert "从未" in row_of(page, "never_in") and "结束会话" not in row_of(page, "never_in")
        assert "结束会话" not in row_of(page, "operator"), "nobody shuts out who presses"
        assert "已结束其全部会话" in ended.text and "已结束其全部会话" in again.text
        assert "曾由 operator 结束" in row_of(again, "village_agent")
        assert await on_record(console) == [("village_agent", "operator")]
        for browser in (village, second):
            assert "待办事项" not in (await browser.get()).text
        assert "待办事项" in (await village.sign_in("village_agent", FIRST)).text

    async def test_are_ended_by_nobody_else_and_of_nobody_elsewhere(self, console):
        await console.add("elsewhere", "tax_officer", "620422")
        there = await console.browse()
        await there.sign_in("elsewhere", FIRST)
        operator, tax = (
            await console.signed_in("operator", "350426"),
            await console.signed_in("tax_officer", "350426"),
        )
        page = await operator.get("users")

        assert (await press(operator, page, "end", "elsewhere")).status_code == 404
        assert (await press(operator, page, "end", "operator")).status_code == 403
        assert (await press(tax, await tax.get("password"), "end", "operator")).status_code == 403
        assert "待办事项" in (await there.get()).text and "待办事项" in (await operator.get()).text
        assert await on_record(console) == []


class TestLockOuts:
    async def test_are_shown_with_since_when_and_end_with_another_password(self, console):
        await console.add("village_agent", "village_agent", "350426101203")
        guesser = await console.browse()
        for _ in range(10):
            await guesser.sign_in("village_agent", "no-such-password")
        operator = await console.signed_in("operator", "350426")
        page = await operator.get("users")
        await operator.send("language", language="en")

        assert "密码输错锁定" in row_of(page, "village_agent")
        assert re.search(r"自 \d{4}-\d\d-\d\d \d\d:\d\d 起输错 10 次", page.text)
        assert "10 wrong since" in (await operator.get("users")).text
        async with console.context.engine.begin() as conn:
            await give_password(conn, "village_agent", "another-word-2048")
        assert "wrong since" not in (await operator.get("users")).text

    async def test_of_other_counties_are_told_to_nobody_and_of_unknown_names_only_how_many(self, console):
        await console.add("elsewhere", "tax_officer", "620422")
        guesser = await console.browse()
        for name in ("elsewhere", "nobody-at-all"):
            for _ in range(10):
                await guesser.sign_in(name, "no-such-password")
        async with console.context.engine.begin() as conn:
            # The operator comes from the same address, which is locked out by now.
            await conn.execute(text("DELETE FROM failed_guesses WHERE about LIKE 'anybody %'"))
        operator = await console.signed_in("operator", "350426")

        page = await operator.get("users")

        assert "elsewhere" not in page.text and "nobody-at-all" not in page.text
        assert re.search(r"不存在的用户名</dt><dd>1</dd>", page.text)

    async def test_of_an_address_are_shown(self, console):
        guesser = await console.browse()
        for number in range(20):
            await guesser.sign_in(f"somebody-{number}", "no-such-password")
        await console.add("operator", "operator", "350426")
        async with console.context.engine.begin() as conn:
            await conn.execute(text("UPDATE failed_guesses SET failures = 19 WHERE about LIKE 'anybody %'"))
        operator = await console.browse()
        await operator.sign_in("operator", FIRST)
        async with console.context.engine.begin() as conn:
            await conn.execute(text("UPDATE failed_guesses SET failures = 20 WHERE about LIKE 'anybody %'"))

        assert re.search(r"地址 127\.0\.0\.1[^<]*</dt><dd>自", (await operator.get("users")).text)
