"""Which notifications are believed: signature, keys, age and headers."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from libs.common.security.webhooks import WebhookKeyRing, WebhookRejected, generate_secret

OLD, NEW = "whsec_" + "b2xk" * 11, "whsec_" + "bmV3" * 11
NOW = 1_574_215_200
BODY = b'{"type":"payment.succeeded","data":{"url":"https:\\/\\/x"}}'


def check(ring, headers, body=BODY, now=NOW):
    ring.verify(
        headers.get("webhook-id"),
        headers.get("webhook-timestamp"),
        headers.get("webhook-signature"),
        body,
        now,
    )


@pytest.fixture
def ring() -> WebhookKeyRing:
    return WebhookKeyRing([NEW, OLD])


class TestRotation:
    """While a secret is changed, a receiver may know the old one, the new one, or both."""

    @pytest.mark.parametrize("known", [OLD, NEW])
    def test_by_all_secrets_a_receiver_believes_whichever_it_knows(self, ring, known):
        now = int(datetime.now(UTC).timestamp())
        headers = ring.sign("msg-1", now, BODY, by_all=True)
        assert Webhook(known).verify(BODY, headers)

    def test_by_the_newest_alone_the_old_one_is_not_enough(self, ring):
        check(WebhookKeyRing([NEW]), ring.sign("msg-1", NOW, BODY))
        with pytest.raises(WebhookRejected):
            check(WebhookKeyRing([OLD]), ring.sign("msg-1", NOW, BODY))


class TestKeysOfSenders:
    """`v1a`: only the sender can sign; we hold the public half."""

    key = Ed25519PrivateKey.generate()
    public = "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode()

    def headers(self, body=BODY, version="v1a", key=key):
        signature = base64.b64encode(key.sign(f"msg_1.{NOW}.".encode() + body)).decode()
        values = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW)}
        return values | {"webhook-signature": f"v1,AAAA v1a,签名 v1a,AAAA {version},{signature}"}

    def test_believes_whoever_has_the_key_beside_those_who_have_a_secret(self):
        ring = WebhookKeyRing([self.public, OLD])
        check(ring, self.headers())
        check(ring, WebhookKeyRing([OLD]).sign("msg_1", NOW, BODY))

    @pytest.mark.parametrize(
        "changes",
        [{"body": BODY + b" "}, {"version": "v1"}, {"key": Ed25519PrivateKey.generate()}],
    )
    def test_believes_nobody_else(self, changes):
        with pytest.raises(WebhookRejected) as refusal:
            check(WebhookKeyRing([self.public]), self.headers(**changes))
        assert refusal.value.reason == "mismatch"

    def test_does_not_take_the_public_half_for_a_secret(self):
        public = self.public.removeprefix("whpk_")
        with pytest.raises(WebhookRejected):
            check(WebhookKeyRing([self.public]), WebhookKeyRing([f"whsec_{public}"]).sign("msg_1", NOW, BODY))

    @pytest.mark.parametrize("key", ["whpk_", "whpk_AAAA", "whpk_?"])
    def test_a_key_that_is_none_is_refused(self, key):
        with pytest.raises(ValueError, match="whpk_"):
            WebhookKeyRing([key])


class TestVerify:
    def test_believes_the_sender_whichever_key_it_still_uses(self, ring):
        for secret in (OLD, NEW):
            check(ring, WebhookKeyRing([secret]).sign("msg_1", NOW, BODY))

    def test_no_longer_believes_a_key_that_was_taken_off(self):
        with pytest.raises(WebhookRejected) as refusal:
            check(WebhookKeyRing([NEW]), WebhookKeyRing([OLD]).sign("msg_1", NOW, BODY))

        assert refusal.value.reason == "mismatch"

    def test_believes_one_good_signature_among_others(self, ring):
        headers = ring.sign("msg_1", NOW, BODY)
        headers["webhook-signature"] = f"v1a,xyz v1,AAAA v2,BBBB {headers['webhook-signature']}"

        check(ring, headers)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"webhook-id": "msg_2"}, "mismatch"),
            ({"webhook-timestamp": str(NOW + 1)}, "mismatch"),
            ({"webhook-signature": "v1,"}, "mismatch"),
            ({"webhook-signature": "v1,签名"}, "mismatch"),
            ({"webhook-signature": "v2,abc"}, "malformed"),
            ({"webhook-timestamp": "hello"}, "malformed"),
            ({"webhook-timestamp": "١٥٧٤٢١٥٢٠٠"}, "malformed"),
            ({"webhook-timestamp": "1e9"}, "malformed"),
            ({"webhook-id": "x" * 300}, "malformed"),
            ({"webhook-id": None}, "missing_header"),
            ({"webhook-timestamp": None}, "missing_header"),
            ({"webhook-signature": ""}, "missing_header"),
        ],
    )
    def test_says_what_is_wrong_with_the_headers(self, ring, change, reason):
        with pytest.raises(WebhookRejected) as refusal:
            check(ring, ring.sign("msg_1", NOW, BODY) | change)

        assert refusal.value.reason == reason
        assert refusal.value.message_zh

    @pytest.mark.parametrize(("age", "reason"), [(301, "too_old"), (-301, "too_new")])
    def test_refuses_what_is_too_far_from_now(self, ring, age, reason):
        check(ring, ring.sign("msg_1", NOW - (age // abs(age)) * 300, BODY))
        with pytest.raises(WebhookRejected) as refusal:
            check(ring, ring.sign("msg_1", NOW - age, BODY))

        assert refusal.value.reason == reason

    @given(st.binary(max_size=60), st.binary(max_size=60))
    def test_believes_only_the_very_bytes_that_were_signed(self, signed, received):
        ring = WebhookKeyRing([NEW])
        headers = ring.sign("msg_1", NOW, signed)
        if signed == received:
            check(ring, headers, received)
        else:
            with pytest.raises(WebhookRejected):
                check(ring, headers, received)


class TestAgainstOthers:
    def test_the_reference_library_believes_us_and_we_believe_it(self, ring):
        now = datetime.now(UTC)
        seconds = int(now.timestamp())
        Webhook(NEW).verify(BODY, ring.sign("msg_1", seconds, BODY))

        theirs = Webhook(NEW).sign("msg_1", now, BODY.decode())
        ring.verify("msg_1", str(seconds), theirs, BODY, seconds)

    def test_signatures_of_openssl_are_reproduced(self, vectors):
        for vector in vectors("standard_webhooks.json")["sign"]:
            headers = WebhookKeyRing([vector["secret"]]).sign(
                vector["id"], vector["timestamp"], vector["payload"].encode()
            )
            assert headers["webhook-signature"] == vector["signature"]


class TestSecrets:
    def test_a_generated_one_is_usable_and_new_each_time(self):
        assert WebhookKeyRing([generate_secret()]).sign("msg_1", NOW, BODY)
        assert generate_secret() != generate_secret()

    @pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!", "whsec_" + "QUFB" * 22])
    def test_a_weak_or_broken_one_is_refused_at_start(self, secret):
        with pytest.raises(ValueError, match="webhook secret"):
            WebhookKeyRing([secret])

    def test_a_ring_without_keys_is_refused(self):
        with pytest.raises(ValueError, match="at least one"):
            WebhookKeyRing([])
