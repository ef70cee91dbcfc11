"""Money of a collective helps the people of a list: tried first, told line by line, given once."""

import re
from typing import Any

import pytest

from libs.common.clock import CLOCK_HEADER
from services.registration.definition import SERVICE
from tests.integration.console.conftest import Browser
from tests.integration.registration.conftest import Registration
from tests.integration.registration.test_helps import AT, VILLAGE, Office

WAY = "helps/dongan/2020/7"
HEADER = "身份证号,姓名,资助金额（元）"


@pytest.fixture
async def office(service_context: Any, client: Any) -> Office:
    context = await service_context("registration")
    app = SERVICE.create_app(context)
    registration = Registration(context, await client(context, app=app), app, client)
    return Office(registration, None)


@pytest.fixture
async def people(office: Office) -> list[str]:
    """Two residents; 600 yuan of their collective have come."""
    found = [(await office.resident())[1], (await office.resident("李四"))[1]]
    await office.comes(60_000)
    return found


@pytest.fixture
async def services(office: Office, people: list[str]) -> dict[str, Any]:
    return {"registration": office.registration.context}


@pytest.fixture
async def applications(office: Office) -> dict[str, Any]:
    return {"registration": office.registration.app}


async def at_work(console: Any, role: str, division: str) -> Browser:
    browser: Browser = await console.signed_in(role, division)
    browser.http.headers[CLOCK_HEADER] = AT
    return browser


async def drop(browser: Browser, page: str, *rows: str, **fields: str) -> Any:
    shown = await browser.get(page)
    hidden = dict(re.findall(r'type="hidden" name="(form|key)" value="([^"]*)"', shown.text))
    files = {"file": ("名单.csv", "\r\n".join([HEADER, *rows]).encode("gb18030"))}
    first, again = [
        await browser.http.post(f"/{page}", data=hidden | fields, files=files, follow_redirects=True)
        for _ in range(2)
    ]
    assert first.status_code == again.status_code, again.text
    return again


async def given(office: Office) -> list[int]:
    rows = await office.registration.rows("SELECT amount_fen FROM help_lines ORDER BY id")
    return [row.amount_fen for row in rows]


async def test_a_list_is_tried_told_line_by_line_and_given_once(office, console, people):
    browser = await at_work(console, "township_officer", VILLAGE[:9])
    home = await browser.get()
    listed = await browser.get("work/helps?season=dongan-2020")
    assert "待列名单的社会资助" in home.text and "600.00 元" in home.text
    assert f'href="../{WAY}"' in listed.text and "集体" in listed.text
    shown = await browser.get(WAY)
    assert f'href="../../../{WAY}/list"' in shown.text
    rows = [f"{people[0]},张三,50", f"{people[1]},王五,50", f"{people[1]},李四,五十元"]

    nobody = await drop(browser, f"{WAY}/list", *rows, helper="", dry_run="yes")
    tried = await drop(browser, f"{WAY}/list", *rows, helper="某村股份经济合作社", dry_run="yes")

    assert nobody.status_code == 422 and "请填写“资助单位或个人名称”" in nobody.text
    assert "试算，没有资助任何人" in tried.text and await given(office) == []
    faults = re.findall(r'data-of="行号"[^>]*>(\d+)</td><td[^>]*class="warn">([^<]+)', tried.text)
    assert [line for line, _ in faults] == ["3", "4"]
    assert "没有该证件号码和姓名" in faults[0][1] and "金额以元填写" in faults[1][1]
    assert "550.00 元" in tried.text

    mended = (rows[0], f"{people[1]},李四,")
    done = await drop(browser, f"{WAY}/list?tried=yes", *mended, helper="某村股份经济合作社")

    assert "名单已生效" in done.text and await given(office) == [5_000, 25_000]
    shown = await browser.get(WAY)
    assert "某村股份经济合作社" in shown.text and "待本人缴费" in shown.text and "300.00 元" in shown.text
    printed = await browser.get(f"{WAY}/file")
    assert printed.content.startswith(b"PK")


async def test_the_template_is_given_to_who_sends_lists(office, console):
    browser = await at_work(console, "township_officer", VILLAGE[:9])

    template = await browser.get(f"{WAY}/template")

    assert template.content.startswith(b"PK") and "help" not in template.headers["content-disposition"]
    assert "下载模板" in (await browser.get(f"{WAY}/list")).text


async def test_who_only_reads_sends_no_list_and_others_see_nothing(office, console):
    tax = await at_work(console, "tax_officer", "431122")
    village = await at_work(console, "village_agent", VILLAGE)

    shown = await tax.get(WAY)

    assert shown.status_code == 200 and "上传资助名单" not in shown.text
    assert (await tax.get(f"{WAY}/list")).status_code == 403
    assert "您的角色不办理此项" in (await village.get(WAY)).text
    assert (await tax.get("helps/dongan/2020/8")).status_code == 404
    assert await given(office) == []
