"""Notices of Alipay: vectors that openssl signed, the simulator against the service, and tampering."""

import json
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from canbao.simulator.alipay import AlipaySender
from libs.common.clock import SHANGHAI
from libs.common.security.digests import Digests
from libs.common.web.problems import Problem
from services.collection.channels import former
from services.collection.channels.alipay import AlipaySeller, read_key
from services.collection.channels.alipay_notices import AlipayChannel
from services.collection.channels.keyring import KeysInvalid, load_keys
from services.collection.channels.port import OTHER, PAYMENT, RETURN
from services.collection.settings import CollectionSettings

NOW = datetime(2019, 11, 20, 10, tzinfo=SHANGHAI)
KEY = generate_private_key(65537, 2048)
SENDER = AlipaySender("2019073166072302", "2088531891668739", KEY)
CHANNEL = AlipayChannel(AlipaySeller(SENDER.app_id, SENDER.seller_id, [KEY.public_key()]))
TRADE = {"trade_no": "A1", "out_trade_no": "O1", "amount_fen": 25_010, "paid_at": NOW}
REFUND = TRADE | {"refunded_fen": 10, "returned_at": NOW + timedelta(days=1), "request_no": "Q1"}


def read(request, channel=CHANNEL):
    return channel.read(request.body, request.headers, now=0, received_at=NOW)


def reported(request):
    return CHANNEL.reported(request.body, read(request).content)


def returned(request):
    return CHANNEL.returned(request.body, read(request).content)


class TestPayments:
    def test_what_others_signed_by_either_rule_is_believed(self, vectors):
        made = vectors("alipay.json")
        keys = [read_key(made["key"])]
        for told in made["notices"]:
            channel = AlipayChannel(AlipaySeller("2019073166072302", "2088531891668739", keys))
            found = channel.read(told["body"].encode("latin-1"), {}, now=0, received_at=NOW)
            assert (found.kind, found.dedupe_key) == (PAYMENT, told["trade_no"])
            payment = channel.reported(b"", found.content)
            assert (payment.amount_fen, payment.doubt) == (told["amount_fen"], None)
            assert json.loads(found.content)["alipay"]["subject"] == told["subject"]

    def test_are_read_to_the_fen_and_the_second_of_china(self):
        told = reported(SENDER.payment(**TRADE))
        assert (told.transaction_no, told.order_no, told.amount_fen) == ("A1", "O1", 25_010)
        assert told.paid_at == NOW
        assert told.doubt is None

    @pytest.mark.parametrize(
        ("yuan", "fen"), [("0.01", 1), ("250", 25_000), ("250.5", 25_050), ("999999999.99", 99_999_999_999)]
    )
    def test_amounts_are_yuan(self, yuan, fen):
        assert reported(SENDER.payment(**TRADE, total_amount=yuan)).amount_fen == fen

    @pytest.mark.parametrize(
        "changes",
        [
            *(
                {"total_amount": text}
                for text in ("", "0.00", "-1", "1.001", "1e3", "２５０", "1,000.00", None)
            ),
            *(
                {"gmt_payment": text}
                for text in ("", None, "2019-02-30 10:00:00", "2019-11-20T10:00:00+08:00")
            ),
            {"gmt_payment": "1999-12-31 10:00:00"},
            {"out_trade_no": "O\x001"},
        ],
    )
    def test_that_cannot_be_read_are_kept_to_be_looked_at_and_never_sent_away(self, changes):
        first, again = (read(SENDER.payment(**(TRADE | changes), notify_time=at)) for at in ("a", "b"))
        assert (first.kind, first.dedupe_key) == (PAYMENT, "unread:A1-paid")
        assert first.content_sha256 == again.content_sha256
        with pytest.raises(ValueError, match="validation error"):
            CHANNEL.reported(b"", first.content)

    @pytest.mark.parametrize("changes", [{"seller_id": "2088"}, {"app_id": "1"}, {"seller_id": None}])
    def test_for_another_seller_or_app_are_doubtful(self, changes):
        assert reported(SENDER.payment(**TRADE, **changes)).doubt == "unknown_order"

    def test_finished_and_successful_say_the_same_of_one_trade(self):
        paid, finished = (
            read(SENDER.payment(**TRADE, trade_status=s)) for s in ("TRADE_SUCCESS", "TRADE_FINISHED")
        )
        assert (paid.kind, finished.kind) == (PAYMENT, PAYMENT)
        assert paid.dedupe_key != finished.dedupe_key
        assert paid.content_sha256 == finished.content_sha256

    def test_another_amount_under_one_number_is_another_content_and_another_subject_is_not(self):
        first = read(SENDER.payment(**TRADE)).content_sha256
        assert read(SENDER.payment(**TRADE, subject="别的", unknown="x")).content_sha256 == first
        assert read(SENDER.payment(**(TRADE | {"amount_fen": 1}))).content_sha256 != first

    def test_are_read_in_the_charset_that_they_name(self):
        fields = dict(parse_qsl(SENDER.payment(**TRADE).body.decode()))
        told = SENDER.notice({k: v for k, v in fields.items() if k != "sign"}, charset="gbk")
        assert json.loads(read(told).content)["alipay"]["subject"] == "城乡居民基本医疗保险"

    def test_stay_readable_when_the_account_is_gone_but_nobodys(self):
        request = SENDER.payment(**TRADE)
        told = former.reported_by(request.body, read(request).content)
        assert (told.transaction_no, told.doubt) == ("A1", "unknown_order")

    @pytest.mark.parametrize("state", ["WAIT_BUYER_PAY", "TRADE_CLOSED", "TRADE_PENDING"])
    def test_that_were_not_made_are_only_kept(self, state):
        assert read(SENDER.payment(**TRADE, trade_status=state, gmt_payment=None)).kind == OTHER


class TestRefunds:
    def test_of_a_part_are_no_second_payment(self):
        request = SENDER.refund(**REFUND)
        told = returned(request)
        assert read(request).kind == RETURN
        assert (told.transaction_no, told.return_no, told.status) == ("A1", "A1-Q1", "done")
        assert (told.amount_fen, told.so_far) == (10, True)
        assert told.returned_at == NOW + timedelta(days=1, milliseconds=123)

    def test_of_all_close_the_trade(self):
        told = returned(SENDER.refund(**(REFUND | {"refunded_fen": 25_010})))
        assert (told.status, told.amount_fen) == ("done", 25_010)

    def test_without_an_amount_are_for_somebody_to_look_at(self):
        closed = SENDER.payment(**TRADE, trade_status="TRADE_CLOSED", refund_fee="0.00")
        assert (returned(closed).status, returned(closed).amount_fen) == ("abnormal", None)

    def test_of_nothing_are_payments(self):
        assert read(SENDER.payment(**TRADE, refund_fee="0.00")).dedupe_key == "A1"

    def test_that_cannot_be_read_are_kept_to_be_looked_at(self):
        found = read(SENDER.refund(**REFUND, refund_fee="10 fen"))
        assert (found.kind, found.dedupe_key) == (RETURN, "unread:A1-Q1")
        with pytest.raises(ValueError, match="validation error"):
            CHANNEL.returned(b"", found.content)


class TestForgery:
    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_a_field_that_was_changed_added_or_taken_out_is_refused(self, data):
        sender = AlipaySender(SENDER.app_id, SENDER.seller_id, KEY, signs_type=data.draw(st.booleans()))
        fields = dict(parse_qsl(sender.payment(**TRADE).body.decode(), keep_blank_values=True))
        signed = sorted(fields.keys() - {"sign", "sign_type", "body"})
        name = data.draw(st.sampled_from([*signed, "zz_new"]))
        value = data.draw(st.text(min_size=1, max_size=20).filter(lambda text: text != fields.get(name)))
        tampered = fields | {name: value}
        if name in fields and data.draw(st.booleans()):
            del tampered[name]
        with pytest.raises(Problem) as refused:
            CHANNEL.read(urlencode(tampered, errors="replace").encode(), {}, now=0, received_at=NOW)
        assert refused.value.status == 401

    def test_a_field_that_stands_twice_is_no_form(self):
        body = SENDER.payment(**TRADE).body + b"&total_amount=9999.00"
        with pytest.raises(Problem) as refused:
            CHANNEL.read(body, {}, now=0, received_at=NOW)
        assert refused.value.status == 400

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"sign": ""}, "missing_header"),
            ({"sign": "no base64!"}, "malformed"),
            ({"sign": "AAAA"}, "mismatch"),
            ({"sign_type": "RSA"}, "malformed"),
            ({"sign_type": "RSA2 "}, "malformed"),
        ],
    )
    def test_a_signature_that_is_none_is_refused_in_alipays_words(self, changes, reason):
        fields = dict(parse_qsl(SENDER.payment(**TRADE).body.decode())) | changes
        with pytest.raises(Problem) as refused:
            CHANNEL.read(urlencode(fields).encode(), {}, now=0, received_at=NOW)
        assert refused.value.extensions["reason"] == reason
        answer = CHANNEL.refused(refused.value)
        assert (answer.status, answer.body) == (401, b"failure")

    @pytest.mark.parametrize("body", [b"", b"x", b"{}", b"=1", b"a=1&", b"\xff=1", b"%ff=1"])
    def test_what_is_no_form_is_refused(self, body):
        with pytest.raises(Problem) as refused:
            CHANNEL.read(body, {}, now=0, received_at=NOW)
        assert refused.value.status == 400

    def test_another_key_is_not_believed(self):
        other = AlipaySender(SENDER.app_id, SENDER.seller_id, generate_private_key(65537, 2048))
        with pytest.raises(Problem):
            read(other.payment(**TRADE))

    def test_while_a_key_follows_another_both_are_believed(self):
        other = generate_private_key(65537, 2048)
        seller = AlipaySeller(SENDER.app_id, SENDER.seller_id, [other.public_key(), KEY.public_key()])
        assert read(SENDER.payment(**TRADE), AlipayChannel(seller)).dedupe_key == "A1"


class TestKeys:
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    account: ClassVar = {"app_id": "1", "seller_id": "2", "public_keys": [pem]}

    def load(self, alipay, **others):
        given = CollectionSettings(_env_prefix="UNSET_", alipay=json.dumps(alipay), **others)
        return load_keys(given, Digests(b"d" * 32)).channels

    def test_a_county_may_have_an_account_of_its_own(self):
        bare = "".join(self.pem.strip().splitlines()[1:-1])
        given = {"alipay": self.account, "alipay-youxi": self.account | {"public_keys": [bare]}}
        assert set(self.load(given)) == {"alipay", "alipay-youxi"}

    @pytest.mark.parametrize(
        "given",
        [
            {"alipay": {}},
            {"alipay": account | {"public_keys": []}},
            {"alipay": account | {"public_keys": ["x"]}},
            {"alipay": account | {"public_key": "misspelled"}},
            {"Ali pay": account},
            {"wechat": account},
        ],
    )
    def test_a_setting_that_cannot_be_used_is_named(self, given):
        wechat = {"channels": json.dumps({"tax": ["whsec_" + "A" * 44]})}
        with pytest.raises(KeysInvalid, match="CANBAO_COLLECTION_ALIPAY"):
            self.load(given, **wechat)
