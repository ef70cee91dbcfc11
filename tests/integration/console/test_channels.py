"""Operators look after channels: how each signs, what was refused, whether it works; no secret is shown."""

import json
from typing import Any

import httpx
import pytest

from canbao.simulator.standard_webhook import WebhookSender
from libs.common.clock import CLOCK_HEADER
from libs.common.security.webhooks import fingerprint, generate_secret
from services.collection.secrets.loading import load
from services.collection.tallies.keeping import keep
from tests.integration.console.test_channel_days import rows_of

COUNTY, AT, LATER = "350426", "2019-09-02T09:00:00+08:00", "2020-12-01T09:00:00+08:00"
SHARED = generate_secret()


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {"collection": await service_context("collection", channels=json.dumps({"tax": [SHARED]}))}


async def desk(console: Any, role: str = "operator", division: str = COUNTY, at: str = AT) -> Any:
    browser = await console.signed_in(role, division)
    browser.http.headers[CLOCK_HEADER] = at
    return browser


@pytest.fixture
async def secret(console: Any, sends: Any) -> str:
    """The secret of the county's own channel, which two operators made."""
    first, second = [
        await sends("collection", "channels:write", at=AT, subject=f"operator-{one}") for one in (1, 2)
    ]
    wanted = {"channel": "tax-youxi", "county": "youxi", "reason": "启用"}
    asked = (await first.post("/v1/channel-secrets", json=wanted)).json()["approval_id"]
    await second.post(f"/v1/approvals/{asked}/approve", json={})
    await load(console.services["collection"])
    return str((await first.post("/v1/channel-secrets/1/disclosure")).json()["secret"])


async def deliver(console: Any, secret: str, channel: str = "tax-youxi") -> int:
    """Have a channel send a sample of its own."""
    app = console.sent.apps["collection"]
    sent = WebhookSender(channel, (secret,)).test()
    async with httpx.AsyncClient(transport=app, base_url="http://collection") as http:
        answer = await http.post(
            f"/v1/channels/{channel}/notifications",
            content=sent.body,
            headers={**sent.headers, CLOCK_HEADER: AT},
        )
    await keep(console.services["collection"])
    return answer.status_code


class TestTheList:
    async def test_says_how_each_signs_and_when_it_was_heard(self, console, secret):
        assert await deliver(console, secret) == 202
        operator = await desk(console)

        home, listed = await operator.get(), await operator.get("work/channels")

        assert 'href="./work/channels"' in home.text and "需要查看的渠道" not in home.text
        assert 'href="../channels/tax-youxi"' in listed.text and "各县共用" in listed.text
        assert fingerprint(secret) in listed.text and fingerprint(SHARED) in listed.text
        assert "HMAC-SHA256" in listed.text and "2019-09-02 09:00" in listed.text and "从未" in listed.text
        for page in (listed, await operator.get("channels/tax-youxi"), await operator.get("channels/tax")):
            assert secret not in page.text and "whsec_" not in page.text and SHARED not in page.text
            assert 'class="scroll"' in page.text and len(page.content) < 100_000

    async def test_counts_what_was_refused_and_old_secrets(self, console, secret):
        assert await deliver(console, generate_secret()) == 401
        operator = await desk(console)
        home, page = await operator.get(), await operator.get("channels/tax-youxi")
        later = await operator.get("work/channels", headers={CLOCK_HEADER: LATER})

        assert "需要查看的渠道" in home.text
        assert "签名无效，已拒收" in page.text
        assert "456" in later.text

    async def test_is_not_for_other_roles_nor_of_other_counties(self, console, secret):
        tax, elsewhere = await desk(console, "tax_officer"), await desk(console, division="620422")

        for path in ("work/channels", "channels/tax-youxi", "channels/tax-youxi/test"):
            refused = await tax.get(path)
            assert refused.status_code == 403 and "联系县级管理员" in refused.text
        assert "tax-youxi" not in (await elsewhere.get("work/channels")).text
        assert (await elsewhere.get("channels/tax-youxi")).status_code == 404
        await elsewhere.send("language", language="en")
        assert "Fingerprints" in (await elsewhere.get("work/channels")).text


class TestTrying:
    async def test_says_what_was_right_and_stays_on_the_page(self, console, secret):
        operator = await desk(console)
        before = await operator.get("channels/tax-youxi")

        done = await operator.press("开始测试", await operator.get("channels/tax-youxi/test"))

        assert "未测试" in before.text and "已测试，结果见下" in done.text
        assert "通过（operator 2019-09-02 09:00）" in done.text and "签名有效、时间有效" in done.text
        tried = "SELECT channel, tried_by, fault FROM channel_trials"
        assert await rows_of(console, "collection", tried) == [("tax-youxi", "operator", None)]

    async def test_is_done_by_no_other_role(self, console, secret):
        tax = await desk(console, "tax_officer")
        sent = await tax.send("channels/tax-youxi/test", key="0" * 8 + "-0000" * 3 + "-" + "0" * 12)

        assert sent.status_code == 403
        assert await rows_of(console, "collection", "SELECT channel FROM channel_trials") == []


class TestASecret:
    async def test_is_taken_out_after_a_look_and_believed_no_more(self, console, secret):
        operator = await desk(console)
        way = "channels/tax-youxi/secrets/1/retirement"
        sure = await operator.press("下一步", await operator.get(way))
        before = await rows_of(console, "collection", "SELECT retired_by FROM channel_secrets")

        await operator.press("确认提交", sure)

        assert "唯一的密钥" in sure.text and fingerprint(secret) in sure.text and before == [(None,)]
        after = await rows_of(console, "collection", "SELECT retired_by, key FROM channel_secrets")
        assert after == [("operator", None)]
        await load(console.services["collection"])
        assert await deliver(console, secret) == 404
        assert (await operator.get(way)).status_code == 404
