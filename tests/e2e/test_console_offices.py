"""What offices hand on to each other, from signing in to the effect in the services, on a played season."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.officers import OFFICERS, Officers, agree, officers
from tests.e2e.test_console import chromium, seen

__all__ = ["chromium", "officers"]
#: A season is played first.
pytestmark = pytest.mark.timeout(900)

SEASON = {"county": "youxi", "coverage_year": 2020}
PERIOD = "2020-01-31"
HANDOVER = "handovers/youxi/2020/first-half"


def take(page: Page, paper: int) -> None:
    """The village takes the money of whoever is first on its list."""
    page.get_by_role("link", name=re.compile("^收款：")).first.press("Enter")
    page.get_by_label("票据号码").fill(str(paper))
    page.get_by_label("票据号码").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("收款已登记")


def after(page: Page, button: str = "下一步") -> None:
    """Look at what will happen, and agree to it by a double click."""
    page.get_by_role("button", name=button).click()
    agree(page)


def kept(officers: Officers, role: str, path: str, **query: Any) -> list[dict[str, Any]]:
    """What a service lists."""
    items: list[dict[str, Any]] = officers.told(role, path, **query)["items"]
    return items


def test_a_village_takes_cash_to_the_bank_and_hands_its_batch_in(officers):
    page = officers.at_work("village_agent")
    page.get_by_role("link", name=re.compile("未缴费人员 · ")).click()
    page.get_by_role("link", name="登记收款", exact=True).click()
    take(page, 20_000_041)
    take(page, 20_000_042)

    page.get_by_role("link", name="待办事项").first.click()
    page.get_by_role("link", name="手持现金", exact=True).first.click()
    serious = seen(page, "desk", "office-cash", "手持现金")
    page.get_by_role("link", name="登记解款").click()
    page.get_by_role("textbox", name="存款单号").fill("HU1-20201209")
    page.get_by_role("textbox", name="存款金额（元）").fill("560.00")
    page.get_by_role("radio", name="下列勾选的收据").check()
    for one in page.get_by_role("checkbox").all():
        one.check()
    serious |= seen(page, "desk", "office-deposit", "登记解款")
    after(page)
    expect(page.get_by_role("status")).to_be_visible()

    [slip] = [
        one
        for one in kept(officers, "village_agent", "/collection/v1/cash-deposits")
        if one["slip_no"] == "HU1-20201209"
    ]
    assert (slip["amount_fen"], slip["entered_by"]) == (56_000, OFFICERS["village_agent"].name)
    assert officers.receipts() == []

    page.get_by_role("link", name="待办事项").first.click()
    page.get_by_role("link", name="村级批次", exact=True).first.click()
    page.get_by_role("link", name="编制批次").click()
    page.get_by_role("link", name="2021 年度").click()
    after(page)
    expect(page.get_by_role("status")).to_contain_text("批次已编制")
    page.locator("table a[href*='village-batches/']").first.click()
    serious |= seen(page, "desk", "office-batch", "批次")
    page.get_by_role("link", name="交审", exact=True).first.click()
    page.get_by_role("textbox", name="纸质名册人数").fill("6")
    page.get_by_role("textbox", name="交审金额（元）").fill("1680.00")
    after(page)
    expect(page.get_by_role("status")).to_be_visible()

    [batch] = kept(officers, "village_agent", "/collection/v1/village-batches", state="open")
    assert (batch["people"], batch["state"]) == (6, "open")
    assert not serious


def test_tax_drafts_the_bulletin_of_a_month_and_the_leader_signs_it(officers):
    tax = officers.at_work("tax_officer")
    tax.goto(f"{officers.up.address}/console/bulletins/due?season=youxi-2020")
    serious = seen(tax, "desk", "office-due", "应印发的通报")
    tax.get_by_role("row").filter(has_text=PERIOD).get_by_role("link", name="起草").click()
    after(tax)
    expect(tax.get_by_role("status")).to_be_visible()

    leader = officers.at_work("leader")
    leader.get_by_role("link", name=re.compile("通报")).first.click()
    leader.locator("table a[href*='bulletins/']").first.click()
    serious |= seen(leader, "desk", "office-bulletin", "通报")
    leader.get_by_role("link", name="签发").first.click()
    after(leader)
    expect(leader.get_by_role("status")).to_be_visible()

    signed = [
        (one["state"], one["signed_by"])
        for one in kept(officers, "leader", "/registration/v1/bulletins", **SEASON)
        if one["period_to"] == PERIOD
    ]
    assert signed == [("signed", OFFICERS["leader"].name)]
    assert not serious


def test_finance_reads_its_paper_of_a_handover_and_signs_what_it_has_read(officers):
    page = officers.at_work("finance_officer")
    page.get_by_role("link", name=re.compile("待签字的移交单")).click()
    page.get_by_role("link", name=re.compile("2020年上半年")).click()
    serious = seen(page, "desk", "office-handover", "2020年上半年")
    page.get_by_role("link", name="明细").click()
    serious |= seen(page, "desk", "office-paper", "移交单")
    page.get_by_role("link", name="签认本移交单").click()
    after(page)
    expect(page.get_by_role("status")).to_be_visible()

    [paper] = kept(officers, "finance_officer", f"/ledger/v1/{HANDOVER}/papers")
    [asked] = kept(officers, "finance_officer", "/ledger/v1/approvals", state="waiting")
    assert (paper["party"], paper["state"]) == ("finance", "waiting")
    assert (asked["operation"], asked["asked_by"]) == ("handover_paper", OFFICERS["finance_officer"].name)
    assert not serious


def test_an_auditor_follows_money_in_suspense_back_to_what_its_channel_sent(officers):
    page = officers.at_work("auditor")
    page.get_by_role("link", name="挂账（待确认款项）").first.click()
    page.locator("table a[href*='payments/']").first.click()
    serious = seen(page, "desk", "office-payment", "缴费")
    page.get_by_role("link", name="第 1 号").click()
    serious |= seen(page, "desk", "office-notification", "原始通知")
    expect(page.get_by_role("main")).to_contain_text("webhook-signature: v1,")
    expect(page.get_by_role("main")).to_contain_text('"type":"payment.succeeded"')

    page.get_by_role("link", name="待办事项").first.click()
    page.get_by_role("link", name="查询留痕").click()
    page.get_by_role("link", name="封存复核").click()
    serious |= seen(page, "desk", "office-verify", "封存复核")
    page.get_by_role("link", name="重算").first.click()
    expect(page.get_by_role("main")).to_contain_text("一致，封存后没有改动")

    looks = kept(officers, "auditor", "/collection/v1/lookups", subject=OFFICERS["auditor"].name)
    assert "get_notification" in {one["operation"] for one in looks}
    assert not serious
