"""What each role wants, from signing in to the effect in the services, on a season that was played.

Pictures of the guide (docs/guide) are taken on the way: tests/e2e/guide.py.
"""

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.guide import guide_picture
from tests.e2e.officers import OFFICERS, Officers, agree, examined, officers
from tests.e2e.test_console import DESK_FIRST, SIZES, chromium, seen

__all__ = ["chromium", "officers"]
#: A season is played first.
pytestmark = pytest.mark.timeout(900)

_SEASON = {"county": "youxi", "coverage_year": 2020}
_PAPERS = itertools.count(20_000_041)


@pytest.mark.parametrize("size", SIZES)
def test_a_village_takes_money_by_enter_and_enter_and_is_at_the_next_person(officers, size):
    page = officers.at_work("village_agent", size)
    serious = examined(page, size, "role-village", "待办事项")
    before = officers.receipts()
    if size == "phone":
        guide_picture(page, "village-tasks-phone")
    page.get_by_role("link", name=re.compile("未缴费人员 · ")).click()
    if size == "desk":
        guide_picture(page, "village-unpaid")
        page.get_by_role("link", name="记录答复", exact=True).first.click()
        guide_picture(page, "village-answer")
        page.go_back()
    page.get_by_role("link", name="登记收款", exact=True).click()
    serious |= examined(page, size, "role-collect", "登记收款")
    if size == "desk":
        guide_picture(page, "village-collect", "第2收缴点")
    first, second = page.get_by_role("link", name=re.compile("^收款：")).all()[:2]
    after = second.get_attribute("aria-label")

    first.press("Enter")
    expect(page.get_by_label("金额（元）")).to_have_value("280.00")
    serious |= examined(page, size, "role-desk", "登记收款")
    page.get_by_label("票据号码").fill(str(next(_PAPERS)))
    guide_picture(page, f"village-desk-{size}")
    page.get_by_label("票据号码").press("Enter")

    expect(page.get_by_role("status")).to_contain_text("收款已登记")
    expect(page.locator("a[autofocus]")).to_have_attribute("aria-label", after or "")
    [new] = [one for one in officers.receipts() if one not in before]
    assert (new["amount_fen"], new["entered_by"]) == (28_000, OFFICERS["village_agent"].name)
    assert not serious


def somebody(officers: Officers, on_list: str, place: int) -> dict[str, Any]:
    """One of the township's people."""
    wanted = {**_SEASON, "on_list": on_list}
    items = officers.told("township_officer", "/registration/v1/surveys/search", wanted)["items"]
    known: dict[str, Any] = [one for one in items if one["person_id"] is not None][place]
    return known


def test_a_township_reports_a_wrong_name_and_the_bureau_mends_it(officers):
    person = somebody(officers, "paid", 1)
    right = person["name"][0] + "新名"
    page = officers.at_work("township_officer")
    guide_picture(page, "township-tasks")
    page.get_by_role("link", name="查询参保人").click()
    page.get_by_label("村（社区）代码").fill(person["division_code"])
    page.get_by_label("姓名", exact=True).last.fill(person["name"])
    guide_picture(page, "township-find")
    page.get_by_role("button", name="查询").last.click()
    guide_picture(page, "township-person", person["name"])
    page.get_by_role("link", name="报送更正单").click()
    page.get_by_role("link", name="姓名有误").click()
    page.get_by_label("正确的姓名").fill(right)
    page.get_by_label("哪里有误").fill("名册姓名与身份证不符")
    page.get_by_label("身份证", exact=True).check()
    guide_picture(page, "township-report", person["name"])
    serious = seen(page, "desk", "role-report", "报送更正单")
    page.get_by_role("button", name="报送").dblclick()
    expect(page.get_by_role("status")).to_contain_text("更正单已报送医保局")

    bureau = officers.at_work("medical_insurance_officer")
    guide_picture(bureau, "bureau-tasks")
    bureau.get_by_role("link", name="更正单").first.click()
    guide_picture(bureau, "bureau-tickets")
    its = bureau.get_by_role("row").filter(has_text=OFFICERS["township_officer"].name)
    its.get_by_role("link").first.click()
    serious |= seen(bureau, "desk", "role-ticket", "姓名有误")
    bureau.get_by_label("更正", exact=True).check()
    guide_picture(bureau, "bureau-ticket", person["name"])
    bureau.get_by_role("button", name="下一步").click()
    agree(bureau)
    expect(bureau.get_by_role("status")).to_contain_text("更正单已办结，信息已更正")

    kept = officers.told("medical_insurance_officer", f"/registration/v1/persons/{person['person_id']}")
    assert kept["name"] == right
    assert not serious


def test_a_township_asks_for_a_refund_and_finance_approves_it_in_its_list(officers):
    person = somebody(officers, "paid", -1)
    person_id = person["person_id"]
    page = officers.at_work("township_officer")
    page.get_by_role("link", name="各村进度").click()
    serious = seen(page, "desk", "role-villages", "各村进度")
    guide_picture(page, "township-villages")
    page.goto(f"{officers.up.address}/console/persons/{person_id}")
    page.get_by_role("link", name="申请退费").first.click()
    page.get_by_label("退费事由").fill("参保人已参加职工医保")
    page.get_by_label("按特殊情形申请").check()
    guide_picture(page, "township-refund")
    page.get_by_role("button", name="下一步").click()
    agree(page)
    expect(page.get_by_role("status")).to_contain_text("退费已申请")

    finance = officers.at_work("finance_officer")
    guide_picture(finance, "finance-tasks")
    finance.get_by_role("link", name="退费", exact=True).click()
    finance.get_by_role("checkbox").first.check()
    serious |= seen(finance, "desk", "role-refunds", "退费")
    guide_picture(finance, "finance-refunds")
    finance.get_by_role("button", name="批准退费").click()
    serious |= seen(finance, "desk", "role-refunds-sure", "请确认：批准退费")
    guide_picture(finance, "finance-refunds-sure")
    agree(finance, "确认办理 1 笔")
    expect(finance.get_by_role("status")).to_contain_text("已办理 1 笔，未办理 0 笔")

    [refund] = officers.told("finance_officer", f"/subsidy/v1/persons/{person_id}/subsidies")["refunds"]
    assert (refund["state"], refund["decided_by"]) == ("approved", OFFICERS["finance_officer"].name)
    assert not serious


def test_finance_sees_which_handovers_wait_for_its_signature(officers):
    calendar = officers.told("finance_officer", "/ledger/v1/handovers", **_SEASON)["items"]
    own = [one for one in calendar if one["state"] == "sealed" and "finance" in one["parties"]]
    waiting = [one for one in own if "finance" not in one["signed"]]
    page = officers.at_work("finance_officer")

    page.get_by_role("link", name=re.compile("待签字的移交单")).click()

    assert waiting
    for one in waiting:
        row = page.get_by_role("row").filter(has_text=one["label_zh"])
        expect(row).to_contain_text("待签：财政局")
    guide_picture(page, "finance-handovers")
    assert not seen(page, "desk", "role-handovers", "移交与对账")


def test_finance_reads_for_whom_money_is_asked_and_what_stands_against_closing_a_month(officers):
    page = officers.at_work("finance_officer")
    page.get_by_role("link", name="资金申请", exact=True).click()
    page.get_by_role("link", name="第 1 号").first.click()
    serious = seen(page, "desk", "role-application", "资金申请 第 1 号")
    expect(page.get_by_role("heading", name="各乡镇")).to_be_visible()
    guide_picture(page, "finance-application")
    page.get_by_role("link", name="待办事项").first.click()
    page.get_by_role("link", name="会计期间", exact=True).click()
    page.get_by_role("link", name="2019-09", exact=True).click()
    expect(page.get_by_role("link", name="锁定会计期间")).to_be_visible()
    serious |= seen(page, "desk", "role-month", "会计期间 2019-09")
    guide_picture(page, "finance-month")
    assert not serious


def test_tax_has_money_given_back_together_and_the_bureau_agrees(officers):
    page = officers.at_work("tax_officer")
    guide_picture(page, "tax-tasks")
    page.get_by_role("link", name="待确认款项（挂账）").click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    serious = seen(page, "desk", "role-suspense", "挂账")
    guide_picture(page, "tax-suspense")
    page.get_by_role("button", name="按提示的参保人入账").click()
    page.get_by_role("button", name=re.compile("确认办理")).dblclick()
    expect(page.get_by_role("status")).to_contain_text("已办理 0 笔")
    guide_picture(page, "tax-suspense-results")
    assert [one["giving_back"] for one in suspense(officers)] == [False, False]

    page.get_by_role("link", name="返回清单").click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="原路退款").click()
    page.get_by_label("事由").fill("缴费早于缴费期，与缴费人核实后退回")
    guide_picture(page, "tax-give-back-sure")
    agree(page, "确认办理 2 笔")
    expect(page.get_by_role("status")).to_contain_text("已办理 2 笔，未办理 0 笔")

    bureau = officers.at_work("medical_insurance_officer")
    bureau.get_by_role("link", name="等待第二人复核").click()
    serious |= seen(bureau, "desk", "role-approvals", "等待第二人复核")
    guide_picture(bureau, "bureau-approvals")
    bureau.get_by_role("link", name="原路退款").first.click()
    bureau.get_by_label("同意").check()
    guide_picture(bureau, "bureau-approval")
    bureau.get_by_role("button", name="下一步").click()
    agree(bureau)
    expect(bureau.get_by_role("status")).to_contain_text("已同意，并已执行")

    found = officers.told("tax_officer", "/collection/v1/channel-refunds", limit=100)["items"]
    agreed = [(one["requested_by"], one["agreed_by"]) for one in found]
    assert agreed == [(OFFICERS["tax_officer"].name, OFFICERS["medical_insurance_officer"].name)]
    assert not serious


def suspense(officers: Officers) -> list[dict[str, Any]]:
    """What collection keeps in suspense."""
    items: list[dict[str, Any]] = officers.told("tax_officer", "/collection/v1/suspense")["items"]
    return items


def test_tax_reads_a_difference_of_a_channel_and_decides_it(officers):
    cases = officers.told("tax_officer", "/collection/v1/cases", kind="channel_day_amount")["items"]
    page = officers.at_work("tax_officer")
    page.get_by_role("link", name="渠道日结", exact=True).click()
    guide_picture(page, "tax-days")
    page.goto(f"{officers.up.address}/console/cases/collection/{cases[0]['case_id']}")
    page.get_by_label("已与渠道核实").check()
    page.get_by_label("理由").fill("渠道书面答复")
    serious = seen(page, "desk", "role-difference", "渠道")
    guide_picture(page, "tax-difference")
    page.get_by_role("button", name="下一步").click()
    agree(page)
    expect(page.get_by_role("status")).to_contain_text("已办理")

    decided = officers.told("tax_officer", f"/collection/v1/cases/{cases[0]['case_id']}")
    assert decided["decided_by"] == OFFICERS["tax_officer"].name
    assert not serious


@pytest.mark.parametrize("size", DESK_FIRST)
def test_a_leader_sees_which_township_is_ahead_and_which_lags(officers, size):
    units = officers.told("leader", "/registration/v1/progress", **_SEASON)["units"]
    by_place = sorted(units, key=lambda one: one["rank"])
    page = officers.at_work("leader", size)
    page.get_by_role("link", name="各乡镇进度").click()
    serious = examined(page, size, "role-townships", "各乡镇进度")
    rows = page.get_by_role("row").filter(has=page.get_by_role("cell"))
    for row, unit in zip(rows.all(), by_place, strict=True):
        expect(row).to_contain_text(unit["name"]["zh"])
    guide_picture(page, f"leader-townships-{size}")
    page.get_by_role("link", name="进度与资金").click()
    serious |= examined(page, size, "role-curve", "进度")
    if size == "desk":
        guide_picture(page, "leader-curve")
    assert not serious


def test_an_auditor_reads_the_whole_story_of_somebody_and_changes_nothing(officers):
    person = somebody(officers, "paid", 2)
    page = officers.at_work("auditor")
    guide_picture(page, "auditor-tasks")
    page.get_by_role("link", name="查询参保人").click()
    page.get_by_role("textbox", name="证件号码").fill(person["id_number"])
    page.get_by_label("姓名", exact=True).first.fill(person["name"])
    page.get_by_role("button", name="查询").first.click()
    serious = seen(page, "desk", "role-person", person["name"])
    guide_picture(page, "auditor-person", person["name"])

    paid = officers.told("auditor", "/collection/v1/payments", person_id=person["person_id"])["items"]
    assert paid
    for one in paid:
        expect(page.get_by_role("main")).to_contain_text(one["transaction_no"])
    for act in ("报送更正单", "申请退费", "办理"):
        expect(page.get_by_role("main").get_by_role("link", name=act, exact=True)).to_have_count(0)
    assert not serious
