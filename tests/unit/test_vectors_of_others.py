"""What others published, when CANBAO_EXTRA_VECTORS names a directory of theirs: an extra, never needed."""

import base64
import io
import json
import os
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from libs.common.dates import date
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.security.webhooks import WebhookKeyRing, WebhookRejected
from services.collection.channels import alipay, sm, unionpay, wechat
from services.collection.channels.forms import signed_text
from services.collection.files.rules import Expected, Row
from services.collection.files.unpacking import read_file

pytestmark = pytest.mark.extra


def others(name: str) -> dict:
    return json.loads(Path(os.environ["CANBAO_EXTRA_VECTORS"], name).read_text())


class TestResidentIds:
    numbers = property(lambda self: others("identifiers/resident_id.json"))

    def test_every_valid_one_is_accepted(self):
        for number in self.numbers["valid_checksum"] + self.numbers["legacy_15"]["valid"]:
            assert identify(number, date(2026, 1, 1))

    def test_a_wrong_check_digit_or_date_is_refused(self):
        for kind, reason in (("invalid_checksum", "check_digit"), ("invalid_date", "birth_date")):
            for number in self.numbers[kind]:
                with pytest.raises(IdentityNumberInvalid) as refusal:
                    identify(number, date(2026, 1, 1))
                assert refusal.value.reason == reason


class TestStandardWebhooks:
    def test_published_signatures_are_reproduced_and_believed(self):
        vectors = others("standard-webhooks/vectors.json")
        for case in vectors["sign"]:
            ring, at, body = WebhookKeyRing([case["secret"]]), case["timestamp"], case["payload"].encode()
            assert ring.sign(case["id"], at, body)["webhook-signature"] == case["signature"]
            decoys = " ".join([*vectors["multi_signature_decoys"], case["signature"]])
            ring.verify(case["id"], str(at), decoys, body, at + 300)
            with pytest.raises(WebhookRejected):
                ring.verify(case["id"], str(at), decoys, body, at + 301)


class TestWeChat:
    def test_a_whole_notification_is_verified_and_decrypted(self):
        """Its test key has 16 bytes; in production the settings demand 32."""
        vector = others("wechatpay/go_notify_payscore.json")
        headers = {name.lower(): value for name, value in vector["headers"].items()}
        keys = wechat.read_keys({headers["wechatpay-serial"]: vector["wechatpay_certificate_pem"]})
        body = vector["body"].encode()
        wechat.verify(body, headers, keys, vector["now_unix"])
        resource = json.loads(body)["resource"]
        assert wechat.decrypt(resource, vector["apiv3_key"].encode()).decode() == vector["expected_plaintext"]

    def test_ciphertexts_are_opened_or_refused(self):
        for case in others("wechatpay/go_aes_gcm.json")["cases"]:
            if case.get("error"):
                with pytest.raises(WebhookRejected):
                    wechat.decrypt(case, case["key"].encode())
            else:
                assert wechat.decrypt(case, case["key"].encode()).decode() == case["plaintext"]

    def test_the_national_algorithms_are_those_of_wechats_own_library(self):
        vector = others("sm/wechatpay_java_shangmi.json")
        key = sm.read_public_key(vector["merchant_certificate_pem"])
        signature = base64.b64decode(vector["sm2"]["signature_der_base64"])
        key.verify(signature, vector["sm2"]["message"].encode())
        with pytest.raises(InvalidSignature):
            key.verify(signature, vector["sm2"]["false_message"].encode())
        assert sm.read_public_key(vector["wechat_pay_certificate_pem"]) != key
        sealed = vector["sm4_gcm"] | {"algorithm": "AEAD_SM4_GCM"}
        for name, good in (("ciphertext_base64", True), ("bad_ciphertext_base64", False)):
            said, api_key = sealed | {"ciphertext": sealed[name]}, vector["api_v3_key"].encode()
            if good:
                assert wechat.decrypt(said, api_key).decode() == sealed["plaintext"]
            else:
                with pytest.raises(WebhookRejected):
                    wechat.decrypt(said, api_key)

    def test_keys_of_both_kinds_are_read(self):
        java = others("wechatpay/java_core.json")
        public = {"PUB_KEY_ID_9": java["wechat_pay_public_key_pem"], "5A": java["wechat_pay_certificate_pem"]}
        assert set(wechat.read_keys(public)) == {"PUB_KEY_ID_9", "5A"}


class TestAlipay:
    def test_notices_of_both_rules_are_believed_and_no_changed_one(self):
        vector = others("alipay/nodejs_notify.json")
        keys = [alipay.read_key(vector[f"public_key_v{n}_pem"]) for n in (1, 2)]
        keys.append(alipay.read_key(vector["public_key_v1_base64_der"]))
        for case in vector["cases"]:
            fields = {name: value.encode() for name, value in case["form"].items()}
            if "invalid" in case["name"]:
                with pytest.raises(WebhookRejected):
                    alipay.verify(fields, keys)
                continue
            alipay.verify(fields, keys)
            for name in fields.keys() - {"sign", "sign_type"}:
                with pytest.raises(WebhookRejected):
                    alipay.verify(fields | {name: fields[name] + b"1"}, keys)


class TestUnionPay:
    def test_a_notice_of_the_test_environment_is_signed_by_its_certificate_and_no_changed_one(self):
        """Its root is not public, and its certificate has expired: the chain is not what this shows."""
        vector = others("unionpay/yansongda_notify_sandbox.json")
        said = vector["sign_content"]
        at, until = said.index("-----BEGIN"), said.index("&traceNo=")
        pem = said[at:until]
        texts = (said[: at - len("&signPubKeyCert=")] + said[until:]).split("&")
        fields = {name: value.encode() for name, _, value in (text.partition("=") for text in texts)}
        fields["signPubKeyCert"] = pem.encode()
        assert signed_text(fields) == said.encode()
        certificate = x509.load_pem_x509_certificate(pem.encode())
        assert unionpay.named(certificate) == unionpay.SIGNER
        signature, key = vector["signature_base64"].encode(), certificate.public_key()
        unionpay.verify_signature(fields, signature, key)
        for name in fields:
            with pytest.raises(WebhookRejected):
                unionpay.verify_signature(fields | {name: fields[name] + b"1"}, signature, key)


class TestBills:
    """All that others published is taken, and no change of it."""

    @pytest.mark.parametrize(
        ("name", "kind", "day", "account", "rows"),
        [
            ("wechatpay/php_bill.ALL.csv", "wechat_all", date(2019, 2, 19), "1921000401", 45),
            ("alipay/bill_detail_sample.gbk.csv", "alipay_trade", date(2019, 9, 16), "2088000000000000", 10),
            ("unionpay/zm_2014_sample.txt", "unionpay_zm", date(2014, 6, 18), "872310045110201", 5),
        ],
    )
    def test_are_read_whole_and_refused_when_an_amount_or_a_row_is_changed(
        self, name, kind, day, account, rows
    ):
        content = Path(os.environ["CANBAO_EXTRA_VECTORS"], name).read_bytes()
        lines = content.splitlines(keepends=True)
        changed = {"whole": content, "short": b"".join(lines[:-5])}
        changed |= {
            f"{old} in line {no}": b"".join([*lines[:no], line.replace(old, new, 1), *lines[no + 1 :]])
            for no, line in enumerate(lines)
            for old, new in (
                (b"`0.01,`0.00,`", b"`0.02,`0.00,`"),
                (b",0.01,0.01,", b",0.02,0.01,"),
                (b",-0.01,-0.01,", b",-0.02,-0.02,"),
                (b"C000000000001", b"C000000000002"),
            )
            if old in line
        }
        for what, said in changed.items():
            found = list(read_file(io.BytesIO(said), kind, Expected(day, account)))
            read = [one for one in found if isinstance(one, Row)]
            if what == "whole":
                assert (len(read), len(found)) == (rows, rows)
            elif what != "short" or kind != "unionpay_zm":
                assert len(found) > len(read), what

    @pytest.mark.parametrize(
        ("layout", "kind", "day"),
        [
            ("ALL", "wechat_all", date(2019, 7, 25)),
            ("ALL_legacy", "wechat_all", date(2014, 11, 10)),
            ("SUCCESS", "wechat_success", date(2019, 7, 23)),
            ("REFUND", "wechat_refund", date(2019, 7, 23)),
        ],
    )
    def test_of_every_layout_lack_nothing_but_the_rows_that_were_left_out(self, layout, kind, day):
        text = others("wechatpay/wxjava_bill_layouts.json")["bills"][layout]
        found = list(read_file(io.BytesIO(text.encode()), kind, Expected(day)))
        assert [one for one in found if isinstance(one, Row)]
        assert {one.kind for one in found if not isinstance(one, Row)} <= {"total"}
