"""Officers at the console, in a real Chromium without scripts: from `canbao user add` to signing out."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from canbao.replay.run import temporary_data_dir
from tests.e2e.test_up import Up, running

COMMAND_SECONDS = 240
OWN = "quiet-river-2048"
#: A desk's screen, and a phone.
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
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
def chromium() -> Iterator[Browser]:
    program = chromium_program()
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium fonts-noto-cjk")
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
    expect(page.get_by_role("heading", level=1)).to_have_text("待办事项")
    picture(page, f"tasks-{size}")
    assert fits(page, size)

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
