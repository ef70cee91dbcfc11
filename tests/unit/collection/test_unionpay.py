"""Notices of UnionPay: vectors that openssl signed, the simulator against the service, and tampering."""

import json
import tracemalloc
from base64 import b64decode, encodebytes
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from canbao.simulator.unionpay import COMMON_NAME, UnionPaySender, issue
from libs.common.clock import SHANGHAI
from libs.common.security.digests import Digests
from libs.common.web.problems import Problem
from services.collection.channels import former
from services.collection.channels.keyring import KeysInvalid, load_keys
from services.collection.channels.port import OTHER, PAYMENT, RETURN
from services.collection.channels.unionpay import SIGNER, UnionPayMerchant, named, read_authorities
from services.collection.channels.unionpay_notices import UnionPayChannel
from services.collection.settings import CollectionSettings

NOW = datetime(2019, 11, 20, 10, tzinfo=SHANGHAI)
YESTERDAY = NOW - timedelta(days=1)
ROOT = issue("UnionPay of tests", None, YESTERDAY)
MIDDLE = issue("Middle of tests", ROOT, YESTERDAY)
SENDER = UnionPaySender("777290058110097", issue(COMMON_NAME, MIDDLE, YESTERDAY, days=30))
MERCHANT = UnionPayMerchant(SENDER.mer_id, [ROOT.certificate, MIDDLE.certificate])
CHANNEL = UnionPayChannel(MERCHANT)
PAID = {"query_id": "781911201000000674028", "order_id": "O1", "amount_fen": 25_010, "paid_at": NOW}
BACK = {
    "query_id": "781911211000000674038", "original_id": PAID["query_id"], "order_id": "R1",
    "amount_fen": 10, "returned_at": NOW + timedelta(days=1),
}  # fmt: skip


def read(request, channel=CHANNEL, at=NOW):
    return channel.read(request.body, request.headers, now=0, received_at=at)


def refused(request, channel=CHANNEL, at=NOW):
    with pytest.raises(Problem) as problem:
        read(request, channel, at)
    assert problem.value.status == 401
    answer = channel.refused(problem.value)
    assert (answer.status, answer.body) == (401, b"failure")
    return str(problem.value.detail)


def reported(request):
    return CHANNEL.reported(request.body, read(request).content)


def returned(request):
    return CHANNEL.returned(request.body, read(request).content)


class TestPurchases:
    def test_what_others_signed_is_believed_in_the_time_of_its_certificate(self, vectors):
        made = vectors("unionpay.json")
        channel = UnionPayChannel(UnionPayMerchant(made["mer_id"], read_authorities(made["authorities"])))
        at = datetime.fromisoformat(made["at"])
        found = channel.read(made["body"].encode(), {}, now=0, received_at=at)
        assert (found.kind, found.dedupe_key) == (PAYMENT, made["query_id"])
        assert channel.reported(b"", found.content).amount_fen == made["amount_fen"]
        with pytest.raises(Problem):
            channel.read(made["body"].encode(), {}, now=0, received_at=at + timedelta(days=9000))

    def test_are_read_to_the_fen_and_the_second_of_china(self):
        told = reported(SENDER.payment(**PAID))
        assert (told.transaction_no, told.order_no, told.amount_fen) == (PAID["query_id"], "O1", 25_010)
        assert (told.paid_at, told.doubt) == (NOW, None)

    @pytest.mark.parametrize(
        ("asked", "carried_out", "at"),
        [
            ("20191231235950", "0101000003", datetime(2020, 1, 1, 0, 0, 3, tzinfo=SHANGHAI)),
            ("20200101000001", "1231235959", datetime(2019, 12, 31, 23, 59, 59, tzinfo=SHANGHAI)),
            ("20200229100000", "0229100001", datetime(2020, 2, 29, 10, 0, 1, tzinfo=SHANGHAI)),
            ("20191120100000", None, datetime(2019, 11, 20, 10, tzinfo=SHANGHAI)),
            ("20191120100000", "0229100001", datetime(2020, 2, 29, 10, 0, 1, tzinfo=SHANGHAI)),
        ],
    )
    def test_their_year_is_the_one_nearest_to_when_they_were_asked_for(self, asked, carried_out, at):
        assert reported(SENDER.payment(**PAID, txnTime=asked, traceTime=carried_out)).paid_at == at

    @pytest.mark.parametrize(
        ("changes", "doubt"),
        [({"merId": "1"}, "unknown_order"), ({"currencyCode": "840"}, "wrong_amount")],
    )
    def test_for_another_merchant_or_in_other_money_are_doubtful(self, changes, doubt):
        assert reported(SENDER.payment(**PAID, **changes)).doubt == doubt

    @pytest.mark.parametrize(
        ("code", "kind"), [("00", PAYMENT), ("A6", PAYMENT), ("03", OTHER), ("05", OTHER), ("34", OTHER)]
    )
    def test_only_what_succeeded_is_money(self, code, kind):
        assert read(SENDER.payment(**PAID, respCode=code)).kind == kind

    @pytest.mark.parametrize("txn_type", ["00", "02", "21", "76", ""])
    def test_other_transactions_are_only_kept(self, txn_type):
        assert read(SENDER.payment(**PAID, txnType=txn_type)).kind == OTHER

    @pytest.mark.parametrize(
        "changes",
        [
            *({"txnAmt": text} for text in ("", "0", "-1", "250.10", "２５", "1" * 13, None)),
            *({"txnTime": text} for text in ("", "2019-11-20", "20190230100000", "19991231000000")),
            {"traceTime": "noon"},
            {"orderId": "O\x001"},
        ],
    )
    def test_that_cannot_be_read_are_kept_to_be_looked_at_and_never_sent_away(self, changes):
        found = read(SENDER.payment(**PAID, **changes))
        assert (found.kind, found.dedupe_key) == (PAYMENT, f"unread:{PAID['query_id']}")
        with pytest.raises(ValueError, match="validation error"):
            CHANNEL.reported(b"", found.content)

    def test_the_payers_page_and_the_notice_behind_it_say_the_same(self):
        successor = SENDER.signed_by(issue(COMMON_NAME, MIDDLE, YESTERDAY))
        front, back = read(SENDER.payment(**PAID)), read(successor.payment(**PAID, respMsg="success"))
        assert (front.dedupe_key, front.content_sha256) == (back.dedupe_key, back.content_sha256)

    def test_stay_readable_when_the_merchant_is_gone_but_nobodys(self):
        request = SENDER.payment(**PAID)
        told = former.reported_by(request.body, read(request).content)
        assert (told.transaction_no, told.doubt) == (PAID["query_id"], "unknown_order")


class TestMoneyThatWentBack:
    @pytest.mark.parametrize(("txn_type", "kind"), [("04", "refund"), ("31", "reversal")])
    def test_names_its_purchase(self, txn_type, kind):
        request = SENDER.refund(**BACK, txnType=txn_type)
        told = returned(request)
        assert read(request).kind == RETURN
        assert (told.kind, told.status, told.amount_fen) == (kind, "done", 10)
        assert (told.transaction_no, told.return_no) == (PAID["query_id"], BACK["query_id"])
        assert told.returned_at == BACK["returned_at"]

    @pytest.mark.parametrize("code", ["03", "34"])
    def test_for_certain_or_not_is_for_somebody_to_look_at(self, code):
        request = SENDER.refund(**BACK, respCode=code)
        assert returned(request).status == "abnormal"
        assert read(request).dedupe_key != read(SENDER.refund(**BACK)).dedupe_key

    def test_without_its_purchase_cannot_be_read(self):
        found = read(SENDER.refund(**BACK, origQryId=None))
        assert (found.kind, found.dedupe_key) == (RETURN, f"unread:{BACK['query_id']}")


class TestCertificates:
    def test_that_nobody_issued_are_not_believed_whatever_they_name(self):
        alone = issue(COMMON_NAME, None, YESTERDAY)
        assert "itself" in refused(SENDER.signed_by(alone).payment(**PAID))

    def test_of_another_root_of_the_same_names_are_not_believed(self):
        root = issue("UnionPay of tests", None, YESTERDAY)
        forged = issue(COMMON_NAME, issue("Middle of tests", root, YESTERDAY), YESTERDAY)
        assert "root" in refused(SENDER.signed_by(forged).payment(**PAID))

    def test_that_a_merchant_issued_with_its_own_are_not_believed(self):
        merchant = issue("041@Z1@某商户@1", MIDDLE, YESTERDAY)
        assert "root" in refused(SENDER.signed_by(issue(COMMON_NAME, merchant, YESTERDAY)).payment(**PAID))

    @pytest.mark.parametrize("name", ["041@Z1@某商户@1", SIGNER, f"041@{SIGNER}", "041@Z1@00040000:SIGN@1"])
    def test_of_others_that_the_root_issued_are_not_believed(self, name):
        assert "UnionPay's" in refused(SENDER.signed_by(issue(name, MIDDLE, YESTERDAY)).payment(**PAID))

    def test_of_the_test_environment_are_believed_where_they_are_configured(self):
        signer = issue("041@Z2017-11-1@00040000:SIGN@00000001", MIDDLE, YESTERDAY)
        merchant = UnionPayMerchant(SENDER.mer_id, MERCHANT.authorities, "00040000:SIGN")
        assert read(SENDER.signed_by(signer).payment(**PAID), UnionPayChannel(merchant)).kind == PAYMENT

    @pytest.mark.parametrize("days", [-2, 31])
    def test_count_while_they_are_in_date_also_when_they_were_believed_before(self, days):
        channel = UnionPayChannel(MERCHANT)
        read(SENDER.payment(**PAID), channel)
        assert "in date" in refused(SENDER.payment(**PAID), channel, NOW + timedelta(days=days))

    def test_count_while_all_above_them_are_in_date(self):
        middle = issue("Middle of tests", ROOT, YESTERDAY, days=5)
        merchant = UnionPayMerchant(SENDER.mer_id, [ROOT.certificate, middle.certificate])
        request = SENDER.signed_by(issue(COMMON_NAME, middle, YESTERDAY)).payment(**PAID)
        channel = UnionPayChannel(merchant)
        read(request, channel)
        assert "in date" in refused(request, channel, NOW + timedelta(days=6))

    def test_of_which_any_byte_was_changed_are_refused_and_break_nothing(self):
        fields = dict(parse_qsl(SENDER.payment(**PAID).body.decode()))
        lines = fields["signPubKeyCert"].splitlines(keepends=True)
        der = b64decode("".join(lines[1:-1]))
        for place in range(len(der)):
            changed = der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :]
            fields["signPubKeyCert"] = f"{lines[0]}{encodebytes(changed).decode()}{lines[-1]}"
            refused(SimpleNamespace(body=urlencode(fields).encode(), headers={}))

    def test_are_not_kept_for_whoever_only_writes_them_anew(self):
        channel = UnionPayChannel(MERCHANT)
        fields = dict(parse_qsl(SENDER.payment(**PAID).body.decode()))
        pem = fields["signPubKeyCert"]
        tracemalloc.start()
        try:
            for number in range(50):
                fields["signPubKeyCert"] = f"{number:0100000}\r\n{pem}"
                with pytest.raises(Problem):
                    channel.read(urlencode(fields).encode(), {}, now=0, received_at=NOW)
            assert tracemalloc.get_traced_memory()[0] < 1_000_000
        finally:
            tracemalloc.stop()

    def test_that_are_none_are_refused(self):
        fields = dict(parse_qsl(SENDER.payment(**PAID).body.decode()))
        for text in ("x", "-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----"):
            with pytest.raises(Problem) as problem:
                body = urlencode(fields | {"signPubKeyCert": text}).encode()
                CHANNEL.read(body, {}, now=0, received_at=NOW)
            assert problem.value.status == 401

    def test_say_whom_they_name(self):
        assert named(x509.load_pem_x509_certificate(SENDER.signer.pem.encode())) == SIGNER
        assert named(ROOT.certificate) is None


class TestForgery:
    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_a_field_that_was_changed_added_or_taken_out_is_refused(self, data):
        fields = dict(parse_qsl(SENDER.payment(**PAID).body.decode()))
        name = data.draw(st.sampled_from([*sorted(fields.keys() - {"signature"}), "zz_new"]))
        value = data.draw(st.text(min_size=1, max_size=20).filter(lambda text: text != fields.get(name)))
        tampered = fields | {name: value}
        if name in fields and data.draw(st.booleans()):
            del tampered[name]
        with pytest.raises(Problem) as problem:
            CHANNEL.read(urlencode(tampered, errors="replace").encode(), {}, now=0, received_at=NOW)
        assert problem.value.status == 401

    @pytest.mark.parametrize(
        "changes",
        [
            *({"signature": text} for text in ("", "no base64!", "AAAA")),
            *({"signMethod": "11"}, {"version": "5.0.0"}, {"signPubKeyCert": ""}),
        ],
    )
    def test_a_signature_that_is_none_is_refused(self, changes):
        fields = dict(parse_qsl(SENDER.payment(**PAID).body.decode())) | changes
        with pytest.raises(Problem) as problem:
            CHANNEL.read(urlencode(fields).encode(), {}, now=0, received_at=NOW)
        assert problem.value.status == 401


class TestKeys:
    account: ClassVar = {"mer_id": "777", "authorities": [ROOT.pem, MIDDLE.pem]}

    def load(self, unionpay, **others):
        given = CollectionSettings(_env_prefix="UNSET_", unionpay=json.dumps(unionpay), **others)
        return load_keys(given, Digests(b"d" * 32)).channels

    def test_a_county_may_have_a_merchant_of_its_own(self):
        assert set(self.load({"unionpay": self.account, "unionpay-youxi": self.account})) == {
            *("unionpay", "unionpay-youxi")
        }

    @pytest.mark.parametrize(
        "given",
        [
            {"unionpay": {}},
            {"unionpay": account | {"authorities": [ROOT.pem]}},
            {"unionpay": account | {"authorities": [MIDDLE.pem, MIDDLE.pem]}},
            {"unionpay": account | {"authorities": ["x", "y"]}},
            {"unionpay": account | {"root": "misspelled"}},
            {"tax": account},
        ],
    )
    def test_a_setting_that_cannot_be_used_is_named(self, given):
        generic = {"channels": json.dumps({"tax": ["whsec_" + "A" * 44]})}
        with pytest.raises(KeysInvalid, match="CANBAO_COLLECTION_UNIONPAY"):
            self.load(given, **generic)


def test_the_clock_is_that_of_the_business_not_of_the_machine():
    assert datetime.now(UTC) > NOW + timedelta(days=31), "the certificates of these tests are out of date"
