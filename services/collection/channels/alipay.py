"""Verifies notifications of Alipay (open platform, RSA2).

Ordinary notices leave `sign` and `sign_type` out of what is signed; some kinds leave out `sign` alone. The
first rule is tried before the second, as Alipay's own libraries do. Nothing dates the signature: an old
notice verifies for ever, and only its numbers tell that it came before.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from libs.common.security.webhooks import WebhookRejected
from services.collection.channels.forms import Fields, signed_text

SIGN_TYPE = b"RSA2"
_LEFT_OUT = (("sign", "sign_type"), ("sign",))


@dataclass(frozen=True)
class AlipaySeller:
    """Who we are to Alipay; `keys` are theirs, several while one follows another."""

    app_id: str
    seller_id: str
    keys: Sequence[RSAPublicKey]


def read_key(text: str) -> RSAPublicKey:
    """Read Alipay's public key, as PEM or as the bare base64 that its console shows. Raises ValueError."""
    if text.lstrip().startswith("-----"):
        key = load_pem_public_key(text.encode())
    else:
        key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise ValueError("Alipay's key for RSA2 is an RSA key of 2048 bits or more")
    return key


def read_private_key(text: str) -> RSAPrivateKey:
    """Read our own key, as PEM or as bare base64 of PKCS 8. Raises ValueError."""
    if text.lstrip().startswith("-----"):
        key = load_pem_private_key(text.encode(), None)
    else:
        key = load_der_private_key(base64.b64decode("".join(text.split()), validate=True), None)
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
        raise ValueError("our key for RSA2 is an RSA key of 2048 bits or more")
    return key


def sign(fields: Fields, key: RSAPrivateKey) -> bytes:
    """Sign a request: all fields but `sign`, `sign_type` among them."""
    return base64.b64encode(key.sign(signed_text(fields, "sign"), PKCS1v15(), SHA256()))


def verify_text(text: bytes, signature: str, keys: Sequence[RSAPublicKey]) -> None:
    """Return when one of the keys signed this part of an answer; raise WebhookRejected otherwise."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        given = b""
    if not any(_is_signed(key, given, text) for key in keys):
        raise WebhookRejected("mismatch", "The signature does not verify.", "签名验证失败。")


def verify(fields: Fields, keys: Sequence[RSAPublicKey]) -> None:
    """Return when one of the keys signed these fields by either rule; raise WebhookRejected otherwise."""
    signature = fields.get("sign")
    if not signature:
        raise WebhookRejected("missing_header", "The field sign is missing.", "缺少 sign 字段。")
    fields = {"sign_type": SIGN_TYPE, **fields}
    if fields["sign_type"] != SIGN_TYPE:
        raise WebhookRejected(
            "malformed", "Only sign_type RSA2 is believed.", "仅支持 sign_type 为 RSA2 的通知。"
        )
    try:
        given = base64.b64decode(signature, validate=True)
    except binascii.Error:
        raise WebhookRejected(
            "malformed", "The field sign is not base64.", "sign 字段不是 base64。"
        ) from None
    for left_out in _LEFT_OUT:
        message = signed_text(fields, *left_out)
        if any(_is_signed(key, given, message) for key in keys):
            return
    raise WebhookRejected("mismatch", "The signature does not verify.", "签名验证失败。")


def _is_signed(key: RSAPublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
