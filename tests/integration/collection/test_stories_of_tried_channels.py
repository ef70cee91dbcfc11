"""An operator tries a channel of each kind: over the API and the command, with right keys and wrong ones."""

import json

import pytest

from canbao.simulator.standard_webhook import WebhookSender
from libs.common.security.webhooks import generate_secret

from .signed_channels import Signed, SignedByKey
from .test_stories_of_channel_refunds import asked
from .test_stories_of_queries import Alipay, UnionPay, WeChat

__all__ = ["asked"]

DOOR = ["signed", "signature", "timestamp", "form", "stored"]
GATEWAY = ["signed", "answered", "signature", "unknown"]
ADDRESS = ["answered", "answer_signature", "unknown"]
CHECKED = {WeChat: GATEWAY, Alipay: GATEWAY, UnionPay: GATEWAY, Signed: DOOR + ADDRESS, SignedByKey: ADDRESS}


@pytest.fixture
async def operator(asked, client):
    counter, _ = asked
    made = await client(
        counter.context, scopes=["channels:write"], subject="operator", division="350426",
        app=counter.http._transport.app,
    )  # fmt: skip
    made.headers["canbao-clock"] = counter.http.headers["canbao-clock"]
    return made


async def tried(operator, other):
    answer = await operator.post(f"/v1/channels/{other.channel}/test")
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestAChannelOfEachKind:
    async def test_says_what_was_verified_and_nothing_follows_from_it(self, asked, operator):
        counter, other = asked
        told = await tried(operator, other)
        assert (told["checked"], told["fault"]) == (CHECKED[type(other)], None)
        assert other.server.refused == []
        await counter.match()
        assert (await counter.count("payments"), await counter.count("channel_refunds")) == (0, 0)

    async def test_whose_other_side_signs_wrongly_is_told_of(self, asked, operator):
        _, other = asked
        other.server.forged = True
        told = await tried(operator, other)
        assert told["fault"] is not None
        assert "unknown" not in told["checked"]

    async def test_that_cannot_be_reached_is_told_of(self, asked, operator):
        counter, other = asked
        counter.context.settings.internal_networks = ""
        told = await tried(operator, other)
        assert told["fault"] == "address_internal"
        assert "answered" not in told["checked"]

    async def test_is_tried_by_operators_alone(self, asked, client):
        counter, other = asked
        officer = await client(
            counter.context, scopes=["collection:write"], division="350426", app=counter.http._transport.app
        )
        assert (await officer.post(f"/v1/channels/{other.channel}/test")).status_code == 403


class TestSecretsOfAFile:
    @pytest.mark.parametrize("asked", [Signed], indirect=True)
    async def test_follow_one_another_without_a_restart(self, asked, operator, tmp_path):
        """What `canbao channels` writes is believed by a running service, and signs what it asks."""
        counter, other = asked
        before, after = counter.keys.tax, generate_secret()
        file = tmp_path / "channels.json"
        file.write_text(json.dumps({"tax": [before]}))
        counter.context.settings.channels = str(file)
        channels = counter.context.parts.keys.channels
        channels._given.append(str(file))
        file.write_text(json.dumps({"tax": [after, before]}))
        channels._looked_at = -1e9
        other.server.sender = WebhookSender("tax", (after,))
        other.server.asker = after
        assert (await tried(operator, other))["fault"] is None
        for secret in (before, after):
            assert (await counter.deliver(WebhookSender("tax", (secret,)).test())).status_code == 202
        file.write_text(json.dumps({"tax": [after]}))
        channels._looked_at = -1e9
        assert (await counter.deliver(WebhookSender("tax", (before,)).test())).status_code == 401
        assert (await tried(operator, other))["fault"] is None
