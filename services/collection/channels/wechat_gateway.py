"""Asks WeChat Pay (API v3) whether an order was paid; we sign by our own key, they by theirs."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from urllib.parse import quote

import orjson
from pydantic import JsonValue, ValidationError

from libs.common.security.webhooks import WebhookRejected
from services.collection.channels import wechat
from services.collection.channels.generic import evidence
from services.collection.channels.port import (
    PAYMENT,
    Call,
    Notification,
    Outcome,
    Question,
    Reply,
    Told,
    Unclear,
)
from services.collection.channels.wallet import EVIDENCE, WeChatTransaction, canonical
from services.collection.channels.wechat import MerchantSigner, WeChatMerchant

URL = "https://api.mch.weixin.qq.com"
#: What becomes of an order, by the state of its transaction.
_OUTCOMES: dict[str, Outcome] = {
    "SUCCESS": "paid",
    "REFUND": "paid",
    "NOTPAY": "unpaid",
    "USERPAYING": "unpaid",
    "CLOSED": "closed",
    "REVOKED": "closed",
    "PAYERROR": "closed",
}
_NO_SUCH = ("ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS")


@dataclass(frozen=True)
class WeChatGateway:
    """The merchant's side of WeChat's interfaces. `signer` holds our own key."""

    merchant: WeChatMerchant
    signer: MerchantSigner = field(repr=False)
    url: str = URL

    def query(self, question: Question, now: int) -> Call | None:
        """By our order number, or else by their transaction number."""
        if question.order_no is not None:
            place = f"out-trade-no/{quote(question.order_no, safe='')}"
        elif question.transaction_no is not None:
            place = f"id/{quote(question.transaction_no, safe='')}"
        else:
            return None
        mchid = quote(self.merchant.mchid, safe="")
        return self.call("GET", f"/v3/pay/transactions/{place}?mchid={mchid}", now)

    def told(self, question: Question, reply: Reply, now: int, at: datetime) -> Told:
        """Read the transaction, which has the form of a notice's resource. Raises Unclear."""
        said = self.read(reply, now)
        if reply.status == 404 and said.get("code") in _NO_SUCH:
            return Told("unknown")
        outcome = _OUTCOMES.get(str(said.get("trade_state")))
        if reply.status != 200 or outcome is None:
            raise Unclear(str(said.get("code") or said.get("trade_state") or reply.status)[:60])
        if question.order_no not in (None, said.get("out_trade_no")):
            raise Unclear("of_another_order")
        if outcome != "paid":
            return Told(outcome)
        try:
            paid = WeChatTransaction.model_validate(said)
        except ValidationError:
            raise Unclear("unreadable") from None
        if question.order_no is None and paid.transaction_id != question.transaction_no:
            raise Unclear("of_another_transaction")
        content = canonical(said, reply.body)
        return Told(
            outcome,
            Notification(
                dedupe_key=f"{paid.transaction_id} {paid.trade_state} ASKED",
                kind=PAYMENT,
                content_sha256=hashlib.sha256(content).digest(),
                headers=evidence(reply.headers, EVIDENCE),
                content=content,
            ),
        )

    def call(self, method: str, path: str, now: int, body: bytes | None = None) -> Call:
        """Sign a request as a merchant does."""
        nonce = token_hex(16)
        message = f"{method}\n{path}\n{now}\n{nonce}\n".encode() + (body or b"") + b"\n"
        signer = self.signer
        said = {
            "mchid": self.merchant.mchid,
            "nonce_str": nonce,
            "timestamp": str(now),
            "serial_no": signer.serial,
            "signature": signer.sign(message),
        }
        values = ",".join(f'{name}="{value}"' for name, value in said.items())
        headers = {
            "authorization": f"{signer.scheme} {values}",
            "accept": "application/json",
            "user-agent": "canbao",
        }
        if body is not None:
            headers["content-type"] = "application/json"
        return Call(method, f"{self.url}{path}", headers, body)

    def read(self, reply: Reply, now: int) -> dict[str, JsonValue]:
        """Verify an answer and give its members; what is not signed says nothing. Raises Unclear."""
        try:
            wechat.verify(reply.body, reply.headers, self.merchant.keys, now)
            said = orjson.loads(reply.body)
        except WebhookRejected as refused:
            raise Unclear(f"{reply.status}_{refused.reason}") from None
        except orjson.JSONDecodeError:
            raise Unclear("no_json") from None
        if not isinstance(said, dict):
            raise Unclear("no_object")
        return said
