"""Asks Alipay whether an order was paid (`alipay.trade.query`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pydantic import ValidationError

from libs.common.clock import SHANGHAI
from libs.common.security.webhooks import WebhookRejected
from services.collection.channels import alipay
from services.collection.channels.alipay import AlipaySeller
from services.collection.channels.alipay_notices import KIND, PAID_STATES, AlipayTrade
from services.collection.channels.forms import asked_for
from services.collection.channels.port import Call, Notification, Question, Reply, Told, Unclear

URL = "https://openapi.alipay.com/gateway.do"
_QUERY = "alipay.trade.query"
_FOUND, _NO_SUCH = "10000", "ACQ.TRADE_NOT_EXIST"
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class AlipayGateway:
    """The seller's side of Alipay's interfaces. `key` is our own."""

    seller: AlipaySeller
    key: RSAPrivateKey = field(repr=False)
    url: str = URL

    def query(self, question: Question, now: int) -> Call | None:
        """By our order number, or else by their trade number."""
        if question.order_no is not None:
            about: dict[str, object] = {"out_trade_no": question.order_no}
        elif question.transaction_no is not None:
            about = {"trade_no": question.transaction_no}
        else:
            return None
        return self.call(_QUERY, about, now)

    def told(self, question: Question, reply: Reply, now: int, at: datetime) -> Told:
        """Read the trade. Raises Unclear."""
        said = self.read(_QUERY, reply)
        if said.get("sub_code") == _NO_SUCH:
            return Told("unknown")
        if said.get("code") != _FOUND:
            raise Unclear(str(said.get("sub_code") or said.get("code") or reply.status)[:60])
        number, asked = ("trade_no", question.transaction_no)
        if question.order_no is not None:
            number, asked = ("out_trade_no", question.order_no)
        if said.get(number) != asked:
            raise Unclear("of_another_order")
        state, paid_at = said.get("trade_status"), said.get("send_pay_date")
        if state == "WAIT_BUYER_PAY":
            return Told("unpaid")
        if state == "TRADE_CLOSED" and not paid_at:
            return Told("closed")
        if state not in (*PAID_STATES, "TRADE_CLOSED"):
            raise Unclear("unreadable")
        return Told("paid", self._kept(said, paid_at))

    def _kept(self, said: Mapping[str, object], paid_at: object) -> Notification:
        """What a notice would say of it. Who asks is whom it was paid to: Alipay shows nobody else's."""
        names = ("trade_no", "out_trade_no", "trade_status", "total_amount")
        fields = {name: str(said.get(name, "")) for name in names}
        fields |= {"gmt_payment": str(paid_at)}
        fields |= {"app_id": self.seller.app_id, "seller_id": self.seller.seller_id}
        try:
            paid = AlipayTrade.model_validate(fields)
        except ValidationError:
            raise Unclear("unreadable") from None
        return asked_for(KIND, fields, f"{paid.trade_no} {paid.trade_status}", order_no=paid.out_trade_no)

    def call(self, method: str, about: Mapping[str, object], now: int) -> Call:
        """Sign a request as a seller does."""
        said = {
            "app_id": self.seller.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": datetime.fromtimestamp(now, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "biz_content": orjson.dumps(about).decode(),
        }
        signature = alipay.sign({name: value.encode() for name, value in said.items()}, self.key)
        body = urlencode(said | {"sign": signature.decode()}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded;charset=utf-8", "user-agent": "canbao"}
        return Call("POST", f"{self.url}?charset=utf-8", headers, body)

    def read(self, method: str, reply: Reply) -> dict[str, object]:
        """Verify an answer and give its members: signed is the member as it is written. Raises Unclear."""
        name = f'"{method.replace(".", "_")}_response"'
        try:
            text = reply.body.decode()
            at = text.index(name) + len(name)
            at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n:"))
            said, end = _DECODER.raw_decode(text, at)
            signature = json.loads(text)["sign"]
            alipay.verify_text(text[at:end].encode(), str(signature), self.seller.keys)
        except WebhookRejected as refused:
            raise Unclear(f"{reply.status}_{refused.reason}") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Unclear(f"{reply.status}_unreadable") from None
        if not isinstance(said, dict):
            raise Unclear("no_object")
        return said
