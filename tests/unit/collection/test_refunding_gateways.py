"""What channels answer when they are asked to give money back: believed when it is theirs and about that."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from canbao.simulator import listening
from canbao.simulator.alipay_gateway import AlipayGatewayServer
from canbao.simulator.listening import Heard
from canbao.simulator.unionpay import COMMON_NAME, issue
from canbao.simulator.unionpay_gateway import UnionPayGatewayServer
from canbao.simulator.wechat import WeChatSender
from canbao.simulator.wechat_gateway import WeChatGatewayServer
from services.collection.channels import alipay_notices, unionpay_notices, wallet, wechat
from services.collection.channels.alipay import AlipaySeller
from services.collection.channels.alipay_gateway import AlipayGateway
from services.collection.channels.alipay_refunding import AlipayRefunds
from services.collection.channels.port import Reply, Unclear, Wanted
from services.collection.channels.unionpay import OwnCertificate, UnionPayMerchant
from services.collection.channels.unionpay_gateway import UnionPayGateway
from services.collection.channels.unionpay_refunding import UnionPayRefunds
from services.collection.channels.wechat import RsaSigner, WeChatMerchant
from services.collection.channels.wechat_gateway import WeChatGateway
from services.collection.channels.wechat_refunding import WeChatRefunds

AT = datetime(2026, 1, 10, 2, tzinfo=UTC)
NOW = int(AT.timestamp())
BEGUN = datetime(2025, 1, 1, tzinfo=UTC)
OURS, THEIRS = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
ROOT = issue("Root", None, BEGUN)
MIDDLE = issue("Middle", ROOT, BEGUN)
SIGNER, MERCHANT = issue(COMMON_NAME, MIDDLE, BEGUN), issue("Merchant", None, BEGUN)
NUMBER = "CR2026011010000000000000000001"


@pytest.fixture(autouse=True)
def still(monkeypatch):
    """Servers answer without listening, at the instant of the test: unit tests open no socket."""
    unheard = SimpleNamespace(serve_forever=None)
    monkeypatch.setattr(listening, "_Server", lambda *_: unheard)
    monkeypatch.setattr("canbao.simulator.wechat_gateway.time.time", lambda: NOW)


class WeChat:
    """The same questions for every channel: where 25,000 fen were paid under W1."""

    reader, kind = wallet, "wechat"

    def __init__(self):
        self.server = WeChatGatewayServer(
            WeChatSender("19", "wx", b"k" * 32, "PUB_KEY_ID_1", THEIRS), "5A", OURS.public_key()
        )
        self.server.paid("CB1", "W1", 25_000, "2026-01-09T10:00:00+08:00")
        merchant = WeChatMerchant("19", "wx", b"k" * 32, {"PUB_KEY_ID_1": THEIRS.public_key()})
        self.refunds = WeChatRefunds(WeChatGateway(merchant, RsaSigner("5A", OURS), "http://x"))

    def under_way(self):
        self.server.gives = "PROCESSING"

    def poor(self):
        self.server.balance_fen = 100

    def refuse(self):
        self.server.transactions.clear()


class Alipay:
    reader, kind = alipay_notices, "alipay"

    def __init__(self):
        self.server = AlipayGatewayServer("2019", THEIRS, OURS.public_key())
        self.server.paid("CB1", "W1", "250.00", "2026-01-09 10:00:00")
        seller = AlipaySeller("2019", "2088", [THEIRS.public_key()])
        self.refunds = AlipayRefunds(AlipayGateway(seller, OURS, "http://x"))

    def poor(self):
        self.server.balance_fen = 100

    def refuse(self):
        self.server.fails = "ACQ.TRADE_HAS_FINISHED"


class UnionPay:
    reader, kind = unionpay_notices, "unionpay"

    def __init__(self):
        self.server = UnionPayGatewayServer("777", SIGNER, MERCHANT)
        self.server.paid("CB1", "20260109100000", "W1", 25_000)
        merchant = UnionPayMerchant("777", [ROOT.certificate, MIDDLE.certificate])
        number = str(MERCHANT.certificate.serial_number)
        self.refunds = UnionPayRefunds(
            UnionPayGateway(merchant, OwnCertificate(number, MERCHANT.key), "http://x")
        )

    def under_way(self):
        self.server.gives = "05"

    def refuse(self):
        self.server.refuses = "61"


CHANNELS = (WeChat, Alipay, UnionPay)


@pytest.fixture(params=CHANNELS, ids=lambda channel: channel.__name__)
def other(request):
    return request.param()


def wanted(fen=8_000, number=NUMBER, **changes):
    return Wanted(number, "W1", fen, 25_000, AT, **changes)


def answer(other, call):
    """What the other side says to a request."""
    path = call.url.removeprefix("http://x")
    headers = {name.lower(): value for name, value in call.headers.items()}
    said = other.server._take(Heard(call.method, path, headers, call.body or b""))
    assert other.server.refused == []
    return Reply(said.status, {name.lower(): value for name, value in said.headers.items()}, said.body)


def ask(other, what=None):
    what = what or wanted()
    return other.refunds.asked(what, answer(other, other.refunds.ask(what, NOW)), NOW, AT)


def query(other, what=None):
    what = what or wanted()
    return other.refunds.told(what, answer(other, other.refunds.query(what, NOW)), NOW, AT)


class TestARefund:
    def test_that_was_asked_for_is_told_of_as_a_notice_would(self, other):
        ask(other)
        told = query(other)
        assert told.outcome == "done"
        back = other.reader.returned_by(told.notification.content)
        assert (back.transaction_no, back.request_no, back.status) == ("W1", NUMBER, "done")
        assert (back.amount_fen, back.kind, back.so_far) == (8_000, "refund", False)

    def test_again_under_the_same_number_is_the_same(self, other):
        for _ in range(3):
            assert ask(other).outcome in ("processing", "done")
        assert query(other).outcome == "done"
        ask(other, wanted(17_000, "CR2026011010000000000000000002"))
        assert query(other, wanted(17_000, "CR2026011010000000000000000002")).outcome == "done"

    def test_that_nobody_asked_for_is_unknown(self, other):
        assert query(other).outcome == "unknown"

    @pytest.mark.parametrize("other", [WeChat, UnionPay], indirect=True)
    def test_that_is_under_way_is_no_news_yet(self, other):
        other.under_way()
        assert (ask(other).outcome, query(other).outcome) == ("processing", "processing")
        assert query(other).notification is None

    @pytest.mark.parametrize("other", [WeChat, Alipay], indirect=True)
    def test_for_which_there_is_not_enough_may_be_asked_for_later(self, other):
        other.poor()
        assert (ask(other).outcome, query(other).outcome) == ("later", "unknown")

    def test_that_the_channel_will_not_give_is_refused_by_its_word(self, other):
        other.refuse()
        told = ask(other)
        assert told.outcome == "refused"
        assert told.word in ("RESOURCE_NOT_EXISTS", "ACQ.TRADE_HAS_FINISHED", "respCode_61")

    @pytest.mark.parametrize("other", [WeChat], indirect=True)
    @pytest.mark.parametrize("state", ["CLOSED", "ABNORMAL"])
    def test_that_wechat_could_not_give_is_told_of_as_that(self, other, state):
        other.server.gives = state
        told = ask(other)
        back = wallet.returned_by(told.notification.content)
        assert (told.outcome, back.status) == (state.lower(), state.lower())

    def test_of_unionpay_that_failed_is_for_somebody_to_look_at(self):
        other = UnionPay()
        other.server.gives = "96"
        assert ask(other).outcome == "processing"
        told = query(other)
        back = unionpay_notices.returned_by(told.notification.content)
        assert (told.outcome, back.status) == ("abnormal", "abnormal")


class TestAnAnswer:
    @pytest.mark.parametrize("change", [{"request_no": "CR2"}, {"transaction_no": "W2"}, {"amount_fen": 1}])
    def test_about_another_refund_is_not_believed(self, other, change):
        ask(other)
        reply = answer(other, other.refunds.query(wanted(), NOW))
        if change == {"transaction_no": "W2"} and isinstance(other, UnionPay):
            return  # its query answers by our number, which is of one transaction
        with pytest.raises(Unclear):
            other.refunds.told(replace(wanted(), **change), reply, NOW, AT)

    def test_of_which_any_byte_was_changed_is_not_believed(self, other):
        ask(other)
        reply = answer(other, other.refunds.query(wanted(), NOW))
        digits = [place for place, byte in enumerate(reply.body) if byte in b"0123456789"]
        for place in digits[:: max(1, len(digits) // 40)]:
            body = reply.body[:place] + bytes([reply.body[place] ^ 1]) + reply.body[place + 1 :]
            with pytest.raises(Unclear):
                other.refunds.told(wanted(), replace(reply, body=body), NOW, AT)

    def test_that_somebody_else_signed_ends_nothing(self, other):
        other.server.forged = True
        with pytest.raises(Unclear):
            ask(other)
        with pytest.raises(Unclear):
            query(other)

    @pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"respCode=00"])
    def test_that_is_none_is_unclear(self, other, body):
        for read in (other.refunds.asked, other.refunds.told):
            with pytest.raises(Unclear):
                read(wanted(), Reply(200, {}, body), NOW, AT)

    @pytest.mark.parametrize(
        ("status", "code", "outcome"),
        [
            (400, "PARAM_ERROR", "refused"), (403, "USER_ACCOUNT_ABNORMAL", "refused"),
            (403, "NOT_ENOUGH", "later"), (429, "FREQUENCY_LIMITED", "later"),
            (401, "SIGN_ERROR", "later"), (500, "SYSTEM_ERROR", None), (502, "", None),
        ],
    )  # fmt: skip
    def test_of_wechat_says_whether_it_may_be_asked_for_again(self, status, code, outcome):
        other = WeChat()
        said = other.server._signed(status, {"code": code, "message": ""})
        reply = Reply(status, {name.lower(): value for name, value in said.headers.items()}, said.body)
        if outcome is None:
            with pytest.raises(Unclear):
                other.refunds.asked(wanted(), reply, NOW, AT)
        else:
            assert other.refunds.asked(wanted(), reply, NOW, AT).outcome == outcome

    def test_of_wechat_by_rsa_and_by_sm2_is_verified_as_openssl_signed_it(self, vectors):
        given = vectors("wechat_refunds.json")
        merchant = WeChatMerchant("19", "wx", b"k" * 32, wechat.read_keys(given["keys"]))
        refunds = WeChatRefunds(WeChatGateway(merchant, RsaSigner("5A", OURS)))
        for one in given["answers"]:
            said, at = one["said"], given["sent_at"]
            asked = Wanted(said["out_refund_no"], said["transaction_id"], 8_000, 25_000, AT)
            reply = Reply(200, one["headers"], one["body"].encode())
            told = refunds.told(asked, reply, at, AT)
            assert told.outcome == {"SUCCESS": "done"}.get(said["status"], said["status"].lower())
            with pytest.raises(Unclear):
                refunds.told(asked, replace(reply, body=reply.body + b" "), at, AT)
            with pytest.raises(Unclear):
                refunds.told(asked, reply, at + 301, AT)


class TestAQuestion:
    def test_to_wechat_bears_both_amounts_and_where_to_tell(self):
        call = WeChat().refunds.ask(wanted(notify_url="https://a.example/n"), NOW)
        said = json.loads(call.body)
        assert (said["out_refund_no"], said["transaction_id"]) == (NUMBER, "W1")
        assert said["amount"] == {"refund": 8_000, "total": 25_000, "currency": "CNY"}
        assert said["notify_url"] == "https://a.example/n"

    def test_to_alipay_is_in_yuan(self):
        said = json.loads(
            dict(parse_qsl(Alipay().refunds.ask(wanted(8_005), NOW).body.decode()))["biz_content"]
        )
        assert (said["refund_amount"], said["out_request_no"]) == ("80.05", NUMBER)

    def test_to_unionpay_is_a_transaction_of_its_own_at_the_instant_of_the_first_time(self):
        said = dict(parse_qsl(UnionPay().refunds.ask(wanted(), NOW + 999).body.decode()))
        assert (said["txnType"], said["origQryId"], said["orderId"]) == ("04", "W1", NUMBER)
        assert said["txnTime"] == "20260110100000"
