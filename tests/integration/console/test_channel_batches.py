"""Batches at the console: what a bank or a party said of each line, and what waits for a second officer."""

import json
from typing import Any

import pytest

from tests.integration.collection.conftest import NOW, Counter, Keys
from tests.integration.collection.exchange_sides import Sides
from tests.integration.collection.test_debits import CHANNEL, Desk
from tests.integration.console.conftest import FIRST
from tests.integration.console.test_channel_days import rows

ROLE, COUNTY = "tax_officer", "350426"


@pytest.fixture
async def services(service_context: Any) -> Any:
    debits = json.dumps({"youxi": {CHANNEL: {}}})
    context = await service_context("collection", **Keys().settings(), debits=debits)
    yield {"collection": context, "registration": await service_context("registration")}
    await context.parts.commits.close()
    await context.parts.placing.close()


@pytest.fixture
async def counter(console: Any, sends: Any) -> Counter:
    scopes = ("collection:read", "collection:write", "pii:read")
    http = await sends("collection", *scopes, at=NOW.isoformat())
    made = Counter(console.services["collection"], http, Keys())
    await made.tell(*(made.assessed(person) for person in (1, 2, 3)))
    return made


class TestDebits:
    async def test_wait_for_a_second_officer_who_has_them_sent(self, console, counter):
        desk = Desk(counter, counter.http)
        await desk.signed(1, 1)
        await desk.signed(2, 2)
        batch = await desk.made()
        browser = await console.signed_in(ROLE, COUNTY)

        listed = await browser.get("work/debits")
        page = await browser.get(f"debit-batches/{batch['batch_id']}")

        assert f'href="../debit-batches/{batch["batch_id"]}"' in listed.text and "待复核" in listed.text
        assert "500.00 元" in page.text and "未回盘" in page.text
        approval = f"approvals/collection/{batch['approval_id']}"
        assert f'href="../{approval}"' in page.text
        await console.add("second", ROLE, COUNTY)
        second = await console.browse()
        await second.sign_in("second", FIRST)
        sure = await second.press("下一步", await second.get(approval), decision="approve", note="")
        await second.press("确认提交", sure)
        assert await rows(console, "SELECT state, decided_by FROM debit_batches") == [("approved", "second")]

    async def test_say_what_the_bank_refused_and_why(self, console, counter, sends):
        second = await sends("collection", "collection:read", "collection:write", subject="second")
        desk = Desk(counter, second)
        await desk.signed(1, 1)
        await desk.signed(2, 2)
        batch_id, (one, other) = await desk.given()
        await desk.told(batch_id, f"{one},paid,25000,,2019-11-20 16:30:05", f"{other},failed,25000,余额不足,")
        browser = await console.signed_in(ROLE, COUNTY)

        page = await browser.get(f"debit-batches/{batch_id}")
        paid = await browser.get(f"debit-batches/{batch_id}?part=paid")

        assert other in page.text and "余额不足" in page.text and one not in page.text
        assert one in paid.text and other not in paid.text and "扣款成功" in page.text
        assert (await browser.get(f"debit-batches/{batch_id}?part=odd")).status_code == 404

    async def test_of_another_county_are_refused(self, console, counter):
        desk = Desk(counter, counter.http)
        await desk.signed(1, 1)
        batch = await desk.made()
        browser = await console.signed_in(ROLE, "620422")

        assert (await browser.get(f"debit-batches/{batch['batch_id']}")).status_code == 403


class TestExchange:
    @pytest.fixture
    async def sides(self, counter: Counter, sends: Any) -> Sides:
        at = NOW.isoformat()
        return Sides(
            counter,
            await sends("collection", "exchange:write", at=at),
            await sends("collection", "exchange:collector", at=at),
            await sends("collection", "exchange:bureau", at=at),
        )

    async def test_shows_refused_rows_with_the_word_of_the_party_and_the_mend(self, console, sides):
        batch = await sides.made()
        number = "L0000001001"
        await sides.answer(batch, f"{number},refused,101,人员编号不存在", "L0000001002,accepted,,")
        browser = await console.signed_in("medical_insurance_officer", COUNTY)
        way = f"exchange-batches/{batch['batch_id']}"

        listed = await browser.get("work/exchange?season=youxi-2020")
        page = await browser.get(way)
        open_rows = await browser.get(f"{way}?part=sent")

        assert f'href="../{way}?part=refused"' in listed.text
        assert number in page.text and "101 人员编号不存在" in page.text and "L0000001002" not in page.text
        assert 'href="../persons/1"' in page.text and "核对此人信息" in page.text
        assert "L0000001003" in open_rows.text and number not in open_rows.text
        looked = await rows(console, "SELECT operation FROM person_lookups WHERE subject LIKE 'medical%'")
        assert ("list_exchange_rows",) in looked

    async def test_sends_a_row_again_as_it_is_from_its_case(self, console, sides):
        batch = await sides.made()
        answered = [f"L000000100{one},{'refused' if one == 1 else 'accepted'},101,x" for one in (1, 2, 3)]
        await sides.answer(batch, *answered)
        ((case_id,),) = await rows(console, "SELECT case_id FROM cases WHERE kind = 'exchange_row_refused'")
        browser = await console.signed_in("medical_insurance_officer", COUNTY)

        form = await browser.get(f"cases/collection/{case_id}")
        sure = await browser.press("下一步", form, step="send_again", reason="对方已补录")
        await browser.press("确认提交", sure)

        assert f'href="../../exchange-batches/{batch["batch_id"]}"' in form.text and "101 x" in form.text
        again = await sides.made()
        assert [row["number"] for row in await sides.rows(again)] == ["L0000001001"]

    async def test_leads_nobody_to_a_batch_who_may_not_open_it(self, console, sides):
        batch = await sides.made()
        await sides.answer(batch, "L0000001001,refused,101,x")
        ((case_id,),) = await rows(console, "SELECT case_id FROM cases WHERE kind = 'exchange_row_refused'")
        browser = await console.signed_in("finance_officer", COUNTY)

        form = await browser.get(f"cases/collection/{case_id}")

        assert form.status_code == 200 and "101 x" in form.text
        assert "exchange-batches/" not in form.text

    async def test_is_shown_to_no_role_outside_it(self, console, sides):
        batch = await sides.made()
        browser = await console.signed_in("finance_officer", COUNTY)

        assert (await browser.get(f"exchange-batches/{batch['batch_id']}")).status_code == 403
