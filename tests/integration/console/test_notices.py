"""Notices at the console: what a resident must know, beside the year before, what is open, and what if."""

import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from libs.common.policy import policies_dir
from libs.common.policy.live import LiveNotices
from libs.common.security.scopes import ROLES
from services.console.users.rules import ROLES_OF_PEOPLE
from tests.integration.console.test_persons import NAME, looks, office, registered, services

__all__ = ["office", "registered", "services"]
YOUXI = "notices/youxi/2020"
VIEWS = ("", "/whole", "/beside", "/questions", "/cases")
#: A page that is larger is slow on a village's line.
MOST_BYTES = 100_000
#: A woman of the county in the main window, as the form is typed.
TYPED = {"day": "2019-11-20", "time": "10:00", "born": "1980-06-15", "hukou": "county"}

#: What is typed wrongly, and what is said of it.
WRONG: list[tuple[dict[str, str], str]] = [
    ({"born": ""}, "请填写“出生日期”"),
    ({"born": "1980-13-01"}, "请填写日期"),
    ({"time": "25:00"}, "请填写时刻"),
    ({"status": "medical_assistance_1"}, "请填写身份的认定日期"),
    ({"status": "king", "effective_on": "2019-01-01"}, "请选择“身份”"),
    ({"event": "graduated"}, "请填写发生日期"),
    ({"insured_years": "two"}, "请填写年度"),
    ({"repair_years": "²"}, "请填写个数"),
    ({"born": "0001-01-01"}, "person.born"),
]


@pytest.fixture
def two_years(console: Any, tmp_path: Path) -> None:
    """A county with two years, of which the second is dearer."""
    county = tmp_path / "policies" / "youxi"
    shutil.copytree(policies_dir() / "youxi", county)
    text = (county / "2020.yaml").read_text()
    text = text.replace("year: 2020", "year: 2021", 1).replace("value: 250元", "value: 280元", 1)
    (county / "2021.yaml").write_text(text)
    console.services["registration"].notices = LiveNotices(county.parent)


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


class TestANotice:
    async def test_is_read_by_every_role(self, console):
        more = {"department_officer": {"department": "civil_affairs"}, "unit_clerk": {"unit": "1"}}
        for role in ROLES_OF_PEOPLE:
            browser = await console.signed_in(role, "350426", **more.get(role, {}))

            page = await browser.get(YOUXI)

            assert page.status_code == 200 and "250元" in page.text and "居民须知" in page.text
            assert ('what-if"' in page.text) == ("assess" in ROLES[role])

    async def test_of_one_s_own_county_comes_first(self, console):
        browser = await console.signed_in("tax_officer", "350426")

        page = await browser.get("notices")

        listed = re.findall(r'href="[./]*(notices/\w+/\d+)"', page.text)
        assert listed[0] == YOUXI and len(listed) == len(set(listed)) > 3

    @pytest.mark.parametrize("season", ["youxi/2020", "qingdao/2027", "dongan/2020"])
    async def test_is_small_pages_in_both_languages(self, console, season):
        browser = await console.signed_in("leader")

        for language, said in (("zh", "zh-CN"), ("en", "en")):
            await browser.send("language", language=language, then="")
            for view in VIEWS:
                page = await browser.get(f"notices/{season}{view}")
                assert page.status_code == 200 and f'<html lang="{said}"' in page.text, view
                assert len(page.content) < MOST_BYTES, view

    async def test_that_there_is_not_is_a_page_that_says_so(self, console):
        browser = await console.signed_in("leader")

        for view in VIEWS:
            page = await browser.get(f"notices/youxi/1999{view}")
            assert page.status_code in (404, 422) and "<h1" in page.text
        assert (await browser.get("notices/youxi/2019")).status_code == 404

    async def test_whose_file_has_a_mistake_since_the_start_says_so_and_whom_to_tell(self, console, tmp_path):
        for season in ("youxi/2020", "huining/2021"):
            (tmp_path / season).parent.mkdir()
            shutil.copy(policies_dir() / f"{season}.yaml", tmp_path / f"{season}.yaml")
        (tmp_path / "youxi" / "2020.yaml").write_text("notice: [")
        console.services["registration"].notices = LiveNotices(tmp_path)
        browser = await console.signed_in("township_officer", "350426101")

        refused, listed = words(await browser.get(YOUXI)), words(await browser.get("notices"))

        assert "参保通知文件有误，暂不能办理" in refused and "没有找到" not in refused
        assert re.search(r"youxi/2020\.yaml 第 \d+ 行", refused)
        for said in ("没有丢失", "告知系统运维人员", "canbao policy check", "重新提交"):
            assert said in refused, said
        assert "youxi/2020 未生效" in listed and "youxi/2020.yaml:" in listed
        await browser.send("language", language="en", then="")
        assert "Tell the operators: canbao policy check" in words(await browser.get(YOUXI))

    async def test_is_for_who_is_signed_in(self, console):
        browser = await console.browse()

        assert str((await browser.get(YOUXI)).url.path) == "/sign-in"


class TestWhole:
    async def test_shows_one_section_with_clauses(self, console):
        browser = await console.signed_in("leader")

        page = words(await browser.get(f"{YOUXI}/whole?section=prices"))

        assert "2020年6月30日前缴费" in page and "通知 三(一)" in page


class TestBeside:
    async def test_is_the_year_before_by_itself(self, console, two_years):
        browser = await console.signed_in("leader")

        page = words(await browser.get("notices/youxi/2021/beside"))

        assert re.search(r"有变化 .* 250元 280元", page) and "尤溪县 2020" in page

    async def test_is_another_county_s_where_one_chooses_it(self, console):
        browser = await console.signed_in("leader")

        none = words(await browser.get(f"{YOUXI}/beside"))
        page = await browser.get(f"{YOUXI}/beside?before=dongan/2020&section=windows")

        assert "没有上一年度的通知" in none
        assert "东安县 2020" in words(page) and 'aria-current="true"' in page.text

    async def test_of_what_there_is_not_is_said(self, console):
        browser = await console.signed_in("leader")

        for before in ("dongan/1999", "nowhere/2020", "x", "../../etc"):
            page = await browser.get(f"{YOUXI}/beside?before={before}")
            assert page.status_code in (404, 422) and "<h1" in page.text, before


async def test_open_questions_have_owner_decision_and_what_rests_on_them(console):
    browser = await console.signed_in("leader")

    page = words(await browser.get(f"{YOUXI}/questions"))

    assert "YX-16" in page and "待定" in page and "由谁决定" in page and "尚未决定" in page
    assert "据此执行的规则：" in page and "第一类医疗救助对象" in page


async def test_worked_cases_say_whether_they_hold(console):
    browser = await console.signed_in("leader")

    page = words(await browser.get(f"{YOUXI}/cases"))

    assert "55 个算例全部与通知相符" in page and "250.00 元" in page


class TestWhatIf:
    async def test_says_what_is_owed_clause_by_clause(self, console):
        browser = await console.signed_in("township_officer", "350426")

        form = await browser.get(f"{YOUXI}/what-if")
        page = words(await browser.press("试算", form, **TYPED))

        assert "本人应缴 250.00 元" in page and "2020-01-01 至 2020-12-31" in page
        assert "通知 四(一)" in page and "在正常缴费期内" in page

    async def test_says_it_of_somebody_with_a_status(self, console):
        browser = await console.signed_in("township_officer", "350426")

        form = await browser.get(f"{YOUXI}/what-if")
        status = {"status": "medical_assistance_1", "effective_on": "2019-01-01", "listed_on": "2019-02-01"}
        page = words(await browser.press("试算", form, **TYPED, **status))

        assert "本人应缴 0.00 元" in page and "代缴" in page

    async def test_names_what_is_typed_wrongly_and_keeps_the_rest(self, console):
        browser = await console.signed_in("township_officer", "350426")
        form = await browser.get(f"{YOUXI}/what-if")

        for typed, says in WRONG:
            page = await browser.press("试算", form, **TYPED | typed)
            assert page.status_code == 422 and "没有试算" in page.text
            assert says in unescape(page.text) and 'value="2019-11-20"' in page.text

    async def test_is_of_a_person_on_record_at_another_moment_and_the_look_is_recorded(
        self, console, registered
    ):
        browser = await console.signed_in("medical_insurance_officer", "350426")
        person = await browser.get(f"persons/{registered}")
        assert f"{YOUXI}/what-if?person={registered}" in person.text

        form = await browser.get(f"{YOUXI}/what-if?person={registered}")
        assert 'value="1982-01-30"' in form.text and NAME in form.text
        page = words(
            await browser.press(
                "试算", form, day="2020-07-02", time="10:00", born="1982-01-30", hukou="county"
            )
        )

        assert NAME in page and "本人应缴 770.00 元" in page
        assert {"get_person", "get_enrollment"} <= await looks(console, "medical_insurance_officer")

    async def test_of_a_person_elsewhere_is_refused(self, console, registered):
        browser = await console.signed_in("township_officer", "350426999")

        assert (await browser.get(f"{YOUXI}/what-if?person={registered}")).status_code == 403

    async def test_is_not_for_who_may_not_assess(self, console):
        browser = await console.signed_in("tax_officer", "350426")

        page = await browser.get(f"{YOUXI}/what-if")

        assert page.status_code == 403 and "您的角色不办理此项" in page.text

    async def test_is_answered_to_forms_of_this_session_alone(self, console):
        browser = await console.signed_in("township_officer", "350426")

        page = await browser.http.post(f"/{YOUXI}/what-if", data=TYPED)

        assert page.status_code == 403 and "页面已失效" in page.text


async def test_a_service_that_is_away_is_said(console):
    browser = await console.signed_in("leader")
    console.sent.apps.pop("registration")

    page = await browser.get(YOUXI)

    assert page.status_code == 503 and "服务暂时无法连接" in page.text
