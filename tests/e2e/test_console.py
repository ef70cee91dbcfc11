"""Officers at the console, in a real Chromium without scripts: from `canbao user add` to signing out."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from canbao.replay.run import temporary_data_dir
from tests.e2e.seasons import season_of
from tests.e2e.test_up import Up, running

#: A season is played first.
pytestmark = pytest.mark.timeout(900)

COMMAND_SECONDS = 240
OWN = "quiet-river-2048"
YOUXI = "350426"
#: A desk's screen, and a phone.
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
#: The same for those who sit at desks: what they do is tried on a phone in a longer run.
DESK_FIRST = ["desk", pytest.param("phone", marks=pytest.mark.long)]
#: Where pictures of the pages are kept, for whoever wants to look at them.
PICTURES = os.environ.get("CANBAO_PICTURES")


def chromium_program() -> str | None:
    """The Chromium of the system; nothing is downloaded."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    with temporary_data_dir() as directory, running(directory) as up:
        up.wait_until_ready()
        yield up
        up.stop()


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A season that was played, with its people and their money."""
    with season_of(tmp_path_factory) as up:
        yield up


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = chromium_program()
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium fonts-noto-cjk")
    # A machine that tests three things at once shows a page late, and shows it.
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def canbao(up: Up, *arguments: str) -> str:
    environment = {**os.environ, "CANBAO_DATA_DIR": str(up.data_dir)}
    command = [sys.executable, "-m", "canbao.cli", *arguments]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=True
    )
    return done.stdout


def new_user(up: Up, name: str, role: str, division: str) -> str:
    """Add a user as an operator does; give the first password."""
    said = canbao(up, "user", "add", name, "--role", role, "--division", division)
    return said.rpartition(": ")[2].strip()


def opened(chromium: Browser, up: Up, size: str, *, scripts: bool = False) -> Page:
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=scripts, locale="zh-CN"
    )
    page = context.new_page()
    page.goto(f"{up.address}/console/")
    return page


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def choose_password(page: Page, former: str, new: str) -> None:
    page.get_by_label("现用密码").fill(former)
    page.get_by_label("新密码", exact=True).fill(new)
    page.get_by_label("再次输入新密码").fill(new)
    page.get_by_role("button", name="保存").click()


def picture(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def fits(page: Page, size: str) -> bool:
    """Whether nothing is wider than the screen but what scrolls within a frame of its own."""
    width, most = SIZES[size][0], page.evaluate("document.documentElement.scrollWidth")
    return bool(most <= width)


def look(page: Page, size: str, name: str, heading: str) -> None:
    """Look at the page under this heading once it is there: a click does not wait for it. It fits."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    page.wait_for_load_state()
    picture(page, f"{name}-{size}")
    assert fits(page, size), name


@pytest.mark.parametrize("size", SIZES)
def test_a_page_with_something_wide_in_it_does_not_fit(up, chromium, size):
    page = opened(chromium, up, size)
    assert fits(page, size)
    width = SIZES[size][0] + 40
    # Pages of ours allow no style of their own.
    page.goto("about:blank")

    page.set_content(f"<main><p style='width: {width}px'>宽</p></main>")
    assert not fits(page, size)
    page.set_content(f"<div style='overflow-x: auto'><p style='width: {width}px'>宽</p></div>")
    assert fits(page, size)


@pytest.mark.parametrize("size", SIZES)
def test_an_officer_signs_in_for_the_first_time_and_out_again(up, chromium, size):
    name = f"liwen-{size}"
    first = new_user(up, name, "medical_insurance_officer", "350426")
    page = opened(chromium, up, size)
    picture(page, f"sign-in-{size}")

    sign_in(page, name, first)
    expect(page.get_by_role("heading", level=1)).to_have_text("修改密码")
    picture(page, f"password-{size}")
    choose_password(page, first, OWN)
    look(page, size, "tasks", "待办事项")

    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tasks")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{up.address}/console/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_wrong_password_is_said_above_the_form_and_the_name_stays(up, chromium):
    page = opened(chromium, up, "desk")

    sign_in(page, "nobody", "not-the-password")

    expect(page.get_by_role("alert")).to_contain_text("用户名或密码有误")
    expect(page.get_by_label("用户名")).to_have_value("nobody")
    picture(page, "wrong-password")


def test_a_disabled_user_is_out_at_the_next_click(up, chromium):
    first = new_user(up, "zhaomin", "tax_officer", "350426")
    page = opened(chromium, up, "desk")
    sign_in(page, "zhaomin", first)
    choose_password(page, first, OWN)

    canbao(up, "user", "disable", "zhaomin")
    page.get_by_role("link", name="待办事项").click()

    expect(page.get_by_role("status")).to_contain_text("登录已失效")
    assert re.search(r"^zhaomin\ttax_officer\t350426\tdisabled$", canbao(up, "user", "list"), re.MULTILINE)


def test_keyboards_and_screen_readers_find_nothing_in_their_way(up, chromium):
    first = new_user(up, "wangfang", "auditor", "350426")
    page = opened(chromium, up, "desk", scripts=True)
    found = {"sign-in": Axe().run(page)}
    sign_in(page, "wangfang", first)
    found["password"] = Axe().run(page)
    choose_password(page, first, OWN)
    for path in ("", "approvals/registration", "nowhere"):
        page.goto(f"{up.address}/console/{path}")
        found[path or "tasks"] = Axe().run(page)

    serious = {
        (where, violation["id"])
        for where, results in found.items()
        for violation in results.response["violations"]
        if violation["impact"] in ("serious", "critical")
    }
    assert not serious


def at_work(chromium: Browser, up: Up, size: str, name: str, role: str, *, scripts: bool = False) -> Page:
    """A page of a new user, signed in, at the tasks."""
    first = new_user(up, name, role, YOUXI)
    page = opened(chromium, up, size, scripts=scripts)
    sign_in(page, name, first)
    choose_password(page, first, OWN)
    expect(page.get_by_role("heading", level=1)).to_have_text("待办事项")
    return page


def told(up: Up, path: str, body: dict[str, Any] | None = None) -> Any:
    """What a service says itself."""
    scopes = "registration:read survey:read collection:read subsidy:read tickets:read pii:read"
    token = canbao(up, "token", "--scope", scopes, "--division", YOUXI).strip()
    headers = {"authorization": f"Bearer {token}"}
    asked = up.http.get(path, headers=headers) if body is None else up.http.post(
        path, headers=headers, json=body
    )  # fmt: skip
    assert asked.is_success, asked.text
    return asked.json()


def of_village(up: Up, on_list: str) -> list[dict[str, Any]]:
    """People of the county on one of the lists of villages."""
    wanted = {"county": "youxi", "coverage_year": 2020, "on_list": on_list}
    items: list[dict[str, Any]] = told(up, "/registration/v1/surveys/search", wanted)["items"]
    return [one for one in items if one["person_id"] is not None]


def seen(page: Page, size: str, name: str, heading: str) -> set[tuple[str, str]]:
    """Look at a page: it fits, and what axe finds serious in it, with its name."""
    look(page, size, name, heading)
    violations = Axe().run(page).response["violations"]
    return {(name, one["id"]) for one in violations if one["impact"] in ("serious", "critical")}


@pytest.mark.parametrize("size", SIZES)
def test_a_village_reports_a_wrong_name_and_the_bureau_mends_it(season, chromium, size):
    person = of_village(season, "paid")[list(SIZES).index(size)]
    right = person["name"][0] + "新名"
    village = at_work(chromium, season, size, f"village-{size}", "village_agent", scripts=True)
    village.get_by_role("link", name="查询参保人").click()
    village.get_by_label("村（社区）代码").fill(person["division_code"])
    village.get_by_label("姓名", exact=True).fill(person["name"])
    village.get_by_role("button", name="查询").click()
    village.get_by_role("link", name="报送更正单").first.click()
    serious = seen(village, size, "kinds", "报送更正单：哪一项有误")
    village.get_by_role("link", name="姓名有误").click()
    village.get_by_role("button", name="报送").click()
    expect(village.get_by_role("alert")).to_contain_text("请填写“正确的姓名”")
    serious |= seen(village, size, "report-faulty", "报送更正单：姓名有误")
    village.get_by_label("正确的姓名").fill(right)
    village.get_by_label("哪里有误").fill("名册姓名与身份证不符")
    village.get_by_label("身份证", exact=True).check()
    village.get_by_role("button", name="报送").dblclick()
    expect(village.get_by_role("status")).to_contain_text("更正单已报送医保局")

    bureau = at_work(chromium, season, size, f"bureau-{size}", "medical_insurance_officer", scripts=True)
    bureau.goto(f"{season.address}/console/persons/{person['person_id']}")
    serious |= seen(bureau, size, "person", person["name"])
    bureau.get_by_role("link", name="查看办理").click()
    serious |= seen(bureau, size, "report", "姓名有误")
    bureau.get_by_label("更正", exact=True).check()
    bureau.get_by_role("button", name="下一步").click()
    serious |= seen(bureau, size, "report-sure", "请确认：")
    bureau.get_by_role("button", name="确认提交").dblclick()
    expect(bureau.get_by_role("status")).to_contain_text("更正单已办结，信息已更正")
    expect(bureau.get_by_role("heading", level=1)).to_contain_text(right)

    assert told(season, f"/registration/v1/persons/{person['person_id']}")["name"] == right
    about = f"county=youxi&coverage_year=2020&person_id={person['person_id']}"
    tickets = told(season, f"/registration/v1/tickets?{about}")["items"]
    assert [one["state"] for one in tickets] == ["resolved"]
    assert not serious


@pytest.mark.parametrize("size", DESK_FIRST)
def test_a_township_asks_for_a_refund_and_finance_agrees(season, chromium, size):
    person = of_village(season, "paid")[-1 - list(SIZES).index(size)]["person_id"]
    township = at_work(chromium, season, size, f"township-{size}", "township_officer", scripts=True)
    township.goto(f"{season.address}/console/persons/{person}")
    township.get_by_role("link", name="申请退费").first.click()
    serious = seen(township, size, "refund", "申请退费")
    township.get_by_label("退费事由").fill("参保人已参加职工医保")
    township.get_by_label("按特殊情形申请").check()
    township.get_by_role("button", name="下一步").click()
    expect(township.get_by_role("main")).to_contain_text("该年度参保终止")
    serious |= seen(township, size, "refund-sure", "请确认：")
    township.get_by_role("button", name="确认提交").dblclick()
    expect(township.get_by_role("status")).to_contain_text("退费已申请")
    [asked] = told(season, f"/subsidy/v1/persons/{person}/subsidies")["refunds"]
    assert (asked["state"], asked["requested_by"]) == ("requested", f"township-{size}")

    finance = at_work(chromium, season, size, f"finance-{size}", "finance_officer", scripts=True)
    finance.get_by_role("link", name="等待第二人复核").click()
    serious |= seen(finance, size, "approvals", "等待第二人复核")
    finance.locator(f"a[href$='approvals/subsidy/{asked['approval_id']}']").click()
    serious |= seen(finance, size, "approval", "复核")
    finance.get_by_label("同意").check()
    finance.get_by_role("button", name="下一步").click()
    serious |= seen(finance, size, "approval-sure", "请确认：")
    finance.get_by_role("button", name="确认提交").dblclick()
    expect(finance.get_by_role("status")).to_contain_text("已同意，并已执行")

    [agreed] = told(season, f"/subsidy/v1/persons/{person}/subsidies")["refunds"]
    assert (agreed["state"], agreed["decided_by"]) == ("approved", f"finance-{size}")
    assert not serious


def test_a_tax_officer_says_that_an_alert_was_seen(season, chromium):
    page = at_work(chromium, season, "desk", "taxwang", "tax_officer", scripts=True)

    page.get_by_role("link", name="挂账资金超期未处理").click()
    serious = seen(page, "desk", "cases", "挂账资金超期未处理")
    page.locator("tbody a").first.click()
    expect(page.get_by_role("button", name="确认已知悉")).to_be_visible()
    serious |= seen(page, "desk", "alert", "挂账资金超期未处理")
    page.get_by_label("处理情况").fill("正在与银行核实")
    page.get_by_role("button", name="确认已知悉").dblclick()

    expect(page.get_by_role("status")).to_contain_text("已确认知悉")
    [alert] = told(season, "/collection/v1/cases?kind=suspense_old&county=youxi")["items"]
    assert (alert["acknowledged_by"], alert["state"]) == ("taxwang", "open")
    assert not serious
