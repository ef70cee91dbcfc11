"""A stored notification as the API shows it."""

from pydantic import Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Instant
from services.collection.examples import shown

_NOTIFICATION: JsonDict = {
    "notification_id": 4711,
    "channel": "tax",
    "transaction_no": "T20191120000001",
    "kind": "payment",
    "county": "youxi",
    "coverage_year": 2020,
    "received_at": "2019-11-20T10:00:05+08:00",
    "headers": {"webhook-id": "msg_1", "webhook-timestamp": "1574215205", "webhook-signature": "v1,K5oZ"},
    "raw_base64": "eyJ0eXBlIjoicGF5bWVudC5zdWNjZWVkZWQifQ==",
    "raw_sha256": "4cbfd9f5ef0b1d6f2a5c84d4dc8b44f6f4a5c0e9fdd0f4a1a6d0a8d9c6bb7d2f",
    "text": '{"type":"payment.succeeded"}',
    "content": None,
    "content_sha256": "0b3d9f5ef0b1d6f2a5c84d4dc8b44f6f4a5c0e9fdd0f4a1a6d0a8d9c6bb7d2f11",
}


class Notification(Answer):
    """What a channel sent, as it came: with `headers` and `raw_base64` its signature can be verified again.

    `kind`: payment; return (money went back); held (by hand, to be looked at first); other (only kept).
    """

    model_config = shown(_NOTIFICATION)

    notification_id: int
    channel: str
    transaction_no: str
    kind: str
    county: str | None
    coverage_year: int | None
    received_at: Instant
    headers: dict[str, str] = Field(description="those that the signature needs")
    raw_base64: str = Field(description="the body, byte for byte")
    raw_sha256: str
    text: str | None = Field(description="the body as UTF-8; null where it is none")
    content: str | None = Field(description="what was decrypted of it, where it came encrypted")
    content_sha256: str = Field(description="of what the channel says, not of how it is wrapped")
