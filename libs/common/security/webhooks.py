"""Verifies that a known sender wrote these bytes just now: Standard Webhooks, `v1` and `v1a`.

Headers webhook-id, webhook-timestamp (unix seconds) and webhook-signature over `id.timestamp.body` with the
raw bytes of the body: HMAC-SHA256 by a shared secret (`v1`), or Ed25519 by a key that only the sender has
(`v1a`). https://www.standardwebhooks.com
"""

import base64
import binascii
import hashlib
import hmac
import secrets as random
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

#: A notification may be this old, or this far ahead of our clock.
TOLERANCE_SECONDS = 300
SECRET_PREFIX = "whsec_"  # nosec B105
PUBLIC_KEY_PREFIX = "whpk_"
PRIVATE_KEY_PREFIX = "whsk_"

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
    """What one sender signs with, newest first: each on the ring verifies, the newest secret signs.

    `whsec_...` is a secret that both sides know, `whpk_...` the public half of a key that only the sender
    has.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._public = tuple(_public_key(key) for key in keys if key.startswith(PUBLIC_KEY_PREFIX))
        # Copied for each message: to begin with a secret takes longer than to sign a message.
        self._secrets = tuple(
            HMAC(_decode(key), SHA256()) for key in keys if not key.startswith(PUBLIC_KEY_PREFIX)
        )
        if not (self._public or self._secrets):
            raise ValueError("a key ring holds at least one secret")
        #: What tells them apart, newest first.
        self.fingerprints = tuple(map(fingerprint, keys))

    @property
    def knows_keys(self) -> bool:
        """Whether the public half of a sender's own key is on the ring."""
        return bool(self._public)

    @property
    def signs(self) -> bool:
        """Whether a secret is on the ring."""
        return bool(self._secrets)

    def sign(
        self,
        message_id: str,
        timestamp: int,
        body: bytes,
        *,
        by_all: bool = False,
        key: Ed25519PrivateKey | None = None,
    ) -> dict[str, str]:
        """The three headers of a message sent at `timestamp` (unix seconds), by a secret, a `key` or both.

        With `by_all` every secret signs, side by side: a receiver may know the old one still, or the new one
        already.
        """
        content = _content(message_id, str(timestamp), body)
        signing = self._secrets if by_all else self._secrets[:1]
        signatures = [f"v1,{_signature(secret, content).decode()}" for secret in signing]
        if key is not None:
            signatures.append(f"v1a,{base64.b64encode(key.sign(content)).decode()}")
        return {
            ID_HEADER: message_id,
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: " ".join(signatures),
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
        by_secret, by_key = list[bytes](), list[str]()
        for part in signature.split(" ", _MOST_SIGNATURES):
            version, _, text = part.partition(",")
            if version == "v1":
                by_secret.append(text.encode())
            elif version == "v1a":
                by_key.append(text)
        if not (by_secret or by_key):
            raise _malformed(SIGNATURE_HEADER)
        content = _content(message_id, timestamp, body)
        if self._is_by_secret(by_secret, content) or self._is_by_key(by_key, content):
            return
        raise WebhookRejected(
            "mismatch",
            "No signature matches. Sign `id.timestamp.body` over the raw bytes with the current key.",
            "签名不匹配。请用当前密钥对“id.timestamp.原始请求体”按字节签名。",
        )

    def _is_by_secret(self, offered: Sequence[bytes], content: bytes) -> bool:
        if not offered:
            return False
        for secret in self._secrets:
            expected = _signature(secret, content)
            for candidate in offered:
                if hmac.compare_digest(expected, candidate):
                    return True
        return False

    def _is_by_key(self, offered: Sequence[str], content: bytes) -> bool:
        return any(
            _is_signed(key, signature, content) for signature in _decoded(offered) for key in self._public
        )


def fingerprint(key: str) -> str:
    """Twelve hexadecimal digits that tell keys apart and say nothing of them."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def generate_secret() -> str:
    """A new secret of 32 random bytes, in the form that senders configure."""
    return SECRET_PREFIX + base64.b64encode(random.token_bytes(32)).decode()


def read_private_key(text: str) -> Ed25519PrivateKey:
    """Read `whsk_` and base64 of 32 bytes, or of 64 with the public half behind. Raises ValueError."""
    try:
        key = base64.b64decode(text.removeprefix(PRIVATE_KEY_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(PRIVATE_KEY_PREFIX) or len(key) not in (32, 64):
        raise ValueError("a webhook private key is whsk_ followed by base64 of 32 or 64 bytes")
    return Ed25519PrivateKey.from_private_bytes(key[:32])


def _decode(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is whsec_ followed by base64") from None
    if not 24 <= len(key) <= 64:
        raise ValueError("a webhook secret has 24 to 64 bytes")
    return key


def _public_key(text: str) -> Ed25519PublicKey:
    try:
        key = base64.b64decode(text.removeprefix(PUBLIC_KEY_PREFIX), validate=True)
        return Ed25519PublicKey.from_public_bytes(key)
    except ValueError:
        raise ValueError("a webhook public key is whpk_ followed by base64 of 32 bytes") from None


def _content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), body)


def _signature(secret: HMAC, content: bytes) -> bytes:
    signing = secret.copy()
    signing.update(content)
    return binascii.b2a_base64(signing.finalize(), newline=False)


def _decoded(offered: Sequence[str]) -> Iterator[bytes]:
    for text in offered:
        try:
            yield base64.b64decode(text, validate=True)
        except ValueError:
            continue


def _is_signed(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


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
