"""An auditor goes from money back to what a channel sent, sees who looked at whom, and whether seals hold."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.seals import seal
from libs.common.testing.ledger_facts import suspended
from tests.integration.collection.conftest import Keys
from tests.integration.ledger.conftest import Desk

COUNTY = "350426"
PLACED = """
    UPDATE payment_lines SET county = 'youxi', coverage_year = 2020, division_code = '350426000000'
"""
AT = datetime(2019, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
async def services(service_context: Any, keys: Keys) -> Any:
    collection = await service_context("collection", **keys.settings())
    others = {name: await service_context(name) for name in ("registration", "subsidy", "ledger", "webhooks")}
    yield {"collection": collection, **others}
    await collection.parts.commits.close()
    await collection.parts.placing.close()


@pytest.fixture
async def payment_id(console: Any, keys: Keys) -> int:
    """250 yuan of the tax authority for somebody whom nobody knows, and booked."""
    context = console.services["collection"]
    items = [{"id_number": "350426198201305081", "name": "苏军霞", "amount_fen": 25_000}]
    data = {
        "transaction_no": "T1", "paid_at": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
        "amount_fen": 25_000, "county": "youxi", "coverage_year": 2020, "items": items,
    }  # fmt: skip
    request = keys.sender().payment(data)
    async with httpx.AsyncClient(
        transport=console.sent.apps["collection"], base_url="http://collection"
    ) as http:
        answer = await http.post(
            "/v1/channels/tax/notifications", content=request.body, headers=dict(request.headers)
        )
    assert answer.status_code < 300, answer.text
    while await context.parts.matcher.match_next():
        pass
    async with context.engine.begin() as conn:
        await conn.execute(text(PLACED))
        found = int((await conn.execute(text("SELECT id FROM payments"))).scalar_one())
    await Desk(console.services["ledger"], None, None).send(suspended(found))
    return found


async def look(console: Any, service: str, subject: str, person_id: int, note: str | None = None) -> None:
    context = console.services[service]
    officer = Caller(subject, frozenset(), "350426101", "township_officer")
    async with context.engine.begin() as conn:
        await record_lookup(conn, officer, operation="get_person", at=AT, person_ids=[person_id], note=note)


class TestMoney:
    async def test_leads_from_suspense_by_its_postings_to_what_the_channel_sent(self, console, payment_id):
        browser = await console.signed_in("auditor", COUNTY)

        listed = await browser.get("work/suspense")
        payment = await browser.get(f"payments/{payment_id}")

        assert f'href="../payments/{payment_id}"' in listed.text
        assert "250.00" in payment.text and "转暂存待查" in payment.text and "查无此人" in payment.text
        facts = sorted(set(re.findall(r'href="\.\./(facts/\d+)"', payment.text)))
        assert facts
        fact = await browser.get(facts[0])
        assert "canbao.payment.suspended" in fact.text and f'href="../payments/{payment_id}"' in fact.text
        sent = await browser.get(f"notifications/{payment_id}")
        assert "350426198201305081" in sent.text and "webhook-signature" in sent.text
        async with console.services["collection"].engine.connect() as conn:
            seen = await conn.execute(
                text("SELECT count(*) FROM person_lookups WHERE operation = 'get_notification'")
            )
            assert seen.scalar_one() == 1

    async def test_is_shown_without_what_the_channel_sent_to_who_may_not_see_numbers(
        self, console, payment_id
    ):
        browser = await console.signed_in("tax_officer", COUNTY)

        payment = await browser.get(f"payments/{payment_id}")

        assert "转暂存待查" in payment.text and "notifications/" not in payment.text
        assert (await browser.get(f"notifications/{payment_id}")).status_code == 403


class TestLookups:
    async def test_are_listed_service_by_service_and_of_one_person_in_all(self, console):
        await look(console, "registration", "wu", 7, "来电核实")
        await look(console, "collection", "li", 7)
        await look(console, "collection", "li", 8)
        browser = await console.signed_in("auditor", COUNTY)

        home = await browser.get()
        listed = await browser.get("work/lookups?part=collection")
        person = await browser.get("persons/7/lookups")
        of_one = await browser.get("persons/7/lookups?part=registration")

        assert 'href="./work/lookups"' in home.text
        assert listed.text.count("查看参保人") == 2 and "wu" not in listed.text
        assert "wu" in person.text and "li" in person.text and "来电核实" in person.text
        assert person.text.count("查看参保人") == 2
        assert "wu" in of_one.text and ">li<" not in of_one.text
        again = await browser.get("persons/7/lookups?part=registration")
        assert "auditor" in again.text and "查看查询留痕" in again.text

    async def test_are_no_business_of_other_roles(self, console):
        browser = await console.signed_in("medical_insurance_officer", COUNTY)
        for page in ("work/lookups", "persons/7/lookups", "verify", "verify/ledger"):
            assert (await browser.get(page)).status_code == 403


class TestSeals:
    async def test_hold_until_a_row_is_changed_and_the_page_says_which(self, console):
        context = console.services["registration"]
        await look(console, "registration", "wu", 7)
        await seal(context.engine)
        browser = await console.signed_in("auditor", COUNTY)
        assert "一致" in (whole := (await browser.get("verify")).text) and "不一致" not in whole

        async with context.engine.begin() as conn:
            await conn.execute(text("SET LOCAL session_replication_role = replica"))
            await conn.execute(text("UPDATE person_lookups SET subject = 'nobody' WHERE subject = 'wu'"))

        assert "不一致" in (await browser.get("verify")).text
        assert "不一致" in (await browser.get("verify/registration")).text
        assert (await browser.get("verify/console")).status_code == 404
