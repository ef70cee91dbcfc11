"""Officers act on several rows of a list together: looked through before, each with its own result."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.collection.conftest import NOW, Counter, Keys, keys
from tests.integration.console.conftest import Browser

__all__ = ["keys"]
ROLE, COUNTY = "tax_officer", "350426"
_TICK = re.compile(r'<input type="checkbox" name="row" value="([0-9-]+)"')


@pytest.fixture
async def services(service_context: Any, keys: Keys) -> AsyncIterator[dict[str, Any]]:
    context = await service_context("collection", **keys.settings())
    yield {"collection": context}
    await context.parts.commits.close()
    await context.parts.placing.close()


@pytest.fixture
async def counter(console: Any, keys: Keys) -> AsyncIterator[Counter]:
    """Two payments with a wrong name, of two who are enrolled; one more of the first, and one of nobody."""
    transport = console.sent.apps["collection"]
    async with httpx.AsyncClient(transport=transport, base_url="http://collection") as http:
        counter = Counter(console.services["collection"], http, keys)
        await counter.tell(counter.assessed(1), counter.assessed(2))
        for number, person in (("T-1", 1), ("T-2", 2), ("T-3", 1), ("T-4", 3)):
            said = counter.data(number, person)
            said["items"][0]["name"] = "别人"
            answer = await counter.deliver(keys.sender().payment(said), NOW)
            assert answer.status_code == 202, answer.text
        await counter.match()
        yield counter


async def lines(counter: Counter) -> list[tuple[str, str, str | None]]:
    """Each payment with the state of its line, and who put it there."""
    found = await counter.rows(
        "SELECT p.transaction_no, l.state, l.applied_by FROM payment_lines l "
        "JOIN payments p ON p.id = l.payment_id ORDER BY p.transaction_no"
    )
    return [tuple(row) for row in found]


async def press(browser: Browser, page: httpx.Response, rows: list[str], **fields: str) -> httpx.Response:
    """Send rows that were ticked with what a page of rows needs."""
    proof = re.search(r'name="form" value="(\w+)"', page.text)
    key = re.search(r'name="key" value="([0-9a-f-]+)"', page.text)
    assert proof is not None
    data: dict[str, Any] = {"form": proof[1], "row": rows, **fields}
    if key is not None and "sure" in fields:
        data["key"] = key[1]
    return await browser.http.post("/work/suspense", data=data, follow_redirects=True)


async def test_money_is_applied_to_the_people_shown_and_what_does_not_fit_says_why(console, counter):
    browser = await console.signed_in(ROLE, COUNTY)
    listed = await browser.get("work/suspense")
    rows = _TICK.findall(listed.text)
    assert len(rows) == 4 and "按提示的参保人入账" in listed.text

    sure = await press(browser, listed, rows, act="apply")

    assert "将办理 3 笔，合计 750.00 元；1 笔不能办理" in sure.text and "没有系统提示的参保人" in sure.text
    assert {state for _, state, _ in await lines(counter)} == {"suspended"}
    able = re.findall(r'name="row" value="([0-9-]+)"', sure.text)
    done = await press(browser, sure, able, act="apply", sure="yes", note="经电话核实")
    again = await press(browser, sure, able, act="apply", sure="yes", note="经电话核实")

    for page in (done, again):
        assert "已办理 2 笔，未办理 1 笔" in page.text, page.text
    assert [(no, state) for no, state, _ in await lines(counter)] == [
        ("T-1", "applied"), ("T-2", "applied"), ("T-3", "suspended"), ("T-4", "suspended"),
    ]  # fmt: skip
    assert {by for _, state, by in await lines(counter) if state == "applied"} == {ROLE}


async def test_nothing_ticked_nothing_done_and_a_reason_that_is_missing_is_asked_for(console, counter):
    browser = await console.signed_in(ROLE, COUNTY)
    listed = await browser.get("work/suspense")

    assert "请先勾选要办理的行" in (await press(browser, listed, [], act="apply")).text
    assert "请先勾选要办理的行" in (await press(browser, listed, ["../../1"], act="apply")).text
    (row, *_) = _TICK.findall(listed.text)
    told = await browser.press("原路退款…", listed)
    assert "请先勾选要办理的行" in told.text and "done=" not in told.text
    sure = await browser.press("原路退款…", told, row=row)
    assert "将办理 1 笔" in sure.text and "请先勾选" not in sure.text and "done=" not in sure.text
    missing = await press(browser, sure, [row], act="give-back", sure="yes", reason="")
    assert missing.status_code == 422 and "请填写“事由”" in missing.text
    gone = await press(browser, listed, ["999999-1-1"], act="apply")
    assert "已不在清单上" in gone.text and "将办理 0 笔" in gone.text


async def test_who_may_not_is_offered_nothing_and_a_service_that_is_away_is_said(console, counter):
    auditor = await console.signed_in("auditor", COUNTY)
    listed = await auditor.get("work/suspense")
    assert _TICK.findall(listed.text) == []
    assert (await press(auditor, listed, ["1-1-1"], act="apply")).status_code == 403
    assert (await press(auditor, listed, ["1-1-1"], act="approve")).status_code == 404
    browser = await console.signed_in(ROLE, COUNTY)
    listed = await browser.get("work/suspense")
    rows = _TICK.findall(listed.text)
    sure = await press(browser, listed, rows[:2], act="apply")
    app = console.sent.apps.pop("collection")

    away = await press(browser, sure, rows[:2], act="apply", sure="yes")

    assert "已办理 0 笔，未办理 2 笔" in away.text and "服务没有应答" in away.text
    console.sent.apps["collection"] = app
    done = await press(browser, sure, rows[:2], act="apply", sure="yes")
    assert "已办理 2 笔" in done.text
