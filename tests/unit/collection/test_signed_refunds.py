"""Addresses of senders that give money back, as the setting has them, and what is signed to them."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from libs.common.security.digests import Digests
from libs.common.security.webhooks import WebhookKeyRing, WebhookRejected, generate_secret, read_private_key
from services.collection.channels.keyring import KeysInvalid, load_keys
from services.collection.channels.refunding import refunds_of
from services.collection.settings import CollectionSettings

OWN = Ed25519PrivateKey.generate()
SEED = OWN.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
PUBLIC = OWN.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
URL = "https://tax.example.cn/refunds"


def text(prefix, raw):
    return prefix + base64.b64encode(raw).decode()


def loaded(calls, channels=None, **settings):
    given = CollectionSettings(
        database_url="postgresql://x",
        channels=json.dumps(channels or {"tax": [generate_secret()]}),
        refund_calls=json.dumps(calls),
        **settings,
    )
    return load_keys(given, Digests(b"k" * 32)).channels


class TestTheSetting:
    def test_has_its_channel_asked_and_no_other(self):
        secrets = {"tax": [generate_secret()], "bank": [generate_secret()]}
        channels = loaded({"tax": {"url": URL, "within_days": 30, "most": 3}}, secrets)
        refunds = refunds_of(channels["tax"])
        assert (refunds.url, refunds.within.days, refunds.most) == (URL, 30, 3)
        assert refunds_of(channels["bank"]) is None

    @pytest.mark.parametrize(
        "calls",
        [
            {"url": "ftp://tax.example.cn"},
            {"url": URL, "within_days": 0},
            {"url": URL, "urls": URL},
            {"url": URL, "private_key": "whsk_short"},
            {},
        ],
    )
    def test_that_is_wrong_is_refused(self, calls):
        with pytest.raises(KeysInvalid):
            loaded({"tax": calls})

    def test_needs_something_by_which_we_sign(self):
        with pytest.raises(KeysInvalid, match="private_key"):
            loaded({"tax": {"url": URL}}, {"tax": [text("whpk_", PUBLIC)]})
        own = {"url": URL, "private_key": text("whsk_", SEED)}
        assert refunds_of(loaded({"tax": own}, {"tax": [text("whpk_", PUBLIC)]})["tax"]) is not None

    def test_is_none_of_a_wallet(self):
        account = {"app_id": "2019", "seller_id": "2088", "public_keys": ["x"]}
        with pytest.raises(KeysInvalid, match="alipay"):
            loaded({"alipay": {"url": URL}}, alipay=json.dumps({"alipay": account}))


class TestOurOwnKey:
    @pytest.mark.parametrize("raw", [SEED, SEED + PUBLIC], ids=["seed", "pair"])
    def test_signs_what_its_public_half_verifies(self, raw):
        key = read_private_key(text("whsk_", raw))
        headers = WebhookKeyRing([generate_secret()]).sign("m1", 1000, b"{}", by_all=True, key=key)
        receiver = WebhookKeyRing([text("whpk_", PUBLIC)])
        receiver.verify("m1", "1000", headers["webhook-signature"], b"{}", 1000)
        with pytest.raises(WebhookRejected):
            receiver.verify("m1", "1000", headers["webhook-signature"], b"{ }", 1000)

    @pytest.mark.parametrize("wrong", ["whsk_", "whpk_" + "A" * 44, "whsk_!!", "whsk_AAAA"])
    def test_that_is_none_is_refused(self, wrong):
        with pytest.raises(ValueError, match="whsk_"):
            read_private_key(wrong)
