"""What gateways are asked and answer: nothing is believed that is not theirs, and about the question."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from canbao.simulator import listening
from canbao.simulator.alipay_gateway import AlipayGatewayServer
from canbao.simulator.unionpay import COMMON_NAME, issue
from canbao.simulator.unionpay_gateway import UnionPayGatewayServer
from canbao.simulator.wechat import WeChatSender
from canbao.simulator.wechat_gateway import WeChatGatewayServer
from services.collection.channels.alipay import AlipaySeller
from services.collection.channels.alipay_gateway import AlipayGateway
from services.collection.channels.port import Question, Reply, Unclear
from services.collection.channels.unionpay import OwnCertificate, UnionPayMerchant
from services.collection.channels.unionpay_gateway import UnionPayGateway, read_reply
from services.collection.channels.wechat import RsaSigner, WeChatMerchant
from services.collection.channels.wechat_gateway import WeChatGateway

AT = datetime(2026, 1, 10, tzinfo=UTC)
BEGUN = datetime(2025, 1, 1, tzinfo=UTC)
OURS, THEIRS = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
ROOT = issue("Root", None, BEGUN)
MIDDLE = issue("Middle", ROOT, BEGUN)
SIGNER = issue(COMMON_NAME, MIDDLE, BEGUN)
MERCHANT = issue("Merchant", None, BEGUN)


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch):
    """Servers answer without listening: unit tests open no socket."""
    unheard = SimpleNamespace(serve_forever=None)
    monkeypatch.setattr(listening, "_Server", lambda *_: unheard)


def wechat(state="SUCCESS", **changes):
    sender = WeChatSender("19", "wx", b"k" * 32, "PUB_KEY_ID_1", THEIRS)
    server = WeChatGatewayServer(sender, "5A", OURS.public_key())
    server.paid("CB1", "W1", 25_000, "2026-01-09T10:00:00+08:00", trade_state=state, **changes)
    merchant = WeChatMerchant("19", "wx", b"k" * 32, {"PUB_KEY_ID_1": THEIRS.public_key()})
    return WeChatGateway(merchant, RsaSigner("5A", OURS)), server._signed(200, server.transactions["CB1"])


def alipay(state="TRADE_SUCCESS", **changes):
    server = AlipayGatewayServer("2019", THEIRS, OURS.public_key())
    server.paid("CB1", "W1", "250.00", "2026-01-09 10:00:00", trade_status=state, **changes)
    seller = AlipaySeller("2019", "2088", [THEIRS.public_key()])
    return AlipayGateway(seller, OURS), server._signed(server.trades["CB1"])


def unionpay(state="00", **changes):
    server = UnionPayGatewayServer("777", SIGNER, MERCHANT)
    server.paid("CB1", "20260109100000", "W1", 25_000, origRespCode=state, **changes)
    about = {"orderId": "CB1", "merId": "777", "txnType": "00", "txnTime": "20260109100000"}
    about |= {"version": "5.1.0", "encoding": "UTF-8", "respCode": "00"}
    merchant = UnionPayMerchant("777", [ROOT.certificate, MIDDLE.certificate])
    gateway = UnionPayGateway(merchant, OwnCertificate("1", OURS))
    return gateway, server._signed(about | server.purchases["CB1", "20260109100000"])


CHANNELS = pytest.mark.parametrize("channel", [wechat, alipay, unionpay])


def told(gateway, said, question=Question(order_no="CB1"), body=None):
    headers = {name.lower(): value for name, value in said.headers.items()}
    reply = Reply(said.status, headers, said.body if body is None else body)
    return gateway.told(question, reply, int(headers.get("wechatpay-timestamp", 0)), AT)


class TestAnswers:
    @CHANNELS
    def test_of_a_paid_order_are_what_a_notice_would_say(self, channel):
        gateway, said = channel()
        found = told(gateway, said)
        assert (found.outcome, found.notification.kind) == ("paid", "payment")
        assert found.notification.dedupe_key.startswith("W1 ")

    @pytest.mark.parametrize(
        ("channel", "state", "outcome"),
        [
            (wechat, "REFUND", "paid"), (wechat, "NOTPAY", "unpaid"), (wechat, "USERPAYING", "unpaid"),
            (wechat, "CLOSED", "closed"), (wechat, "REVOKED", "closed"), (wechat, "PAYERROR", "closed"),
            (alipay, "TRADE_FINISHED", "paid"), (alipay, "TRADE_CLOSED", "paid"),
            (alipay, "WAIT_BUYER_PAY", "unpaid"), (unionpay, "A6", "paid"), (unionpay, "03", "unpaid"),
            (unionpay, "04", "unpaid"), (unionpay, "05", "unpaid"), (unionpay, "51", "closed"),
        ],
    )  # fmt: skip
    def test_say_what_became_of_it(self, channel, state, outcome):
        found = told(*channel(state))
        assert (found.outcome, found.notification is not None) == (outcome, outcome == "paid")

    def test_of_a_trade_that_closed_unpaid_are_no_payment(self):
        assert told(*alipay("TRADE_CLOSED", send_pay_date="")).outcome == "closed"

    def test_of_unionpay_that_say_nothing_of_the_order_end_nothing(self):
        with pytest.raises(Unclear, match="no_origRespCode"):
            told(*unionpay(""))

    @CHANNELS
    def test_about_another_order_are_not_believed(self, channel):
        with pytest.raises(Unclear, match="of_another_order"):
            told(*channel(), Question(order_no="CB2"))

    @pytest.mark.parametrize("channel", [wechat, alipay])
    def test_about_another_transaction_are_not_believed(self, channel):
        assert told(*channel(), Question(transaction_no="W1")).outcome == "paid"
        with pytest.raises(Unclear):
            told(*channel(), Question(transaction_no="W2"))

    @CHANNELS
    def test_of_which_any_byte_was_changed_are_not_believed(self, channel):
        gateway, said = channel()
        digits = [place for place, byte in enumerate(said.body) if byte in b"0123456789"]
        assert digits
        for place in digits[:: max(1, len(digits) // 60)]:
            changed = said.body[:place] + bytes([said.body[place] ^ 1]) + said.body[place + 1 :]
            with pytest.raises(Unclear):
                told(gateway, said, body=changed)

    @CHANNELS
    @pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"a=b&a=c", b'{"alipay_trade_query_response":'])
    def test_that_are_none_are_unclear(self, channel, body):
        gateway, said = channel()
        with pytest.raises(Unclear):
            told(gateway, said, body=body)

    def test_of_an_old_signature_of_wechat_are_not_believed(self):
        gateway, said = wechat()
        headers = {name.lower(): value for name, value in said.headers.items()}
        late = int(headers["wechatpay-timestamp"]) + 301
        with pytest.raises(Unclear, match="too_old"):
            gateway.told(Question(order_no="CB1"), Reply(200, headers, said.body), late, AT)

    def test_of_unionpay_need_a_certificate_of_its_root(self):
        gateway, said = unionpay()
        stranger = UnionPayMerchant("777", [issue("Root", None, BEGUN).certificate])
        with pytest.raises(Unclear):
            told(replace(gateway, merchant=stranger), said)

    def test_of_unionpay_keep_both_signs_within_braces(self):
        assert read_reply(b"a={x=1&y=2}&b=/+=") == {"a": b"{x=1&y=2}", "b": b"/+="}


class TestQuestions:
    def test_to_unionpay_need_our_order(self):
        gateway, _ = unionpay()
        assert gateway.query(Question(transaction_no="W1"), 0) is None

    def test_are_made_by_order_or_by_transaction(self):
        gateway, _ = wechat()
        assert gateway.query(Question(order_no="CB/1"), 0).url.endswith("/out-trade-no/CB%2F1?mchid=19")
        assert gateway.query(Question(transaction_no="W1"), 0).url.endswith("/id/W1?mchid=19")
        assert gateway.query(Question(), 0) is None

    def test_show_no_key_when_they_are_printed(self):
        gateways = [channel()[0] for channel in (wechat, alipay, unionpay)]
        assert "RSAPrivateKey" not in json.dumps([repr(one) for one in gateways])
