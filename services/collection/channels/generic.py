"""The channel that every bank, tax office and village terminal can speak: a signed JSON webhook.

Identity of what is said: SHA-256 over the claim itself (transaction, instant, county and year, order,
amounts, who is paid for), however it is written. Members that we do not know, the order of the persons, the
offset of the instant and the envelope may differ between two messages about one transaction; the money may
not.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from libs.common.identity import clean_number
from libs.common.names import normalize_name
from libs.common.security.webhooks import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    WebhookKeyRing,
    WebhookRejected,
)
from libs.common.web.catalogue import MALFORMED_BODY, SIGNATURE_INVALID
from libs.common.web.problems import Problem
from libs.common.web.schemas import WrittenInstant
from services.collection.channels.generic_faults import (
    check_depth,
    check_instant,
    of_another_county,
    of_no_type,
    problem_of,
)
from services.collection.channels.generic_refunding import SignedRefunds
from services.collection.channels.givebacks import (
    RETURN_TYPES,
    ReturnNotification,
    returned_by,
    tells_of_return,
)
from services.collection.channels.port import (
    OTHER,
    PAYMENT,
    RETURN,
    Answer,
    Gateway,
    Notification,
    ReportedItem,
    ReportedPayment,
    ReportedReturn,
    Signature,
)

MAX_AMOUNT_FEN = 10**12
#: The type of a message about a payment, and of one that means nothing.
PAID, TEST = "payment.succeeded", "channel.test"
Fen = Annotated[int, Field(strict=True, gt=0, le=MAX_AMOUNT_FEN)]
_EVIDENCE = (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
_Said = ConfigDict(frozen=True, extra="ignore")


class NotifiedItem(BaseModel):
    """The part of a payment that is for one insured person."""

    model_config = _Said

    id_number: str = Field(min_length=5, max_length=32, pattern=r"^[^\x00-\x1f\x7f]+$")
    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
    amount_fen: Fen


class NotifiedPayment(BaseModel):
    """Money that the channel has taken. `paid_at` is when it did: price and window are judged by it."""

    model_config = _Said

    transaction_no: str = Field(
        pattern=r"^[!-~]{1,64}$", description="the channel's number, never used twice"
    )
    paid_at: WrittenInstant
    amount_fen: Fen = Field(description="the whole payment; the items add up to it")
    county: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="which notice, e.g. youxi")
    coverage_year: int = Field(strict=True, ge=2000, le=2100)
    order_no: str | None = Field(default=None, pattern=r"^[!-~]{1,64}$")
    items: tuple[NotifiedItem, ...] = Field(default=(), max_length=500)

    @model_validator(mode="after")
    def _names_somebody(self) -> "NotifiedPayment":
        if not self.items and self.order_no is None:
            raise PydanticCustomError(
                "member_needed",
                "Name the persons in items, or an order_no.",
                {"message_zh": "请在 items 中列出人员，或填写 order_no。"},
            )
        return self


class PaymentNotification(BaseModel):
    """The body of `POST /v1/channels/{channel}/notifications`, as Standard Webhooks lays payloads out."""

    model_config = _Said

    type: Literal["payment.succeeded"]
    timestamp: str | int | None = Field(default=None, description="when the channel made this message")
    data: NotifiedPayment


class SampleNotification(BaseModel):
    """A sample by which a sender tries its secret. Nothing follows from it."""

    model_config = _Said

    type: Literal["channel.test"]
    timestamp: str | int | None = Field(default=None, description="when the channel made this message")
    data: dict[str, JsonValue] = Field(default={}, description="not read")


@dataclass(frozen=True)
class StandardWebhookChannel:
    """A channel that signs by a secret or a key; `ring` holds all that are active, several while rotating.

    `fingerprint` tells the newest secret from others. With a `county` it tells of that county's money alone.
    `refunds` has it give money back, where it declared an address for that.
    """

    ring: WebhookKeyRing
    fingerprint: str | None = None
    county: str | None = None
    refunds: SignedRefunds | None = None

    @property
    def signed_by(self) -> tuple[Signature, ...]:
        """By secrets, of which we can sign samples, by keys that only the sender has, or both."""
        by_secret: tuple[Signature, ...] = ("secret",) if self.ring.signs else ()
        return (*by_secret, "own_key") if self.ring.knows_keys else by_secret

    def sample(self, message_id: str, at: int, body: bytes) -> dict[str, str]:
        """Sign a sample as the sender does."""
        return self.ring.sign(message_id, at, body)

    @property
    def gateway(self) -> Gateway | None:
        """A sender is not asked about orders: it has no interface for that which all of them share."""
        return None

    def read(
        self, raw: bytes, headers: Mapping[str, str], *, now: int, received_at: datetime
    ) -> Notification:
        """Verify over the raw bytes, then parse. Raises Problem 401, 400 or 422."""
        webhook_id = headers.get(ID_HEADER)
        try:
            self.ring.verify(
                webhook_id, headers.get(TIMESTAMP_HEADER), headers.get(SIGNATURE_HEADER), raw, now
            )
        except WebhookRejected as refused:
            raise SIGNATURE_INVALID.problem(str(refused), refused.message_zh, reason=refused.reason) from None
        try:
            body = orjson.loads(raw)
            if tells_of_return(body):
                return _return(ReturnNotification.model_validate(body), headers, received_at)
            if isinstance(body, dict) and body.get("type") == TEST:
                return _test(headers)
            if isinstance(body, dict) and body.get("type", PAID) != PAID:
                raise of_no_type((PAID, *RETURN_TYPES, TEST))
            payment = PaymentNotification.model_validate(body).data
        except orjson.JSONDecodeError:
            raise MALFORMED_BODY.problem() from None
        except ValidationError as error:
            raise problem_of(error) from None
        check_instant(payment.paid_at, received_at, "#/data/paid_at")
        check_depth(raw, body)
        if self.county not in (None, payment.county):
            raise of_another_county(self.county)
        return Notification(
            dedupe_key=payment.transaction_no,
            kind=PAYMENT,
            content_sha256=digest_of_claim(payment),
            earlier_sha256=lambda: digest_of_text(body["data"]),
            headers=evidence(headers, _EVIDENCE),
            webhook_id=webhook_id,
            county=payment.county,
            coverage_year=payment.coverage_year,
        )

    def reported(self, raw: bytes, content: bytes | None) -> ReportedPayment:
        """Read the stored body again; it was valid when it was stored."""
        return reported_by(raw)

    def returned(self, raw: bytes, content: bytes | None) -> ReportedReturn:
        """Read the stored body again."""
        return returned_by(raw)

    def accepted(self, payment_id: int) -> Answer:
        """202: stored durably; whether it is applied or suspended shows under the payment."""
        return Answer(202, b'{"payment_id":%d,"status":"accepted"}' % payment_id)

    def refused(self, problem: Problem) -> Answer | None:
        """Problem details serve."""
        return None


def _test(headers: Mapping[str, str]) -> Notification:
    """Keep a sample by which a sender tries its secret: its message id is all that it says."""
    webhook_id = headers[ID_HEADER]
    return Notification(
        dedupe_key=f"test {webhook_id}"[:200],
        kind=OTHER,
        content_sha256=hashlib.sha256(webhook_id.encode()).digest(),
        headers=evidence(headers, _EVIDENCE),
        webhook_id=webhook_id,
    )


def _return(told: ReturnNotification, headers: Mapping[str, str], received_at: datetime) -> Notification:
    check_instant(told.data.returned_at, received_at, "#/data/returned_at")
    return Notification(
        dedupe_key=told.dedupe_key,
        kind=RETURN,
        content_sha256=told.digest_of_claim(),
        headers=evidence(headers, _EVIDENCE),
        webhook_id=headers.get(ID_HEADER),
    )


def reported_by(raw: bytes) -> ReportedPayment:
    """Read a stored body. Channels come and go from the settings; what they sent stays readable."""
    payment = PaymentNotification.model_validate(orjson.loads(raw)).data
    return ReportedPayment(
        transaction_no=payment.transaction_no,
        paid_at=payment.paid_at,
        amount_fen=payment.amount_fen,
        order_no=payment.order_no,
        county=payment.county,
        coverage_year=payment.coverage_year,
        items=tuple(ReportedItem(item.id_number, item.name, item.amount_fen) for item in payment.items),
    )


def digest_of_claim(payment: NotifiedPayment) -> bytes:
    """Digest what is claimed, whatever the words."""
    items = [
        (clean_number(item.id_number), normalize_name(item.name), item.amount_fen) for item in payment.items
    ]
    items.sort()
    money = [payment.transaction_no, payment.paid_at, payment.amount_fen, payment.order_no]
    claim = [*money, payment.county, payment.coverage_year, items]
    return hashlib.sha256(orjson.dumps(claim)).digest()


def digest_of_text(said: object) -> bytes:
    """The digest that notifications of before were stored with: of all members, as they were written."""
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()


def evidence(headers: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The headers that a later verification needs, as JSON text (which PostgreSQL keeps without NUL)."""
    kept = {name: headers[name].replace("\x00", "") for name in names if name in headers}
    return orjson.dumps(kept).decode()
