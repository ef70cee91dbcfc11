"""Work lists in a real Chromium: each role finds on them what services know, of seasons that were played."""

import itertools
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_console import (
    DESK_FIRST,
    OWN,
    SIZES,
    canbao,
    choose_password,
    chromium,
    look,
    new_user,
    opened,
    season,
    sign_in,
)
from tests.e2e.test_up import Up

__all__ = ["chromium", "season"]
#: A season is played first.
pytestmark = pytest.mark.timeout(900)

_NUMBERS = itertools.count(1)
TOWNSHIP, VILLAGE = "620422100", "620422100200"
HUINING: dict[str, Any] = {"county": "huining", "coverage_year": 2021}
YOUXI: dict[str, Any] = {"county": "youxi", "coverage_year": 2020}


def at_work(chromium: Browser, up: Up, size: str, role: str, division: str, *, scripts: bool = False) -> Page:
    """A page of a new user, signed in, at the tasks."""
    name = f"lists-{role.replace('_', '-')}-{size}-{next(_NUMBERS)}"
    first = new_user(up, name, role, division)
    page = opened(chromium, up, size, scripts=scripts)
    sign_in(page, name, first)
    choose_password(page, first, OWN)
    expect(page.get_by_role("heading", level=1)).to_have_text("待办事项")
    return page


def told(up: Up, role: str, division: str, path: str, **query: Any) -> Any:
    """What a service says itself to a role."""
    token = canbao(up, "token", "--role", role, "--division", division).strip()
    answer = up.http.get(path, params=query, headers={"authorization": f"Bearer {token}"})
    assert answer.is_success, answer.text
    return answer.json()


@pytest.mark.parametrize("size", SIZES)
def test_a_village_sees_who_has_not_paid_and_what_to_do_next(season, chromium, size):
    villages = told(
        season, "village_agent", VILLAGE, "/registration/v1/surveys/villages", **HUINING
    )["items"]  # fmt: skip
    unpaid = sum(one["unpaid"] for one in villages)
    page = at_work(chromium, season, size, "village_agent", VILLAGE)
    look(page, size, "village-home", "待办事项")

    page.get_by_role("link", name=re.compile("未缴费人员 · ")).click()
    rows = page.get_by_role("row").filter(has=page.get_by_role("cell"))

    expect(page.get_by_text(f"未缴费 {unpaid:,} 人")).to_be_visible()
    assert unpaid > 0
    expect(rows).to_have_count(unpaid)
    look(page, size, "village-unpaid", "未缴费人员")
    page.get_by_role("link", name="手持票据").click()
    look(page, size, "village-vouchers", "手持票据")


@pytest.mark.parametrize("size", SIZES)
def test_a_village_writes_down_what_a_household_answered_and_is_at_the_list_again(season, chromium, size):
    page = at_work(chromium, season, size, "village_agent", VILLAGE)

    page.get_by_role("link", name=re.compile("未缴费人员 · ")).click()
    page.get_by_role("link", name="记录答复").first.click()
    look(page, size, "village-answer", "记录入户答复")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写“答复”")
    look(page, size, "village-answer-faults", "记录入户答复")
    page.get_by_label("答应参保", exact=True).check()
    page.get_by_label("由谁答复").fill("户主本人")
    # Another officer may be on it: what was answered is kept all the same.
    page.get_by_label("不记跟进，只记答复").check()
    page.get_by_role("button", name="保存").click()

    expect(page.get_by_role("status")).to_contain_text("入户情况已记录")
    expect(page.get_by_role("cell", name=re.compile("答应参保")).first).to_be_visible()
    look(page, size, "village-answered", "未缴费人员")


@pytest.mark.parametrize("size", DESK_FIRST)
def test_a_township_compares_its_villages_and_prints_a_roster(season, chromium, size):
    page = at_work(chromium, season, size, "township_officer", TOWNSHIP)

    page.get_by_role("link", name="各村进度").click()
    look(page, size, "township-villages", "各村进度")
    row = page.get_by_role("row").filter(has_text=VILLAGE)
    counted = told(
        season, "township_officer", TOWNSHIP, "/registration/v1/surveys/villages", **HUINING
    )["items"][0]  # fmt: skip
    assert counted["division_code"] == VILLAGE
    expect(row).to_contain_text(f"{counted['to_insure']:,}")
    row.get_by_role("link", name="打印").click()

    expect(page.get_by_text("村（社区）负责人签字")).to_be_visible()
    page.go_back()
    row.get_by_role("link", name=str(counted["unpaid"]), exact=True).click()
    look(page, size, "township-unpaid", "未缴费人员")


def test_tax_sees_what_waits_at_each_step_of_the_money(season, chromium):
    steps = told(season, "tax_officer", "350426", "/ledger/v1/money-path", **YOUXI)["steps"]
    page = at_work(chromium, season, "desk", "tax_officer", "350426")

    page.get_by_role("link", name="资金流转").click()

    rows = page.get_by_role("row").filter(has=page.get_by_role("cell"))
    assert steps
    expect(rows).to_have_count(len(steps))
    for row, step in zip(rows.all(), steps, strict=True):
        expect(row).to_contain_text(step["label_zh"])
        expect(row).to_contain_text(f"{step['waiting_fen'] / 100:,.2f} 元")
    look(page, "desk", "tax-path", "资金流转")


@pytest.mark.parametrize("size", DESK_FIRST)
def test_tax_closes_a_day_of_a_channel_once_its_difference_is_decided(season, chromium, size):
    query = {**YOUXI, "state": "open"}
    days = told(season, "tax_officer", "350426", "/collection/v1/channel-days", **query)["items"]
    assert days
    one = days[0]
    page = at_work(chromium, season, size, "tax_officer", "350426")

    page.goto(f"{season.address}/console/work/days?season=youxi-2020")
    expect(page.get_by_role("figure")).to_contain_text("待办差异按天龄")
    look(page, size, "tax-days", "渠道日结")
    page.get_by_role("link", name=one["business_on"]).first.click()
    expect(page.get_by_text("不一致").first).to_be_visible()
    look(page, size, "tax-day", one["business_on"])
    page.get_by_role("link", name=re.compile("^事项 ")).first.click()
    expect(page.get_by_role("region", name="两边对照")).to_be_visible()
    look(page, size, "tax-difference", "渠道")
    page.get_by_label("已与渠道核实").check()
    page.get_by_label("理由").fill("渠道书面答复")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="确认提交").click()
    page.get_by_role("button", name="日结").click()
    page.get_by_role("button", name="确认提交").click()

    expect(page.get_by_role("status")).to_contain_text("渠道当日已日结")
    look(page, size, "tax-day-closed", one["business_on"])
    path = f"/collection/v1/channel-days/youxi/{one['channel']}/{one['business_on']}"
    assert told(season, "tax_officer", "350426", path)["state"] == "closed"


def test_finance_sees_which_handovers_wait_for_whose_signature(season, chromium):
    calendar = told(season, "finance_officer", "350426", "/ledger/v1/handovers", **YOUXI)["items"]
    own = [one for one in calendar if one["state"] == "sealed" and "finance" in one["parties"]]
    waiting = [one for one in own if "finance" not in one["signed"]]
    page = at_work(chromium, season, "desk", "finance_officer", "350426")

    task = page.get_by_role("row").filter(has_text="待签字的移交单")
    expect(task).to_contain_text(str(len(waiting)))
    task.get_by_role("link").click()

    for one in waiting:
        expect(page.get_by_role("row").filter(has_text=one["label_zh"])).to_contain_text("财政局")
    look(page, "desk", "finance-handovers", "移交与对账")


def test_the_county_sees_its_townships_in_their_order(season, chromium):
    units = told(season, "leader", "350426", "/registration/v1/progress", **YOUXI)["units"]
    first = min(units, key=lambda one: one["rank"])
    page = at_work(chromium, season, "desk", "leader", "350426")

    page.get_by_role("link", name="各乡镇进度").click()

    rows = page.get_by_role("row").filter(has=page.get_by_role("cell"))
    expect(rows).to_have_count(len(units))
    expect(rows.first).to_contain_text(first["name"]["zh"])
    expect(rows.first).to_contain_text(f"{first['completion']['percent']}%")
    look(page, "desk", "county-townships", "各乡镇进度")


def test_keyboards_and_screen_readers_find_nothing_in_their_way_on_lists(season, chromium):
    page = at_work(chromium, season, "desk", "auditor", "350426", scripts=True)
    found = {}
    for name in ("suspense", "refunds?part=paid", "handovers", "villages", "tickets"):
        page.goto(f"{season.address}/console/work/{name}")
        found[name] = Axe().run(page)

    serious = {
        (where, violation["id"])
        for where, results in found.items()
        for violation in results.response["violations"]
        if violation["impact"] in ("serious", "critical")
    }
    assert not serious


def test_keyboards_and_screen_readers_find_nothing_in_their_way_on_pages_of_channels(season, chromium):
    days = told(season, "tax_officer", "350426", "/collection/v1/channel-days", **YOUXI)["items"]
    day = f"channel-days/youxi/{days[-1]['channel']}/{days[-1]['business_on']}"
    page = at_work(chromium, season, "desk", "tax_officer", "350426", scripts=True)
    found = {}
    pages = (
        *(
            "work/days?season=youxi-2020&part=all",
            day,
            "work/debts?season=youxi-2020",
            "work/debits?part=all",
        ),
        *("channel-debts/youxi/2020/tax?part=all", "debit-batches/1", "exchange-batches/1"),
        "cases/collection?kind=channel_day_amount",
    )
    for name in pages:
        page.goto(f"{season.address}/console/{name}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found[name] = Axe().run(page)

    serious = {
        (where, violation["id"])
        for where, results in found.items()
        for violation in results.response["violations"]
        if violation["impact"] in ("serious", "critical")
    }
    assert not serious
