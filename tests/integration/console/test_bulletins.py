"""Bulletins at the console: what is due is drafted, and the leader signs or refuses what the page shows."""

from typing import Any

import pytest

from libs.common.clock import CLOCK_HEADER
from tests.integration.console.test_channel_days import rows_of

COUNTY, DUE = "350426", "bulletins/due?season=youxi-2020"
OCTOBER = "bulletins/drafts/youxi/2020/county-bulletin?period_to=2019-10-31"
AT, SEASON = "2019-11-01T09:00:00+08:00", {"county": "youxi", "coverage_year": 2020}


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {"registration": await service_context("registration")}


async def desk(console: Any, role: str, division: str = COUNTY) -> Any:
    """A browser of a role on the morning after October."""
    browser = await console.signed_in(role, division)
    browser.http.headers[CLOCK_HEADER] = AT
    return browser


@pytest.fixture
async def leader(console: Any) -> Any:
    return await desk(console, "leader")


@pytest.fixture
async def drafted(sends: Any) -> int:
    """The bulletin of October, drafted by the bureau."""
    office = await sends("registration", "progress:read", "progress:write", at=AT, subject="bureau-1")
    made = await office.post(
        "/v1/bulletins", json=SEASON | {"kind": "county-bulletin", "period_to": "2019-10-31"}
    )
    assert made.status_code == 201, made.text
    return made.json()["bulletin_id"]


async def kept(console: Any) -> list[tuple[Any, ...]]:
    """Every bulletin with its state, number and who decided."""
    return await rows_of(
        console, "registration", "SELECT state, number, signed_by, period_to::text FROM bulletins ORDER BY id"
    )


async def note(sends: Any, state: str) -> str:
    """What stands on record of the decision."""
    auditor = await sends("registration", "registration:read")
    [one] = (await auditor.get("/v1/approvals", params={"state": state})).json()["items"]
    return str(one["note"])


class TestABulletin:
    async def test_shows_its_figures_and_opens_as_it_is_printed(self, console, leader, drafted):
        listed = await leader.get("work/bulletins?season=youxi-2020")
        shown = await leader.get(f"bulletins/{drafted}")
        paper = await leader.get(f"bulletins/{drafted}/file")
        board = await leader.get(f"bulletins/{drafted}/file?audience=public")

        assert f'href="../bulletins/{drafted}"' in listed.text
        assert "待签发" in shown.text and "梅仙镇" in shown.text and "32,441" in shown.text
        assert "合计" in shown.text and "bureau-1" in shown.text
        assert "草稿，未经签发" in paper.text and "公示" in board.text
        assert (await leader.get(f"bulletins/{drafted}/file?format=pdf")).content.startswith(b"%PDF-")
        assert (await leader.get(f"bulletins/{drafted}/file?format=docx")).status_code == 422

    async def test_is_signed_after_a_look_and_once(self, console, sends, leader, drafted):
        form = await leader.get(f"bulletins/{drafted}/sign")
        sure = await leader.press("下一步", form, note="同意印发")
        before = await kept(console)
        done, again = [await leader.press("确认提交", sure) for _ in range(2)]

        assert "编定期号" in sure.text and "同意印发" in sure.text
        assert before == [("draft", None, None, "2019-10-31")]
        assert "通报已签发" in done.text and "通报已签发" in again.text
        assert await kept(console) == [("signed", 1, "leader", "2019-10-31")]
        assert await note(sends, "approved") == "同意印发"
        assert "第1期" in done.text and "签发</a>" not in done.text

    async def test_is_refused_only_with_a_reason_and_drafted_anew(self, console, sends, leader, drafted):
        form = await leader.get(f"bulletins/{drafted}/refuse")
        missing = await leader.press("下一步", form, note=" ")
        sure = await leader.press("下一步", missing, note="数据待核")
        done, again = [await leader.press("确认提交", sure) for _ in range(2)]

        assert missing.status_code == 422 and "请填写“退回理由”" in missing.text
        assert "通报已退回" in done.text and "通报已退回" in again.text
        assert await kept(console) == [("refused", None, "leader", "2019-10-31")]
        assert await note(sends, "rejected") == "数据待核"
        bureau = await desk(console, "medical_insurance_officer")
        assert "应起草" in (await bureau.get(DUE)).text
        assert "数据待核" in (await bureau.get(f"bulletins/{drafted}")).text

    async def test_that_was_decided_meanwhile_says_so_in_the_service_s_words(self, console, leader, drafted):
        sign = await leader.get(f"bulletins/{drafted}/sign")
        refuse = await leader.get(f"bulletins/{drafted}/refuse")
        sure = await leader.press("下一步", refuse, note="数据待核")
        await leader.press("确认提交", await leader.press("下一步", sign))

        late = await leader.press("确认提交", sure)

        assert late.status_code == 422 and 'class="errors"' in late.text
        assert (await kept(console))[0][:2] == ("signed", 1)
        assert "通报" in (await leader.get(f"bulletins/{drafted}/sign")).text

    async def test_is_signed_by_no_other_role(self, console, drafted):
        bureau = await desk(console, "medical_insurance_officer")
        page = await bureau.get(f"bulletins/{drafted}")

        assert page.status_code == 200 and f"{drafted}/sign" not in page.text
        assert (await bureau.get(f"bulletins/{drafted}/sign")).status_code == 403
        sent = await bureau.send(f"bulletins/{drafted}/sign", key="0" * 8 + "-0000" * 3 + "-" + "0" * 12)
        assert sent.status_code == 403
        assert (await kept(console))[0][0] == "draft"

    async def test_of_another_county_or_none_is_not_shown(self, console, leader, drafted):
        other = await desk(console, "score_officer", "620422")
        township = await desk(console, "township_officer", "350426101")

        assert (await other.get(f"bulletins/{drafted}")).status_code == 403
        assert (await township.get(f"bulletins/{drafted}")).status_code == 404
        assert (await leader.get("bulletins/4711")).status_code == 404


class TestDrafting:
    async def test_of_what_is_due_is_done_after_a_look_and_once(self, console):
        tax = await desk(console, "tax_officer")
        due = await tax.get(DUE)
        sure = await tax.press("下一步", await tax.get(OCTOBER))
        before = await kept(console)
        done, again = [await tax.press("确认提交", sure) for _ in range(2)]

        assert OCTOBER.split("?")[0] in due.text and "逾期未起草" in due.text and "未到期" in due.text
        assert "2019-10-31 24 时前的数据" in sure.text and before == []
        assert "通报已起草" in done.text and "通报已起草" in again.text and "已起草，待签发" in done.text
        assert await kept(console) == [("draft", None, None, "2019-10-31")]

    async def test_of_a_period_that_has_not_ended_is_refused_in_the_service_s_words(self, console):
        tax = await desk(console, "tax_officer")
        form = await tax.get(OCTOBER.replace("10-31", "11-30"))

        refused = await tax.press("确认提交", await tax.press("下一步", form))

        assert refused.status_code == 422 and "通报所属期间尚未结束" in refused.text
        await tax.send("language", language="en")
        said = await tax.press(
            "Confirm", await tax.press("Go on", await tax.get(form.url.path[1:] + "?period_to=2019-11-30"))
        )
        assert "has not ended" in said.text
        assert await kept(console) == []

    async def test_where_the_notice_names_no_day_asks_for_one(self, console):
        bureau = await desk(console, "medical_insurance_officer")
        form = await bureau.get("bulletins/drafts/youxi/2020/tax-bulletin")

        wrong = await bureau.press("下一步", form, period_to="十月底")
        sure = await bureau.press("下一步", wrong, period_to="2019-10-30")
        await bureau.press("确认提交", sure)

        assert wrong.status_code == 422 and "请填写日期" in wrong.text
        assert await kept(console) == [("draft", None, None, "2019-10-30")]

    async def test_is_offered_to_nobody_who_may_not_and_of_no_report_that_is_not_asked_for(
        self, console, leader
    ):
        bureau = await desk(console, "medical_insurance_officer")
        village = await desk(console, "village_agent", "350426101203")

        assert "起草</a>" not in (await leader.get(DUE)).text
        assert (await leader.get(OCTOBER)).status_code == 403
        assert (await village.get(DUE)).status_code == 403
        assert (await bureau.get("bulletins/drafts/youxi/2020/no-such")).status_code == 404
        assert (await bureau.get(OCTOBER.replace("10-31", "10-30"))).status_code == 404
        assert await kept(console) == []
