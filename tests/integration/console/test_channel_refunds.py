"""Officers have money in suspense given back by the channel that took it: looked at before, and by two."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.integration.collection.conftest import Keys
from tests.integration.collection.test_stories_of_queries import WeChat
from tests.integration.console.conftest import FIRST

ROLE, COUNTY = "tax_officer", "350426"
#: Where a line belongs that nobody could match, once an officer of the county has seen it.
PLACED = """
    UPDATE payment_lines SET county = 'youxi', coverage_year = 2020, division_code = '350426000000'
"""


@pytest.fixture
def wallet() -> Any:
    """WeChat's side of the county's merchant."""
    other = WeChat(Keys())
    with other.server:
        yield other


@pytest.fixture
async def services(service_context: Any, wallet: WeChat) -> Any:
    keys = Keys(wechat_key=wallet.sender.private_key)
    settings = keys.settings() | wallet.settings(keys) | {"internal_networks": "127.0.0.1/32"}
    context = await service_context("collection", **settings)
    yield {"collection": context}
    await context.parts.commits.close()
    await context.parts.placing.close()


@pytest.fixture
async def payment_id(console: Any, wallet: WeChat) -> int:
    """250 yuan of WeChat Pay, for an order that nobody knows."""
    context, paid_at = console.services["collection"], datetime.now(UTC) - timedelta(days=1)
    request = wallet.sender.payment(
        transaction_id="W1", out_trade_no="O1", amount_fen=25_000, paid_at=paid_at
    )
    transport = console.sent.apps["collection"]
    async with httpx.AsyncClient(transport=transport, base_url="http://collection") as http:
        path = f"/v1/channels/{wallet.channel}/notifications"
        answer = await http.post(path, content=request.body, headers=dict(request.headers))
    assert answer.status_code == 200, answer.text
    while await context.parts.matcher.match_next():
        pass
    async with context.engine.begin() as conn:
        await conn.execute(text(PLACED))
        return int((await conn.execute(text("SELECT id FROM payments"))).scalar_one())


async def states(console: Any) -> list[str]:
    async with console.services["collection"].engine.connect() as conn:
        return list((await conn.execute(text("SELECT state FROM channel_refunds"))).scalars())


class TestMoneyInSuspense:
    async def test_is_had_given_back_after_a_look_and_by_two_officers(self, console, payment_id):
        browser = await console.signed_in(ROLE, COUNTY)
        way = f"suspense/{payment_id}/1/give-back"

        listed = await browser.get("work/suspense")
        form = await browser.get(way)
        sure = await browser.press("下一步", form, reason="重复缴费", amount="250")
        done = await browser.press("确认提交", sure)

        assert f'href="../{way}"' in listed.text and "原路退款" in listed.text
        assert "250.00 元" in form.text and "须第二人审批" in sure.text and "退回原付款账户" in sure.text
        assert "等待第二人复核" in done.text and await states(console) == []
        await console.add("second", ROLE, COUNTY)
        second = await console.browse()
        await second.sign_in("second", FIRST)
        asked = await second.get("approvals/collection/1")
        sure = await second.press("下一步", asked, decision="approve", note="")
        agreed = await second.press("确认提交", sure)
        assert "原路退款" in asked.text and agreed.status_code == 200, agreed.text
        assert await states(console) == ["requested"]
        assert "原路退款中" in (await browser.get("work/suspense")).text
        refunds = await browser.get("work/channel_refunds?part=requested")
        assert "待核验是否已退卡" in refunds.text and "250.00 元" in refunds.text

    async def test_of_more_than_is_left_says_so_above_the_form(self, console, payment_id):
        browser = await console.signed_in(ROLE, COUNTY)
        form = await browser.get(f"suspense/{payment_id}/1/give-back")
        sure = await browser.press("下一步", form, reason="多缴", amount="250.01")

        refused = await browser.press("确认提交", sure)

        assert refused.status_code == 422 and "该笔资金余额不足" in refused.text
        assert ">多缴</textarea>" in refused.text

    @pytest.mark.parametrize("role", ["auditor", "finance_officer"])
    async def test_is_offered_to_nobody_who_may_not(self, console, payment_id, role):
        browser = await console.signed_in(role, COUNTY)
        way = f"suspense/{payment_id}/1/give-back"

        assert way not in (await browser.get("work/suspense")).text
        assert (await browser.get(way)).status_code == 403
        assert (await browser.send(way, reason="x", sure="yes")).status_code == 403
        assert await states(console) == []
