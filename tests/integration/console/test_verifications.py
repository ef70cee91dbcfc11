"""The bureau draws rosters of who is to be subsidized and decides their lines, ticked or all at once."""

import re
from typing import Any

import pytest

from tests.integration.subsidy.conftest import Season, aid

BUREAU, COUNTY = "medical_insurance_officer", "620422"
_TICK = re.compile(r'<input type="checkbox" name="row" value="([0-9]+)"')
LIST = "work/verifications?season=huining-2021"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {name: await service_context(name) for name in ("registration", "subsidy")}


@pytest.fixture
async def helped(console: Any) -> None:
    """Three people of a township who paid, and get a fixed sum back."""
    context = console.services["subsidy"]
    season = Season(context, None, None, None, None, None)
    for person in (1, 2, 3):
        await season.send(season.assessed(person, aid=(aid(),)), season.paid(person, aid=(aid(),)))


async def tick(browser: Any, decision: str, *rows: int | str) -> Any:
    """Press a button below the roster, as a browser sends what is ticked above it."""
    return await browser.send("verifications/1/decision", decision=decision, row=[str(one) for one in rows])


async def drawn(browser: Any) -> Any:
    form = await browser.get("verifications/new/huining/2021")
    return await browser.press("生成", form)


class TestRosters:
    async def test_are_drawn_and_listed_with_how_far_they_are(self, console, helped):
        browser = await console.signed_in(BUREAU, COUNTY)
        assert "该年度尚无资助花名册" in (await browser.get(LIST)).text

        made, again = await drawn(browser), await drawn(browser)

        assert "花名册已生成" in made.text and "600.00" in made.text
        assert "没有新增的资助" in again.text
        listed = await browser.get(LIST)
        assert "verifications/1" in listed.text and "医保局经办人员 · 会宁县 620422<" in listed.text
        assert ">县财政<" in listed.text and "county_finance" not in listed.text

    async def test_are_decided_line_by_line_after_a_look_and_a_reason(self, console, helped):
        browser = await console.signed_in(BUREAU, COUNTY)
        await drawn(browser)
        roster = await browser.get("verifications/1")
        grants = _TICK.findall(roster.text)
        assert len(grants) == 3

        form = await tick(browser, "hold", grants[0])
        missing = await browser.press("下一步", form, reason="")
        sure = await browser.press("下一步", form, reason="与民政名册不符")
        done, twice = await browser.press("确认提交", sure), await browser.press("确认提交", sure)

        assert missing.status_code == 422 and "请填写“理由”" in missing.text
        assert "所选 1 人" in sure.text and "查清之前不发放" in sure.text
        assert "已办理" in done.text and "已办理" in twice.text
        held = await browser.get("verifications/1?part=held")
        assert "与民政名册不符" in held.text and _TICK.findall(held.text) == grants[:1]

    async def test_are_released_as_a_whole_and_what_was_held_stays(self, console, helped):
        browser = await console.signed_in(BUREAU, COUNTY)
        await drawn(browser)
        grants = _TICK.findall((await browser.get("verifications/1")).text)
        form = await tick(browser, "hold", grants[0])
        await browser.press("确认提交", await browser.press("下一步", form, reason="待查"))

        whole = await browser.get("verifications/1/release")
        sure = await browser.press("下一步", whole)
        await browser.press("确认提交", sure)

        assert "全部待核定人员（2 人）" in sure.text
        released = await browser.get("verifications/1?part=released")
        assert sorted(_TICK.findall(released.text)) == sorted(grants[1:])

    async def test_tell_why_nobody_was_decided(self, console, helped):
        browser = await console.signed_in(BUREAU, COUNTY)
        await drawn(browser)
        form = await tick(browser, "lift", 1)
        sure = await browser.press("下一步", form, reason="误剔除")

        told = await browser.press("确认提交", sure)

        assert told.status_code == 422 and "当前状态不能这样办理" in told.text

    async def test_a_whole_page_of_them_is_ticked_and_decided(self, console, services):
        season = Season(services["subsidy"], None, None, None, None, None)
        for person in range(1, 51):
            await season.send(season.assessed(person, aid=(aid(),)), season.paid(person, aid=(aid(),)))
        browser = await console.signed_in(BUREAU, COUNTY)
        await drawn(browser)
        roster = await browser.get("verifications/1")
        grants = _TICK.findall(roster.text)
        assert len(grants) == 50 and '<form method="get"' not in roster.text

        missing = await browser.press("下一步", await tick(browser, "hold", *grants), reason="")
        sure = await browser.press("下一步", missing, reason="待查")
        changed = await browser.press("返回修改", sure)
        done = await browser.press("确认提交", await browser.press("下一步", changed, reason="待查"))

        assert "所选 50 人" in sure.text and "已办理" in done.text
        assert _TICK.findall((await browser.get("verifications/1?part=held")).text) == grants

    async def test_none_ticked_none_decided(self, console, helped):
        browser = await console.signed_in(BUREAU, COUNTY)
        await drawn(browser)

        told = await tick(browser, "release")

        assert "请先勾选要办理的行" in told.text and len(_TICK.findall(told.text)) == 3
        assert (await browser.get("verifications/1/decision")).url.path == "/verifications/1"

    async def test_are_looked_at_but_not_decided_by_a_township_and_no_business_of_others(
        self, console, helped
    ):
        bureau = await console.signed_in(BUREAU, COUNTY)
        await drawn(bureau)
        township = await console.signed_in("township_officer", COUNTY)

        seen = await township.get("verifications/1")

        assert seen.status_code == 200 and not _TICK.findall(seen.text)
        way = "verifications/1/release"
        assert (await township.get(way)).status_code == 403
        leader = await console.signed_in("leader", COUNTY)
        assert (await leader.get("verifications/1")).status_code == 403
        assert (await bureau.get("verifications/99")).status_code == 404
