"""Speaks as a bank, the tax office or a village terminal would: builds and signs payment notifications.

Written apart from the verifying side, so that the two check each other.
"""

import base64
import hashlib
import hmac
import secrets as random
import time
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What is to be posted: path below the collection service, headers, and the exact bytes of the body."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """A channel with its secret (`whsec_...`), one or two while it rotates, or with a key of its own."""

    channel: str
    secrets: tuple[str, ...] = ()
    private_key: Ed25519PrivateKey | None = None

    def payment(
        self, data: Mapping[str, object], *, message_id: str | None = None, sent_at: int | None = None
    ) -> SignedRequest:
        """Tell of a payment. `data` as in the webhook; `sent_at` in unix seconds, now by default.

        The message id follows from the transaction number, as it stays the same over retries.
        """
        body = orjson.dumps(
            {"type": "payment.succeeded", "timestamp": data.get("paid_at"), "data": dict(data)}
        )
        return self.sign(body, message_id or f"msg_{self.channel}_{data.get('transaction_no')}", sent_at)

    def event(self, kind: str, data: Mapping[str, object], *, message_id: str | None = None) -> SignedRequest:
        """Tell of money that went back: `payment.refunded`, `payment.reversed`, `payment.failed`."""
        body = orjson.dumps({"type": kind, "timestamp": data.get("returned_at"), "data": dict(data)})
        number = data.get("return_no") or data.get("transaction_no")
        return self.sign(body, message_id or f"msg_{self.channel}_{kind}_{number}")

    def test(self) -> SignedRequest:
        """Tell of nothing: a sample by which a secret and the way to the service are tried."""
        sent_at = int(time.time())
        body = orjson.dumps({"type": "channel.test", "timestamp": sent_at, "data": {}})
        return self.sign(body, f"msg_{self.channel}_test_{random.token_hex(8)}", sent_at)

    def sign(self, body: bytes, message_id: str, sent_at: int | None = None) -> SignedRequest:
        """Sign any bytes, also ones that the service has to refuse."""
        timestamp = str(int(time.time()) if sent_at is None else sent_at)
        signatures = []
        for secret in self.secrets:
            key = base64.b64decode(secret.removeprefix("whsec_"))
            mac = hmac.new(key, digestmod=hashlib.sha256)
            for part in (message_id.encode(), b".", timestamp.encode(), b".", body):
                mac.update(part)
            signatures.append("v1," + base64.b64encode(mac.digest()).decode())
        if self.private_key is not None:
            signed = self.private_key.sign(f"{message_id}.{timestamp}.".encode() + body)
            signatures.append("v1a," + base64.b64encode(signed).decode())
        headers = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(signatures),
        }
        return SignedRequest(f"/v1/channels/{self.channel}/notifications", headers, body)
