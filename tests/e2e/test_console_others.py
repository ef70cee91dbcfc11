"""What a unit's clerk, a bank, a department and the officer of scores do, on a season that was played.

Pictures of the guide (docs/guide) are taken on the way: tests/e2e/guide.py.
"""

import re
from datetime import date

import pytest
from playwright.sync_api import FilePayload, Page, expect

from libs.common.identity import compose_resident_id
from tests.e2e.guide import guide_picture
from tests.e2e.officers import OFFICERS, agree, officers
from tests.e2e.test_console import chromium, seen

__all__ = ["chromium", "officers"]
#: A season is played first.
pytestmark = pytest.mark.timeout(900)

SEASON = {"county": "youxi", "coverage_year": 2020}
RECRUIT = compose_resident_id("350426", date(2000, 5, 6), 21)
NEEDY = compose_resident_id("350426", date(1951, 3, 4), 23)


def table(*rows: tuple[str, ...]) -> FilePayload:
    """A table as somebody sends it."""
    text = "\r\n".join(",".join(row) for row in rows)
    return FilePayload(name="名单.csv", mimeType="text/csv", buffer=text.encode("gb18030"))


def send(page: Page, *rows: tuple[str, ...]) -> None:
    page.get_by_label("选择文件，或将文件拖到此处").set_input_files(table(*rows))
    page.get_by_role("button", name="上传").click()


def test_a_unit_lists_a_recruit_and_orders_for_him(officers):
    page = officers.at_work("unit_clerk")
    page.get_by_role("link", name="单位名单", exact=True).click()
    page.get_by_role("link", name="驻尤武警中队").click()
    serious = seen(page, "desk", "unit", "驻尤武警中队")
    guide_picture(page, "unit-list")
    page.get_by_role("link", name="上传名单").click()

    send(page, ("姓名", "证件号码"), ("杨新兵", RECRUIT[:6] + "********" + RECRUIT[-4:]))
    expect(page.get_by_text("以 * 隐去了几位，请填写完整号码")).to_be_visible()
    serious |= seen(page, "desk", "unit-list-tried", "试算结果")
    guide_picture(page, "unit-tried")
    page.get_by_role("link", name="更正后重新试算").click()
    page.get_by_label("先试算（不提交）").uncheck()
    send(page, ("姓名", "证件号码"), ("杨新兵", RECRUIT))
    expect(page.get_by_text("名单已生效")).to_be_visible()
    page.get_by_role("link", name="查看名单").click()
    page.get_by_role("link", name="单位缴费").click()
    serious |= seen(page, "desk", "unit-order", "单位缴费")
    guide_picture(page, "unit-order")
    page.get_by_role("button", name="下一步").click()
    agree(page)
    serious |= seen(page, "desk", "unit-ordered", "订单 CB")
    expect(page.get_by_text("待付款")).to_be_visible()

    assert not serious
    (unit,) = officers.told("medical_insurance_officer", "/registration/v1/units", **SEASON)["items"]
    assert (unit["version_no"], unit["listed"], unit["registered"], unit["paid"]) == (2, 1, 1, 0)
    orders = officers.told("unit_clerk", "/collection/v1/unit-orders", **SEASON)["items"]
    assert {(one["state"], one["amount_fen"]) for one in orders} >= {("pending", 25_000)}


def test_the_counter_of_a_bank_takes_the_money_of_who_comes_to_it(officers):
    season = {"county": "huining", "coverage_year": 2021}
    place = {"division_code": "620422100000", "channel": "bank_counter", "title": "农商行营业部"}
    made = officers.told("huining_tax", "/collection/v1/collectors", {**season, **place})
    wanted = {**season, "on_list": "unpaid"}
    listed = officers.told("village_agent", "/registration/v1/surveys/search", wanted)["items"]
    found = [one for one in listed if one["person_id"] is not None][-1]
    payer = officers.told("huining_auditor", f"/registration/v1/persons/{found['person_id']}")
    page = officers.at_work("bank_counter")
    page.get_by_role("link", name="柜面收款").click()
    page.get_by_role("link", name="农商行营业部").click()
    page.get_by_label("证件号码").fill(payer["documents"][0]["number"])
    page.get_by_label("姓名").fill(payer["name"])
    serious = seen(page, "desk", "counter", "柜面收款")
    guide_picture(page, "bank-counter", payer["name"])
    page.get_by_label("姓名").press("Enter")
    expect(page.get_by_label("金额（元）")).to_have_value("280.00")
    serious |= seen(page, "desk", "counter-desk", "")
    guide_picture(page, "bank-desk", payer["name"])
    page.get_by_role("button", name="收款", exact=True).dblclick()
    expect(page.get_by_role("status").first).to_contain_text("收款已登记")
    serious |= seen(page, "desk", "counter-taken", "")

    assert not serious
    kept = officers.told("bank_counter", "/collection/v1/cash-receipts", collector_id=made["collector_id"])
    taken = [(one["amount_fen"], one["entered_by"]) for one in kept["items"]]
    assert taken == [(28_000, OFFICERS["bank_counter"].name)]


def test_a_department_has_somebody_recognized_by_its_list(officers):
    page = officers.at_work("department_officer")
    guide_picture(page, "department-tasks")
    page.get_by_role("link", name="文件导入").click()
    page.get_by_role("main").get_by_role("link", name="身份名册", exact=True).click()
    expect(page.get_by_role("radio", name="县民政局")).to_be_checked()
    page.get_by_label("名册日期").fill("2020-12-28")
    serious = seen(page, "desk", "department-list", "导入身份名册")
    guide_picture(page, "department-list")

    send(
        page, ("证件号码", "姓名", "身份", "认定日期"), (NEEDY, "周某甲", "第一类医疗救助对象", "2020-12-01")
    )
    expect(page.get_by_role("link", name="正式导入")).to_be_visible(timeout=60_000)
    guide_picture(page, "department-tried")
    page.get_by_role("link", name="正式导入").click()
    agree(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("已完成", timeout=60_000)
    serious |= seen(page, "desk", "department-done", "导入")

    assert not serious
    number = int(page.url.rpartition("/")[2].partition("?")[0])
    done = officers.told("medical_insurance_officer", f"/registration/v1/imports/{number}")
    assert (done["kind"], done["dry_run"], done["rejected"]) == ("statuses", False, 0)


def test_an_officer_of_scores_proves_that_a_signed_sheet_is_as_it_was(officers):
    page = officers.at_work("score_officer")
    page.get_by_role("link", name="考核表", exact=True).click()
    page.get_by_role("link", name="第 1 号").click()
    serious = seen(page, "desk", "score-sheet", "工作经费结算")
    # Above it stands when it was frozen: now.
    page.get_by_role("heading", name="各单位").evaluate("heading => heading.scrollIntoView()")
    guide_picture(page, "scores-sheet")
    page.get_by_role("link", name="城关镇").click()
    expect(page.get_by_text(re.compile("÷")).first).to_be_visible()
    guide_picture(page, "scores-place")
    page.go_back()
    page.get_by_role("link", name=re.compile("…$")).click()

    expect(page.get_by_text("与冻结时完全一致")).to_be_visible()
    serious |= seen(page, "desk", "score-proof", "")
    assert not serious
    (sheet,) = officers.told("leader", "/registration/v1/scores/sheets", **SEASON)["items"]
    assert sheet["state"] == "final"
