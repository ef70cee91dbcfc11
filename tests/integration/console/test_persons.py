"""The telephone: somebody is found, all is seen at once, and every look is on record."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from libs.common.security.scopes import SCOPES
from libs.common.security.tokens import Authenticator
from services.registration.assessments.assessing import Assessor
from services.registration.assessments.worker import assess_batch
from tests.integration.registration.builders import household, member

AT = "2019-09-02T09:00:00+08:00"
_keys = count(1)
LOOKED_AT = "SELECT DISTINCT person_id FROM person_lookups WHERE subject = :by AND person_id IS NOT NULL"
NUMBER, NAME = "350426198201305081", "苏军霞"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {name: await service_context(name) for name in ("registration", "collection")}


async def send(console: Any, signing_key: Any, client: Any, path: str, body: Any, at: str = AT) -> Any:
    """Ask registration as an office that has every scope, on a day of the season."""
    context = console.services["registration"]
    before, context.authenticator = context.authenticator, Authenticator(signing_key.jwks())
    http = await client(context, scopes=SCOPES, app=console.sent.apps["registration"].app)
    headers = {CLOCK_HEADER: at, "idempotency-key": f"key-{next(_keys)}"}
    answer = await http.post(path, json=body, headers=headers)
    assert answer.is_success, answer.text
    while await assess_batch(context, Assessor(context.notices, context.digests.name)):
        pass
    context.authenticator = before
    return answer.json()


@pytest.fixture
def office(console: Any, signing_key: Any, client: Any) -> Callable[[str, Any], Awaitable[Any]]:
    return partial(send, console, signing_key, client)


@pytest.fixture
async def registered(console: Any, office: Any) -> int:
    """A woman of a village, registered and assessed; her id."""
    await office("/v1/households:batch", [household("1", member(NAME, NUMBER))])
    async with console.services["registration"].engine.connect() as conn:
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

    async def test_by_a_number_alone_finds_nobody_and_says_why(self, console, registered):
        browser = await console.signed_in("medical_insurance_officer", "350426")

        form = await browser.get("find")
        page = await browser.send("find", by="number", number=NUMBER)

        assert "证件号码须与姓名一并填写，两者相符才能查到" in form.text
        assert page.status_code == 422 and "请同时填写姓名：只凭证件号码不能查人。" in page.text
        assert NAME not in page.text and f'value="{NUMBER}"' in page.text
        assert "search_persons" not in await looks(console, "medical_insurance_officer")

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
        browser = await console.signed_in("leader", "350426")

        assert 'href="./find"' not in (await browser.get()).text
        assert (await browser.get("find")).status_code == 403

    async def test_shows_what_is_known_while_other_services_are_away(self, console, registered):
        browser = await console.signed_in("medical_insurance_officer", "350426")

        page = await browser.get(f"persons/{registered}")

        assert page.status_code == 200 and NAME in page.text
        assert "“资助”服务暂时无法连接" in page.text and "“总账”服务暂时无法连接" in page.text

    async def test_is_offered_in_the_ways_that_the_role_may_use_and_refused_in_no_other(self, console):
        for role, ways in (("department_officer", ["number"]), ("village_agent", ["village"])):
            browser = await console.signed_in(role, "350426101", department="civil_affairs")

            page = await browser.get("find")
            refused = await browser.send("find", by="paper", number="T1")

            assert re.findall(r'name="by" value="(\w+)"', page.text) == ways
            assert refused.status_code == 403 and "您的角色不办理此项" in refused.text

    async def test_of_money_that_has_just_come_says_so(self, console):
        await just_come(console, "T20191120000777")
        browser = await console.signed_in("medical_insurance_officer", "350426")

        page = await browser.send("find", by="paper", number="T20191120000777")

        assert page.status_code == 200 and "款项已到账，正在对应到人" in page.text
        assert "没有找到" not in page.text and "2019-11-20 10:00" in page.text


class TestPages:
    async def test_look_up_who_is_shown_and_nobody_else(self, console, office):
        row = household("2", member(NAME, NUMBER), member("苏小军"), member("苏小霞"))
        await office("/v1/households:batch", [row])
        browser = await console.signed_in("medical_insurance_officer", "350426")

        page = await browser.send("find", by="number", number=NUMBER, name=NAME)

        assert "苏小军" in page.text
        shown = int(page.url.path.rpartition("/")[2])
        async with console.services["registration"].engine.connect() as conn:
            found = await conn.execute(text(LOOKED_AT), {"by": "medical_insurance_officer"})
            assert set(found.scalars()) == {shown}

    async def test_show_the_seasons_of_the_person_alone_and_let_one_choose(self, console, office):
        await office("/v1/households:batch", [household("1", member(NAME, NUMBER))])
        await of_another_year(console, 2019)
        await office("/v1/households:batch", [household("9", member("林一人"))])
        browser = await console.signed_in("medical_insurance_officer", "*")

        page = await browser.send("find", by="number", number=NUMBER, name=NAME)
        years = re.search(r'<nav class="years".*?</nav>', page.text)[0]
        before = await browser.get(re.search(r'href="\.\./(persons/\d+\?year=2019)"', years)[1])

        assert re.findall(r">(\d+) 年度</a>", years) == ["2020", "2019"]
        assert "2020 年度经过" in page.text and "尤溪县" in page.text
        assert "2019 年度经过" in before.text and "登记 2019 年度参保" in before.text
        assert "参保已取消，不享受待遇。" in before.text and "不享受待遇。" in page.text
        assert "会宁" not in page.text

    async def test_say_whether_the_person_is_insured(self, console, registered):
        browser = await console.signed_in("medical_insurance_officer", "350426")

        assert "尚未缴费，目前不享受待遇。" in (await browser.get(f"persons/{registered}")).text

    async def test_show_the_years_before_where_the_notice_counts_them(self, console, office):
        enroll = {"county": "qingdao", "coverage_year": 2027, "tier": 1}
        row = household("1", member(NAME, NUMBER), division_code="370202001001", enroll=enroll)
        sent = await office("/v1/households:batch", [row])
        assert sent["rejected"] == [], sent
        async with console.services["registration"].engine.connect() as conn:
            person = (await conn.execute(text("SELECT person_id FROM documents"))).scalar_one()
        for year, said in ((2025, "insured"), (2026, "not_insured")):
            wanted = {"said": said, "coverage_year": year, "place": "青岛市", "reason": "已核验"}
            path, at = f"/v1/persons/{person}/history/corrections", "2026-10-09T09:00:00+08:00"
            await office(path, wanted, at)
        browser = await console.signed_in("medical_insurance_officer", "3702")

        page = await browser.get(f"persons/{person}")

        assert "断保1年" in page.text
        past = re.search(r'<section aria-labelledby="past">.*?</section>', page.text, re.DOTALL)[0]
        years = re.findall(r"<dt>(\d+) 年度</dt><dd>([^<]*)", past)
        assert years == [("2026", "未参保"), ("2025", "已参保 ")]
        due = re.search(r'<section aria-labelledby="due">.*?</section>', page.text, re.DOTALL)[0]
        assert "待遇等待期</dt><dd>3 个月" in due and "固定 3 个月，变动 0 个月" in due

    async def test_of_a_long_story_show_the_newest_and_lead_to_what_was_before(
        self, console, registered, monkeypatch
    ):
        monkeypatch.setattr("services.console.persons.rules.EVENTS", 1)
        browser = await console.signed_in("medical_insurance_officer", "350426")

        newest = await browser.get(f"persons/{registered}")
        (earlier,) = re.findall(r'href="\.\./(persons/\d+\?year=2020&amp;back=1)#story"', newest.text)
        before = await browser.get(earlier.replace("&amp;", "&"))

        assert "登记 2020 年度参保" in before.text and "登记 2020 年度参保" not in newest.text
        assert "更早的经过" not in before.text

    async def test_show_reported_errors_with_those_that_are_overdue(self, console, office):
        row = household("1", member(NAME, NUMBER), county="dongan")
        await office("/v1/households:batch", [row | {"division_code": "431122101201"}])
        async with console.services["registration"].engine.connect() as conn:
            person = (await conn.execute(text("SELECT person_id FROM documents"))).scalar_one()
        ticket = {
            "county": "dongan", "coverage_year": 2020, "person_id": person, "wrong": "同音字",
            "correction": {"kind": "name", "name": "苏军侠"}, "proofs": [{"kind": "id_card"}],
        }  # fmt: skip
        await office("/v1/tickets", ticket)
        browser = await console.signed_in("medical_insurance_officer", "431122")

        page = await browser.get(f"persons/{person}")
        home = await browser.get()

        assert "姓名有误 · 同音字 · 待受理" in page.text and "已超期" in page.text
        assert "报送更正单：姓名有误" in page.text
        assert "更正单 · 东安" in home.text


async def of_another_year(console: Any, year: int) -> None:
    """The same people in an earlier season, whose notice is not kept any more; it was cancelled."""
    changed = {
        "id": 4711, "coverage_year": year, "state": "cancelled", "cancel_reason": "officer",
        "cancelled_at": "2019-02-01T09:00:00+08:00", "registered_at": "2018-10-01T09:00:00+08:00",
    }  # fmt: skip
    async with console.services["registration"].engine.begin() as conn:
        await conn.execute(
            text(
                "INSERT INTO enrollments SELECT"
                " (jsonb_populate_record(e, CAST(:changed AS jsonb))).* FROM enrollments e"
            ),
            {"changed": orjson.dumps(changed).decode()},
        )


async def just_come(console: Any, transaction: str) -> None:
    """A notification that is kept and not matched yet."""
    async with console.services["collection"].engine.begin() as conn:
        await conn.execute(
            text(
                "INSERT INTO notifications (channel, dedupe_key, kind, content_sha256, headers, raw, county,"
                " coverage_year, received_at) VALUES ('tax', :transaction, 'payment', '\\x00', '\\x00',"
                " '\\x00', 'youxi', 2020, '2019-11-20T10:00:00+08:00')"
            ),
            {"transaction": transaction},
        )
