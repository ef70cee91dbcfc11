"""What waits for whom: counts and lists come from the services, with the rights of the user and no others."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.cases.store import NewCase, open_cases
from tests.integration.console.conftest import FIRST


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {name: await service_context(name) for name in ("registration", "collection")}


async def a_case(console: Any, division: str, subject: str) -> None:
    """Two people who may be one, a question for the bureau."""
    case = NewCase(
        kind="same_person", subject=subject, owner="medical_insurance_officer", proposed="merge",
        opened_at=datetime.fromisoformat("2019-10-01T09:00:00+08:00"), evidence={}, county="youxi",
        coverage_year=2020, division_code=division,
    )  # fmt: skip
    async with console.services["registration"].engine.begin() as conn:
        await open_cases(conn, [case])


async def lookups(console: Any) -> list[tuple[str, str]]:
    async with console.services["registration"].engine.connect() as conn:
        found = await conn.execute(text("SELECT subject, operation FROM person_lookups ORDER BY 1, 2"))
        return [tuple(row) for row in found]


class TestTasks:
    async def test_are_counted_within_the_division_and_lead_to_their_list(self, console):
        await a_case(console, "350426101200", "persons/1+2")
        await a_case(console, "350426101201", "persons/3+4")
        await a_case(console, "350426102200", "persons/5+6")
        browser = await console.signed_in("medical_insurance_officer", "350426101")

        home = await browser.get()
        listed = await browser.get("cases/registration?kind=same_person")

        assert "等待您办理" in home.text and "<strong>2</strong>" in home.text
        assert 'href="./cases/registration?kind=same_person"' in home.text
        assert "350426101200" in listed.text and "350426101201" in listed.text
        assert "350426102200" not in listed.text
        assert ("medical_insurance_officer", "list_cases") in await lookups(console)

    async def test_of_another_office_stand_apart(self, console):
        await a_case(console, "350426101200", "persons/1+2")
        browser = await console.signed_in("tax_officer", "350426")

        home = (await browser.get()).text

        assert "其他部门在办" in home and "等待您办理" not in home

    async def test_of_a_service_that_is_away_are_missed_by_name_and_no_others(self, console):
        await a_case(console, "350426101200", "persons/1+2")
        browser = await console.signed_in("medical_insurance_officer", "350426")

        home = await browser.get()

        assert home.status_code == 200
        assert "“总账”服务暂时无法连接" in home.text and "“资助”服务暂时无法连接" in home.text
        assert "“参保登记”" not in home.text and "<strong>1</strong>" in home.text

    async def test_are_none_for_a_role_that_decides_nothing_here(self, console):
        browser = await console.signed_in("bank_counter", "350426101")

        assert "目前没有待办事项" in (await browser.get()).text

    async def test_are_told_in_english_to_who_asks_for_it(self, console):
        browser = await console.signed_in("bank_counter", "350426101")

        english = await browser.send("language", language="en", then="")
        chinese = await browser.send("language", language="zh", then="")

        assert "Nothing waits for you." in english.text and 'lang="en"' in english.text
        assert "目前没有待办事项" in chinese.text


class TestLanguages:
    async def test_change_on_the_page_where_one_is_with_all_that_it_shows(self, console):
        await a_case(console, "350426101200", "persons/1+2")
        browser = await console.signed_in("medical_insurance_officer", "350426")
        for path in (
            "cases/registration?kind=same_person&after=0",
            "approvals/registration",
            "?changed=true",
        ):
            listed = await browser.get(path)

            english = await browser.press("English", listed)

            assert 'lang="en"' in english.text and str(english.url) == str(listed.url)
            await browser.press("中文", english)

    async def test_change_before_signing_in_which_still_leads_to_the_page_that_was_asked_for(self, console):
        await console.add("auditor", "auditor")
        browser = await console.browse()
        asked = await browser.get("approvals/registration?after=7")
        english = await browser.press("English", asked)
        wrong = await browser.sign_in("auditor", "not-it", then=english.url.params["then"])
        chinese = await browser.press("中文", wrong)

        arrived = await browser.sign_in("auditor", FIRST, then=chinese.url.params["then"])

        assert "登录" in chinese.text and arrived.url.raw_path == b"/approvals/registration?after=7"

    async def test_change_on_the_page_of_a_failure_too_which_knows_who_is_signed_in(self, console):
        browser = await console.signed_in("auditor")

        english = await browser.press("English", await browser.get("nowhere"))

        assert "There is nothing here" in english.text and "Sign out" in english.text

    async def test_of_somebody_signed_in_change_by_their_own_form_alone(self, console):
        browser = await console.signed_in("auditor")

        refused = await browser.http.post("/language", data={"language": "en", "then": ""})
        asked = await browser.http.get("/language?language=en")

        assert refused.status_code == 403 and asked.status_code in (404, 405)
        assert 'lang="zh-CN"' in (await browser.get()).text


class TestFailures:
    async def test_what_the_role_may_not_see_is_refused_by_the_service_and_on_record(self, console):
        browser = await console.signed_in("village_agent", "350426101200")

        refused = await browser.get("cases/registration?kind=same_person")

        assert refused.status_code == 403
        assert "您没有此项权限" in refused.text and "registration:read" not in refused.text
        assert [who for who, what in await lookups(console) if what.endswith("_refused")] == ["village_agent"]

    async def test_a_service_that_is_away_says_what_to_do(self, console):
        browser = await console.signed_in("finance_officer", "350426")

        away = await browser.get("cases/ledger?kind=anything")

        assert away.status_code == 503 and "没有丢失" in away.text and "总账" in away.text

    @pytest.mark.parametrize("path", ["nowhere", "cases/nowhere?kind=x", "cases/registration?kind=X'--"])
    async def test_an_address_that_is_none_leads_back(self, console, path):
        browser = await console.signed_in("auditor")

        answer = await browser.get(path)

        assert answer.status_code in (404, 422) and "回到工作台" in answer.text

    async def test_machines_get_problem_details(self, console):
        browser = await console.browse()

        answer = await browser.get("nowhere", headers={"accept": "application/json"})

        assert answer.headers["content-type"] == "application/problem+json"
