"""Operators see their channels: how each signs, when it was heard, what was refused, and whether it works."""

from canbao.simulator.standard_webhook import WebhookSender
from libs.common.security.webhooks import fingerprint
from services.collection.tallies.keeping import keep

from .test_stories_of_secrets import PATH, operators

__all__ = ["operators"]


async def listed(operators, who=None):
    """The channels by name."""
    answer = await (who or operators.first).get("/v1/channels")
    assert answer.status_code == 200, answer.text
    return {one["channel"]: one for one in answer.json()["items"]}


class TestChannels:
    async def test_are_listed_with_fingerprints_and_ages_and_never_a_secret(self, operators):
        made = await operators.made()
        secret = await operators.shown(made["secret_id"])

        found = await listed(operators)

        one = found["tax-youxi"]
        assert (one["county"], one["signed_by"], one["is_asked"]) == ("youxi", ["secret"], False)
        assert [(key["fingerprint"], key["made_by"], key["made_at"]) for key in one["keys"]] == [
            (fingerprint(secret), "operator-1", made["made_at"])
        ]
        shared, keys = found["tax"], operators.counter.keys
        assert shared["county"] is None
        assert [key["fingerprint"] for key in shared["keys"]] == [
            fingerprint(key) for key in (keys.tax, keys.tax_next)
        ]
        assert {key["made_at"] for key in shared["keys"]} == {None}
        text = (await operators.first.get("/v1/channels")).text
        assert "whsec_" not in text and secret.removeprefix("whsec_") not in text

    async def test_say_what_was_taken_and_refused_and_when(self, operators):
        made = await operators.made()
        secret = await operators.shown(made["secret_id"])
        counter = operators.counter
        assert (await listed(operators))["tax-youxi"]["heard_at"] is None
        for key in (secret, secret, "whsec_" + "A" * 43 + "="):
            await operators.heard(key)
        await counter.deliver(WebhookSender("nobody", (secret,)).test())
        await keep(counter.context)
        await operators.heard(secret)
        await keep(counter.context)

        one = (await listed(operators))["tax-youxi"]

        assert [(tally["outcome"], tally["taken"], tally["count"]) for tally in one["tallies"]] == [
            ("stored", True, 3), ("signature-invalid", False, 1),
        ]  # fmt: skip
        assert one["heard_at"] == one["tallies"][0]["last_at"]
        rows = await counter.rows("SELECT DISTINCT channel FROM channel_tallies")
        assert [row.channel for row in rows] == ["tax-youxi"], "what no channel is, is not kept"

    async def test_say_what_came_of_the_last_trial(self, operators):
        await operators.made()
        tried = await operators.second.post("/v1/channels/tax-youxi/test")
        assert tried.json()["fault"] is None

        trial = (await listed(operators))["tax-youxi"]["trial"]

        assert (trial["tried_by"], trial["fault"]) == ("operator-2", None)
        assert trial["checked"] == ["signed", "signature", "timestamp", "form", "stored"]
        assert (await listed(operators))["tax"]["trial"] is None

    async def test_of_other_counties_are_not_listed_nor_to_other_roles(self, operators, client):
        await operators.made()
        app = operators.counter.http._transport.app
        huining = await client(
            operators.counter.context, scopes=["channels:write"], division="620422", app=app
        )
        officer = await client(operators.counter.context, scopes=["collection:write"], app=app)

        assert "tax-youxi" not in await listed(operators, huining)
        assert "tax" in await listed(operators, huining)
        assert (await officer.get("/v1/channels")).status_code == 403

    async def test_that_were_taken_out_have_no_key_any_more(self, operators):
        old = await operators.made()
        await operators.made(reason="年度更换")
        await operators.second.post(f"{PATH}/{old['secret_id']}/retirement")

        keys = (await listed(operators))["tax-youxi"]["keys"]

        assert old["secret_id"] not in [key["secret_id"] for key in keys]
