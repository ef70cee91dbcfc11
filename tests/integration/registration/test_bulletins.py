"""Bulletins: due by the notice, drafted, signed by a second person, frozen, and told to the village board."""

import io
import re
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.registration.enrollments.handlers import COLLECTION
from tests.integration.registration.builders import household, member, number, paid
from tests.integration.registration.test_progress import told

SEASON = {"county": "youxi", "coverage_year": 2020}
KIND = "county-bulletin"
HERE, THERE = "350426101203", "350426102201"


@pytest.fixture
async def office(registration) -> Any:
    return await registration.client(
        scopes=["progress:read", "progress:write"], division="350426", subject="bureau"
    )


@pytest.fixture
async def leader(registration) -> Any:
    return await registration.client(
        scopes=["progress:read", "progress:sign"], division="350426", subject="leader"
    )


async def draft(office: Any, period_to: str, at: str, kind: str = KIND) -> Any:
    body = SEASON | {"kind": kind, "period_to": period_to}
    return await office.post("/v1/bulletins", json=body, headers={"canbao-clock": at})


async def decide(leader: Any, bulletin: dict[str, Any], what: str, at: str) -> Any:
    path = f"/v1/bulletins/{bulletin['bulletin_id']}/{what}"
    return await leader.post(path, json={"note": "同意"}, headers={"canbao-clock": at})


async def signed(office: Any, leader: Any, period_to: str, at: str) -> dict[str, Any]:
    made = await draft(office, period_to, at)
    assert made.status_code == 201, made.text
    answer = await decide(leader, made.json(), "sign", at)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def file(http: Any, bulletin: dict[str, Any], **query: Any) -> Any:
    answer = await http.get(f"/v1/bulletins/{bulletin['bulletin_id']}/file", params=query)
    assert answer.status_code == 200, answer.text
    return answer


async def pays(registration: Any, no: str, at: str, told_at: str | None = None, village: str = HERE) -> None:
    """Somebody registers and pays; the payment is told at once, or later."""
    head = number()
    row = household(no, member("张三", head), division_code=village)
    await registration.register(row, at="2019-09-02T09:00:00+08:00")
    await registration.assess()
    enrollment = (await registration.enrollment(head))["enrollment"]
    await told(registration, COLLECTION, paid(enrollment, at), told_at or at)


class TestDue:
    async def test_is_no_other_county_s_to_see(self, registration):
        other = await registration.client(scopes=["progress:read"], division="431122")
        assert (await other.get("/v1/bulletins/due", params=SEASON)).status_code == 403

    async def test_lists_the_months_of_the_season_and_what_is_overdue(self, office):
        at = {"canbao-clock": "2019-12-01T09:00:00+08:00"}
        shown = (await office.get("/v1/bulletins/due", params=SEASON, headers=at)).json()["items"]
        months = [one for one in shown if one["kind"] == KIND]
        assert [(one["period_to"], one["state"]) for one in months[:4]] == [
            ("2019-09-30", "overdue"),
            ("2019-10-31", "overdue"),
            ("2019-11-30", "due"),
            ("2019-12-31", "ahead"),
        ]
        assert months[2]["due_at"] == "2019-12-01T00:00:00+08:00"
        assert months[-1]["period_to"] == "2020-02-29"
        assert [one["state"] for one in shown if one["cadence"] == "regular"] == ["any_time"]

    async def test_ten_days_end_with_the_season(self, registration):
        season = {"county": "huining", "coverage_year": 2021}
        http = await registration.client(scopes=["progress:read"], division="620422")
        at = {"canbao-clock": "2020-12-01T09:00:00+08:00"}
        shown = (await http.get("/v1/bulletins/due", params=season, headers=at)).json()["items"]
        days = [one["period_to"] for one in shown if one["kind"] == "ten-day-bulletin"]
        assert days[:3] == ["2020-09-10", "2020-09-20", "2020-09-30"]
        assert days[-2:] == ["2020-11-30", "2020-12-10"]
        assert {one["state"] for one in shown if one["kind"] == "voucher-report"} == {"elsewhere"}


class TestSigning:
    async def test_numbers_have_no_gaps_and_nobody_signs_the_own(self, registration, office, leader):
        first = await draft(office, "2019-09-30", "2019-10-01T09:00:00+08:00")
        assert (first.json()["number"], first.json()["state"]) == (None, "draft")
        refused = await decide(leader, first.json(), "refuse", "2019-10-01T10:00:00+08:00")
        assert (refused.json()["number"], refused.json()["state"]) == (None, "refused")

        both = await registration.client(
            scopes=["progress:read", "progress:write", "progress:sign"], division="350426", subject="both"
        )
        own = (await draft(both, "2019-09-30", "2019-10-02T09:00:00+08:00")).json()
        assert (await decide(both, own, "sign", "2019-10-02T09:30:00+08:00")).status_code == 403
        done = await decide(leader, own, "sign", "2019-10-02T10:00:00+08:00")
        assert (done.json()["number"], done.json()["signed_by"]) == (1, "leader")
        assert (await decide(leader, own, "sign", "2019-10-02T11:00:00+08:00")).status_code == 409
        assert (await signed(office, leader, "2019-10-31", "2019-11-01T09:00:00+08:00"))["number"] == 2

    async def test_one_draft_at_a_time_and_none_about_a_period_that_was_told(self, office, leader):
        await signed(office, leader, "2019-10-31", "2019-11-01T09:00:00+08:00")
        again = await draft(office, "2019-09-30", "2019-11-01T10:00:00+08:00")
        assert again.json()["type"].endswith("period-passed")
        ahead = await draft(office, "2019-11-30", "2019-11-30T10:00:00+08:00")
        assert ahead.json()["type"].endswith("period-open")
        assert (await draft(office, "2019-11-30", "2019-12-01T10:00:00+08:00")).status_code == 201
        assert (await draft(office, "2019-12-31", "2020-01-01T10:00:00+08:00")).status_code == 409

    async def test_a_day_on_which_no_period_ends_is_refused_with_those_on_which_one_does(self, office):
        """A slip of the day would be signed, and shut the bulletins of the periods before it out."""
        answer = await draft(office, "2019-10-30", "2019-11-01T09:00:00+08:00")
        assert answer.json()["type"].endswith("period-unknown")
        assert answer.json()["periods"][:2] == ["2019-09-30", "2019-10-31"]

    async def test_only_progress_is_drafted(self, office):
        answer = await draft(office, "2019-09-30", "2019-10-01T09:00:00+08:00", kind="no-such")
        assert answer.json()["known_kinds"] == ["county-bulletin", "tax-bulletin"]

    async def test_the_database_changes_no_bulletin(self, registration, office, leader):
        made = await signed(office, leader, "2019-09-30", "2019-10-01T09:00:00+08:00")
        for change in ("UPDATE bulletins SET content = '{}'", "UPDATE bulletins SET number = 7",
                       "DELETE FROM bulletins", "UPDATE progress_snapshots SET figures = '{}'"):  # fmt: skip
            with pytest.raises(DBAPIError, match=r"never changed|only ever grows"):
                async with registration.context.engine.begin() as conn:
                    await conn.execute(text(change))
        whole = (await office.get(f"/v1/bulletins/{made['bulletin_id']}")).json()
        assert whole | made == whole

    async def test_its_figures_are_those_of_the_paper_and_stay_so(self, registration, office, leader):
        await pays(registration, "1", "2019-09-20T10:00:00+08:00")
        made = await signed(office, leader, "2019-09-30", "2019-10-01T09:00:00+08:00")
        path = f"/v1/bulletins/{made['bulletin_id']}"
        whole = (await office.get(path)).json()
        assert (whole["total"]["enrolled"], whole["total"]["own_fen"]) == (1, 25000)
        here = next(one for one in whole["lines"] if one["division_code"].startswith(HERE[:9]))
        assert (here["name"], here["rank"], here["task"], here["enrolled"]) == ("梅仙镇", 1, 32441, 1)
        await pays(registration, "2", "2019-09-21T10:00:00+08:00", told_at="2019-10-02T08:00:00+08:00")
        assert (await office.get(path)).json() == whole


class TestPapers:
    async def test_what_came_late_goes_into_the_next(self, registration, office, leader):
        await pays(registration, "1", "2019-09-20T10:00:00+08:00")
        await pays(registration, "2", "2019-09-29T10:00:00+08:00", told_at="2019-10-02T08:00:00+08:00")
        first = await signed(office, leader, "2019-09-30", "2019-10-08T09:00:00+08:00")
        assert "已完成参保 1 人" in first["lead"]
        before = (await file(office, first)).text
        second = await signed(office, leader, "2019-10-31", "2019-11-01T09:00:00+08:00")
        assert "已完成参保 2 人" in second["lead"]
        assert "较上期增加 1 人" in second["lead"]
        assert (await file(office, first)).text == before

    async def test_the_page_has_a_bar_for_each_township_and_both_lines(self, office, leader):
        made = await signed(office, leader, "2019-11-30", "2019-12-01T09:00:00+08:00")
        answer = await file(office, made)
        page = answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "尤溪县2020年度城乡居民基本医疗保险参保缴费进度通报（第1期）" in page
        assert len(re.findall("<rect ", page)) == 15
        assert "目标 100%" in page
        # 91 of the 182 days from 1 September to 29 February have passed.
        assert "时间进度 50.0%" in page
        assert "落后于时间进度的有 15 个，排名最后 5 个为" in page, "or five are told where fifteen are said"
        assert "<script" not in page

    async def test_a_draft_says_that_it_is_one(self, office):
        made = (await draft(office, "2019-09-30", "2019-10-01T09:00:00+08:00")).json()
        assert "草稿，未经签发" in (await file(office, made)).text

    async def test_pdf_and_workbook(self, office, leader):
        made = await signed(office, leader, "2019-11-30", "2019-12-01T09:00:00+08:00")
        assert (await file(office, made, format="pdf")).content.startswith(b"%PDF-")
        with ZipFile(io.BytesIO((await file(office, made, format="xlsx")).content)) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<v>32441</v>" in sheet

    async def test_the_village_board_sees_no_few_people_and_no_help(self, registration, office, leader):
        for no in range(6):
            await pays(registration, f"A{no}", "2019-09-20T10:00:00+08:00", village=HERE)
        for no in range(7):
            await pays(registration, f"C{no}", "2019-09-20T10:00:00+08:00", village="350426103201")
        await pays(registration, "B", "2019-09-20T10:00:00+08:00", village=THERE)
        made = await signed(office, leader, "2019-09-30", "2019-10-01T09:00:00+08:00")
        page = (await file(office, made, audience="public")).text
        assert "公示（第1期）" in page
        assert page.count("少于5人") == 13
        assert "资助" not in page.split("<table>")[1]
        assert re.search(r"梅仙镇</td><td>\d+</td><td>32,441</td><td>6</td>", page)


class TestWhoSees:
    @staticmethod
    async def led_to(http):
        """The bulletins that the list of what is due leads to."""
        due = (await http.get("/v1/bulletins/due", params=SEASON)).json()["items"]
        return [one["bulletin_id"] for one in due if one["bulletin_id"]]

    async def test_townships_see_what_is_signed_and_no_drafts(self, registration, office, leader):
        township = await registration.client(scopes=["progress:read"], division=HERE[:9])
        made = (await draft(office, "2019-09-30", "2019-10-01T09:00:00+08:00")).json()
        assert (await township.get(f"/v1/bulletins/{made['bulletin_id']}")).status_code == 404
        assert (await township.get("/v1/bulletins", params=SEASON)).json()["items"] == []
        assert [await self.led_to(http) for http in (office, township)] == [[made["bulletin_id"]], []]
        await decide(leader, made, "sign", "2019-10-01T10:00:00+08:00")
        assert (await township.get(f"/v1/bulletins/{made['bulletin_id']}")).status_code == 200
        elsewhere = await registration.client(scopes=["progress:read"], division="431122")
        assert (await elsewhere.get(f"/v1/bulletins/{made['bulletin_id']}")).status_code == 403
