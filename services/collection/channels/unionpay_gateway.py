"""Asks UnionPay (gateway 5.1.0) what became of an order.

An order is known there by its number and by the instant at which the purchase was sent (`txnTime`): that is
when our order was made, to the second, and whoever sends the purchase says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from pydantic import ValidationError

from libs.common.clock import SHANGHAI
from libs.common.security.webhooks import WebhookRejected
from services.collection.channels.forms import asked_for
from services.collection.channels.port import Call, Notification, Question, Reply, Told, Unclear
from services.collection.channels.unionpay import OwnCertificate, UnionPayMerchant, UnionPaySigners
from services.collection.channels.unionpay_notices import KIND, PURCHASE, SUCCEEDED, UnionPayTransaction

URL = "https://gateway.95516.com"
_PATH = "/gateway/api/queryTrans.do"
#: No such transaction.
_NO_SUCH = "34"
#: Nobody knows yet: ask again.
UNDER_WAY = ("01", "03", "04", "05", "12", "60")
_KEPT = ("queryId", "orderId", "merId", "txnAmt", "currencyCode", "txnTime", "traceTime")


@dataclass(frozen=True)
class UnionPayGateway:
    """The merchant's side of UnionPay's interfaces."""

    merchant: UnionPayMerchant
    own: OwnCertificate
    url: str = URL

    def query(self, question: Question, now: int) -> Call | None:
        """By order number and instant alone: by its own number UnionPay finds nothing for certain."""
        if question.order_no is None or question.ordered_at is None:
            return None
        return self.ask_about(question.order_no, question.ordered_at)

    def ask_about(self, order_no: str, sent_at: datetime) -> Call:
        """Ask what became of a transaction that was sent under a number of ours."""
        return self.call(
            _PATH,
            {
                "txnType": "00",
                "txnSubType": "00",
                "bizType": "000000",
                "orderId": order_no,
                "txnTime": sent(sent_at),
            },
        )

    def call(self, path: str, said: Mapping[str, str]) -> Call:
        """Sign a request as a merchant does."""
        fields = {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "accessType": "0",
            "certId": self.own.cert_id,
            "merId": self.merchant.mer_id,
            **said,
        }
        signature = self.own.sign({name: value.encode() for name, value in fields.items()})
        body = urlencode(fields | {"signature": signature.decode()}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8", "user-agent": "canbao"}
        return Call("POST", f"{self.url}{path}", headers, body)

    def told(self, question: Question, reply: Reply, now: int, at: datetime) -> Told:
        """Read what became of the order. Raises Unclear."""
        said = self.became(question.order_no, reply, at)
        if said is None:
            return Told("unknown")
        if said["origRespCode"] in SUCCEEDED:
            return Told("paid", _kept(said))
        return Told("unpaid" if said["origRespCode"] in UNDER_WAY else "closed")

    def became(self, order_no: str | None, reply: Reply, at: datetime) -> dict[str, str] | None:
        """What became of a transaction; None where UnionPay knows of none. Raises Unclear."""
        said = self.read(reply, at)
        if said.get("orderId") != order_no or said.get("txnType") != "00":
            raise Unclear("of_another_order")
        if said.get("respCode") == _NO_SUCH:
            return None
        if said.get("respCode") != "00":
            raise Unclear(f"respCode_{said.get('respCode', '')}"[:60])
        if not said.get("origRespCode"):
            raise Unclear("no_origRespCode")
        return said

    def read(self, reply: Reply, at: datetime) -> dict[str, str]:
        """Verify an answer and give its fields. Raises Unclear."""
        raw = read_reply(reply.body)
        try:
            UnionPaySigners(self.merchant).verify(raw, at)
        except WebhookRejected as refused:
            raise Unclear(f"{reply.status}_{refused.reason}") from None
        return {name: value.decode("utf-8", "replace") for name, value in raw.items()}


def sent(at: datetime) -> str:
    """An instant as UnionPay writes it."""
    return at.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")


def _kept(said: Mapping[str, str]) -> Notification:
    """What a notice would say of it."""
    fields = {name: said[name] for name in _KEPT if name in said}
    fields |= {"txnType": PURCHASE, "respCode": said["origRespCode"]}
    try:
        paid = UnionPayTransaction.model_validate(fields)
    except ValidationError:
        raise Unclear("unreadable") from None
    return asked_for(KIND, fields, paid.queryId, order_no=paid.orderId)


def read_reply(body: bytes) -> dict[str, bytes]:
    """Read `name=value` joined by `&`, values as they are: nothing in it is encoded.

    A value in braces may have both signs in it. Raises Unclear for what is none, or has a name twice.
    """
    fields: dict[str, bytes] = {}
    for part in _parts(body.strip()):
        name, equals, value = part.partition(b"=")
        key = name.decode("ascii", "replace")
        if not equals or not key or key in fields:
            raise Unclear("unreadable")
        fields[key] = value
    return fields


def _parts(body: bytes) -> list[bytes]:
    parts, depth, since = list[bytes](), 0, 0
    for place, byte in enumerate(body):
        if byte == 0x7B:
            depth += 1
        elif byte == 0x7D:
            depth -= 1
        elif byte == 0x26 and depth <= 0:
            parts.append(body[since:place])
            since = place + 1
    return [*parts, body[since:]]
