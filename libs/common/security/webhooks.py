"""Verifies that a known sender wrote these bytes just now: Standard Webhooks, symmetric (`v1`).

Headers webhook-id, webhook-timestamp (unix seconds) and webhook-signature; HMAC-SHA256 over
`id.timestamp.body` with the raw bytes of the body. https://www.standardwebhooks.com
"""

import base64
import binascii
import hmac
import secrets as random
from collections.abc import Sequence

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

#: A notification may be this old, or this far ahead of our clock.
TOLERANCE_SECONDS = 300
SECRET_PREFIX = "whsec_"

_VERSION = "v1"
_LONGEST_ID = 256
# During a change of keys a sender signs with two or three.
_MOST_SIGNATURES = 8


class WebhookRejected(ValueError):
    """Not to be believed. `reason`: missing_header, malformed, too_old, too_new, mismatch."""

    def __init__(self, reason: str, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message_zh = message_zh


class WebhookKeyRing:
    """The secrets of one sender, newest first: the newest signs, each on the ring verifies."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = tuple(_decode(secret) for secret in secrets)
        if not self._keys:
            raise ValueError("a key ring holds at least one secret")

    def sign(self, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
        """The three headers of a notification sent at `timestamp` (unix seconds)."""
        signature = _signature(self._keys[0], message_id, str(timestamp), body)
        return {
            ID_HEADER: message_id,
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: f"{_VERSION},{signature.decode()}",
        }

    def verify(
        self, message_id: str | None, timestamp: str | None, signature: str | None, body: bytes, now: float
    ) -> None:
        """Check the values of the three headers against the raw body at `now` (unix seconds, wall clock).

        Raises WebhookRejected. The time is judged first, so that a sender with a wrong clock learns it.
        """
        if not message_id or not timestamp or not signature:
            raise _missing(message_id, timestamp)
        if len(message_id) > _LONGEST_ID or not message_id.isascii():
            raise _malformed(ID_HEADER)
        _check_time(timestamp, now)
        offered = [
            part[3:].encode() for part in signature.split(" ", _MOST_SIGNATURES) if part.startswith("v1,")
        ]
        if not offered:
            raise _malformed(SIGNATURE_HEADER)
        for key in self._keys:
            expected = _signature(key, message_id, timestamp, body)
            if any(hmac.compare_digest(expected, candidate) for candidate in offered):
                return
        raise WebhookRejected(
            "mismatch",
            "No signature matches. Sign `id.timestamp.body` over the raw bytes with the current secret.",
            "签名不匹配。请用当前密钥对“id.timestamp.原始请求体”按字节签名。",
        )


def generate_secret() -> str:
    """A new secret of 32 random bytes, in the form that senders configure."""
    return SECRET_PREFIX + base64.b64encode(random.token_bytes(32)).decode()


def _decode(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is whsec_ followed by base64") from None
    if not 24 <= len(key) <= 64:
        raise ValueError("a webhook secret has 24 to 64 bytes")
    return key


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> bytes:
    content = b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), body)
    return base64.b64encode(hmac.digest(key, content, "sha256"))


def _check_time(timestamp: str, now: float) -> None:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise _malformed(TIMESTAMP_HEADER)
    age = now - int(timestamp)
    if age > TOLERANCE_SECONDS:
        raise WebhookRejected(
            "too_old",
            f"The notification was signed more than {TOLERANCE_SECONDS} seconds ago. Sign each attempt anew.",
            f"签名时间早于 {TOLERANCE_SECONDS} 秒之前。每次发送请重新签名。",
        )
    if age < -TOLERANCE_SECONDS:
        raise WebhookRejected(
            "too_new",
            f"The notification is dated more than {TOLERANCE_SECONDS} seconds ahead. Set the sender's clock.",
            f"签名时间超前 {TOLERANCE_SECONDS} 秒以上。请校准发送方时钟。",
        )


def _missing(message_id: str | None, timestamp: str | None) -> WebhookRejected:
    name = ID_HEADER if not message_id else TIMESTAMP_HEADER if not timestamp else SIGNATURE_HEADER
    return WebhookRejected("missing_header", f"The header {name} is missing.", f"缺少请求头 {name}。")


def _malformed(name: str) -> WebhookRejected:
    return WebhookRejected("malformed", f"The header {name} is malformed.", f"请求头 {name} 格式错误。")
