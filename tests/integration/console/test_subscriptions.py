"""Operators look after addresses that are told of facts: test one, resume it, tell it again."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from libs.common.testing.ledger_facts import paid
from libs.common.web.outbound import Outbound
from services.webhooks.assembly import WebhooksParts
from tests.integration.webhooks.test_webhooks import Desk, lookup

COUNTY = "350426"
SPAN = {"from_at": "2019-01-01 00:00", "until_at": "2021-01-01 00:00"}


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {"webhooks": await service_context("webhooks")}


@pytest.fixture
async def receiver(console: Any, sends: Any) -> Desk:
    """What receives, and has an address told of facts."""
    context = console.services["webhooks"]
    http = await sends("webhooks", "webhooks:write", "webhooks:read")
    desk = Desk(context, console.sent.apps["webhooks"], http)
    transport = httpx.MockTransport(desk.receive)
    context.__dict__["parts"] = WebhooksParts(Outbound((ip_network("10.9.0.0/16"),), transport, lookup))
    return desk


async def paused(receiver: Desk) -> int:
    """A subscription whose address takes nothing for days."""
    number, _ = await receiver.subscribe(note="县税务局征缴系统")
    receiver.answer = lambda _: 500
    for person in range(1, 15):
        await receiver.happens(paid(person))
        await receiver.tell(timedelta(hours=3))
    assert (await receiver.shown(number))["state"] == "paused"
    return number


class TestASubscription:
    async def test_shows_what_was_told_and_what_waits_and_no_secret(self, console, receiver):
        number, secret = await receiver.subscribe(note="县税务局征缴系统")
        await receiver.happens(paid(1))
        await receiver.tell()
        await receiver.happens(paid(2))
        operator = await console.signed_in("operator", COUNTY)

        listed, page = await operator.get("work/subscriptions"), await operator.get(f"subscriptions/{number}")
        waiting = await operator.get(f"subscriptions/{number}?part=waiting")

        assert f'href="../subscriptions/{number}"' in listed.text
        assert "https://tax.example.cn/canbao" in page.text and "县税务局征缴系统" in page.text
        assert "canbao.payment.received.v1" in page.text and "已送达" in page.text
        assert "恢复推送</a>" not in page.text, "nothing is paused"
        assert ">204<" in page.text and ">204<" not in waiting.text
        assert secret not in page.text and "whsec_" not in page.text and 'class="scroll"' in page.text
        await operator.send("language", language="en")
        assert "Deliveries" in (await operator.get(f"subscriptions/{number}")).text

    async def test_is_tested_and_says_what_was_answered(self, console, receiver):
        number, _ = await receiver.subscribe()
        operator = await console.signed_in("operator", COUNTY)
        form = await operator.get(f"subscriptions/{number}/test")
        receiver.answer = lambda _: 401

        refused, again = [await operator.press("开始测试", form) for _ in range(2)]
        receiver.answer = None
        taken = await operator.press("开始测试", await operator.get(f"subscriptions/{number}/test"))

        assert "测试消息未被接收：401" in refused.text and "测试消息未被接收：401" in again.text
        assert "测试消息已被接收（应答 204" in taken.text
        assert len(receiver.got["tax.example.cn"]) == 2, "a button that is pressed twice sends one"

    async def test_that_is_paused_is_resumed_after_a_look(self, console, receiver):
        number = await paused(receiver)
        operator = await console.signed_in("operator", COUNTY)
        page = await operator.get(f"subscriptions/{number}")
        sure = await operator.press("下一步", await operator.get(f"subscriptions/{number}/resume"))
        still = (await receiver.shown(number))["state"]

        done, again = [await operator.press("确认提交", sure) for _ in range(2)]
        late = await operator.press("确认提交", await sure_of(operator, number))

        assert "长时间推送失败，已自动暂停" in page.text and "恢复推送</a>" in page.text
        assert "积压的 14 条" in sure.text and still == "paused"
        assert "已恢复推送，积压的 14 条" in done.text and "已恢复推送，积压的 14 条" in again.text
        assert "该订阅未暂停" in late.text and late.status_code == 422
        assert (await receiver.shown(number))["state"] == "active"

    async def test_is_told_again_what_happened_in_a_time(self, console, receiver):
        number, _ = await receiver.subscribe()
        await receiver.happens(paid(1), paid(2))
        await receiver.tell()
        operator = await console.signed_in("operator", COUNTY)
        form = await operator.get(f"subscriptions/{number}/replay")

        odd = await operator.press("下一步", form, from_at="昨天", until_at="2021-01-01 00:00")
        turned = await operator.press("下一步", form, from_at="2021-01-01 00:00", until_at="2019-01-01 00:00")
        far = await operator.press("下一步", form, from_at="0001-01-01 00:00", until_at="9999-12-31 23:59")
        sure = await operator.press("下一步", form, **SPAN)
        done, again = [await operator.press("确认提交", sure, **SPAN) for _ in range(2)]

        assert odd.status_code == turned.status_code == far.status_code == 422
        assert 'id="from_at-fault"' in odd.text and "“起”：如 2020-11-20 16:40" in odd.text
        assert "“止”须晚于“起”" in turned.text and "until_at 须" not in turned.text
        assert 'id="from_at-fault"' in far.text and 'id="until_at-fault"' in far.text
        assert "2019-01-01 00:00 — 2021-01-01 00:00" in sure.text
        assert "该时段的 2 条事实已列入待推送" in done.text and "2 条事实" in again.text
        await receiver.tell()
        ids = [one.headers["webhook-id"] for one in receiver.got["tax.example.cn"]]
        assert (len(ids), len(set(ids))) == (4, 2)

    async def test_is_no_business_of_other_roles_or_counties(self, console, receiver):
        number, _ = await receiver.subscribe()
        tax = await console.signed_in("tax_officer", COUNTY)
        await console.add("elsewhere", "operator", "620422")
        elsewhere = await console.browse()
        await elsewhere.sign_in("elsewhere", "first-sight-4711")

        for more in ("", "/test", "/resume", "/replay"):
            assert (await tax.get(f"subscriptions/{number}{more}")).status_code == 403
            assert (await elsewhere.get(f"subscriptions/{number}{more}")).status_code == 403


async def sure_of(operator: Any, number: int) -> httpx.Response:
    """The page before an address is resumed, as it stood in a window that was left open."""
    page: httpx.Response = await operator.press(
        "下一步", await operator.get(f"subscriptions/{number}/resume")
    )
    return page
