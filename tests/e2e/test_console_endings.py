"""What goes wrong at the console ends well: another role's page, a lost session, a service that is down."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.guide import guide_picture
from tests.e2e.officers import OFFICERS, Officers, agree, examined, officers
from tests.e2e.test_console import DESK_FIRST, canbao, chromium, seen

__all__ = ["chromium", "officers"]
#: A season is played first.
pytestmark = pytest.mark.timeout(900)

VILLAGE_AGENT = OFFICERS["village_agent"].name


def about_to_record(officers: Officers, paper: str, size: str = "desk") -> Page:
    """A village agent before the form of somebody's money, filled in and not sent."""
    page = officers.at_work("village_agent", size)
    page.goto(f"{officers.up.address}/console/collect?season=huining-2021")
    page.get_by_role("link", name=re.compile("^收款：")).first.click()
    expect(page.get_by_label("金额（元）")).to_have_value("280.00")
    page.get_by_label("票据号码").fill(paper)
    return page


@pytest.mark.parametrize("size", DESK_FIRST)
def test_a_page_of_another_role_says_that_nothing_was_done_and_whom_to_ask(officers, size):
    page = officers.at_work("village_agent", size)
    serious = set()
    for path in ("users", "pictures", "work/handovers", "persons/1"):
        answer = page.goto(f"{officers.up.address}/console/{path}")
        assert answer is not None and answer.status in (403, 404), path
        expect(page.get_by_role("main")).to_contain_text(re.compile("县级管理员|从工作台重新进入"))
        serious |= examined(page, size, f"forbidden-{path.replace('/', '-')}", "")
    page.get_by_role("link", name="回到工作台").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("待办事项")
    assert not serious


def test_an_operator_locks_somebody_out_whose_open_form_then_changes_nothing(officers):
    village = about_to_record(officers, "20000045")
    before = officers.receipts()
    operator = officers.at_work("operator")
    guide_picture(operator, "operator-tasks")
    operator.get_by_role("link", name="用户", exact=True).click()
    serious = seen(operator, "desk", "role-users", "用户")
    guide_picture(operator, "operator-users")
    operator.get_by_role("button", name=f"停用 {VILLAGE_AGENT}").dblclick()
    expect(operator.get_by_role("status")).to_contain_text("已停用")

    village.get_by_label("票据号码").press("Enter")
    serious |= seen(village, "desk", "lost-session", "登录已失效")
    guide_picture(village, "lost-session")
    assert officers.receipts() == before
    assert re.search(rf"^{VILLAGE_AGENT}\t.*\tdisabled$", canbao(officers.up, "user", "list"), re.MULTILINE)

    operator.get_by_role("button", name=f"启用 {VILLAGE_AGENT}").click()
    expect(operator.get_by_role("status")).to_contain_text("已启用")
    officers.at_work("village_agent")
    assert not serious


@pytest.mark.parametrize("size", DESK_FIRST)
def test_while_a_service_is_down_nothing_is_lost_and_what_is_sent_again_counts_once(officers, size):
    page = about_to_record(officers, "20000046" if size == "desk" else "20000047", size)
    before = officers.receipts()
    officers.collection.cut()
    try:
        page.get_by_label("票据号码").press("Enter")
        serious = examined(page, size, "away", "服务暂时无法连接")
        expect(page.get_by_role("main")).to_contain_text("数据没有丢失，也没有重复")
        page.get_by_role("link", name="回到工作台").click()
        expect(page.get_by_role("alert")).to_contain_text("“收缴”服务暂时无法连接")
        if size == "desk":
            guide_picture(page, "service-away")
            operator = officers.at_work("operator")
            operator.get_by_role("link", name="服务运行").click()
            row = operator.get_by_role("row").filter(has_text="收缴")
            expect(row).to_contain_text("无法连接")
            serious |= seen(operator, size, "role-services", "服务运行")
            guide_picture(operator, "operator-services")
    finally:
        officers.collection.mend()
    assert officers.receipts() == before

    page = about_to_record(officers, "20000046" if size == "desk" else "20000047", size)
    agree(page, "收款")
    expect(page.get_by_role("status")).to_contain_text("收款已登记")
    assert len(officers.receipts()) == len(before) + 1
    assert not serious
