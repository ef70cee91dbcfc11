"""Social-security cards: recorded for somebody whose money waits, or as a file, tried first."""

import re
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from tests.integration.console.conftest import Browser
from tests.integration.console.test_village_batches import applications, settled, twice
from tests.integration.stories.conftest import tell
from tests.unit.test_blank_tables import filled

__all__ = ["applications", "tell"]
NOW = "2020-10-06T10:00:00+08:00"
VILLAGE = "620422101201"
ACCOUNT = "6221550000000000018"
CARD = {"account_no": "6221 5500 0000 0000 018", "bank": "农商银行", "holder": "张三"}


@pytest.fixture
async def one(tell: Any) -> AsyncIterator[Any]:
    """Huining: somebody has paid, and 200 yuan of help wait for a card."""
    story = await tell("huining")
    somebody = await story.person("2020-09-05")
    of = {"effective_on": "2020-06-01", "class": "not_exited"}
    await story.roster("2020-09-06", "registered_poor", somebody, **of)
    await somebody.pays(280, "2020-09-20")
    person_id = (await somebody.found())["person_id"]
    one = SimpleNamespace(story=story, somebody=somebody, person_id=person_id)
    yield one
    story.county.services["subsidy"].stir()
    await settled(one)


@pytest.fixture
async def services(one: Any) -> dict[str, Any]:
    return {name: running.context for name, running in one.story.county.services.items()}


async def at_work(console: Any, role: str, division: str) -> Browser:
    browser: Browser = await console.signed_in(role, division)
    browser.http.headers[CLOCK_HEADER] = NOW
    return browser


async def rows(one: Any, query: str) -> list[tuple[Any, ...]]:
    async with one.story.county.services["subsidy"].context.engine.connect() as conn:
        return [tuple(row) for row in await conn.execute(text(query))]


async def cards(one: Any) -> list[tuple[Any, ...]]:
    """Those that are used: the end of the account, and the bank."""
    query = "SELECT right(account_masked, 4), bank FROM cards WHERE replaced_at IS NULL ORDER BY card_id"
    return await rows(one, query)


async def drop(browser: Browser, way: str, content: bytes, **fields: str) -> Any:
    form = await browser.get(way)
    hidden = dict(re.findall(r'type="hidden" name="(form|key)" value="([^"]*)"', form.text))
    files, to = {"file": ("社保卡.xlsx", content)}, f"/{way.removesuffix('&tried=yes')}"
    both = [await browser.http.post(to, data=hidden | fields, files=files) for _ in range(2)]
    assert both[0].status_code == both[1].status_code
    return both[1]


async def test_a_card_is_recorded_from_the_list_of_whose_money_waits(one, console):
    town = await at_work(console, "township_officer", VILLAGE[:9])
    listed = await town.get("work/cards?season=huining-2021")
    way = f"persons/{one.person_id}/card?season=huining-2021"
    assert f'<a href="../{way}">登记社保卡</a>' in listed.text
    form = await town.get(way)
    assert 'value="张三"' in form.text and one.somebody.number in form.text and ">无<" in form.text

    empty = await town.press("下一步", form, **CARD | {"bank": ""})
    assert empty.status_code == 422 and "请填写“开户银行”" in empty.text
    wrong = await town.press("下一步", form, **CARD | {"account_no": "62215A", "bank": "农商,银行"})
    assert wrong.status_code == 422 and 'href="#account_no">账号应为 8 至 32 位数字' in wrong.text
    assert 'href="#bank"' in wrong.text and "不得含分隔符" in wrong.text
    sure = await town.press("下一步", form, **CARD)
    assert "6221 5500 0000 0000 018" in sure.text and "1 笔转为待发放" in sure.text
    assert await cards(one) == [] and await one.somebody.payouts() == [("waiting_card", 200)]

    page = await twice(town, form, **CARD)
    assert "work/cards?season=huining-2021&done=card_recorded." in str(page.url)
    assert "社保卡已登记" in page.text and "没有因缺卡未发放的款项" in page.text
    assert await cards(one) == [("0018", "农商银行")]
    assert await one.somebody.payouts() == [("ready", 200)]
    looks = "SELECT DISTINCT operation FROM person_lookups WHERE subject = 'township_officer'"
    assert {("register_cards",), ("try_cards",)} <= set(await rows(one, looks))


async def test_a_card_takes_the_place_of_another_from_the_page_of_the_person(one, console):
    bureau = await at_work(console, "medical_insurance_officer", VILLAGE[:6])
    person = await bureau.get(f"persons/{one.person_id}")
    assert "待发放，请登记本人社保卡" in person.text
    assert f'href="../persons/{one.person_id}/card"' in person.text
    way = f"persons/{one.person_id}/card"
    page = await twice(bureau, await bureau.get(way), **CARD)
    assert page.url.path == f"/persons/{one.person_id}"

    form = await bureau.get(way)
    assert "农商银行，张三" in form.text
    same = await bureau.press("下一步", form, **CARD)
    assert "不作改动" in same.text
    other = CARD | {"account_no": "6221550000000000017", "holder": "李四"}
    sure = await bureau.press("下一步", form, **other)
    assert (
        "替换已登记的社保卡" in sure.text
        and "末位校验不符" in sure.text
        and "经两人核准后才发放" in sure.text
    )
    page = await twice(bureau, form, **other)
    assert "经两人核准前不发放" in page.text
    assert await cards(one) == [("0017", "农商银行")]


async def test_cards_are_recorded_by_who_may_alone(one, console):
    way = f"persons/{one.person_id}/card"
    tax = await at_work(console, "tax_officer", VILLAGE[:6])
    assert (await tax.get(way)).status_code == 403 and (await tax.send(way)).status_code == 403
    assert (await tax.get("money-files/cards")).status_code == 403
    assert "登记社保卡" not in (await tax.get(f"persons/{one.person_id}")).text
    elsewhere = await at_work(console, "township_officer", "620422102")
    assert (await elsewhere.get(way)).status_code == 403
    assert (await elsewhere.get("persons/999999/card")).status_code == 404


async def test_a_file_of_cards_is_tried_and_then_recorded_line_by_line(one, console):
    town = await at_work(console, "township_officer", VILLAGE[:9])
    way = "money-files/cards?season=huining-2021"
    form = await town.get(way)
    assert re.search(r'name="dry_run" value="yes" checked', form.text) and "下载模板" in form.text
    assert "社保卡" in (await town.get("files?season=huining-2021")).text
    template = await town.get("money-files/cards/template?season=huining-2021")
    good = {"证件号码": one.somebody.number, "社保卡账号": ACCOUNT, "开户银行": "农商银行", "户名": "张三"}
    short, second = good | {"社保卡账号": "12"}, good | {"社保卡账号": "62215500017"}
    content = filled(template.content, good, short, second)

    tried = await drop(town, way, content, dry_run="yes")
    assert tried.status_code == 200 and "试算，未登记" in tried.text and "1 笔" in tried.text
    assert ">3</td>" in tried.text and "账号应为 8 至 32 位数字" in tried.text
    assert ">4</td>" in tried.text and "同一人在名单中有两个账号" in tried.text
    assert await cards(one) == [] and "tried=yes" in tried.text

    again = await town.get(f"{way}&tried=yes")
    assert "checked" not in again.text
    taken = await drop(town, f"{way}&tried=yes", content)
    assert "社保卡：已登记" in taken.text and "更正后重新上传" in taken.text and "2 行" in taken.text
    assert len(await cards(one)) == 1 and await one.somebody.payouts() == [("ready", 200)]
    odd = await drop(town, way, "证件号码,户名\n1,张三\n".encode())
    assert odd.status_code == 422 and "社保卡账号、开户银行" in odd.text


async def test_pages_of_cards_are_told_in_english(one, console):
    town = await at_work(console, "township_officer", VILLAGE[:9])
    await town.send("language", language="en", then="")
    form = await town.get(f"persons/{one.person_id}/card")
    assert "Record a card" in form.text and "Card on record" in form.text
    assert "become ready" in (await town.press("Go on", form, **CARD)).text
    assert "Social-security cards" in (await town.get("files")).text
