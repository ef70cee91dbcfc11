"""The WeChat Pay channel: envelope, resource and what they mean for us.

WeChat encrypts and signs every retry anew, so identity is the decrypted resource (canonical JSON), never the
envelope. A payment is known by its `transaction_id`; every other message by what it reports on.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from libs.common.security.webhooks import WebhookRejected
from libs.common.web.catalogue import INVALID_REQUEST, MALFORMED_BODY, SIGNATURE_INVALID
from libs.common.web.problems import Problem
from libs.common.web.schemas import GivenInstant
from services.collection.channels import wechat
from services.collection.channels.generic import evidence
from services.collection.channels.port import (
    OTHER,
    PAYMENT,
    RETURN,
    Answer,
    Doubt,
    Gateway,
    Notification,
    NotificationKind,
    ReportedPayment,
    ReportedReturn,
    ReturnStatus,
    Signature,
    named_order,
)
from services.collection.channels.wechat import WeChatMerchant

CHANNEL = "wechat"
EVIDENCE = (*wechat.HEADERS, "wechatpay-signature-type", "request-id")
_NUMBER = r"^[!-~]{1,64}$"
_Said = ConfigDict(frozen=True, extra="ignore")


class Resource(BaseModel):
    """The encrypted part of a notification."""

    model_config = _Said

    algorithm: str = "AEAD_AES_256_GCM"
    ciphertext: str
    nonce: str
    associated_data: str | None = ""
    original_type: str | None = None


class WeChatNotification(BaseModel):
    """The body that WeChat Pay posts."""

    model_config = _Said

    id: str = Field(pattern=_NUMBER)
    create_time: str | None = None
    resource_type: str | None = None
    event_type: str = Field(max_length=64, pattern=r"^[^\x00]*$")
    summary: str | None = None
    resource: Resource


class WeChatAmount(BaseModel):
    """`total` is the price of the order in fen; `payer_total` what was left of it after coupons."""

    model_config = _Said

    total: int = Field(strict=True, gt=0, le=10**12)
    currency: str = "CNY"


class WeChatTransaction(BaseModel):
    """The decrypted resource of TRANSACTION.SUCCESS, as far as we read it."""

    model_config = _Said

    appid: str | None = None
    mchid: str
    out_trade_no: str = Field(pattern=r"^[^\x00]*$")
    transaction_id: str = Field(pattern=_NUMBER)
    trade_state: str
    success_time: GivenInstant
    amount: WeChatAmount


class WeChatRefunded(BaseModel):
    """How much of an order went back."""

    model_config = _Said

    refund: int = Field(strict=True, gt=0, le=10**12)


class WeChatRefund(BaseModel):
    """The decrypted resource of REFUND.SUCCESS, REFUND.ABNORMAL and REFUND.CLOSED, as far as we read it."""

    model_config = _Said

    transaction_id: str = Field(pattern=_NUMBER)
    refund_id: str = Field(pattern=_NUMBER)
    out_refund_no: str | None = Field(default=None, pattern=_NUMBER)
    refund_status: str
    success_time: GivenInstant | None = None
    amount: WeChatRefunded


_STATUS: Mapping[str, ReturnStatus] = {"SUCCESS": "done", "CLOSED": "closed"}


class WeChatChannel:
    """Speaks for one merchant account."""

    def __init__(self, merchant: WeChatMerchant, gateway: Gateway | None = None) -> None:
        self._merchant = merchant
        self._gateway = gateway

    @property
    def gateway(self) -> Gateway | None:
        """Where it is asked, if the settings have our own key there."""
        return self._gateway

    @property
    def signed_by(self) -> tuple[Signature, ...]:
        """As the wallet does."""
        return ("wechat",)

    @property
    def account(self) -> str:
        """Our number there, as its files name it."""
        return self._merchant.mchid

    def read(
        self, raw: bytes, headers: Mapping[str, str], *, now: int, received_at: datetime
    ) -> Notification:
        """Verify, decrypt and name the event. Raises Problem 401, 400 or 422.

        Who is paid and how much is cross-checked later: a signed payment that does not fit is money in
        suspense, not a request to refuse.
        """
        try:
            wechat.verify(raw, headers, self._merchant.keys, now)
            envelope = WeChatNotification.model_validate(orjson.loads(raw))
            plain = wechat.decrypt(envelope.resource.model_dump(), self._merchant.api_v3_key)
            resource = orjson.loads(plain)
            key, kind = _event_of(envelope, resource)
        except WebhookRejected as refused:
            raise SIGNATURE_INVALID.problem(str(refused), refused.message_zh) from None
        except orjson.JSONDecodeError:
            raise MALFORMED_BODY.problem() from None
        except ValidationError:
            raise INVALID_REQUEST.problem() from None
        content = canonical(resource, plain)
        said = hashlib.sha256(content).digest()
        return Notification(
            dedupe_key=key,
            kind=kind,
            content_sha256=_digest_of_claim(resource) or said,
            earlier_sha256=lambda: said,
            headers=evidence(headers, EVIDENCE),
            content=content,
            order_no=named_order(resource, "out_trade_no"),
        )

    def reported(self, raw: bytes, content: bytes | None) -> ReportedPayment:
        """Read the decrypted resource again."""
        return reported_by(content or b"", self._merchant)

    def returned(self, raw: bytes, content: bytes | None) -> ReportedReturn:
        """Read the decrypted resource of a refund again."""
        return returned_by(content or b"")

    def accepted(self, payment_id: int) -> Answer:
        """200; the body is a courtesy, WeChat reads the status."""
        return Answer(200, '{"code":"SUCCESS","message":"成功"}'.encode())

    def refused(self, problem: Problem) -> Answer | None:
        """The status decides at WeChat; FAIL is the form it documents. A conflict is refused for good."""
        said = {"code": "FAIL", "message": problem.detail_zh or problem.type.mend_zh}
        return Answer(problem.status, orjson.dumps(said))


def reported_by(content: bytes, merchant: WeChatMerchant | None) -> ReportedPayment:
    """Read a stored resource. Money for another merchant (or for none of ours any more) is doubtful."""
    paid = WeChatTransaction.model_validate(orjson.loads(content))
    doubt: Doubt | None = None
    if merchant is None or paid.mchid != merchant.mchid or paid.appid not in (None, merchant.appid):
        doubt = "unknown_order"
    elif paid.amount.currency != "CNY":
        doubt = "wrong_amount"
    return ReportedPayment(
        transaction_no=paid.transaction_id,
        paid_at=paid.success_time,
        amount_fen=paid.amount.total,
        order_no=paid.out_trade_no,
        doubt=doubt,
        returned=paid.trade_state == "REFUND",
    )


def returned_by(content: bytes) -> ReportedReturn:
    """Read a stored resource about a refund. PROCESSING is no state to tell of: it is kept as abnormal."""
    told = WeChatRefund.model_validate(orjson.loads(content))
    return ReportedReturn(
        transaction_no=told.transaction_id,
        return_no=told.refund_id,
        kind="refund",
        status=_STATUS.get(told.refund_status, "abnormal"),
        amount_fen=told.amount.refund,
        returned_at=told.success_time,
        request_no=told.out_refund_no,
    )


def canonical(resource: JsonValue, plain: bytes) -> bytes:
    """The resource in one spelling; one that is nested too deeply to be written stays as it came."""
    try:
        return orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return plain


def _digest_of_claim(resource: JsonValue) -> bytes | None:
    """Digest what a payment claims, however it is written; None for what is no payment that can be read."""
    try:
        paid = WeChatTransaction.model_validate(resource)
    except ValidationError:
        return None
    claim = (
        *(paid.transaction_id, paid.trade_state, paid.success_time.isoformat(), paid.out_trade_no),
        *(paid.amount.total, paid.amount.currency, paid.mchid, paid.appid),
    )
    return hashlib.sha256(orjson.dumps(claim)).digest()


def _event_of(envelope: WeChatNotification, resource: JsonValue) -> tuple[str, NotificationKind]:
    """Give (dedupe key, kind). Refunds and events that we do not know are kept under keys of their own.

    A transaction in the state REFUND was paid, and something of it went back. A payment that cannot be read
    is kept as one: WeChat cannot mend it, and nobody would see it otherwise.
    """
    if envelope.event_type == "TRANSACTION.SUCCESS":
        try:
            paid = WeChatTransaction.model_validate(resource)
        except ValidationError:
            return f"unread:{envelope.id}", PAYMENT
        if paid.trade_state == "SUCCESS":
            return paid.transaction_id, PAYMENT
        if paid.trade_state == "REFUND":
            return f"{paid.transaction_id} REFUND", PAYMENT
    elif envelope.event_type.startswith("REFUND.") and isinstance(resource, dict) and "refund_id" in resource:
        refund = str(resource["refund_id"]).replace("\x00", "")
        return f"refund:{refund}:{envelope.event_type}"[:200], RETURN
    return f"{envelope.event_type}:{envelope.id}", OTHER
