"""Work lists by role: what is on them comes from the services, within the division of the user."""

from typing import Any

import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from libs.common.security.tokens import Authenticator
from services.console.worklists.gathering import GATHER
from services.console.worklists.roles import OF_ROLES, lists_of
from services.console.worklists.rules import LISTS
from services.registration.assessments.assessing import Assessor
from services.registration.assessments.worker import assess_batch
from tests.integration.registration.builders import OTHER_VILLAGE, VILLAGE, household, member

AT = "2019-09-02T09:00:00+08:00"
PARKED = """
    WITH kept AS (
        INSERT INTO notifications (channel, dedupe_key, kind, content_sha256, raw, headers, received_at)
        VALUES ('tax', 'T-ODD', 'payment', '', '', '', now()) RETURNING id
    )
    INSERT INTO matching_queue (notification_id, line_no, occurred_at, parked_at, attempts, fault)
    SELECT id, 0, now(), now(), 1, 'ValueError: odd' FROM kept
"""
FILE = """
    INSERT INTO channel_files (county, division_code, channel, kind, business_on, version, state, sha256,
        size_bytes, row_count, in_fen, out_fen, fee_fen, in_count, uploaded_at, uploaded_by)
    VALUES ('youxi', '350426000000', 'wechat', 'wechat_all', '2019-11-20', 1, 'current', '\\x00', 1, 2,
            76000, 0, 0, 2, now(), 'tax-3')
"""
TOWNSHIP, NUMBER = VILLAGE[:9], "350426198201305081"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {
        name: await service_context(name) for name in ("registration", "collection", "ledger", "webhooks")
    }


@pytest.fixture
async def register(console: Any, signing_key: Any, client: Any) -> Any:
    """Registers and assesses households, as a township does."""
    context = console.services["registration"]

    async def do(*rows: dict[str, Any]) -> None:
        before, context.authenticator = context.authenticator, Authenticator(signing_key.jwks())
        http = await client(context, app=console.sent.apps["registration"].app)
        answer = await http.post("/v1/households:batch", json=list(rows), headers={CLOCK_HEADER: AT})
        assert answer.is_success and not answer.json()["rejected"], answer.text
        while await assess_batch(context, Assessor(context.notices, context.digests.name)):
            pass
        context.authenticator = before

    return do


async def looks(console: Any, by: str) -> set[str]:
    async with console.services["registration"].engine.connect() as conn:
        query = text("SELECT operation FROM person_lookups WHERE subject = :by")
        return set((await conn.execute(query, {"by": by})).scalars())


class TestUnpaid:
    async def test_are_counted_at_home_and_listed_with_reason_and_next_step(self, console, register):
        await register(household("1", member("苏军霞"), member("苏小军")))
        await register(household("2", member("陈外村"), division_code=OTHER_VILLAGE))
        browser = await console.signed_in("village_agent", VILLAGE)

        home = await browser.get()
        listed = await browser.get("work/unpaid?season=youxi-2020")

        assert "未缴费人员 · 尤溪县 2020" in home.text and "<strong>2</strong>" in home.text
        assert 'href="./work/unpaid?season=youxi-2020"' in home.text
        assert "苏军霞" in listed.text and "苏小军" in listed.text and "陈外村" not in listed.text
        assert "应参保 2 人，未缴费 2 人" in listed.text
        assert "已核定，待缴费" in listed.text and "入户询问并记录答复" in listed.text
        assert "search_surveys" in await looks(console, "village_agent")

    async def test_lead_to_a_person_only_who_may_see_the_person(self, console, register):
        await register(household("1", member("苏军霞")))
        village = await console.signed_in("village_agent", VILLAGE)
        township = await console.signed_in("township_officer", TOWNSHIP)
        way = "work/unpaid?season=youxi-2020"

        assert "persons/" not in (await village.get(way)).text
        assert "../persons/" in (await township.get(way)).text

    async def test_of_more_than_a_page_go_on_where_the_page_ended(self, console, register):
        await register(*(household(str(no), member(f"村民{no}")) for no in range(1001, 1052)))
        browser = await console.signed_in("village_agent", VILLAGE)

        first = await browser.get("work/unpaid?season=youxi-2020")
        way = first.text.split('class="more"><a class="button" href="../')[1].split('"')[0]
        second = await browser.get(way.replace("&amp;", "&"))

        assert "村民1001" in first.text and "村民1051" not in first.text
        assert "村民1051" in second.text and "村民1001" not in second.text
        assert "下一页" not in second.text


class TestVillages:
    async def test_stand_beside_each_other_and_lead_to_their_people_and_rosters(self, console, register):
        await register(household("1", member("苏军霞")), household("2", member("陈村民")))
        browser = await console.signed_in("township_officer", TOWNSHIP)

        page = await browser.get("work/villages?season=youxi-2020")
        roster = await browser.get(f"rosters/{VILLAGE}?season=youxi-2020")

        assert f"梅仙镇 {VILLAGE}" in page.text and "0.00%" in page.text
        assert f"乡镇经办人员 · 梅仙镇 {TOWNSHIP}<" in page.text
        assert f"梅仙镇 {TOWNSHIP}<" in (await browser.get("password")).text, "known from the page before"
        assert f'href="../work/unpaid?division={VILLAGE}&amp;season=youxi-2020"' in page.text
        assert f'href="../rosters/{VILLAGE}?season=youxi-2020"' in page.text
        assert roster.headers["content-type"] == "text/html; charset=utf-8"
        assert "苏军霞" in roster.text and "default-src 'none'" in roster.headers["content-security-policy"]
        assert "print_survey_roster" in await looks(console, "township_officer")

    async def test_have_rosters_with_masked_numbers_for_whom_numbers_are_masked(self, console, register):
        await register(household("1", member("苏军霞", NUMBER)))
        browser = await console.signed_in("tax_officer", "350426")

        roster = await browser.get(f"rosters/{VILLAGE}?season=youxi-2020")

        assert "苏军霞" in roster.text and NUMBER not in roster.text and "350426********5081" in roster.text


class TestServices:
    async def test_say_which_runs_and_what_waits_for_the_operator(self, console):
        async with console.services["collection"].engine.begin() as conn:
            await conn.execute(text(PARKED))
        browser = await console.signed_in("operator")

        listed = (await browser.get("work/services")).text
        parked = (await browser.get("work/parked")).text

        assert listed.count("运行中") == 4 and listed.count("无法连接") == 1
        assert 'href="../work/parked"' in listed
        assert "T-ODD / 0" in parked and "ValueError: odd" in parked

    async def test_are_nobody_elses_to_see(self, console):
        browser = await console.signed_in("tax_officer", "350426")

        assert (await browser.get("work/services")).status_code == 403


class TestDaysOfChannels:
    async def test_stand_with_both_sides_until_somebody_closes_them(self, console):
        async with console.services["collection"].engine.begin() as conn:
            await conn.execute(text(FILE))
        browser = await console.signed_in("tax_officer", "350426")
        shown = (await browser.get("work/days?season=youxi-2020")).text
        assert ">微信公众号“福建税务”<" in shown and ">wechat<" not in shown
        assert "未核对清楚" in shown and "760.00" in shown and "0.00" in shown
        day = (await browser.get("channel-days/youxi/wechat/2019-11-20")).text
        assert "<h1>微信公众号“福建税务” 2019-11-20" in day
        closed = (await browser.get("work/days?season=youxi-2020&part=closed")).text
        assert "没有这样的渠道日" in closed and "760.00" not in closed


class TestLists:
    def test_are_filled_each_and_belong_to_somebody(self):
        assert set(GATHER) == set(LISTS) == {name for names in OF_ROLES.values() for name in names}

    @pytest.mark.parametrize("role", OF_ROLES)
    async def test_of_a_role_open_in_both_languages(self, console, role):
        """Those of services that are here; nothing is refused to whom it is offered."""
        of_unit = {"unit": "1"} if role == "unit_clerk" else {}
        browser = await console.signed_in(role, "350426", **of_unit)
        visitor = type("", (), {"role": role})
        for name in lists_of(visitor):
            shown = await browser.get(
                f"work/{name}?season=youxi-2020" if LISTS[name].by_season else f"work/{name}"
            )
            here = LISTS[name].service in (*console.services, "console")
            assert shown.status_code == (200 if here else 503), (name, shown.text)
            assert not here or f"<h1>{LISTS[name].title_zh}" in shown.text
        await browser.send("language", language="en", then="")
        assert LISTS[OF_ROLES[role][0]].title in (await browser.get()).text

    async def test_are_refused_to_whom_the_service_refuses_them(self, console):
        browser = await console.signed_in("score_officer", "350426")

        refused = await browser.get("work/unpaid")

        assert refused.status_code == 403 and "您没有此项权限" in refused.text

    async def test_say_what_the_notice_lacks_and_let_choose_another_season(self, console):
        browser = await console.signed_in("finance_officer")

        shown = await browser.get("work/match?season=huining-2021")

        assert shown.status_code == 200 and 'class="calm"' in shown.text
        assert "work/match?season=youxi-2020" in shown.text

    async def test_of_a_service_that_is_away_say_what_to_do(self, console):
        browser = await console.signed_in("tax_officer", "350426")

        away = await browser.get("work/refunds")

        assert away.status_code == 503 and '<p class="hint">资助</p>' in away.text

    @pytest.mark.parametrize("path", ["work/nowhere", "work/tickets?part=nothing", "work/unpaid?division=x"])
    async def test_that_are_none_lead_back(self, console, path):
        browser = await console.signed_in("township_officer", TOWNSHIP)

        answer = await browser.get(path)

        assert answer.status_code in (404, 422) and "回到工作台" in answer.text
