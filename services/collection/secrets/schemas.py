"""What is asked and shown of secrets of channels."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from libs.common.security.webhooks import WebhookKeyRing
from libs.common.web.schemas import Answer, Body, CountyCode, FreeText, Instant, Page
from services.collection.examples import listed, shown

_SECRET: JsonDict = {
    "secret_id": 3,  # nosec B105
    "channel": "tax-youxi",
    "county": "youxi",
    "fingerprint": "0f1e2d3c4b5a",
    "made_at": "2019-08-20T10:00:00+08:00",
    "made_by": "operator-1",
    "agreed_by": "operator-2",
    "shown_at": "2019-08-20T10:05:00+08:00",
    "retired_at": None,
    "retired_by": None,
}


def _usable(key: str) -> str:
    """One that is none would keep out the secrets of all channels, of all counties, once it was agreed to."""
    try:
        WebhookKeyRing([key])
    except ValueError:
        raise PydanticCustomError(
            "public_key",
            "Must be whpk_ followed by base64 of 32 bytes.",
            {"message_zh": "应为 whpk_ 加 32 字节的 base64。"},
        ) from None
    return key


class NewSecret(Body):
    """Which channel is to have a new secret, and why."""

    model_config = shown({"channel": "tax-youxi", "county": "youxi", "reason": "年度更换密钥"})

    channel: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$", description="its name in the address")]
    county: CountyCode
    public_key: (
        Annotated[str, Field(pattern=r"^whpk_[A-Za-z0-9+/=]{44}$"), AfterValidator(_usable)] | None
    ) = Field(
        default=None, description="of a sender that keeps its key to itself (v1a); null: a secret is made"
    )
    reason: Annotated[FreeText, Field(min_length=1, max_length=500)]


class ChannelSecret(Answer):
    """A secret by which a channel may sign, without itself. `fingerprint` tells it from others."""

    secret_id: int
    channel: str
    county: str
    fingerprint: str
    made_at: Instant
    made_by: str
    agreed_by: str
    shown_at: Instant | None
    retired_at: Instant | None
    retired_by: str | None

    model_config = shown(_SECRET)


class ChannelSecrets(Page[ChannelSecret]):
    """Secrets in the order in which they were made; those that were taken out, too."""

    model_config = shown(listed(_SECRET))


class ShownSecret(Answer):
    """A secret, for its sender."""

    secret_id: int
    secret: str

    model_config = shown({"secret_id": 3, "secret": "whsec_..."})  # nosec B105


class ChannelTried(Answer):
    """What came of trying a channel.

    `checked` is what was right, in order: signed, signature, timestamp, form, stored of a sample through our
    own door; answered, answer_signature and the answer of an address that gives money back; signed, answered,
    signature and the answer of a gateway. `fault`: what was not; null: all was.
    """

    channel: str
    checked: list[str]
    fault: str | None
    fingerprint: str | None
    notification_id: int | None

    model_config = shown(
        {
            "channel": "tax-youxi",
            "checked": ["signed", "signature", "timestamp", "form", "stored"],
            "fault": None,
            "fingerprint": "0f1e2d3c4b5a",
            "notification_id": 7002,
        }
    )
