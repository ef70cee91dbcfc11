"""Score sheets at the console: entered by two, frozen by one officer, signed or sent back by another."""

from typing import Any

import pytest

from libs.common.clock import CLOCK_HEADER
from tests.integration.console.test_channel_days import rows_of
from tests.integration.registration.test_scores import notices

__all__ = ["notices"]

COUNTY, AT = "350426", "2021-01-05T09:00:00+08:00"
SEASON = {"county": "youxi", "coverage_year": 2020}
TOWNS = ("350426100000", "350426101000", "350426102000")
SHEET = "scores/youxi/2020"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {"registration": await service_context("registration")}


async def desk(console: Any, role: str, division: str = COUNTY) -> Any:
    browser = await console.signed_in(role, division)
    browser.http.headers[CLOCK_HEADER] = AT
    return browser


@pytest.fixture
async def officer(console: Any) -> Any:
    return await desk(console, "score_officer")


@pytest.fixture
async def other(sends: Any) -> Any:
    """Another officer of scores."""
    return await sends("registration", "progress:read", "scores:write", at=AT, subject="zhao")


async def asked(other: Any, code: str) -> int:
    """A budget that the other officer entered; what waits for a second person."""
    body = SEASON | {
        "division_code": code, "kind": "budget", "amount_fen": 1_000_000,
        "happened_on": "2020-01-06", "evidence": "预算表",
    }  # fmt: skip
    made = await other.post("/v1/scores/entries", json=body)
    assert made.status_code == 201, made.text
    return int(made.json()["approval_id"])


@pytest.fixture
async def complete(other: Any, sends: Any) -> None:
    """Every town has a budget that two agreed on."""
    second = await sends("registration", "scores:write", at=AT, subject="qian")
    for code in TOWNS:
        answer = await second.post(f"/v1/approvals/{await asked(other, code)}/approve", json={})
        assert answer.status_code == 200, answer.text


async def frozen(other: Any) -> None:
    answer = await other.post("/v1/scores/sheets", json=SEASON | {"reason": "工作经费结算"})
    assert answer.status_code == 202, answer.text


async def sheets(console: Any) -> list[tuple[Any, ...]]:
    query = "SELECT state, asked_by, signed_by FROM score_sheets ORDER BY id"
    return await rows_of(console, "registration", query)


async def entries(console: Any) -> list[tuple[Any, ...]]:
    query = "SELECT state, division_code, amount_fen, entered_by FROM score_entries ORDER BY id"
    return await rows_of(console, "registration", query)


class TestTheSheet:
    async def test_is_read_by_the_leader_with_amounts_and_the_formula(self, console, complete):
        leader = await desk(console, "leader")
        home, listed = await leader.get(), await leader.get("work/scores?season=youxi-2020")
        sheet, unit = await leader.get(SHEET), await leader.get(f"{SHEET}/units/{TOWNS[0]}")

        assert 'href="./work/scores"' in home.text
        assert "按当前数据暂计" in listed.text and f'href="../{SHEET}"' in listed.text
        assert "参保缴费工作经费结算" in sheet.text and "0.00 元" in sheet.text and "0.00%" in sheet.text
        assert f'href="../../{SHEET}/units/{TOWNS[0]}"' in sheet.text
        assert "10,000.00 × 0 ÷ 90 = 0.00" in unit.text and "10,000.00 元" in unit.text
        assert "freeze" not in sheet.text and "budget" not in unit.text
        assert "制表人" in (await leader.get(f"{SHEET}/file")).text
        book = await leader.get(f"{SHEET}/file?format=xlsx")
        assert book.content.startswith(b"PK")
        await leader.send("language", language="en")
        assert "Work funds" in (await leader.get(SHEET)).text
        assert 'class="scroll"' in sheet.text and len(sheet.content) < 100_000

    async def test_is_frozen_after_a_look_and_once(self, console, officer, complete):
        form = await officer.get(f"{SHEET}/freeze")
        missing = await officer.press("下一步", form, reason=" ")
        sure = await officer.press("下一步", missing, reason="工作经费结算")
        before = await sheets(console)
        done, again = [await officer.press("确认提交", sure) for _ in range(2)]

        assert missing.status_code == 422 and "即时固定" in sure.text and before == []
        assert "已冻结" in done.text and "已冻结" in again.text
        assert await sheets(console) == [("waiting", "score_officer", None)]
        assert "签认定稿" not in done.text, "nobody signs their own"
        assert (await officer.get(f"{SHEET}/sign")).url.path == f"/{SHEET}"

    async def test_that_lacks_something_says_what_and_is_not_frozen(self, console, officer):
        sheet = await officer.get(SHEET)
        sure = await officer.press("下一步", await officer.get(f"{SHEET}/freeze"), reason="结算")

        refused = await officer.press("确认提交", sure)

        assert "工作经费预算额" in sheet.text and "3 个单位数据不全" in sheet.text
        assert "冻结并提请签认" not in sheet.text
        assert refused.status_code == 422 and "考核所需数据尚不齐全" in refused.text
        assert await sheets(console) == []

    async def test_of_another_is_counted_and_signed_after_a_look(self, console, officer, other, complete):
        await frozen(other)
        leader = await desk(console, "leader")
        home, with_others = await officer.get(), await leader.get()
        page = await officer.get(SHEET)
        sure = await officer.press("下一步", await officer.get(f"{SHEET}/sign"), note="同意")
        before = await sheets(console)
        done = await officer.press("确认提交", sure)

        assert "待签认的考核表 · 尤溪县 2020" in home.text
        assert "待签认的考核表 · 尤溪县 2020" in with_others.text.partition("其他部门在办")[2]
        assert "签认定稿" in page.text and "不再更改" in sure.text
        assert before == [("waiting", "zhao", None)]
        assert "已签认定稿" in done.text and await sheets(console) == [("final", "zhao", "score_officer")]
        assert "待签认的考核表" not in (await officer.get()).text
        verified = await leader.get(f"{SHEET}/verification")
        assert "与冻结时完全一致" in verified.text
        listed = await leader.get("work/scores?season=youxi-2020")
        assert "已签认定稿" in listed.text and "zhao" in listed.text and "按当前数据暂计" not in listed.text

    async def test_is_sent_back_and_stands_on_the_list(self, console, officer, other, complete):
        await frozen(other)
        sure = await officer.press("下一步", await officer.get(f"{SHEET}/refuse"), note="有误")

        done = await officer.press("确认提交", sure)

        assert "可重新提请" in done.text and await sheets(console) == [("refused", "zhao", "score_officer")]
        listed = await officer.get("work/scores?season=youxi-2020")
        assert "已退回" in listed.text and "按当前数据暂计" in listed.text
        assert (await officer.get(f"{SHEET}/verification")).status_code == 404

    async def test_is_frozen_and_signed_by_no_other_role_nor_read_elsewhere(self, console, other, complete):
        await frozen(other)
        leader, tax = await desk(console, "leader"), await desk(console, "finance_officer")
        elsewhere = await desk(console, "score_officer", "620422")

        for word in ("freeze", "sign", "refuse"):
            refused = await leader.get(f"{SHEET}/{word}")
            assert refused.status_code == 403 and "您的角色不办理此项" in refused.text
            sent = await leader.send(f"{SHEET}/{word}", key="0" * 8 + "-0000" * 3 + "-" + "0" * 12)
            assert sent.status_code == 403
        assert (await tax.get(SHEET)).status_code == 403
        assert (await elsewhere.get(SHEET)).status_code == 403
        assert (await leader.get(f"{SHEET}/units/350426999000")).status_code == 404
        assert await sheets(console) == [("waiting", "zhao", None)]


class TestEntries:
    async def test_are_entered_from_a_unit_after_a_look(self, console, officer):
        unit = await officer.get(f"{SHEET}/units/{TOWNS[0]}")
        form = await officer.get(f"{SHEET}/units/{TOWNS[0]}/budget")
        wrong = await officer.press("下一步", form, amount="0", happened_on="2020-01-06", evidence="预算表")
        sure = await officer.press(
            "下一步", wrong, amount="12,000.50", happened_on="2020-01-06", evidence="县财政预算表"
        )
        before = await entries(console)
        done, _ = [await officer.press("确认提交", sure) for _ in range(2)]

        assert "登记工作经费预算额" in unit.text
        assert wrong.status_code == 422 and "大于 0" in wrong.text
        assert "12,000.50 元" in sure.text and before == [] and "等待第二人复核" in done.text
        assert await entries(console) == [("waiting", TOWNS[0], 1_200_050, "score_officer")]
        listed = await officer.get("work/score_entries?season=youxi-2020")
        assert "12,000.50 元" in listed.text and "等待他人复核" in listed.text

    async def test_of_another_are_counted_agreed_to_and_withdrawn_by_two(self, console, officer, other):
        await asked(other, TOWNS[0])
        home = await officer.get()
        listed = await officer.get("work/score_entries?season=youxi-2020")
        [way] = {one.split('"')[0] for one in listed.text.split('href="../') if "decision" in one[:60]}
        sure = await officer.press("下一步", await officer.get(way), decision="approve", note="")
        done = await officer.press("确认提交", sure)

        assert "待复核的考核登记 · 尤溪县 2020" in home.text
        assert "登记立即计入考核" in sure.text and "已同意" in done.text
        assert (await entries(console))[0][0] == "agreed"
        agreed = await officer.get("work/score_entries?season=youxi-2020&part=agreed")
        assert "已生效" in agreed.text
        form = await officer.get(way.replace("decision", "withdrawal"))
        await officer.press("确认提交", await officer.press("下一步", form, reason="重复登记"))
        assert (await entries(console))[0][0] == "agreed", "it counts until another agrees"
        [waits] = (await other.get("/v1/scores/entries", params=SEASON)).json()["items"]
        await other.post(f"/v1/approvals/{waits['approval_id']}/approve", json={})
        assert (await entries(console))[0][0] == "withdrawn"

    async def test_are_for_officers_of_scores_alone(self, console, other):
        await asked(other, TOWNS[0])
        leader = await desk(console, "leader")

        for path in (
            "work/score_entries?season=youxi-2020", f"{SHEET}/units/{TOWNS[0]}/budget",
            "score-entries/youxi/2020/1/decision", "score-entries/youxi/2020/1/withdrawal",
        ):  # fmt: skip
            assert (await leader.get(path)).status_code == 403
        assert (await entries(console))[0][0] == "waiting"
