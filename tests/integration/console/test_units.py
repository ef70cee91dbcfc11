"""A school's clerk sends its list, tried first, sees faults line by line, pays for it, and has a receipt."""

import io
import re
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from libs.common.clock import CLOCK_HEADER
from tests.integration.console.conftest import FIRST, Browser
from tests.integration.console.test_village_batches import (
    applications,
    by_own_tokens,
    go,
    services,
    settled,
    tell,
    twice,
)
from tests.integration.registration.builders import number
from tests.integration.stories.test_units import open_unit

__all__ = ["applications", "open_unit", "services", "tell"]
AT = "2017-11-20T10:00:00+08:00"
HEADER = ["姓名", "身份证号", "性别"]
BORN = "2002-03-14"


@pytest.fixture
async def one(tell: Any, open_unit: Any) -> AsyncIterator[Any]:
    """Songming: a vocational school that pays through the channel `school`."""
    story = await tell("songming")
    made = SimpleNamespace(story=story)
    made.school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    made.own = {name: service.context.authenticator for name, service in story.county.services.items()}
    yield made
    await settled(made)


@pytest.fixture
def way(one: Any) -> str:
    return f"units/{one.school.unit_id}"


async def clerk(console: Any, at: str = AT, unit: str = "UNIT-1", name: str = "clerk") -> Browser:
    await console.add(name, "unit_clerk", "530127", unit=unit)
    browser: Browser = await console.browse()
    await browser.sign_in(name, FIRST)
    browser.http.headers[CLOCK_HEADER] = at
    return browser


def table(*rows: tuple[str, ...]) -> bytes:
    return "\r\n".join(",".join(row) for row in [tuple(HEADER), *rows]).encode("gb18030")


async def drop(browser: Browser, page: str, body: bytes | None, **fields: str) -> Any:
    """Send the form of a page with a file, twice, as an impatient clerk does."""
    shown = await browser.get(page)
    hidden = dict(re.findall(r'type="hidden" name="(form|key|replaces)" value="([^"]*)"', shown.text))
    files = {"file": ("名单.csv", body) if body is not None else ("", b"")}
    first, again = [
        await browser.http.post(f"/{page}", data=hidden | fields, files=files, follow_redirects=True)
        for _ in range(2)
    ]
    assert first.status_code == again.status_code
    return again


async def on_list(console: Any) -> int:
    async with console.services["registration"].engine.connect() as conn:
        query = "SELECT count(*) FROM unit_lines WHERE until_version IS NULL"
        return int((await conn.exec_driver_sql(query)).scalar_one())


async def test_a_list_is_tried_told_line_by_line_mended_and_sent_once(one, console, way):
    browser = await clerk(console)
    listed = await browser.get("work/units?season=songming-2018")
    assert f'href="../{way}"' in listed.text and 'href="./work/units' in (await browser.get()).text
    assert "单位名单" in (await browser.get("files")).text
    form = await browser.get(f"{way}/list")
    assert re.search(r'name="dry_run" value="yes" checked', form.text) and 'type="file"' in form.text
    good, wrong, bad = number(BORN), "530127200203141229", number(BORN)
    rows = [("杨晓岚", good, ""), ("王小红", wrong, ""), ("李小明", bad, "男女"), ("杨晓岚", good, "")]

    tried = await drop(browser, f"{way}/list", table(*rows), dry_run="yes")

    assert "试算，名单没有提交" in tried.text and "有误的 3 行未列入" in tried.text
    faults = re.findall(r'data-of="行号"[^>]*>(\d+)</td><td[^>]*class="warn">([^<]+)', tried.text)
    assert [line for line, _ in faults] == ["3", "4", "5"]
    assert "身份证号：" in faults[0][1] and "性别：" in faults[1][1] and "与第 2 行" in faults[2][1]
    assert "180.00 元" in tried.text and await on_list(console) == 0
    send = re.search(rf'href="[./]*({way}/list\?tried=yes)"', tried.text)
    assert send and not re.search(r'name="dry_run"[^>]* checked', (await browser.get(send[1])).text)

    done = await drop(browser, send[1], table(rows[0], ("李小明", bad, "")))

    assert "名单已生效" in done.text and "第 1 版" in done.text and await on_list(console) == 2
    shown = await browser.get(way)
    assert "杨**" in shown.text and "待缴费" in shown.text


async def test_a_list_that_came_in_between_is_not_overwritten(one, console, way):
    browser = await clerk(console)
    body = table(("杨晓岚", number(BORN), ""))
    await drop(browser, f"{way}/list", body)
    missing = await drop(browser, f"{way}/list", None)
    form = await browser.get(f"{way}/list")
    stale = form.text.replace('name="replaces" value="1"', 'name="replaces" value="0"')
    hidden = dict(re.findall(r'type="hidden" name="(form|key|replaces)" value="([^"]*)"', stale))
    other = table(("李小明", number(BORN), ""))

    refused = await browser.http.post(f"/{way}/list", data=hidden, files={"file": ("a.csv", other)})

    assert missing.status_code == 422 and "请选择要上传的文件" in missing.text
    assert refused.status_code == 422 and "名单又有新的版本" in refused.text
    assert await on_list(console) == 1
    odd = await drop(browser, f"{way}/list", "甲,乙\r\n1,2\r\n".encode())
    assert odd.status_code == 422 and "须包括：姓名、证件号码" in odd.text


async def test_the_template_is_filled_in_and_sent_as_it_is(one, console, way):
    browser = await clerk(console)
    template = await browser.get(f"{way}/template")
    book = openpyxl.load_workbook(io.BytesIO(template.content))
    sheet = book.worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    for title, value in (("姓名", "杨晓岚"), ("证件号码", number(BORN)), ("性别", "女")):
        sheet.cell(2, titles.index(title) + 1, value)
    out = io.BytesIO()
    book.save(out)

    done = await drop(browser, f"{way}/list", out.getvalue())

    assert sheet.data_validations.dataValidation and "名单已生效" in done.text, done.text
    assert await on_list(console) == 1


async def test_one_order_pays_for_the_list_and_one_receipt_says_so(one, console, way):
    browser = await clerk(console)
    await drop(browser, f"{way}/list", table(("杨晓岚", number(BORN), ""), ("李小明", number(BORN), "")))
    await settled(one)
    browser.http.headers[CLOCK_HEADER] = "2017-11-22T10:00:00+08:00"
    form = await go(browser, await browser.get(way), "单位缴费")
    unchosen = await browser.press("下一步", form, channel="")

    made = await twice(browser, form, channel="school")

    assert unchosen.status_code == 422 and "请填写“缴费渠道”" in unchosen.text
    assert "360.00 元" in made.text and "待付款" in made.text and "整单一次付清" in made.text
    order_no = re.search(r"<h1>订单 (\w+)</h1>", made.text)
    assert order_no
    assert f'href="../{way}/orders/{order_no[1]}"' in (await browser.get(way)).text.replace("&amp;", "&")
    with by_own_tokens(one):
        order = {"order_no": order_no[1], "amount_fen": 36_000}
        await one.school.pays(order, "2017-11-22 10:10:00")
    browser.http.headers[CLOCK_HEADER] = "2017-11-23T10:00:00+08:00"
    paid = await browser.get(f"{way}/orders/{order_no[1]}")
    assert "已付款" in paid.text and paid.text.count("已入账") == 2 and "撤销订单" not in paid.text
    issued = await browser.press("确认提交", await go(browser, paid, "开具单位票据"))
    paper = re.search(rf'href="[./]*({way}/receipts/\w+)"', issued.text)
    assert "单位票据已开具" in issued.text and paper
    assert (await browser.get(paper[1])).content.startswith(b"%PDF")


async def test_an_order_is_given_up_before_it_is_paid(one, console, way):
    browser = await clerk(console)
    await drop(browser, f"{way}/list", table(("杨晓岚", number(BORN), "")))
    await settled(one)
    browser.http.headers[CLOCK_HEADER] = "2017-11-22T10:00:00+08:00"
    made = await twice(browser, await browser.get(f"{way}/order"), channel="school")
    page = await go(browser, made, "撤销订单")

    done = await browser.press("确认提交", page)
    again = await twice(browser, await browser.get(f"{way}/order"), channel="school")

    assert "订单已撤销" in done.text and "已撤销" in done.text and "待付款" in again.text


async def test_a_unit_is_seen_by_its_clerk_and_by_offices_who_send_nothing(one, console, way):
    stranger = await clerk(console, unit="UNIT-2", name="stranger")
    bureau = await console.signed_in("medical_insurance_officer", "530127")
    village = await console.signed_in("village_agent", "530127001001")

    listed = await bureau.get("work/units?season=songming-2018")
    shown = await bureau.get(way)

    assert "职业中学" in listed.text and "职业中学" in shown.text
    assert "上传名单" not in shown.text and "订单" not in shown.text
    assert (await bureau.get(f"{way}/list")).status_code == 403
    assert "您的角色不办理此项" in (await bureau.get(f"{way}/order")).text
    assert (await bureau.send(f"{way}/order", key="0")).status_code == 403
    assert "职业中学" not in (await stranger.get("work/units?season=songming-2018")).text
    elsewhere = await stranger.get(way)
    assert elsewhere.status_code == 403 and "超出您的角色或区划范围" in elsewhere.text
    absent = await bureau.get("units/999")
    assert absent.status_code == 404 and "该县该年度没有登记此单位" in absent.text
    assert not [word for word in ("令牌", "/v1/", ":read") if word in elsewhere.text + absent.text]
    assert (await village.get(way)).status_code == 403
