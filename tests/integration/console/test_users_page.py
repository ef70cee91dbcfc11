"""Operators see who may sign in, and let somebody sign in no more, or again."""

import re

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
    opened = await press(operator, page, "enable", "village_agent")
    assert "已启用" in opened.text
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
