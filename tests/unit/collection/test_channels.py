"""Signatures of channels: vectors that openssl signed, and the simulator against the service."""

import base64
import json
import subprocess
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from canbao.simulator.standard_webhook import WebhookSender
from canbao.simulator.wechat import WeChatSender
from libs.common.security.digests import Digests
from libs.common.security.webhooks import WebhookKeyRing, WebhookRejected
from libs.common.web.problems import Problem
from services.collection.channels import wechat
from services.collection.channels.accounts import WeChatCalls
from services.collection.channels.by_hand import is_taken_by_hand
from services.collection.channels.generic import NotifiedPayment, StandardWebhookChannel, digest_of_claim
from services.collection.channels.keyring import KeysInvalid, load_keys
from services.collection.channels.port import OTHER, PAYMENT
from services.collection.channels.wallet import WeChatChannel
from services.collection.settings import CollectionSettings

NOW = datetime(2019, 11, 20, 2, 0, 5, tzinfo=UTC)
SENT_AT = 1_574_215_205


@pytest.fixture
def payment(vectors) -> dict:
    """A signed payment: secret, id, timestamp, payload, signature."""
    return vectors("standard_webhooks.json")["payment"]


def headers_of(payment: dict) -> dict[str, str]:
    return {
        "webhook-id": payment["id"],
        "webhook-timestamp": str(payment["timestamp"]),
        "webhook-signature": payment["signature"],
    }


@pytest.fixture(scope="module")
def key():
    return generate_private_key(65537, 2048)


@pytest.fixture
def sender(key):
    return WeChatSender("1900000001", "wxtest", b"k" * 32, "PUB_KEY_ID_7", key)


@pytest.fixture
def channel(key):
    merchant = wechat.WeChatMerchant("1900000001", "wxtest", b"k" * 32, {"PUB_KEY_ID_7": key.public_key()})
    return WeChatChannel(merchant)


def read(channel, request, now=SENT_AT):
    return channel.read(request.body, request.headers, now=now, received_at=NOW)


class TestStandardWebhook:
    def test_a_payment_that_others_signed_is_read(self, payment):
        channel = StandardWebhookChannel(WebhookKeyRing([payment["secret"]]))
        body = payment["payload"].encode()
        found = channel.read(body, headers_of(payment), now=payment["timestamp"], received_at=NOW)
        assert (found.dedupe_key, found.kind, found.webhook_id) == ("T20191120000001", PAYMENT, "msg_1")
        assert (found.county, found.coverage_year) == ("youxi", 2020)
        reported = channel.reported(body, None)
        assert (reported.amount_fen, reported.items[0].name) == (25000, "林秀英")

    def test_signatures_of_others_verify_and_their_negatives_do_not(self, vectors):
        decoys = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,Ceo5qEr07ixe2NLpvHk3FH9bwy v1,"
        for case in vectors("standard_webhooks.json")["sign"]:
            ring, body = WebhookKeyRing([case["secret"]]), case["payload"].encode()
            at, signature = case["timestamp"], case["signature"]
            among_decoys = f"{decoys} {signature}"
            for good in (signature, among_decoys):
                ring.verify(case["id"], str(at), good, body, at + 300)
            for now, bad in (
                (at + 301, among_decoys),
                (at - 301, among_decoys),
                (at, decoys),
                (at, "v1,"),
                (at, signature[:8]),
            ):
                with pytest.raises(WebhookRejected):
                    ring.verify(case["id"], str(at), bad, body, now)

    def test_the_official_library_agrees_with_our_sender(self, payment):
        from standardwebhooks import Webhook

        secret = payment["secret"]
        request = WebhookSender("tax", (secret,)).payment({"transaction_no": "T1"})
        assert Webhook(secret).verify(request.body, request.headers)["data"] == {"transaction_no": "T1"}

    @pytest.mark.parametrize(
        ("paid_at", "digest"),
        [
            ("2019-11-20T10:00:00+08:00", "9bef0d7ba6731772ca2e96cd634cd511fa0df56cf63531e11531649736e115fa"),
            ("2019-11-20T02:00:00.25Z", "0b45bb868631b00c9d751d52c33c4573424c02afa0ce155630e4e3c8037df8e5"),
        ],
    )
    def test_what_was_stored_by_former_releases_is_known_again(self, paid_at, digest):
        names = {"350426198006152246": ("林秀英", 25_000), "35042619800615214x": ("Anna May", 5)}
        said = NotifiedPayment(
            transaction_no="T1",
            paid_at=paid_at,
            amount_fen=25_005,
            county="youxi",
            coverage_year=2020,
            order_no="O1",
            items=[
                {"id_number": number, "name": name, "amount_fen": fen}
                for number, (name, fen) in names.items()
            ],
        )
        assert digest_of_claim(said).hex() == digest

    def test_content_is_what_is_said_not_how_it_is_written(self, payment):
        channel = StandardWebhookChannel(WebhookKeyRing([payment["secret"]]))
        signer = WebhookSender("tax", (payment["secret"],))
        said = json.loads(payment["payload"])

        def content(body: dict, indent: int | None = None) -> bytes:
            raw = json.dumps(body, indent=indent, sort_keys=bool(indent)).encode()
            return read(channel, signer.sign(raw, "m", SENT_AT)).content_sha256

        same = content(said, indent=2)
        assert content(said | {"timestamp": "2019-11-21T00:00:00Z"}) == same
        assert content(said | {"data": said["data"] | {"amount_fen": 1}}) != same

    @pytest.mark.parametrize("amount", [0, -1, "25000", 250.0, True, 10**13, None])
    def test_amounts_are_positive_whole_fen(self, payment, amount):
        channel = StandardWebhookChannel(WebhookKeyRing([payment["secret"]]))
        said = json.loads(payment["payload"])
        said["data"]["amount_fen"] = amount
        request = WebhookSender("tax", (payment["secret"],)).sign(json.dumps(said).encode(), "m", SENT_AT)
        with pytest.raises(Problem) as refused:
            read(channel, request)
        assert refused.value.errors[0].pointer == "#/data/amount_fen"


class TestWeChat:
    def test_notifications_that_others_signed_are_verified_and_decrypted(self, vectors):
        vector = vectors("wechat.json")
        keys = wechat.read_keys(vector["keys"])
        for told in vector["notifications"]:
            body, headers, now = told["body"].encode(), told["headers"], told["sent_at"]
            wechat.verify(body, headers, keys, now)
            plain = wechat.decrypt(json.loads(body)["resource"], vector["api_v3_key"].encode())
            assert json.loads(plain) == told["resource"]
            for changed in (body + b" ", body.replace(b"TRANSACTION", b"transaction")):
                with pytest.raises(WebhookRejected):
                    wechat.verify(changed, headers, keys, now)

    def test_notifications_by_the_national_algorithms_are_verified_and_decrypted(self, vectors):
        told = vectors("wechat_sm.json")
        body, headers, now = told["body"].encode(), told["headers"], told["sent_at"]
        for pem in (told["certificate"], told["public_key"]):
            keys = wechat.read_keys({"5A": pem})
            wechat.verify(body, headers, keys, now)
            for changed in (body + b" ", body.replace(b"TRANSACTION", b"transaction")):
                with pytest.raises(WebhookRejected, match="does not verify"):
                    wechat.verify(changed, headers, keys, now)
        resource, key = json.loads(body)["resource"], told["api_v3_key"].encode()
        assert json.loads(wechat.decrypt(resource, key)) == told["resource"]
        sealed = bytearray(base64.b64decode(resource["ciphertext"]))
        sealed[0] ^= 1
        for change in (
            {"ciphertext": base64.b64encode(sealed).decode()}, {"ciphertext": "AAAA"},
            {"nonce": "nonce-of-12c"}, {"associated_data": "refund"},
            {"algorithm": "AEAD_AES_256_GCM"}, {"algorithm": "AEAD_SM4"},
        ):  # fmt: skip
            with pytest.raises(WebhookRejected):
                wechat.decrypt(resource | change, key)

    def test_a_key_signs_by_its_own_algorithm_alone(self, vectors):
        told, of_rsa = vectors("wechat_sm.json"), vectors("wechat.json")["notifications"][0]
        keys = wechat.read_keys({"5A": told["certificate"]} | vectors("wechat.json")["keys"])
        for one, other in ((told, of_rsa), (of_rsa, told)):
            for name in ("wechatpay-signature-type", "wechatpay-serial"):
                headers = one["headers"] | {name: other["headers"][name]}
                with pytest.raises(WebhookRejected):
                    wechat.verify(one["body"].encode(), headers, keys, one["sent_at"])

    def test_our_own_signature_by_sm2_is_what_openssl_makes(self, tmp_path):
        """Its key, and its verdict on what we sign."""
        key, message, signature = (tmp_path / name for name in ("key", "message", "signature"))
        made = ("openssl", "ecparam", "-name", "SM2", "-genkey", "-noout", "-out", str(key))
        subprocess.run(made, check=True, capture_output=True)
        message.write_bytes(b"GET\n/v3/pay\n")
        signer = WeChatCalls(serial_no="5A", private_key=key.read_text()).signer()
        assert signer.scheme == "WECHATPAY2-SM2-WITH-SM3"
        signature.write_bytes(base64.b64decode(signer.sign(message.read_bytes())))
        verify = ("openssl", "dgst", "-sm3", "-prverify", str(key), "-sigopt", "distid:1234567812345678")
        subprocess.run((*verify, "-signature", str(signature), str(message)), check=True, capture_output=True)

    def test_resources_that_others_sealed_are_opened(self, vectors):
        for case in vectors("wechat.json")["sealed"]["good"]:
            assert wechat.decrypt(case, case["key"].encode()).decode() == case["plaintext"]

    def test_a_resource_in_which_one_thing_was_changed_stays_closed(self, vectors):
        for case in vectors("wechat.json")["sealed"]["bad"]:
            with pytest.raises(WebhookRejected):
                wechat.decrypt(case, case["key"].encode())

    def test_keys_of_both_kinds_stand_on_the_ring_at_once_in_either_case(self, vectors):
        pems = vectors("wechat.json")["keys"]
        public, certificate = pems
        for written in (certificate, certificate.lower()):
            ring = wechat.read_keys({public: pems[public], written: pems[certificate]})
            assert set(ring) == {public, certificate.lstrip("0")}

    def test_a_payment_is_known_by_its_transaction_however_it_is_wrapped(self, sender, channel):
        told = {
            "transaction_id": "W1",
            "out_trade_no": "O1",
            "amount_fen": 100,
            "paid_at": NOW,
            "sent_at": SENT_AT,
        }
        first, second = (read(channel, sender.payment(**told)) for _ in range(2))
        assert (first.dedupe_key, first.kind) == ("W1", PAYMENT)
        assert first.content_sha256 == second.content_sha256
        other = read(channel, sender.payment(**(told | {"amount_fen": 101})))
        assert other.content_sha256 != first.content_sha256

    @pytest.mark.parametrize(
        ("changes", "doubt"),
        [
            ({}, None),
            ({"mchid": "1"}, "unknown_order"),
            ({"amount": {"total": 1, "currency": "USD"}}, "wrong_amount"),
        ],
    )
    def test_what_does_not_fit_after_the_signature_is_doubtful(self, sender, channel, changes, doubt):
        told = {
            "transaction_id": "W1",
            "out_trade_no": "O1",
            "amount_fen": 100,
            "paid_at": NOW,
            "sent_at": SENT_AT,
        }
        found = read(channel, sender.payment(**(told | changes)))
        reported = channel.reported(b"", found.content)
        assert (reported.doubt, reported.order_no, reported.transaction_no) == (doubt, "O1", "W1")

    @pytest.mark.parametrize(
        "changes",
        [
            {"success_time": "9999-12-31T23:59:59-23:59"},
            {"success_time": "1574215200"},
            {"out_trade_no": "O\x001"},
            {"amount": {"total": 10**19}},
            {"transaction_id": None},
        ],
    )
    def test_a_payment_that_cannot_be_read_is_kept_to_be_looked_at_and_never_sent_away(
        self, sender, channel, changes
    ):
        told = {
            "transaction_id": "W1",
            "out_trade_no": "O1",
            "amount_fen": 100,
            "paid_at": NOW,
            "sent_at": SENT_AT,
        }
        first, again = (read(channel, sender.payment(**(told | changes))) for _ in range(2))
        assert first.kind == PAYMENT
        assert first.dedupe_key.startswith("unread:")
        assert first.content_sha256 == again.content_sha256
        with pytest.raises(ValueError, match="validation error"):
            channel.reported(b"", first.content)

    def test_a_resource_that_is_nested_too_deeply_to_be_written_is_kept_as_it_came(
        self, sender, channel, monkeypatch
    ):
        writer = SimpleNamespace(dumps=lambda value, *_, **__: json.dumps(value).encode())
        monkeypatch.setattr("canbao.simulator.wechat.orjson", writer)
        deep: list = []
        for _ in range(300):
            deep = [deep]
        told = {
            "transaction_id": "W1",
            "out_trade_no": "O1",
            "amount_fen": 100,
            "paid_at": NOW,
            "sent_at": SENT_AT,
        }
        found = read(channel, sender.payment(**told, attach=deep))
        assert channel.reported(b"", found.content).amount_fen == 100

    def test_a_transaction_that_is_not_paid_is_only_kept_and_a_refunded_one_was_paid(self, sender, channel):
        told = {
            "transaction_id": "W1",
            "out_trade_no": "O1",
            "amount_fen": 100,
            "paid_at": NOW,
            "sent_at": SENT_AT,
        }
        assert read(channel, sender.payment(**told, trade_state="NOTPAY")).kind == OTHER
        refunded = read(channel, sender.payment(**told, trade_state="REFUND"))
        assert (refunded.kind, refunded.dedupe_key) == (PAYMENT, "W1 REFUND")

    def test_the_window_of_the_timestamp_is_five_minutes_on_both_sides(self, sender, channel):
        request = sender.payment(
            transaction_id="W1", out_trade_no="O1", amount_fen=1, paid_at=NOW, sent_at=SENT_AT
        )
        for drift in (-299, 299):
            read(channel, request, now=SENT_AT + drift)
        for drift in (-300, 300):
            with pytest.raises(Problem) as refused:
                read(channel, request, now=SENT_AT + drift)
            assert refused.value.status == 401

    @pytest.mark.parametrize(
        ("header", "value"),
        [
            ("wechatpay-serial", "PUB_KEY_ID_8"),
            ("wechatpay-signature", "WECHATPAY/SIGNTEST/abc"),
            ("wechatpay-signature", "not base64!"),
            ("wechatpay-signature-type", "WECHATPAY2-SM2-WITH-SM3"),
            ("wechatpay-timestamp", "soon"),
            ("wechatpay-nonce", ""),
        ],
    )
    def test_every_header_counts(self, sender, channel, header, value):
        request = sender.payment(
            transaction_id="W1", out_trade_no="O1", amount_fen=1, paid_at=NOW, sent_at=SENT_AT
        )
        request.headers[header] = value
        with pytest.raises(Problem) as refused:
            read(channel, request)
        assert refused.value.status == 401
        answer = channel.refused(refused.value)
        assert json.loads(answer.body)["code"] == "FAIL"


class TestKeys:
    digests = Digests(b"d" * 32)

    def load(self, **settings):
        return load_keys(CollectionSettings(_env_prefix="UNSET_", **settings), self.digests)

    def test_channels_are_data(self, payment):
        secret = payment["secret"]
        assert set(self.load(channels=json.dumps({"post": [secret], "tax": [secret]})).channels) == {
            "post",
            "tax",
        }
        assert self.load().channels == {}

    def test_the_last_voucher_key_makes_new_codes_and_without_any_one_is_derived(self):
        keys = json.dumps({v: base64.b64encode(v.encode() * 16).decode() for v in ("v1", "v2")})
        assert self.load(voucher_keys=keys).voucher_key_id == "v2"
        assert self.load().voucher_keys == self.load().voucher_keys != {}

    @pytest.mark.parametrize(
        "settings",
        [
            {"channels": "{"},
            {"channels": '["tax"]'},
            {"channels": '{"tax": ["whsec_dG9vIHNob3J0"]}'},
            {"channels": '{"tax": []}'},
            {"channels": '{"wechat": ["whsec_dG9vIHNob3J0"]}'},
            {"wechat_mchid": "1", "wechat_api_v3_key": "short"},
            {"wechat_mchid": "1", "wechat_api_v3_key": "k" * 32, "wechat_appid": "a"},
            {
                "wechat_mchid": "1",
                "wechat_api_v3_key": "k" * 32,
                "wechat_appid": "a",
                "wechat_keys": '{"A": "x"}',
            },
            {"voucher_keys": '{"v1": "?"}'},
        ],
    )
    def test_a_setting_that_cannot_be_used_is_named(self, settings):
        with pytest.raises(KeysInvalid, match=r"CANBAO_COLLECTION_|WeChat"):
            self.load(**settings)


class TestTakenByHand:
    def test_is_what_a_collector_wrote_down_and_never_what_a_channel_signed(self):
        assert is_taken_by_hand(b'{"type":"payment.taken_by_hand","data":{}}')
        assert not is_taken_by_hand(b'{"type":"payment.succeeded","data":{}}')
        # Twice the same member: at the door the last one counts, and so it does here.
        assert not is_taken_by_hand(b'{"type":"payment.taken_by_hand","type":"payment.succeeded","data":{}}')
