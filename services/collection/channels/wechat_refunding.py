"""Has WeChat Pay (API v3) give money of a payment back, and asks what became of it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from services.collection.channels.generic import evidence
from services.collection.channels.port import (
    RETURN,
    Call,
    Notification,
    Refunded,
    RefundOutcome,
    Reply,
    Unclear,
    Wanted,
)
from services.collection.channels.wallet import EVIDENCE, canonical
from services.collection.channels.wechat_gateway import WeChatGateway

_PATH = "/v3/refund/domestic/refunds"
#: What the payer reads beside the money.
_REASON = "城乡居民基本医疗保险费退款"
_OUTCOMES: dict[str, RefundOutcome] = {
    "PROCESSING": "processing",
    "SUCCESS": "done",
    "CLOSED": "closed",
    "ABNORMAL": "abnormal",
}
_NO_SUCH = "RESOURCE_NOT_EXISTS"
#: Nothing was done; it may be another time: there is not enough on the account, we ask too often, or our own
#: certificate or right is not in order.
_LATER = ("NOT_ENOUGH", "FREQUENCY_LIMITED", "SIGN_ERROR", "NO_AUTH")


class _Amount(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    refund: int = Field(strict=True)
    total: int = Field(strict=True)
    currency: str = "CNY"


class _Refund(BaseModel):
    """What WeChat answers, as far as it is held against what was asked."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    refund_id: str = Field(pattern=r"^[!-~]{1,64}$")
    out_refund_no: str
    transaction_id: str
    status: str
    amount: _Amount


@dataclass(frozen=True)
class WeChatRefunds:
    """Refunds of one merchant: within a year, at most fifty of one payment."""

    gateway: WeChatGateway
    within: timedelta | None = timedelta(days=365)
    most: int | None = 50

    def ask(self, wanted: Wanted, now: int) -> Call:
        """Ask by their transaction and our number: the number alone says that it is the same refund."""
        said: dict[str, JsonValue] = {
            "transaction_id": wanted.transaction_no,
            "out_refund_no": wanted.request_no,
            "reason": _REASON,
            "amount": {"refund": wanted.amount_fen, "total": wanted.total_fen, "currency": "CNY"},
        }
        if wanted.notify_url is not None:
            said["notify_url"] = wanted.notify_url
        return self.gateway.call("POST", _PATH, now, orjson.dumps(said))

    def asked(self, wanted: Wanted, reply: Reply, now: int, at: datetime) -> Refunded:
        """Read how the refund stands that was asked for. Raises Unclear."""
        said = self.gateway.read(reply, now)
        if reply.status in (200, 201):
            return _standing(wanted, said, reply)
        word = _word(said, reply)
        if word in _LATER:
            return Refunded("later", word)
        if not 400 <= reply.status < 500:
            raise Unclear(word)
        return Refunded("refused", word)

    def query(self, wanted: Wanted, now: int) -> Call:
        """Ask by our number."""
        return self.gateway.call("GET", f"{_PATH}/{wanted.request_no}", now)

    def told(self, wanted: Wanted, reply: Reply, now: int, at: datetime) -> Refunded:
        """Read how the refund stands. Raises Unclear."""
        said = self.gateway.read(reply, now)
        if reply.status == 404 and said.get("code") == _NO_SUCH:
            return Refunded("unknown", _NO_SUCH)
        if reply.status != 200:
            raise Unclear(_word(said, reply))
        return _standing(wanted, said, reply)


def _word(said: dict[str, JsonValue], reply: Reply) -> str:
    return str(said.get("code") or reply.status)[:60]


def _standing(wanted: Wanted, said: dict[str, JsonValue], reply: Reply) -> Refunded:
    try:
        refund = _Refund.model_validate(said)
    except ValidationError:
        raise Unclear("unreadable") from None
    about = refund.out_refund_no, refund.transaction_id
    if about != (wanted.request_no, wanted.transaction_no):
        raise Unclear("of_another_refund")
    if refund.amount != _Amount(refund=wanted.amount_fen, total=wanted.total_fen):
        raise Unclear("of_another_amount")
    outcome = _OUTCOMES.get(refund.status)
    if outcome is None:
        raise Unclear(f"status_{refund.status}"[:60])
    if outcome == "processing":
        return Refunded(outcome, refund.status)
    # As a notice has it: there the state has another name.
    content = canonical({**said, "refund_status": refund.status}, reply.body)
    return Refunded(
        outcome,
        refund.status,
        Notification(
            dedupe_key=f"refund:{refund.refund_id}:REFUND.{refund.status} ASKED",
            kind=RETURN,
            content_sha256=hashlib.sha256(content).digest(),
            headers=evidence(reply.headers, EVIDENCE),
            content=content,
        ),
    )
