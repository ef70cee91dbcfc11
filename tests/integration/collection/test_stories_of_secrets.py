"""Secrets of channels over the API: two persons make one, it counts beside the old, and the old one ends."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from canbao.simulator.standard_webhook import WebhookSender
from services.collection.secrets.loading import load

PATH = "/v1/channel-secrets"
WANTED = {"channel": "tax-youxi", "county": "youxi", "reason": "启用新渠道"}


class Operators:
    """The first asks, the second agrees."""

    def __init__(self, counter, first, second):
        self.counter, self.first, self.second = counter, first, second

    async def made(self, **changes):
        answer = await self.first.post(PATH, json=WANTED | changes)
        assert answer.status_code == 202, answer.text
        number = answer.json()["approval_id"]
        agreed = await self.second.post(f"/v1/approvals/{number}/approve", json={})
        assert agreed.status_code == 200, agreed.text
        await load(self.counter.context)
        return (await self.first.get(PATH)).json()["items"][-1]

    async def shown(self, secret_id):
        answer = await self.first.post(f"{PATH}/{secret_id}/disclosure")
        assert answer.status_code == 200, answer.text
        return answer.json()["secret"]

    async def heard(self, secret, channel="tax-youxi"):
        sender = WebhookSender(channel, (secret,))
        return (await self.counter.deliver(sender.test())).status_code


@pytest.fixture
async def operators(counter, client):
    app = counter.http._transport.app
    made = [
        await client(
            counter.context,
            scopes=["channels:write"],
            subject=f"operator-{number}",
            division="350426",
            app=app,
        )
        for number in (1, 2)
    ]
    for one in made:
        one.headers["canbao-clock"] = counter.http.headers["canbao-clock"]
    return Operators(counter, *made)


class TestASecret:
    async def test_is_made_by_two_and_believed_beside_the_old_one_until_that_is_taken_out(self, operators):
        old = await operators.made()
        first = await operators.shown(old["secret_id"])
        assert await operators.heard(first) == 202
        new = await operators.made(reason="年度更换")
        second = await operators.shown(new["secret_id"])
        assert [await operators.heard(one) for one in (first, second)] == [202, 202]
        ended = await operators.second.post(f"{PATH}/{old['secret_id']}/retirement")
        assert (ended.status_code, ended.json()["retired_by"]) == (200, "operator-2")
        await load(operators.counter.context)
        assert [await operators.heard(one) for one in (first, second)] == [401, 202]
        rows = await operators.counter.rows("SELECT key IS NULL AS gone FROM channel_secrets ORDER BY 1")
        assert [row.gone for row in rows] == [False, True]
        again = await operators.second.post(f"{PATH}/{old['secret_id']}/retirement")
        assert again.status_code == 409

    async def test_is_not_made_for_a_channel_of_the_settings_that_counties_may_share(self, operators):
        answer = await operators.first.post(PATH, json=WANTED | {"channel": "tax"})
        assert (answer.status_code, answer.json()["type"].rsplit(":")[-1]) == (409, "channel-of-the-settings")
        keys = operators.counter.keys
        assert [await operators.heard(one, "tax") for one in (keys.tax, keys.tax_next)] == [202] * 2

    async def test_tells_of_money_of_its_own_county_alone(self, operators):
        made = await operators.made()
        sender = WebhookSender("tax-youxi", (await operators.shown(made["secret_id"]),))
        items = ({"id_number": "350426198001010026", "name": "张三", "amount_fen": 25_000},)
        told = {
            county: await operators.counter.deliver(
                sender.payment(
                    {
                        "transaction_no": f"S-{county}",
                        "paid_at": "2019-10-05T10:00:00+08:00",
                        "amount_fen": 25_000,
                        "county": county,
                        "coverage_year": 2020,
                        "items": items,
                    }
                )
            )
            for county in ("youxi", "dongan")
        }
        assert [told[county].status_code for county in ("youxi", "dongan")] == [202, 422]
        assert [one["pointer"] for one in told["dongan"].json()["errors"]] == ["#/data/county"]
        rows = await operators.counter.rows("SELECT county FROM notifications")
        assert [row.county for row in rows] == ["youxi"]

    async def test_is_tried_by_operators_of_its_own_county_alone(self, operators, client):
        await operators.made()
        stranger = await client(
            operators.counter.context,
            scopes=["channels:write"],
            subject="stranger",
            division="431122",
            app=operators.counter.http._transport.app,
        )
        refused = await stranger.post("/v1/channels/tax-youxi/test")
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:canbao:problem:outside-division")
        assert await operators.counter.count("notifications") == 0
        assert (await operators.first.post("/v1/channels/tax-youxi/test")).status_code == 200

    async def test_is_not_made_by_one_alone_or_without_the_right(self, operators, client):
        asked = (await operators.first.post(PATH, json=WANTED)).json()["approval_id"]
        path, agreed = f"/v1/approvals/{asked}/approve", {}
        assert (await operators.first.post(path, json=agreed)).status_code == 403
        officer = await client(
            operators.counter.context,
            scopes=["collection:read", "collection:write"],
            subject="officer",
            app=operators.counter.http._transport.app,
        )
        assert (await officer.post(path, json=agreed)).status_code == 403
        assert (await officer.post(PATH, json=WANTED)).status_code == 403
        assert (await operators.first.get(PATH)).json()["items"] == []

    async def test_is_shown_once_and_to_who_asked_alone(self, operators):
        made = await operators.made()
        path = f"{PATH}/{made['secret_id']}/disclosure"
        assert (await operators.second.post(path)).status_code == 403
        secret = await operators.shown(made["secret_id"])
        assert (await operators.first.post(path)).status_code == 403
        listed = (await operators.first.get(PATH)).text
        assert secret not in listed and secret.removeprefix("whsec_") not in listed
        seen = await operators.counter.rows("SELECT operation FROM person_lookups ORDER BY id")
        assert [row.operation for row in seen] == [
            *("new_channel_secret", "approve_approval", "show_channel_secret_refused"),
            *("show_channel_secret", "show_channel_secret_refused"),
        ]

    async def test_is_of_one_county_and_no_wallets(self, operators, client):
        await operators.made()
        app = operators.counter.http._transport.app
        stranger = await client(
            operators.counter.context, scopes=["channels:write"], subject="other", app=app
        )
        refusals = [
            (operators.first, WANTED | {"county": "huining"}, 403),
            (stranger, WANTED | {"county": "huining"}, 409),
            (operators.first, WANTED | {"channel": "alipay"}, 422),
            (operators.first, WANTED | {"county": "nowhere"}, 404),
            (operators.first, WANTED | {"public_key": "whsec_abc"}, 422),
            # It has the form of one, and is none: 33 bytes.
            (operators.first, WANTED | {"public_key": "whpk_" + "A" * 44}, 422),
        ]
        for http, body, status in refusals:
            answer = await http.post(PATH, json=body)
            assert answer.status_code == status, answer.text

    async def test_is_not_made_for_wechat_that_is_not_configured(self, operators):
        operators.counter.context.parts.keys.channels._channels.pop("wechat", None)
        answer = await operators.first.post(PATH, json=WANTED | {"channel": "wechat"})
        assert (answer.status_code, answer.json()["type"].rsplit(":")[-1]) == (422, "channel-has-other-keys")

    async def test_may_be_the_senders_own_key(self, operators):
        key = Ed25519PrivateKey.generate()
        public = "whpk_" + b64encode(key.public_key().public_bytes_raw()).decode()
        await operators.made(public_key=public)
        test = await operators.first.post("/v1/channels/tax-youxi/test")
        assert (test.status_code, test.json()["type"].rsplit(":")[-1]) == (422, "channel-not-tried")


class TestATest:
    async def test_goes_through_our_own_door_and_says_what_was_verified(self, operators):
        made = await operators.made()
        told = (await operators.first.post("/v1/channels/tax-youxi/test")).json()
        assert told["checked"] == ["signed", "signature", "timestamp", "form", "stored"]
        assert (told["fault"], told["fingerprint"]) == (None, made["fingerprint"])
        (kept,) = await operators.counter.rows("SELECT id, channel, kind FROM notifications")
        assert (kept.id, kept.channel, kept.kind) == (told["notification_id"], "tax-youxi", "other")
        await operators.counter.match()
        assert await operators.counter.count("payments") == 0

    async def test_of_what_is_not_there_says_so(self, operators):
        assert (await operators.first.post("/v1/channels/nobody/test")).status_code == 404
        assert (await operators.first.post("/v1/channels/alipay/test")).status_code == 422
