"""What officers do at the console: looked at before, done once, and said in one sentence after it."""

import re
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.cases.store import NewCase, open_cases
from services.collection.cases.deciding import DESK as COLLECTION
from services.console.decisions.rules import AGREES, DECIDES, OPERATIONS, SEES, Opens
from services.console.decisions.schemas import Approval
from services.console.decisions.showing import approval_sheet
from services.console.persons.rules import Called
from services.ledger.cases.deciding import DESK as LEDGER
from services.registration.cases.deciding import DESK as REGISTRATION
from services.subsidy.cases.deciding import DESK as SUBSIDY
from services.webhooks.cases.deciding import DESK as WEBHOOKS
from tests.integration.console.conftest import FIRST
from tests.integration.console.test_persons import NAME, NUMBER, looks, office, registered

__all__ = ["office", "registered"]
BUREAU = "medical_insurance_officer"
DESKS = {
    "registration": REGISTRATION,
    "collection": COLLECTION,
    "subsidy": SUBSIDY,
    "ledger": LEDGER,
    "webhooks": WEBHOOKS,
}


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {"registration": await service_context("registration")}


async def a_case(console: Any, kind: str, subject: str, **more: Any) -> int:
    case = NewCase(
        **{
            "kind": kind, "subject": subject, "owner": BUREAU, "proposed": "apart", "evidence": {},
            "opened_at": datetime.fromisoformat("2019-10-01T09:00:00+08:00"), "county": "youxi",
            "coverage_year": 2020, "division_code": "350426101203",
        } | more
    )  # fmt: skip
    async with console.services["registration"].engine.begin() as conn:
        await open_cases(conn, [case])
        return (await conn.execute(text("SELECT max(case_id) FROM cases"))).scalar_one()


async def rows(console: Any, sql: str) -> list[tuple[Any, ...]]:
    async with console.services["registration"].engine.connect() as conn:
        return [tuple(row) for row in await conn.execute(text(sql))]


class TestCases:
    async def test_are_decided_after_a_look_at_what_that_does(self, console):
        case_id = await a_case(console, "same_person", "persons/1+2")
        browser = await console.signed_in(BUREAU, "350426")

        form = await browser.get(f"cases/registration/{case_id}")
        sure = await browser.press("下一步", form, step="apart", reason="经核实为两人")
        before = await rows(console, "SELECT state FROM cases")
        done = await browser.press("确认提交", sure)

        assert "两条登记记录可能为同一人" in form.text and "参保人 1" in form.text
        assert "确为不同的两人" in sure.text and "提交后立即生效" in sure.text and before == [("open",)]
        assert done.status_code == 200 and "已办理，决定立即生效。" in done.text
        decided = await rows(console, "SELECT state, step, decided_by FROM cases")
        assert decided == [("decided", "apart", BUREAU)]
        assert "已由 medical_insurance_officer 办结" in (await browser.get(form.url.path[1:])).text

    async def test_are_decided_once_however_often_the_button_is_pressed(self, console):
        case_id = await a_case(console, "same_person", "persons/1+2")
        browser = await console.signed_in(BUREAU, "350426")
        form = await browser.get(f"cases/registration/{case_id}")
        sure = await browser.press("下一步", form, step="merge", reason="同一身份证")

        first, again = await browser.press("确认提交", sure), await browser.press("确认提交", sure)

        assert "等待第二人复核" in first.text and "等待第二人复核" in again.text
        assert len(await rows(console, "SELECT 1 FROM approvals")) == 1

    async def test_wait_for_who_may_agree_and_stand_with_the_others_for_who_only_reads(self, console):
        case_id = await a_case(console, "same_person", "persons/1+2")
        browser = await console.signed_in(BUREAU, "350426")
        form = await browser.get(f"cases/registration/{case_id}")
        sure = await browser.press("下一步", form, step="merge", reason="同一身份证")
        await browser.press("确认提交", sure)
        await console.add("second", BUREAU, "350426")
        second, auditor = await console.browse(), await console.signed_in("auditor", "350426")
        await second.sign_in("second", FIRST)

        others = (await auditor.get()).text.partition("其他部门在办")
        own = (await second.get()).text.partition("其他部门在办")

        assert "等待第二人复核" in own[0]
        assert "等待第二人复核" in others[2] and "等待第二人复核" not in others[0]

    async def test_say_at_the_field_what_is_missing_and_keep_what_was_typed(self, console):
        case_id = await a_case(console, "same_person", "persons/1+2")
        browser = await console.signed_in(BUREAU, "350426")
        form = await browser.get(f"cases/registration/{case_id}")

        faulty = await browser.press("下一步", form, step="apart", reason=" ")
        back = await browser.press(
            "返回修改", await browser.press("下一步", form, step="apart", reason="两人")
        )

        assert faulty.status_code == 422 and '<a href="#reason">请填写“理由”。</a>' in faulty.text
        assert 'value="apart" checked' in faulty.text
        assert 'value="apart" checked' in back.text and ">两人</textarea>" in back.text
        assert await rows(console, "SELECT state FROM cases") == [("open",)]

    async def test_of_what_another_officer_has_decided_meanwhile_say_so_above_the_form(self, console):
        case_id = await a_case(console, "same_person", "persons/1+2")
        browser = await console.signed_in(BUREAU, "350426")
        sure = await browser.press(
            "下一步", await browser.get(f"cases/registration/{case_id}"), step="apart", reason="两人"
        )
        async with console.services["registration"].engine.begin() as conn:
            await conn.execute(text("UPDATE cases SET state = 'closed'"))

        late = await browser.press("确认提交", sure)

        assert late.status_code == 422 and "该事项已处理或已自动关闭" in late.text
        assert ">两人</textarea>" in late.text

    async def test_may_be_looked_at_but_not_decided_by_another_office(self, console):
        case_id = await a_case(console, "same_person", "persons/1+2")
        browser = await console.signed_in("tax_officer", "350426")

        page = await browser.get(f"cases/registration/{case_id}")
        refused = await browser.send(f"cases/registration/{case_id}", step="apart", reason="x")

        assert "两条登记记录可能为同一人" in page.text and "<textarea" not in page.text
        assert refused.status_code == 403
        assert await rows(console, "SELECT state FROM cases") == [("open",)]

    async def test_of_other_divisions_are_refused(self, console):
        case_id = await a_case(console, "same_person", "persons/1+2", division_code="350426102201")
        browser = await console.signed_in(BUREAU, "350426101")

        assert (await browser.get(f"cases/registration/{case_id}")).status_code == 403


class TestAlerts:
    async def test_are_acknowledged_with_what_is_done_about_them(self, console):
        case_id = await a_case(console, "ticket_overdue", "tickets/1", evidence={}, proposed="noted")
        browser = await console.signed_in("township_officer", "350426101")

        form = await browser.get(f"cases/registration/{case_id}")
        done = await browser.press("确认已知悉", form, note="已电话督促")

        assert done.status_code == 200 and "已确认知悉" in done.text
        seen = await rows(console, "SELECT state, acknowledged_by FROM cases")
        assert seen == [("open", "township_officer")]


class TestSecondPersons:
    async def test_agree_or_refuse_and_are_never_who_asked(self, console):
        case_id = await a_case(console, "same_person", "persons/1+2")
        asking = await console.signed_in(BUREAU, "350426")
        sure = await asking.press(
            "下一步", await asking.get(f"cases/registration/{case_id}"), step="merge", reason="同一身份证"
        )
        await asking.press("确认提交", sure)
        await console.add("second", BUREAU, "350426")
        second = await console.browse()
        await second.sign_in("second", FIRST)

        own = await asking.get("approvals/registration/1")
        form = await second.get("approvals/registration/1")
        sure = await second.press("下一步", form, decision="reject", note="材料不足")
        done, again = await second.press("确认提交", sure), await second.press("确认提交", sure)

        assert "<textarea" not in own.text and "本人申请的须由他人复核" in own.text
        assert "两条登记记录可能为同一人：合并为同一人" in form.text and "同一身份证" in form.text
        assert (
            "不执行" in sure.text
            and done.status_code == 200
            and "已退回，没有执行。" in done.text
            and "已退回" in again.text
        )
        decided = await rows(console, "SELECT state, decided_by, note IS NOT NULL FROM approvals")
        assert decided == [("rejected", "second", True)]
        assert (await second.get("approvals/registration/1")).status_code == 404

    @pytest.mark.parametrize(("people", "page"), [(True, "persons/12"), (False, "")])
    def test_see_whom_it_is_about_and_where_to(self, people, page):
        asked = Approval(
            approval_id=1, county="youxi", coverage_year=2020, division_code="350426101203",
            operation="move", subject="persons/12", case_id=None, reason="搬家", asked_by="liwen",
            payload={"household_no": "7", "division_code": "350426101204"},
            asked_at=datetime.fromisoformat("2019-10-01T09:00:00+08:00"),
        )  # fmt: skip

        called = Called(places={"350426101": ("梅仙镇", "Meixian Town")})
        sheet = approval_sheet(asked, None, "", called, Opens(people=people, batches=False))
        facts = {one.name: (one.words, one.page) for one in sheet.facts}

        assert facts["Who"] == ("Person 12", page)
        assert (
            facts["To the household"][0] == "7" and facts["To the village"][0] == "Meixian Town 350426101204"
        )

    def test_are_whoever_the_services_let_agree_and_what_they_agree_to_has_words(self):
        operations = {name for desk in DESKS.values() for name in desk.operations}
        scopes = {name: scope for desk in DESKS.values() for name, scope in desk.scopes.items()}

        assert set(OPERATIONS) == operations and scopes == AGREES
        assert {name: set(desk.seeing) for name, desk in DESKS.items()} == {
            name: set(scopes) for name, scopes in SEES.items()
        }
        assert set(DECIDES) == set(DESKS)


class TestTickets:
    async def test_are_reported_by_the_village_and_mended_by_the_bureau(self, console, registered):
        village = await console.signed_in("village_agent", "350426101203")
        path = f"persons/{registered}/ticket?county=youxi&year=2020"

        kinds = await village.get(path)
        form = await village.get(f"{path}&kind=name")
        typed = {"name": "苏军侠", "wrong": "同音字", "proof": "id_card", "proof_note": ""}
        done, again = [await village.press("报送", form, **typed) for _ in range(2)]

        assert "姓名有误" in kinds.text and "尤溪县 2020 年度" in form.text
        assert "更正单已报送医保局" in done.text and "更正单已报送医保局" in again.text
        reported = "SELECT id, kind, state, reported_by, person_id FROM tickets"
        [(ticket_id, *ticket)] = await rows(console, reported)
        assert ticket == ["name", "reported", "village_agent", registered]

        bureau = await console.signed_in(BUREAU, "350426")
        page = await bureau.get(f"persons/{registered}")
        assert f'href="../tickets/{ticket_id}"' in page.text
        sure = await bureau.press(
            "下一步", await bureau.get(f"tickets/{ticket_id}"), step="resolution", reason=""
        )
        assert NAME in (await bureau.get(f"persons/{registered}")).text
        mended = await bureau.press("确认提交", sure)

        assert (
            mended.status_code == 200
            and "更正单已办结，信息已更正。" in mended.text
            and "苏军侠" in mended.text
        )
        assert [one[2] for one in await rows(console, reported)] == ["resolved"]
        assert "resolve_ticket" in await looks(console, BUREAU)

    async def test_are_taken_back_by_who_reported_them(self, console, registered):
        township = await console.signed_in("township_officer", "350426101")
        path = f"persons/{registered}/ticket?county=youxi&year=2020&kind=death"
        typed = {"on": "2019-08-01", "wrong": "误报", "proof": "other", "proof_note": "口头"}
        await township.press("报送", await township.get(path), **typed)
        page = await township.get(f"persons/{registered}")
        ticket = re.search(r'href="\.\./(tickets/\d+)"', page.text)[1]

        sure = await township.press("下一步", await township.get(ticket), step="withdrawal", reason="误报")
        done = await township.press("确认提交", sure)

        assert "更正单已撤回。" in done.text
        assert await rows(console, "SELECT state FROM tickets") == [("withdrawn",)]

    async def test_that_are_refused_say_why_to_the_village_that_has_no_page_of_a_person(
        self, console, registered
    ):
        village = await console.signed_in("village_agent", "350426101203")
        path = f"persons/{registered}/ticket?county=youxi&year=2020&kind=name"
        typed = {"name": "苏军侠", "wrong": "同音字", "proof": "id_card", "proof_note": ""}
        await village.press("报送", await village.get(path), **typed)
        listed = await village.get("work/tickets?season=youxi-2020")
        ticket = re.search(r'href="\.\./(tickets/\d+)"', listed.text)[1]
        bureau = await console.signed_in(BUREAU, "350426")
        sure = await bureau.press(
            "下一步", await bureau.get(ticket), step="refusal", reason="身份证与系统一致"
        )
        await bureau.press("确认提交", sure)

        seen = await village.get(ticket)

        assert "身份证与系统一致" in seen.text and BUREAU in seen.text and "<textarea" not in seen.text

    async def test_that_the_service_refuses_say_why_at_the_field_in_the_language_of_the_page(
        self, console, registered
    ):
        village = await console.signed_in("village_agent", "350426101203")
        path = f"persons/{registered}/ticket?county=youxi&year=2020&kind=place"
        form = await village.get(path)
        typed = {"division_code": "350426", "household_no": "2", "wrong": "搬家", "proof": "other"}

        chinese = await village.press("报送", form, **typed)
        english = await village.press("Report", await village.press("English", form), **typed)

        assert chinese.status_code == 422 and '<a href="#division_code">' in chinese.text
        assert 'value="350426"' in chinese.text and ">搬家</textarea>" in chinese.text
        assert "Not sent: something has to be mended" in english.text
        assert not await rows(console, "SELECT 1 FROM tickets")

    async def test_are_reported_by_nobody_whose_role_may_not(self, console, registered):
        browser = await console.signed_in("tax_officer", "350426")

        page = await browser.get(f"persons/{registered}")
        refused = await browser.get(f"persons/{registered}/ticket?county=youxi&year=2020")

        assert "报送更正单" not in page.text and refused.status_code == 403

    async def test_are_found_by_the_village_in_its_own_list(self, console, registered):
        village = await console.signed_in("village_agent", "350426101203")

        page = await village.send(
            "find", by="village", season="youxi/2020", division="350426101203", name=NAME[:1]
        )

        assert f'href="./persons/{registered}/ticket?county=youxi&amp;year=2020"' in page.text
        assert NUMBER not in page.text


class TestForms:
    async def test_without_their_key_or_proof_do_nothing(self, console):
        case_id = await a_case(console, "same_person", "persons/1+2")
        browser = await console.signed_in(BUREAU, "350426")

        keyless = await browser.send(f"cases/registration/{case_id}", step="apart", reason="x", sure="yes")
        foreign = await browser.http.post(
            f"/cases/registration/{case_id}", data={"step": "apart", "reason": "x", "sure": "yes"}
        )

        assert keyless.status_code == foreign.status_code == 403
        assert await rows(console, "SELECT state FROM cases") == [("open",)]

    async def test_whose_service_is_away_say_that_nothing_is_done_twice(self, console, monkeypatch):
        case_id = await a_case(console, "same_person", "persons/1+2")
        browser = await console.signed_in(BUREAU, "350426")
        form = await browser.get(f"cases/registration/{case_id}")
        monkeypatch.setattr(console.sent, "apps", {})

        away = await browser.press("下一步", form, step="apart", reason="两人")

        assert away.status_code == 503 and "也没有重复" in away.text
