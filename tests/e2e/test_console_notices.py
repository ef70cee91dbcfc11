"""Who has a question about the notice finds the answer at the console, in a real Chromium without scripts."""

import pytest
from playwright.sync_api import expect

from tests.e2e.test_console import DESK_FIRST, at_work, chromium, seen, up

__all__ = ["chromium", "up"]
pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("size", DESK_FIRST)
def test_a_leader_reads_what_residents_must_know_and_how_it_differs_elsewhere(up, chromium, size):
    page = at_work(chromium, up, size, f"leader-{size}", "leader", scripts=True)

    page.get_by_role("link", name="参保通知").click()
    serious = seen(page, size, "notices", "参保通知")
    page.get_by_role("link", name="尤溪县 2020 年度").click()
    serious |= seen(page, size, "notice", "尤溪县 2020 年度参保通知")
    expect(page.get_by_role("main")).to_contain_text("250元")
    page.get_by_role("link", name="全文条款", exact=True).click()
    serious |= seen(page, size, "notice-whole", "尤溪县 2020 年度参保通知")
    page.get_by_role("link", name="年度对照", exact=True).click()
    page.get_by_label("与哪份通知对照").select_option("dongan/2020")
    page.get_by_role("button", name="对照").click()
    expect(page.get_by_role("main")).to_contain_text("东安县 2020")
    serious |= seen(page, size, "notice-beside", "尤溪县 2020 年度参保通知")
    page.get_by_role("link", name="待定事项", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("由谁决定")
    serious |= seen(page, size, "notice-questions", "尤溪县 2020 年度参保通知")
    page.get_by_role("link", name="算例", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("全部与通知相符")
    serious |= seen(page, size, "notice-cases", "尤溪县 2020 年度参保通知")
    expect(page.get_by_role("link", name="试算")).to_have_count(0)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("main")).to_contain_text("All 55 cases hold")
    serious |= seen(page, size, "notice-cases-en", "Notice of Youxi")
    assert not serious


@pytest.mark.parametrize("size", DESK_FIRST)
def test_a_township_asks_what_a_newcomer_of_july_would_owe(up, chromium, size):
    page = at_work(chromium, up, size, f"asks-{size}", "township_officer", scripts=True)
    page.get_by_role("link", name="参保通知").click()
    page.get_by_role("link", name="尤溪县 2020 年度").click()
    page.get_by_role("link", name="试算").click()
    serious = seen(page, size, "what-if", "尤溪县 2020 年度参保通知")

    page.get_by_role("button", name="试算").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写“出生日期”")
    serious |= seen(page, size, "what-if-faulty", "尤溪县 2020 年度参保通知")
    page.get_by_label("缴费日期").fill("2020-07-02")
    page.get_by_label("出生日期").fill("1982-01-30")
    page.get_by_label("户籍").select_option("county")
    page.get_by_role("button", name="试算").click()

    expect(page.get_by_role("status")).to_contain_text("770.00 元")
    serious |= seen(page, size, "what-if-found", "尤溪县 2020 年度参保通知")
    assert not serious
