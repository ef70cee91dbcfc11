"""A village's batch as one page: handed in, looked at, sent back, mended, passed alone or with others."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from tests.integration.console.conftest import Browser
from tests.integration.stories.conftest import tell
from tests.integration.stories.test_batches import village
from tests.integration.stories.test_cash import village_of

__all__ = ["tell"]
AT = "2019-11-20T09:00:00+08:00"
_TICK = re.compile(r'<input type="checkbox" name="row" value="([a-z0-9-]+)"')


@pytest.fixture
async def one(tell: Any) -> AsyncIterator[Any]:
    """Dong'an: two have paid 250 yuan each in a village; the township checks and books, tax audits."""
    one = await village(tell, "dongan", 2, "2019-09-05", 250)
    one.receipts = [
        one.receipt(who, "2019-11-19 10:00:00", voucher_no=f"R{no}") for no, who in enumerate(one.people, 1)
    ]
    one.place = village_of(one.story)
    one.own = {name: service.context.authenticator for name, service in one.story.county.services.items()}
    yield one
    await settled(one)


async def settled(one: Any) -> None:
    """Let the other services hear of what was done by pages: in the end all of them are held together."""
    one.story.county.services["collection"].stir()
    await one.story.county.settle()


@contextmanager
def by_own_tokens(one: Any) -> Iterator[None]:
    """Let the story ask its services by its own tokens, which the console's replace."""
    contexts = {name: service.context for name, service in one.story.county.services.items()}
    theirs = {name: context.authenticator for name, context in contexts.items()}
    for name, context in contexts.items():
        context.authenticator = one.own[name]
    yield
    for name, context in contexts.items():
        context.authenticator = theirs[name]


@pytest.fixture
async def services(one: Any) -> dict[str, Any]:
    return {name: one.story.county.services[name].context for name in ("registration", "collection")}


@pytest.fixture
async def applications(one: Any) -> dict[str, Any]:
    return {name: service.http._transport.app for name, service in one.story.county.services.items()}


@pytest.fixture
async def batch_id(one: Any, console: Any) -> int:
    """Not handed in yet."""
    with by_own_tokens(one):
        return int(await one.makes("2019-11-19 12:00:00", *one.receipts))


async def at_work(console: Any, role: str, division: str, at: str = AT) -> Browser:
    browser: Browser = await console.signed_in(role, division)
    browser.http.headers[CLOCK_HEADER] = at
    return browser


async def asks(one: Any, query: str) -> list[tuple[Any, ...]]:
    async with one.story.county.services["collection"].context.engine.connect() as conn:
        return [tuple(row) for row in await conn.execute(text(query))]


async def standing(one: Any) -> list[tuple[Any, ...]]:
    """State and step of each batch, and how many lines it has."""
    return await asks(one, "SELECT state, step, round FROM village_batches ORDER BY batch_id")


async def moves(one: Any) -> list[tuple[Any, ...]]:
    return await asks(one, "SELECT kind, step, entered_by FROM batch_moves ORDER BY batch_id, move_no")


async def go(browser: Browser, page: Any, words: str) -> Any:
    """Follow a link of a page by its words."""
    found = re.search(rf'<a class="button[^"]*" href="([^"]+)">{words}</a>', page.text)
    assert found is not None, f"no way to {words}"
    return await browser.get(str(page.url.join(found[1].replace("&amp;", "&"))).partition("test/")[2])


async def twice(browser: Browser, page: Any, **typed: str) -> Any:
    """Look through, agree, and press twice."""
    sure = await browser.press("下一步", page, **typed)
    assert "提交后" in sure.text, sure.text
    first, again = [await browser.press("确认提交", sure) for _ in range(2)]
    assert first.status_code == again.status_code == 200, again.text
    assert str(first.url) == str(again.url)
    return again


async def test_a_batch_goes_from_the_village_to_the_end_office_by_office(one, console, batch_id):
    agent = await at_work(console, "village_agent", one.place)
    listed = await agent.get("work/batches?part=draft")
    assert f'href="../village-batches/{batch_id}"' in listed.text
    page = await agent.get(f"village-batches/{batch_id}")
    assert "待交审" in page.text and "张*" in page.text and "R2" in page.text and "500.00 元" in page.text
    assert "审核通过" not in page.text and "整批冲回" not in page.text
    form = await go(agent, page, "交审")
    assert (await agent.press("下一步", form, people="两人", amount_fen="500")).status_code == 422
    sure = await agent.press("下一步", form, people="3", amount_fen="500")
    assert "不一致：可以交审" in sure.text
    page = await twice(agent, form, people="2", amount_fen="500.00")
    assert "批次已交审" in page.text and (await standing(one)) == [("open", "township-check", 1)]
    assert "交审</a>" not in page.text and "更正</a>" not in page.text

    town = await at_work(console, "township_officer", one.place[:9])
    page = await town.get(f"village-batches/{batch_id}")
    assert "2019-12-25，还剩 35 天" in page.text and "乡镇审核名册和收据" in page.text
    form = await go(town, page, "审核通过")
    counted = {"people": "2", "amount_fen": "490", "money_fen": "0", "vouchers": "R1 250\nR2 240"}
    sure = await town.press("下一步", form, **counted)
    assert "与电子名册不符" in sure.text
    refused = await town.press("确认提交", sure)
    assert refused.status_code == 422 and "三者不符" in refused.text
    assert "第 2 行票据 R2：纸质票据金额与电子名册不符" in refused.text
    assert (await standing(one)) == [("open", "township-check", 1)]
    right = counted | {"amount_fen": "500", "money_fen": "500", "vouchers": "R1 250\nR2 250"}
    page = await twice(town, form, **right)
    assert (await standing(one)) == [("open", "booking", 1)]
    await twice(town, await go(town, page, "入库"), reference="RK-1")

    tax = await at_work(console, "tax_officer", one.place[:6])
    form = await go(tax, await tax.get(f"village-batches/{batch_id}"), "审核通过")
    page = await twice(tax, form, people="2", amount_fen="500", money_fen="500")
    assert "医保确认完成参保登记" in page.text and ">确认</a>" not in page.text
    bureau = await at_work(console, "medical_insurance_officer", one.place[:6])
    assert f"village-batches/{batch_id}" in (await bureau.get("work/batches")).text
    page = await twice(bureau, await go(bureau, await bureau.get(f"village-batches/{batch_id}"), "确认"))
    assert (await standing(one)) == [("done", "confirmation", 1)]
    assert [move[0] for move in await moves(one)] == ["opened", "submitted", *["passed"] * 4]
    assert "RK-1" in page.text and "tax_officer" in page.text and "纸质 2 人" in page.text
    await bureau.send("language", language="en", then="")
    assert "Village batch" in (await bureau.get(f"village-batches/{batch_id}")).text


async def test_a_batch_that_is_over_its_day_says_so_in_words(one, console, batch_id):
    agent = await at_work(console, "village_agent", one.place)
    form = await go(agent, await agent.get(f"village-batches/{batch_id}"), "交审")
    await twice(agent, form, people="2", amount_fen="500.00")

    in_time = await agent.get("work/batches?part=open")
    agent.http.headers[CLOCK_HEADER] = "2019-12-26T09:00:00+08:00"
    late = await agent.get("work/batches?part=open")
    await agent.send("language", language="en", then="")
    english = await agent.get("work/batches?part=open")

    assert "2019-12-25" in in_time.text and "（超期）" not in in_time.text
    assert "<small>（超期）</small>" in late.text and "<small>(overdue)</small>" in english.text


async def test_what_is_sent_back_is_mended_by_the_village_line_by_line(one, console, batch_id):
    with by_own_tokens(one):
        await one.hands_in(batch_id, "2019-11-19 13:00:00")
    town = await at_work(console, "township_officer", one.place[:9])
    form = await go(town, await town.get(f"village-batches/{batch_id}"), "退回村")
    odd = await town.press("下一步", form, reason="金额不符", lines="第二行")
    assert odd.status_code == 422 and 'id="lines-fault"' in odd.text
    missing = await town.press("下一步", form, reason="", lines="2")
    assert missing.status_code == 422 and "请填写“退回原因”" in missing.text
    page = await twice(town, form, reason="第2行票据号码不符", lines="2 250.00 号码应为 R9")
    assert "号码应为 R9" in page.text and (await standing(one)) == [("sent_back", "submit", 2)]
    # Who sent it back mends nothing of it.
    assert "replace?people=" not in page.text

    agent = await at_work(console, "village_agent", one.place, "2019-11-20T10:00:00+08:00")
    page = await agent.get(f"village-batches/{batch_id}")
    ways = re.findall(r'href="\.\./(village-batches/\d+/lines/\d+/replace\?people=[0-9.]+)"', page.text)
    assert len(ways) == 1 and "/lines/2/" in ways[0]
    form = await agent.get(ways[0])
    assert 'value="250.00"' in form.text and 'value="R2"' in form.text
    typed = {
        "paid_at": "2019-11-19 10:00", "instrument": "cash", "amount_fen": "250.00", "reason": "号码写错",
        "id_number": "", "name": "",
    }  # fmt: skip
    refused = await agent.press("下一步", form, **typed, voucher_no="")
    assert refused.status_code == 422 and "请填写“票据号码”" in refused.text
    page = await twice(agent, form, **typed, voucher_no="R9")
    assert "R9" in page.text and "明细已更正" in page.text
    receipts = "SELECT amount_fen, returned_fen, batch_id IS NOT NULL FROM cash_receipts ORDER BY receipt_id"
    assert await asks(one, receipts) == [(25000, 0, True), (25000, 25000, False), (25000, 0, True)]

    leave = re.search(r'href="\.\./(village-batches/\d+/lines/1/leave)"', page.text)
    assert leave is not None
    form = await agent.get(leave[1])
    assert "退还缴费人" not in form.text
    page = await twice(agent, form, kind="leave_out", reason="票据未带")
    assert (await asks(one, "SELECT count(*) FROM cash_receipts WHERE batch_id IS NOT NULL")) == [(1,)]
    form = await go(agent, page, "补充收据")
    nothing = await agent.press("下一步", form)
    assert nothing.status_code == 422 and "请至少勾选一张收据" in nothing.text
    (tick,) = re.findall(r'name="(receipt_\d+)"', form.text)
    await twice(agent, form, **{tick: "yes"})
    assert (await asks(one, "SELECT count(*) FROM cash_receipts WHERE batch_id IS NOT NULL")) == [(2,)]
    page = await agent.get(f"village-batches/{batch_id}")
    page = await twice(agent, await go(agent, page, "交审"), people="2", amount_fen="500")
    assert (await standing(one)) == [("open", "township-check", 2)]


async def test_nobody_does_what_is_anothers_and_what_was_seen_is_passed_or_nothing(one, console, batch_id):
    with by_own_tokens(one):
        await one.hands_in(batch_id, "2019-11-19 13:00:00")
    where = f"village-batches/{batch_id}"
    tax = await at_work(console, "tax_officer", one.place[:6])
    page = await tax.get(where)
    assert "审核通过" not in page.text and "整批冲回" in page.text
    seen = "?step=township-check&round=1"
    assert (await tax.get(f"{where}/pass{seen}")).status_code == 403
    assert (await tax.send(f"{where}/return{seen}", reason="x")).status_code == 403
    other = await at_work(console, "village_agent", one.place[:8] + "9201")
    assert (await other.get(where)).status_code == 403
    leader = await at_work(console, "leader", one.place[:6])
    for path in (where, f"{where}/submit", f"{where}/reverse"):
        assert (await leader.get(path)).status_code == 403
    town = await at_work(console, "township_officer", one.place[:9])
    assert (await town.get(f"{where}/reverse")).status_code == 403
    assert (await town.get("village-batches/999999")).status_code == 404
    assert (await town.get(f"{where}/pass?step=nowhere")).status_code == 403
    form = await town.get(f"{where}/pass?step=township-check&round=7")
    sure = await town.press("下一步", form, people="2", amount_fen="500", money_fen="500")
    stale = await town.press("确认提交", sure)
    assert stale.status_code == 422 and "批次已不在该步骤" in stale.text
    form = await town.get(f"{where}/discard")
    late = await town.press("确认提交", await town.press("下一步", form, reason="重做"))
    assert late.status_code == 422 and "批次已不在该步骤" in late.text
    assert (await standing(one)) == [("open", "township-check", 1)]

    form = await go(tax, await tax.get(where), "整批冲回")
    page = await twice(tax, form, reason="导入了其他村的名册")
    assert "等待第二人复核" in page.text
    assert await asks(one, "SELECT operation, state, asked_by FROM approvals") == [
        ("reverse_village_batch", "waiting", "tax_officer")
    ]
    assert (await standing(one)) == [("open", "township-check", 1)]


async def test_several_are_passed_together_each_with_its_own_result(one, console):
    with by_own_tokens(one):
        first = await one.makes("2019-11-19 12:00:00", one.receipts[0])
        second = await one.makes("2019-11-19 12:05:00", one.receipts[1])
        await one.hands_in(first, "2019-11-19 13:00:00", yuan=250, people=1)
        # The village says another sum: it does not pass.
        await one.hands_in(second, "2019-11-19 13:00:00", yuan=240, people=1)
    tax = await at_work(console, "tax_officer", one.place[:6])
    assert _TICK.findall((await tax.get("work/batches")).text) != []
    assert 'disabled title="须由其他部门办理"' in (await tax.get("work/batches")).text
    town = await at_work(console, "township_officer", one.place[:9])
    listed = await town.get("work/batches")
    rows = _TICK.findall(listed.text)
    assert len(rows) == 2 and listed.text.count('name="act"') == 1
    assert (await together(town, listed, rows, act="audit")).status_code == 403

    sure = await together(town, listed, rows, act="review")
    assert "将办理 2 笔，2 人，合计 500.00 元" in sure.text and "已逐批清点" in sure.text
    assert {row[1] for row in await standing(one)} == {"township-check"}
    done, again = [await together(town, sure, rows, act="review", sure="yes") for _ in range(2)]

    for page in (done, again):
        assert "已办理 1 笔，未办理 1 笔" in page.text and "村报金额与电子名册不符" in page.text
    assert await standing(one) == [("open", "booking", 1), ("open", "township-check", 1)]
    listed = await town.get("work/batches")
    booked = await together(town, listed, [_TICK.findall(listed.text)[0]], act="review")
    await together(town, booked, [_TICK.findall(listed.text)[0]], act="review", sure="yes")
    listed = await tax.get("work/batches")
    row = _TICK.findall(listed.text)[0]
    sure = await together(tax, listed, [row], act="audit")
    assert "已办理 1 笔" in (await together(tax, sure, [row], act="audit", sure="yes")).text
    assert (await standing(one))[0] == ("open", "confirmation", 1)


async def together(browser: Browser, page: Any, rows: list[str], **fields: str) -> Any:
    proof, key = (re.search(rf'name="{name}" value="([0-9a-f-]+)"', page.text) for name in ("form", "key"))
    assert proof is not None
    data: dict[str, Any] = {"form": proof[1], "row": rows, **fields}
    if key is not None and "sure" in fields:
        data["key"] = key[1]
    return await browser.http.post("/work/batches", data=data, follow_redirects=True)


async def test_a_village_makes_a_batch_of_all_that_is_in_none_and_may_give_it_up(one, console):
    with by_own_tokens(one):
        await one.purse.enters(*one.receipts, on="2019-11-19 12:00:00")
    agent = await at_work(console, "village_agent", one.place)
    choice = await go(agent, await agent.get("work/batches?part=draft"), "编制批次")
    (way,) = re.findall(r'href="\.\./(village-batches/new[^"]+)"', choice.text)
    form = await agent.get(way.replace("&amp;", "&"))
    assert "2 张" in form.text
    page = await twice(agent, form)
    assert "批次已编制" in page.text and (await standing(one)) == [("draft", "submit", 1)]
    (number,) = re.findall(r"\.\./village-batches/(\d+)", page.text)
    form = await go(agent, await agent.get(f"village-batches/{number}"), "作废批次")
    assert (await agent.press("下一步", form, reason="")).status_code == 422
    page = await twice(agent, form, reason="名册选错")
    assert (await standing(one))[0][0] == "discarded" and "名册选错" in page.text
    tax = await at_work(console, "tax_officer", one.place[:6])
    way = f"village-batches/new?collector={one.purse.collector_id}&year=2020"
    assert (await tax.get(way)).status_code == 403
