"""Records that turned out to be one person, and a person's years: listed, proposed and corrected."""

from typing import Any

import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from libs.common.security.scopes import SCOPES
from tests.integration.registration.builders import household, member

COUNTY, TOWNSHIP = "350426", "350426101"
AT, LATER = "2019-09-02T09:00:00+08:00", "2019-09-03T09:00:00+08:00"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {"registration": await service_context("registration")}


async def desk(console: Any, role: str = "medical_insurance_officer", division: str = COUNTY) -> Any:
    browser = await console.signed_in(role, division)
    browser.http.headers[CLOCK_HEADER] = LATER
    return browser


async def value(console: Any, query: str) -> Any:
    async with console.services["registration"].engine.connect() as conn:
        return (await conn.execute(text(query))).scalar()


@pytest.fixture
async def office(sends: Any) -> Any:
    return await sends("registration", *SCOPES, at=AT, subject="bureau-1")


@pytest.fixture
async def people(console: Any, office: Any) -> tuple[int, int]:
    """A man with a wrong number, and again with the right one, each in a household."""
    rows = [household("1", member("张三")), household("2", member("张三"))]
    answer = await office.post("/v1/households:batch", json=rows)
    assert answer.is_success and not answer.json()["rejected"], answer.text
    ids = [await value(console, f"SELECT {which}(id) FROM persons") for which in ("min", "max")]
    return ids[0], ids[1]


async def proposed(office: Any, people: tuple[int, int]) -> int:
    """The bureau asks for the merge; the second record is the right one."""
    body = {"other_person_id": people[0], "reason": "原号码录错"}
    answer = await office.post(f"/v1/persons/{people[1]}/merges", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["approval"]["approval_id"]


class TestTheList:
    async def test_counts_what_waits_and_leads_to_the_second_person(self, console, office, people):
        approval = await proposed(office, people)
        bureau = await desk(console)

        home, listed = await bureau.get(), await bureau.get("work/merges?part=waiting")

        assert "待复核的合并" in home.text and 'href="./work/merges?part=waiting"' in home.text
        back = "work%2Fmerges%3Fpart%3Dwaiting"
        assert f'href="../approvals/registration/{approval}?then={back}"' in listed.text
        assert "张三" in listed.text and "原号码录错" in listed.text and "合并不可撤销" in listed.text
        form = await bureau.get(f"approvals/registration/{approval}")
        await bureau.press("确认提交", await bureau.press("下一步", form, decision="approve", note=""))
        done = await bureau.get("work/merges")
        assert f'href="../persons/{people[0]}"' in done.text and "已合并" in done.text
        assert "bureau-1" in done.text and ">medical_insurance_officer<" in done.text
        assert "2019-09-03" in done.text and "待复核的合并" not in (await bureau.get()).text

    async def test_of_a_person_is_reached_from_the_page_by_either_id(self, console, office, people):
        await proposed(office, people)
        bureau = await desk(console)

        page = await bureau.get(f"persons/{people[1]}")
        shown = await bureau.get(f"persons/{people[1]}/merges")

        assert f'href="../persons/{people[1]}/merges"' in page.text
        assert f'href="../persons/{people[1]}/history"' in page.text
        assert "待第二人复核" in shown.text and f"参保人 {people[1]}：合并记录" in shown.text
        assert "width=device-width" in shown.text and 'class="scroll"' in shown.text
        await bureau.send("language", language="en")
        assert "Nobody undoes a merge" in (await bureau.get(f"persons/{people[0]}/merges")).text

    async def test_is_not_for_other_roles_and_empty_elsewhere(self, console, office, people):
        await proposed(office, people)
        village = await desk(console, "village_agent", "350426101203")
        elsewhere = await desk(console, "auditor", "620422")

        for path in ("work/merges", f"persons/{people[0]}/merges", f"persons/{people[0]}/history"):
            refused = await village.get(path)
            assert refused.status_code == 403 and "联系县级管理员" in refused.text
        assert "没有这样的合并记录" in (await elsewhere.get("work/merges?part=waiting")).text
        assert (await elsewhere.get(f"persons/{people[0]}/history")).status_code == 403
        assert (await elsewhere.get("work/merges?part=nothing")).status_code == 404


class TestProposing:
    async def test_is_done_after_a_look_and_once(self, console, people):
        bureau = await desk(console)
        way = f"persons/{people[1]}/merges/new"
        missing = await bureau.press("下一步", await bureau.get(way), other_person_id="甲", right="this")
        sure = await bureau.press(
            "下一步", missing, other_person_id=str(people[0]), right="this", reason="已核对身份证"
        )
        before = await value(console, "SELECT count(*) FROM approvals")
        done, _ = [await bureau.press("确认提交", sure) for _ in range(2)]

        assert missing.status_code == 422 and "请填写整数" in missing.text
        assert f"参保人 {people[0]}" in sure.text and "不可撤销" in sure.text and before == 0
        assert "等待第二人复核" in done.text
        assert await value(console, "SELECT count(*) FROM approvals") == 1
        subject = await value(console, "SELECT subject FROM approvals")
        assert subject == f"persons/{people[1]}+{people[0]}"

    async def test_of_one_person_twice_is_refused_in_the_service_s_words(self, console, people):
        bureau = await desk(console)
        form = await bureau.get(f"persons/{people[0]}/merges/new")
        sure = await bureau.press("下一步", form, other_person_id=str(people[0]), right="this", reason="误填")

        refused = await bureau.press("确认提交", sure)

        assert refused.status_code == 422 and 'class="errors"' in refused.text
        assert await value(console, "SELECT count(*) FROM approvals") == 0

    async def test_is_offered_to_who_registers_alone(self, console, people):
        auditor = await desk(console, "auditor")

        assert "merges/new" not in (await auditor.get(f"persons/{people[0]}/merges")).text
        assert (await auditor.get(f"persons/{people[0]}/merges/new")).status_code == 403


class TestTheYears:
    async def test_are_shown_with_how_each_is_known_and_corrected_after_a_look(self, console, people):
        bureau = await desk(console)
        page = await bureau.get(f"persons/{people[0]}/history")
        form = await bureau.get(f"persons/{people[0]}/history/correction")
        typed = {"coverage_year": "2018", "said": "insured", "place": "福州市", "scheme": "employee"}

        sure = await bureau.press("下一步", form, **typed, reason="职工参保凭证")
        before = await value(console, "SELECT count(*) FROM history_statements")
        done, again = [await bureau.press("确认提交", sure) for _ in range(2)]

        assert "历年参保记录" in page.text and "没有导入或更正过" in page.text
        assert "该年度已参保" in sure.text and "不改变应缴金额" in sure.text and before == 0
        assert "历年参保记录已更正" in done.text and "历年参保记录已更正" in again.text
        assert "福州市" in done.text and "职工医保" in done.text and "职工参保凭证" in done.text
        assert await value(console, "SELECT count(*) FROM history_statements") == 1

    async def test_to_come_are_refused_and_no_other_role_corrects(self, console, people):
        bureau = await desk(console)
        township = await desk(console, "township_officer", TOWNSHIP)
        form = await bureau.get(f"persons/{people[0]}/history/correction")
        sure = await bureau.press("下一步", form, coverage_year="2031", said="insured", reason="误填")

        refused = await bureau.press("确认提交", sure)

        assert refused.status_code == 422 and 'class="errors"' in refused.text
        seen = await township.get(f"persons/{people[0]}/history")
        assert seen.status_code == 200 and "correction" not in seen.text
        assert (await township.get(f"persons/{people[0]}/history/correction")).status_code == 403
