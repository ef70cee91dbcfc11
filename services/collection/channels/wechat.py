"""Verifies and decrypts notifications of WeChat Pay, API v3.

The key is chosen by `Wechatpay-Serial` (a platform certificate or a `PUB_KEY_ID_...`: both kinds arrive mixed
while a merchant changes over), and how it signs by what it is: RSA with SHA-256, or SM2 with SM3. Verified
first, decrypted after.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from libs.common.security.webhooks import WebhookRejected
from services.collection.channels import sm
from services.collection.channels.sm import Sm2Key, Sm2PrivateKey

TOLERANCE_SECONDS = 300
HEADERS = ("wechatpay-serial", "wechatpay-timestamp", "wechatpay-nonce", "wechatpay-signature")
SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
#: WeChat sends deliberately wrong signatures to see whether merchants check them; they must be refused.
PROBE = "WECHATPAY/SIGNTEST/"

SM_SIGNATURE_TYPE = "WECHATPAY2-SM2-WITH-SM3"
_ALGORITHMS = ("AEAD_AES_256_GCM", "AEAD_SM4_GCM")

WeChatKey = RSAPublicKey | Sm2Key
KeyRing = Mapping[str, WeChatKey]


class MerchantSigner(Protocol):
    """Our own key at WeChat Pay, by the serial of its certificate; `scheme` is how signatures are called."""

    @property
    def serial(self) -> str: ...

    @property
    def scheme(self) -> str: ...

    def sign(self, message: bytes) -> str:
        """Sign a message, as base64."""
        ...


@dataclass(frozen=True)
class RsaSigner:
    """Signs by an RSA key."""

    serial: str
    key: RSAPrivateKey = field(repr=False)
    scheme: str = SIGNATURE_TYPE

    def sign(self, message: bytes) -> str:
        """RSA of SHA-256, as base64."""
        return base64.b64encode(self.key.sign(message, PKCS1v15(), SHA256())).decode()


@dataclass(frozen=True)
class WeChatMerchant:
    """Who we are to WeChat Pay: `api_v3_key` has 32 bytes, `keys` are theirs, by serial."""

    mchid: str
    appid: str
    api_v3_key: bytes
    keys: KeyRing


@dataclass(frozen=True)
class SmSigner:
    """Signs by a key of SM2."""

    serial: str
    key: Sm2PrivateKey = field(repr=False)
    scheme: str = SM_SIGNATURE_TYPE

    def sign(self, message: bytes) -> str:
        """SM2 with SM3, as base64."""
        return base64.b64encode(self.key.sign(message)).decode()


def read_keys(pems: Mapping[str, str]) -> dict[str, WeChatKey]:
    """Read public keys or certificates (PEM) by serial, of RSA or SM2; raise ValueError for anything else."""
    ring: dict[str, WeChatKey] = {}
    for serial, pem in pems.items():
        if sm.is_sm2(pem):
            ring[_serial(serial)] = sm.read_public_key(pem)
            continue
        data = pem.encode()
        certified = "CERTIFICATE" in pem
        key = x509.load_pem_x509_certificate(data).public_key() if certified else load_pem_public_key(data)
        if not isinstance(key, RSAPublicKey):
            raise ValueError(f"the WeChat key {serial} is not an RSA key")
        ring[_serial(serial)] = key
    return ring


def verify(raw: bytes, headers: Mapping[str, str], keys: KeyRing, now: int) -> None:
    """Return when the signature over `timestamp, nonce, body` stands; raise WebhookRejected otherwise.

    `headers` has lower-case names; `now` is in unix seconds, from the wall clock.
    """
    serial, timestamp, nonce, signature = (headers.get(name, "") for name in HEADERS)
    if not (serial and timestamp and nonce and signature):
        raise WebhookRejected(
            "missing_header",
            "Send Wechatpay-Serial, -Timestamp, -Nonce and -Signature.",
            "缺少 Wechatpay-* 签名请求头。",
        )
    if signature.startswith(PROBE):
        raise WebhookRejected("mismatch", "A signature probe is refused.", "签名探测流量，验签不通过。")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise WebhookRejected(
            "malformed", "Wechatpay-Timestamp is unix seconds.", "Wechatpay-Timestamp 应为 Unix 秒数。"
        )
    age = now - int(timestamp)
    if abs(age) >= TOLERANCE_SECONDS:
        raise WebhookRejected(
            "too_old" if age > 0 else "too_new",
            "Wechatpay-Timestamp is five minutes or more off.",
            "时间戳偏差达到或超过 5 分钟。",
        )
    key = _key_of(serial, headers, keys)
    message = b"%b\n%b\n%b\n" % (timestamp.encode("latin-1"), nonce.encode("latin-1"), raw)
    try:
        given = base64.b64decode(signature, validate=True)
        if isinstance(key, Sm2Key):
            key.verify(given, message)
        else:
            key.verify(given, message, PKCS1v15(), SHA256())
    except (binascii.Error, InvalidSignature, ValueError):
        raise WebhookRejected("mismatch", "The signature does not verify.", "签名验证失败。") from None


def _key_of(serial: str, headers: Mapping[str, str], keys: KeyRing) -> WeChatKey:
    """The key of a serial, which has to sign as the header says."""
    key = keys.get(_serial(serial))
    if key is None:
        raise WebhookRejected(
            "mismatch", "No key has this Wechatpay-Serial.", "未登记该 Wechatpay-Serial 的公钥或证书。"
        )
    signs_by = SM_SIGNATURE_TYPE if isinstance(key, Sm2Key) else SIGNATURE_TYPE
    if headers.get("wechatpay-signature-type", SIGNATURE_TYPE) != signs_by:
        raise WebhookRejected(
            "malformed",
            f"The key of this serial signs by {signs_by}.",
            f"该序列号的签名类型应为 {signs_by}。",
        )
    return key


def decrypt(resource: Mapping[str, str], api_v3_key: bytes) -> bytes:
    """Return the plaintext of a resource; raise WebhookRejected when it was not made for us."""
    algorithm = resource.get("algorithm", _ALGORITHMS[0])
    if algorithm not in _ALGORITHMS:
        known = " or ".join(_ALGORITHMS)
        raise WebhookRejected("malformed", f"Only {known} is known here.", f"仅支持 {known}。")
    try:
        nonce, sealed = resource["nonce"].encode(), base64.b64decode(resource["ciphertext"], validate=True)
        associated = (resource.get("associated_data") or "").encode()
        if algorithm == _ALGORITHMS[1]:
            return sm.open_sealed(api_v3_key, nonce, sealed, associated)
        return AESGCM(api_v3_key).decrypt(nonce, sealed, associated)
    except (KeyError, AttributeError, TypeError, binascii.Error, InvalidTag, ValueError):
        raise WebhookRejected(
            "mismatch",
            "The resource cannot be decrypted with the configured APIv3 key.",
            "无法用已配置的 APIv3 密钥解密。",
        ) from None


def _serial(text: str) -> str:
    """Certificate serials are hexadecimal in either case; ids of public keys are taken as they are."""
    return text if text.startswith("PUB_KEY_ID_") else text.upper().lstrip("0")
