"""Numbered paper: received, handed on, declared void or lost and back, returned, each with its story."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.integration.console.test_village_batches import (
    applications,
    asks,
    at_work,
    by_own_tokens,
    go,
    services,
    settled,
    tell,
    twice,
)
from tests.integration.stories.test_books import TOWNSHIP, village

__all__ = ["applications", "services", "tell"]
VILLAGE = "620422101201"
AT = "2020-11-01T10:00:00+08:00"
WAY = "books/huining/tax_triplicate"
_HELD = """
    SELECT first_serial::integer, last_serial::integer, collector_id, state FROM voucher_stretches
    WHERE until_at IS NULL ORDER BY first_serial
"""
_MOVES = "SELECT kind, entered_by FROM voucher_moves ORDER BY move_id"


@pytest.fixture
async def one(tell: Any) -> AsyncIterator[Any]:
    """Huining: a collector of a village has a book of a hundred numbers."""
    story, people, purse, office = await village(tell)
    one = SimpleNamespace(story=story, people=people, purse=purse, office=office)
    one.own = {name: running.context.authenticator for name, running in story.county.services.items()}
    yield one
    await settled(one)


async def held(one: Any) -> list[tuple[Any, ...]]:
    """From which number to which, whose they are, and how they stand."""
    return await asks(one, _HELD)


async def test_a_village_declares_paper_void_or_lost_and_returns_what_is_blank(one, console):
    no, mine = "00120001", one.purse.collector_id
    agent = await at_work(console, "village_agent", VILLAGE, AT)
    listed = await agent.get("work/vouchers")
    assert f'<a href="../{WAY}?no={no}">{no}</a>' in listed.text and "领入票据" not in listed.text
    assert "个人缴费专用票据》" in listed.text and ">tax_triplicate<" not in listed.text
    page = await agent.get(f"{WAY}?no={no}")
    assert (
        "票据 00120001 — 00120100" in page.text
        and "《甘肃省城乡居民基本医疗保险个人缴费专用票据》" in page.text
    )
    assert "村委会收缴点" in page.text and "下发票据" not in page.text
    assert 'data-of="交出方"' in page.text and 'data-of="由"' not in page.text
    assert page.text.count('data-of="办理"') == 1  # what the offices did among themselves is theirs

    form = await go(agent, page, "登记作废")
    assert 'value="00120' not in form.text and "00120001 — 00120100" in form.text
    empty = await agent.press("下一步", form, first_no="", last_no="", reason="写错")
    assert empty.status_code == 422 and 'href="#first_no"' in empty.text
    whole = await agent.press("下一步", form, first_no=no, last_no="00120100", reason="写错")
    assert "请确认" in whole.text and "该号段的全部 100 份" in whole.text
    wrong = await agent.press("下一步", form, first_no=no, last_no="00119999", reason="")
    assert wrong.status_code == 422 and "请填写“原因”" in wrong.text
    wrong = await agent.press("下一步", form, first_no=no, last_no="00119999", reason="写错")
    assert 'href="#last_no"' in wrong.text and "由小到大" in wrong.text
    sure = await agent.press("下一步", form, first_no=no, last_no="00120002", reason="写错")
    assert "00120001 — 00120002" in sure.text and "2 份" in sure.text and "全部" not in sure.text
    page = await twice(agent, form, first_no=no, last_no="00120002", reason="写错")
    assert "已登记作废" in page.text and "撤销作废" in page.text and "登记遗失" not in page.text
    form = await go(agent, page, "撤销作废")
    more = {"first_no": no, "last_no": "00120003", "reason": "误登"}
    refused = await agent.press("确认提交", await agent.press("下一步", form, **more))
    assert "00120003 的状态为在手，不能办理" in refused.text
    assert f'name="first_no" value="{no}"' in form.text  # numbers that come back are filled in
    page = await twice(agent, form, first_no=no, last_no=no, reason="误登")
    assert "恢复在手" in page.text

    form = await go(agent, await agent.get(f"{WAY}?no=00120050"), "登记遗失")
    sure = await agent.press("下一步", form, first_no="00120050", last_no="", reason="下乡途中遗失")
    assert "1 份" in sure.text and "票据遗失" in sure.text and 'value="00120050"' not in form.text
    page = await twice(agent, form, first_no="00120050", last_no="", reason="下乡途中遗失")
    assert "已登记遗失" in page.text and "登记找回" in page.text and ">下乡途中遗失<" in page.text
    form = await go(agent, await agent.get(f"{WAY}?no=00120051"), "交回空白票据")
    assert 'value="00120051"' in form.text and 'value="00120100"' in form.text
    blank = {"first_no": "00120051", "last_no": "00120100", "reason": "用不完"}
    early = blank | {"division_code": TOWNSHIP["huining"], "at": "2020-09-01 09:00"}
    vague = await agent.press("下一步", form, **early | {"at": "昨天"})
    assert vague.status_code == 422 and 'href="#at"' in vague.text and "2020-09-06 09:00" in vague.text
    assert "T10:00:00" not in vague.text
    refused = await agent.press("确认提交", await agent.press("下一步", form, **early))
    assert refused.status_code == 422 and 'href="#at"' in refused.text and "请改填更晚的时间" in refused.text
    page = await twice(agent, form, **early | {"at": ""})
    assert page.url.path == "/work/vouchers" and "空白票据已交回" in page.text
    assert await held(one) == [
        (120001, 120001, mine, "held"), (120002, 120002, mine, "void"), (120003, 120049, mine, "held"),
        (120050, 120050, mine, "lost"), (120051, 120100, None, "held"),
    ]  # fmt: skip
    made = [(kind, "village_agent") for kind in ("restored", "lost", "returned")]
    assert (await asks(one, _MOVES))[-3:] == made
    assert (await agent.get(f"{WAY}?no=00120051")).status_code == 404
    assert [kind for kind, *_ in await asks(one, "SELECT kind FROM cases")] == ["voucher_lost"]


async def test_a_township_receives_paper_and_hands_it_on(one, console):
    town = await at_work(console, "township_officer", VILLAGE[:9], AT)
    form = await go(town, await town.get("work/vouchers"), "领入票据")
    assert "会宁县 2021 年度" in form.text and f"（{TOWNSHIP['huining']}）" in form.text
    new = {"voucher": "tax_triplicate", "first_no": "00130001", "last_no": "00130100", "at": ""}
    again = await town.press("下一步", form, **new | {"first_no": "00120090", "last_no": "00120100"})
    refused = await town.press("确认提交", again)
    assert refused.status_code == 422 and "请勿重复登记" in refused.text
    page = await twice(town, form, **new)
    assert "票据已领入库存" in page.text and 'no=00130001">' in page.text

    page = await town.get(f"{WAY}?no=00130001")
    form = await go(town, page, "下发票据")
    office = {"first_no": "00130001", "last_no": "", "collector_id": "office", "division_code": ""}
    nobody = await town.press("下一步", form, **office)
    assert nobody.status_code == 422 and 'href="#division_code"' in nobody.text
    to = office | {"collector_id": str(one.purse.collector_id), "last_no": "00130050"}
    sure = await town.press("下一步", form, **to)
    assert "村委会收缴点（620422101201）" in sure.text and "50 份" in sure.text
    page = await twice(town, form, **to)
    assert "票据已下发" in page.text and page.text.count('data-of="办理"') == 2
    assert (await held(one))[-2:] == [
        (130001, 130050, one.purse.collector_id, "held"), (130051, 130100, None, "held"),
    ]  # fmt: skip
    form = await go(town, await town.get(f"{WAY}?no=00130051"), "交回空白票据")
    assert 'value="620422000000"' in form.text and f'value="{TOWNSHIP["huining"]}"' not in form.text


async def test_used_paper_is_not_declared_void(one, console):
    with by_own_tokens(one):
        await one.purse.takes(one.people[0], yuan=280, paid_at="2020-10-20 10:00:00")
    agent = await at_work(console, "village_agent", VILLAGE, AT)
    form = await agent.get(f"{WAY}/void?no=00120001")
    said = {"first_no": "00120001", "last_no": "", "reason": "写错"}
    refused = await agent.press("确认提交", await agent.press("下一步", form, **said))
    assert refused.status_code == 422 and "已由收缴点" in refused.text
    assert len(await held(one)) == 1


async def test_each_move_is_for_whose_scopes_allow_it(one, console):
    steps = ("handed_on", "returned", "void", "lost", "found", "restored")
    may = {
        "village_agent": set(steps) - {"handed_on"},
        "township_officer": set(steps),
        "tax_officer": {"handed_on"},
        "finance_officer": {"handed_on"},
        "medical_insurance_officer": set(),
    }
    for role, allowed in may.items():
        browser = await at_work(console, role, VILLAGE if role == "village_agent" else VILLAGE[:6], AT)
        for step in steps:
            there = await browser.get(f"{WAY}/{step}?no=00120001")
            assert there.status_code == (200 if step in allowed else 403), (role, step)
            if step not in allowed:
                assert (await browser.send(f"{WAY}/{step}?no=00120001")).status_code == 403, (role, step)
        receives = "handed_on" in allowed
        assert ("领入票据" in (await browser.get("work/vouchers")).text) == receives
        assert ((await browser.get("books/received")).status_code == 200) == receives
    leader = await at_work(console, "leader", VILLAGE[:6], AT)
    assert (await leader.get(f"{WAY}?no=00120001")).status_code == 403
    finance = await console.browse()
    assert (await finance.get(f"{WAY}?no=00120001")).url.path == "/sign-in"


async def test_what_is_not_there_is_not_found_and_pages_speak_english(one, console):
    town = await at_work(console, "township_officer", VILLAGE[:9], AT)
    electronic, unknown = "books/huining/bank_slip?no=1", f"{WAY}/sold?no=00120001"
    for path in (f"{WAY}?no=99999999", f"{WAY}?no=x", electronic, unknown):
        assert (await town.get(path)).status_code == 404, path
    assert (await town.get(WAY)).status_code == 422
    await town.send("language", language="en", then="")
    page = await town.get(f"{WAY}?no=00120001")
    assert (
        "What happened to them" in page.text and "handed on" in page.text and "township office" in page.text
    )
    elsewhere = await at_work(console, "finance_officer", "350426", AT)
    assert "无须领入" in (await elsewhere.get("books/received")).text
