"""A payer without any login, in a real Chromium: from what is owed to a voucher that anybody checks."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.seasons import season_of
from tests.e2e.test_console import SIZES, chromium, of_village, seen, told
from tests.e2e.test_up import Up

__all__ = ["chromium"]
#: A season is played first.
pytestmark = pytest.mark.timeout(900)
#: The season has been played by then, and its last window is still open.
AT = "2020-12-28T10:00:00+08:00"


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A season that was played, at whose end a payer comes."""
    with season_of(tmp_path_factory, CANBAO_CLOCK="movable") as up:
        yield up


@pytest.fixture(scope="module")
def address(season: Up) -> Iterator[str]:
    """Where the mini-program is."""
    arguments = ["--url", season.address, "--port", "0", "--at", AT, "--data-dir", str(season.data_dir)]
    arguments += ["--county", "youxi", "--year", "2020", "--channel", "minshuitong"]
    command = [sys.executable, "-m", "canbao.cli", "mini-program", *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CANBAO_")}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=clean) as process:
        try:
            assert process.stderr is not None
            found = next(filter(None, (re.search(r"http://\S+", line) for line in process.stderr)))
            yield found[0].rstrip("/")
        finally:
            process.kill()


def opened_at(chromium, address: str, size: str) -> Page:
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = context.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize("size", SIZES)
def test_a_payer_pays_for_herself_and_whoever_holds_the_voucher_checks_it(season, address, chromium, size):
    # Not one whose money waits; and whoever has paid before leaves the list at its beginning.
    payers = [one for one in of_village(season, "unpaid") if not one["troubles"]]
    person = payers[0 if size == "desk" else -1]
    known = told(season, f"/registration/v1/persons/{person['person_id']}")
    page = opened_at(chromium, address, size)
    serious = seen(page, size, "payer-ask", "我该缴多少")

    page.get_by_label("证件号码").fill(known["documents"][0]["number"])
    page.get_by_label("姓名").fill(known["name"])
    page.get_by_role("button", name="查询").click()
    serious |= seen(page, size, "payer-dues", "本人和家人")
    page.get_by_role("button", name="下一步").click()
    serious |= seen(page, size, "payer-order", "待支付")
    page.get_by_role("button", name="支付（模拟钱包）").dblclick()
    expect(page.get_by_role("status")).to_contain_text("缴费成功", timeout=60_000)
    serious |= seen(page, size, "payer-paid", "已支付")
    page.get_by_role("link", name="缴费凭证").first.click()
    serious |= seen(page, size, "payer-voucher", "有效")
    page.get_by_text("后台调用了哪些接口").click()
    serious |= seen(page, size, "payer-calls", "缴费凭证")
    number, code = page.locator("dd code").all_inner_texts()

    paid = told(season, f"/collection/v1/payments?person_id={person['person_id']}")["items"]
    assert number in [line["voucher_no"] for one in paid for line in one["lines"]]

    holder = opened_at(chromium, f"{season.address}/console/", size)
    holder.get_by_role("link", name="查验缴费凭证").click()
    serious |= seen(holder, size, "check", "查验缴费凭证")
    holder.get_by_label("凭证号").fill(number)
    holder.get_by_label("验证码").fill("AAAA-AAAA")
    holder.get_by_role("button", name="查验").click()
    expect(holder.get_by_role("alert")).to_contain_text("未查到该凭证")
    holder.get_by_label("验证码").fill(code)
    holder.get_by_role("button", name="查验").click()
    expect(holder.get_by_role("status")).to_contain_text("凭证属实，有效")
    serious |= seen(holder, size, "check-found", "查验缴费凭证")
    assert not serious
