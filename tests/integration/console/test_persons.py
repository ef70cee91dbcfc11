"""The telephone: somebody is found, all is seen at once, and every look is on record."""

from typing import Any

import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from libs.common.security.tokens import Authenticator
from services.registration.assessments.assessing import Assessor
from services.registration.assessments.worker import assess_batch
from tests.integration.registration.builders import household, member

AT = "2019-09-02T09:00:00+08:00"
NUMBER, NAME = "350426198201305081", "苏军霞"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {name: await service_context(name) for name in ("registration", "collection")}


@pytest.fixture
async def registered(console: Any, signing_key: Any, client: Any) -> int:
    """A woman of a village, registered and assessed; her id."""
    context = console.services["registration"]
    before, context.authenticator = context.authenticator, Authenticator(signing_key.jwks())
    http = await client(context, app=console.sent.apps["registration"].app)
    row = household("1", member(NAME, NUMBER))
    answer = await http.post("/v1/households:batch", json=[row], headers={CLOCK_HEADER: AT})
    assert answer.is_success, answer.text
    while await assess_batch(context, Assessor(context.notices, context.digests.name)):
        pass
    context.authenticator = before
    async with context.engine.connect() as conn:
        return (await conn.execute(text("SELECT person_id FROM documents"))).scalar_one()


async def looks(console: Any, by: str) -> set[str]:
    async with console.services["registration"].engine.connect() as conn:
        found = await conn.execute(
            text("SELECT operation FROM person_lookups WHERE subject = :by"), {"by": by}
        )
        return set(found.scalars())


class TestFinding:
    async def test_by_number_and_name_shows_who_and_what_is_owed_clause_by_clause(self, console, registered):
        browser = await console.signed_in("medical_insurance_officer", "350426")

        page = await browser.send("find", by="number", number=NUMBER, name=NAME, purpose="来电")

        assert page.url.path == f"/persons/{registered}"
        assert NUMBER not in str(page.url) and NAME in page.text and NUMBER in page.text
        assert "应缴金额及依据" in page.text and "属于参保对象" in page.text and "通知 二" in page.text
        assert "登记 2020 年度参保" in page.text
        seen = await looks(console, "medical_insurance_officer")
        assert {"search_persons", "get_person", "get_enrollment"} <= seen

    async def test_of_who_may_not_see_numbers_shows_them_masked(self, console, registered):
        browser = await console.signed_in("tax_officer", "350426")

        page = await browser.get(f"persons/{registered}")

        assert NUMBER not in page.text and "350426********5081" in page.text

    async def test_of_a_wrong_name_finds_nobody_and_says_what_to_check(self, console, registered):
        browser = await console.signed_in("medical_insurance_officer", "350426")

        page = await browser.send("find", by="number", number=NUMBER, name="别人")

        assert "没有找到" in page.text and f'value="{NUMBER}"' in page.text
        assert "search_persons" in await looks(console, "medical_insurance_officer")

    async def test_of_no_number_says_so_above_the_form(self, console):
        browser = await console.signed_in("medical_insurance_officer", "350426")

        page = await browser.send("find", by="number", number="12345", name=NAME)

        assert page.status_code == 422 and "未能查询" in page.text and 'value="12345"' in page.text

    async def test_of_a_transaction_that_nobody_made_finds_nobody(self, console):
        browser = await console.signed_in("medical_insurance_officer", "350426")

        for number in ("T20191120000001", "3504262019112000000178"):
            assert "没有找到" in (await browser.send("find", by="paper", number=number)).text

    async def test_outside_the_division_is_refused_and_on_record(self, console, registered):
        browser = await console.signed_in("township_officer", "350426999")

        page = await browser.get(f"persons/{registered}")

        assert page.status_code == 403 and NAME not in page.text
        assert any(one.endswith("_refused") for one in await looks(console, "township_officer"))

    async def test_is_offered_only_to_roles_that_may(self, console):
        browser = await console.signed_in("village_agent", "350426101200")

        assert 'href="./find"' not in (await browser.get()).text

    async def test_shows_what_is_known_while_other_services_are_away(self, console, registered):
        browser = await console.signed_in("medical_insurance_officer", "350426")

        page = await browser.get(f"persons/{registered}")

        assert page.status_code == 200 and NAME in page.text
        assert "“资助补助”服务暂时无法连接" in page.text and "“台账”服务暂时无法连接" in page.text
