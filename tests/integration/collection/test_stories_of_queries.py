"""Gateways of channels are asked about payments that nobody told of: over real HTTP, with its troubles."""

import json
from base64 import b64decode
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from canbao.simulator.alipay_gateway import AlipayGatewayServer
from canbao.simulator.unionpay import issue
from canbao.simulator.unionpay_gateway import UnionPayGatewayServer
from canbao.simulator.wechat_gateway import WeChatGatewayServer
from libs.common.clock import SHANGHAI
from libs.common.web import outbound
from services.collection.differences.comparing import compare_days
from services.collection.queries.asking import Asking

from .conftest import BEGUN, NOW, PRICE, Counter
from .test_channel_days import bill, differences, moved
from .test_stories_of_returns import dues, lines

SILENT = timedelta(minutes=3)
PATH = "/v1/channel-queries"


def pem(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class WeChat:
    """The same story for every channel: its name, its gateway, and how an order is paid there."""

    channel, path = "wechat-youxi", "/v3/pay/transactions"

    def __init__(self, keys):
        self.key, self.sender = generate_private_key(65537, 2048), keys.wechat()
        self.server = WeChatGatewayServer(self.sender, "5A01", self.key.public_key())

    def settings(self, keys):
        calls = {"serial_no": "5A01", "private_key": pem(self.key), "url": self.server.url}
        public = json.loads(keys.settings()["wechat_keys"])
        merchant = {"mchid": "1900000001", "appid": "wxtest", "api_v3_key": "k" * 32, "keys": public}
        return {"wechat": json.dumps({self.channel: merchant | {"calls": calls}})}

    def paid(self, order, number="W1", fen=PRICE, **changes):
        at = NOW.isoformat(timespec="seconds")
        self.server.paid(order["order_no"], number, fen, at, **changes)

    def notice(self, order):
        request = self.sender.payment(
            transaction_id="W1", out_trade_no=order["order_no"], amount_fen=PRICE, paid_at=NOW
        )
        return type(request)(f"/v1/channels/{self.channel}/notifications", request.headers, request.body)


class Alipay:
    channel = "alipay"

    def __init__(self, keys):
        self.key, self.sender = generate_private_key(65537, 2048), keys.alipay()
        self.server = AlipayGatewayServer("2019", keys.alipay_key, self.key.public_key())

    def settings(self, keys):
        seller = json.loads(keys.settings()["alipay"])["alipay"]
        calls = {"private_key": pem(self.key), "url": f"{self.server.url}/gateway.do"}
        return {"alipay": json.dumps({"alipay": seller | {"calls": calls}})}

    def paid(self, order, number="W1", fen=PRICE, **changes):
        at = NOW.strftime("%Y-%m-%d %H:%M:%S")
        self.server.paid(order["order_no"], number, f"{fen / 100:.2f}", at, **changes)

    def notice(self, order):
        # It dates the payment by a second otherwise than its gateway.
        at = NOW + timedelta(seconds=1)
        return self.sender.payment(
            trade_no="W1", out_trade_no=order["order_no"], amount_fen=PRICE, paid_at=at
        )


class UnionPay:
    channel = "unionpay"

    def __init__(self, keys):
        self.own, self.sender = issue("merchant", None, BEGUN), keys.unionpay()
        self.server = UnionPayGatewayServer("777290058110097", keys.unionpay_signer, self.own)

    def settings(self, keys):
        merchant = json.loads(keys.settings()["unionpay"])["unionpay"]
        calls = {"certificate": self.own.pem, "private_key": pem(self.own.key), "url": self.server.url}
        return {"unionpay": json.dumps({"unionpay": merchant | {"calls": calls}})}

    def paid(self, order, number="W1", fen=PRICE, **changes):
        sent_at = datetime.fromisoformat(order["created_at"]).astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")
        self.server.paid(order["order_no"], sent_at, number, fen, **changes)

    def notice(self, order):
        return self.sender.payment(query_id="W1", order_id=order["order_no"], amount_fen=PRICE, paid_at=NOW)


CHANNELS = (WeChat, Alipay, UnionPay)


@pytest.fixture(params=CHANNELS, ids=lambda channel: channel.__name__)
async def asked(request, service_context, client, keys, monkeypatch):
    """A counter whose channel can be asked, with the other side of it."""
    async with asking(request.param(keys), service_context, client, keys, monkeypatch) as both:
        yield both


@asynccontextmanager
async def asking(other, service_context, client, keys, monkeypatch):
    monkeypatch.setattr(outbound, "_SECONDS", 5.0)  # no less: a busy machine connects late
    with other.server:
        settings = keys.settings() | other.settings(keys) | {"internal_networks": "127.0.0.1/32"}
        context = await service_context("collection", **settings)
        http = await client(context)
        http.headers["canbao-clock"] = NOW.isoformat()
        counter = Counter(context, http, keys)
        yield counter, other
        await context.parts.commits.close()
        await context.parts.placing.close()


async def order_of(counter, channel, person=1, at=NOW):
    await counter.tell(counter.assessed(person))
    body = {"county": "youxi", "coverage_year": 2020, "person_ids": [person], "channel": channel}
    made = await counter.http.post("/v1/orders", json=body)
    assert made.status_code == 201, made.text
    return made.json()


async def look(counter, after=SILENT):
    """Everything that is silent by then is asked, and what was said is matched."""
    with counter.context.clock.at(NOW + after):
        await Asking(counter.context).work()
    await counter.match()


async def queries(counter):
    answer = await counter.http.get(PATH)
    assert answer.status_code == 200, answer.text
    return [(one["reason"], one["state"], one["outcome"], one["fault"]) for one in answer.json()["items"]]


class TestALostNotification:
    async def test_is_found_by_asking_and_counts_as_if_it_had_come(self, asked):
        counter, other = asked
        order = await order_of(counter, other.channel)
        other.paid(order)
        await look(counter, timedelta(minutes=1))
        assert await queries(counter) == []
        await look(counter)
        assert other.server.refused == []
        assert await queries(counter) == [("silent", "answered", "paid", None)]
        assert (await lines(counter), await dues(counter)) == ([("applied", PRICE)], ["paid"])
        found = (await counter.http.get("/v1/payments", params={"transaction_no": "W1"})).json()["items"]
        assert [one["order_no"] for one in found] == [order["order_no"]]
        shown = (await counter.http.get(f"/v1/orders/{order['order_no']}")).json()
        assert shown["state"] == "paid"
        (payment,) = await counter.rows("SELECT paid_at, transaction_no FROM payments")
        assert (payment.paid_at, payment.transaction_no) == (NOW, "W1")

    async def test_that_comes_after_all_counts_once_and_is_answered(self, asked):
        counter, other = asked
        order = await order_of(counter, other.channel)
        other.paid(order)
        await look(counter)
        answer = await counter.deliver(other.notice(order), NOW + SILENT)
        assert answer.status_code == 200, answer.text
        await counter.match()
        assert (await counter.count("payments"), await lines(counter)) == (1, [("applied", PRICE)])

    async def test_that_came_is_not_asked_about(self, asked):
        counter, other = asked
        order = await order_of(counter, other.channel)
        assert (await counter.deliver(other.notice(order))).status_code == 200
        await counter.match()
        await look(counter)
        assert await queries(counter) == []

    async def test_is_found_when_the_gateway_hears_again(self, asked):
        counter, other = asked
        order = await order_of(counter, other.channel)
        other.paid(order)
        other.server.troubles.extend(["busy", "lost", "cut"])
        for minutes in (3, 7, 13):
            await look(counter, timedelta(minutes=minutes))
            assert [(state, outcome) for _, state, outcome, _ in await queries(counter)] == [("due", None)]
        assert await dues(counter) == ["open"]
        await look(counter, timedelta(minutes=24))
        assert await dues(counter) == ["paid"]

    async def test_that_we_stumble_over_keeps_no_other_waiting_and_is_given_up_in_the_end(
        self, asked, monkeypatch
    ):
        counter, other = asked
        poison, sound = await order_of(counter, other.channel), await order_of(counter, other.channel, 2)
        other.paid(poison, "W1")
        other.paid(sound, "W2")
        gateway = type(counter.context.parts.keys.channels[other.channel].gateway)
        read = gateway.told

        def told(self, question, *rest):
            if question.order_no == poison["order_no"]:
                raise RuntimeError("nobody thought of this")
            return read(self, question, *rest)

        monkeypatch.setattr(gateway, "told", told)
        for hours in range(1, 30):
            await look(counter, timedelta(hours=hours))
        assert sorted(await queries(counter), key=str) == [
            ("silent", "answered", "paid", None),
            ("silent", "given_up", None, "defect_RuntimeError"),
        ]
        assert sorted(await dues(counter)) == ["open", "paid"]

    async def test_of_another_amount_is_in_suspense(self, asked):
        counter, other = asked
        other.paid(await order_of(counter, other.channel), fen=PRICE - 1)
        await look(counter)
        assert await lines(counter) == [("suspended", PRICE - 1)]


class TestAnAnswer:
    async def test_that_somebody_else_signed_is_no_answer(self, asked):
        counter, other = asked
        other.paid(await order_of(counter, other.channel))
        other.server.forged = True
        await look(counter)
        assert await queries(counter) == [("silent", "due", None, "200_mismatch")]
        assert (await counter.count("payments"), await counter.count("notifications")) == (0, 0)

    async def test_that_nobody_has_paid_is_asked_for_again_and_given_up_in_the_end(self, asked):
        counter, other = asked
        await order_of(counter, other.channel)
        for minutes in (3, 7, 13, 24, 45, 106, 410, 1500):
            await look(counter, timedelta(minutes=minutes))
        assert await queries(counter) == [("silent", "given_up", "unknown", None)]
        await look(counter, timedelta(hours=40))
        (one,) = (await counter.http.get(PATH)).json()["items"]
        assert (one["tries"], one["next_at"]) == (8, None)


class TestDoubts:
    @pytest.mark.parametrize("asked", [WeChat], indirect=True)
    async def test_money_that_only_a_file_has_is_asked_about_and_its_case_closes(self, asked):
        counter, other = asked
        other.paid({"order_no": "CB1"})
        counter.http.headers["canbao-clock"] = (NOW + timedelta(days=1)).isoformat()
        await bill(counter, moved("W1", at=NOW), day=NOW, channel=other.channel)
        assert [kind for kind, *_ in await differences(counter)] == ["they_only"]
        await look(counter, timedelta(days=1))
        assert await queries(counter) == [("file_only", "answered", "paid", None)]
        assert await lines(counter) == [("suspended", PRICE)]
        await compare_days(counter.context)
        assert await differences(counter) == []

    @pytest.mark.parametrize("asked", [WeChat], indirect=True)
    async def test_a_refund_of_a_payment_that_nobody_told_of_finds_it(self, asked):
        counter, other = asked
        order = await order_of(counter, other.channel)
        other.paid(order)
        back = other.sender.refund(refund_id="R1", transaction_id="W1", amount_fen=PRICE, returned_at=NOW)
        back = type(back)(f"/v1/channels/{other.channel}/notifications", back.headers, back.body)
        assert (await counter.deliver(back)).status_code == 200
        await counter.match()
        await look(counter, timedelta(minutes=1))
        assert await queries(counter) == [("unmatched_return", "answered", "paid", None)]
        assert await lines(counter) == [("refunded", 0)]


class TestAnOfficer:
    async def test_has_a_gateway_asked_now_and_once(self, asked):
        counter, other = asked
        order = await order_of(counter, other.channel)
        body = {"order_no": order["order_no"]}
        answer = await counter.http.post(PATH, json=body)
        assert (answer.status_code, answer.json()["state"]) == (202, "due"), answer.text
        other.paid(order)
        await look(counter, timedelta(seconds=1))
        assert await queries(counter) == [("officer", "answered", "paid", None)]
        again = (await counter.http.post(PATH, json=body)).json()
        assert (again["state"], again["outcome"]) == ("answered", "paid")
        assert await dues(counter) == ["paid"]

    @pytest.mark.parametrize("asked", [WeChat], indirect=True)
    async def test_is_told_what_cannot_be_asked(self, asked):
        counter, _ = asked
        order = await order_of(counter, "alipay")
        refusals = [
            ({"order_no": order["order_no"]}, 422, "channel-not-askable"),
            ({"order_no": "CB0"}, 404, "not-found"),
            ({"channel": "tax", "transaction_no": "T1", "county": "youxi"}, 422, "channel-not-askable"),
            ({"channel": "none", "transaction_no": "T1", "county": "youxi"}, 404, "channel-unknown"),
            ({"channel": "tax"}, 422, "invalid-request"),
        ]
        for body, status, slug in refusals:
            answer = await counter.http.post(PATH, json=body)
            assert (answer.status_code, answer.json()["type"].rsplit(":")[-1]) == (status, slug), answer.text


class TestATest:
    async def test_of_a_wallet_asks_its_gateway_about_no_order(self, asked):
        counter, other = asked
        path = f"/v1/channels/{other.channel}/test"
        told = (await counter.http.post(path)).json()
        assert (told["checked"], told["fault"]) == (["signed", "answered", "signature", "unknown"], None)
        other.server.forged = True
        told = (await counter.http.post(path)).json()
        assert told["checked"] == ["signed", "answered"]
        assert told["fault"].endswith("_mismatch")
        assert await counter.count("notifications") == 0


class TestAPaymentThatIsOpenedHere:
    @pytest.mark.parametrize("asked", [WeChat], indirect=True)
    async def test_has_the_orders_price_and_end_and_is_signed_for_the_app(self, asked):
        counter, other = asked
        counter.context.settings.public_url = "https://ybj.example.cn/collection"
        order = await order_of(counter, other.channel)
        path = f"/v1/orders/{order['order_no']}/prepayment"
        answer = await counter.http.post(path, json={"way": "jsapi", "openid": "oUpF8uMuAJO"})
        assert (answer.status_code, other.server.refused) == (200, []), answer.text
        said = other.server.opened[order["order_no"]]
        assert said["amount"] == {"total": PRICE, "currency": "CNY"}
        assert said["payer"] == {"openid": "oUpF8uMuAJO"}
        assert datetime.fromisoformat(said["time_expire"]) == datetime.fromisoformat(order["expires_at"])
        assert said["notify_url"].endswith(f"/collection/v1/channels/{other.channel}/notifications")
        pay = answer.json()["pay"]
        signed = "".join(f"{pay[name]}\n" for name in ("appId", "timeStamp", "nonceStr", "package"))
        key = other.key.public_key()
        key.verify(b64decode(pay["paySign"]), signed.encode(), PKCS1v15(), SHA256())
        assert (pay["signType"], pay["package"][:12]) == ("RSA", "prepay_id=wx")

    @pytest.mark.parametrize("asked", [WeChat], indirect=True)
    async def test_is_a_code_or_an_address_elsewhere(self, asked):
        counter, other = asked
        counter.context.settings.public_url = "https://ybj.example.cn/collection"
        order = await order_of(counter, other.channel)
        path = f"/v1/orders/{order['order_no']}/prepayment"
        code = (await counter.http.post(path, json={"way": "native"})).json()
        assert code["code_url"].startswith("weixin://") and (code["pay"], code["h5_url"]) == (None, None)
        page = (await counter.http.post(path, json={"way": "h5", "payer_ip": "203.0.113.7"})).json()
        assert page["h5_url"].startswith("https://")
        for body in ({"way": "jsapi"}, {"way": "h5"}, {"way": "native", "openid": "x"}):
            assert (await counter.http.post(path, json=body)).status_code == 422
        other.server.forged = True
        assert (await counter.http.post(path, json={"way": "native"})).status_code == 503

    @pytest.mark.parametrize("asked", [WeChat], indirect=True)
    async def test_is_refused_where_nobody_can_pay_it(self, asked):
        counter, other = asked
        body = {"way": "native"}
        order = await order_of(counter, other.channel)
        path = f"/v1/orders/{order['order_no']}/prepayment"
        assert (await counter.http.post(path, json=body)).status_code == 422  # nowhere to be told
        counter.context.settings.public_url = "https://ybj.example.cn/collection"
        await counter.http.post(f"/v1/orders/{order['order_no']}/cancel", json={})
        refused = await counter.http.post(path, json=body)
        assert (refused.status_code, refused.json()["state"]) == (409, "cancelled")
        through_alipay = await order_of(counter, "alipay", person=2)
        path = f"/v1/orders/{through_alipay['order_no']}/prepayment"
        assert (await counter.http.post(path, json=body)).status_code == 422
        assert other.server.opened == {}
