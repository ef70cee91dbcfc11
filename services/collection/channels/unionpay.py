"""Verifies notifications of UnionPay's gateway, version 5.1.0.

The certificate that signs comes in the message itself, so the signature alone proves nothing: whoever makes
a certificate could sign. It counts when it was issued, through the middle certificate, by the root that
UnionPay gave us, is in date, and names UnionPay. What is signed is the hexadecimal text of a SHA-256 of the
fields. Revocations are not looked up.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from libs.common.security.webhooks import WebhookRejected
from services.collection.channels.forms import Fields, signed_text

VERSION, SIGN_METHOD = b"5.1.0", b"01"
SIGNER = "中国银联股份有限公司"
#: Root, and what stands between it and the certificate that signs.
_LONGEST_CHAIN = 4
_DIGESTS = (SHA256, SHA384, SHA512)


@dataclass(frozen=True)
class UnionPayMerchant:
    """Who we are to UnionPay. `authorities` are its root and middle certificates; `signer` whom they name.

    `sha1`: also certificates that were signed over SHA-1, as those of UnionPay's test environment are.
    """

    mer_id: str
    authorities: Sequence[x509.Certificate]
    signer: str = SIGNER
    sha1: bool = False


@dataclass(frozen=True)
class _Signer:
    """A certificate that was traced to a root, with the time in which the whole chain is in date."""

    key: RSAPublicKey
    from_at: datetime
    until_at: datetime


class UnionPaySigners:
    """Finds out who signed; a certificate that signed once need not be traced again.

    Anybody can write a certificate of UnionPay in ever new ways: kept are those that came with its signature.
    """

    def __init__(self, merchant: UnionPayMerchant) -> None:
        self._merchant = merchant
        self._traced: dict[bytes, _Signer] = {}

    def verify(self, fields: Fields, at: datetime) -> None:
        """Return when UnionPay signed these fields, seen at `at`; raise WebhookRejected otherwise."""
        signature, certificate = fields.get("signature"), fields.get("signPubKeyCert")
        if not signature or not certificate:
            raise WebhookRejected(
                "missing_header",
                "signature or signPubKeyCert is missing.",
                "缺少 signature 或 signPubKeyCert。",
            )
        if (fields.get("version"), fields.get("signMethod")) != (VERSION, SIGN_METHOD):
            raise WebhookRejected(
                "malformed",
                "Only version 5.1.0 with signMethod 01 is believed.",
                "仅支持 5.1.0 版、signMethod 01。",
            )
        signer = self._traced.get(certificate) or self._trace(certificate)
        if not signer.from_at <= at <= signer.until_at:
            raise _no_certificate("is not in date", "不在有效期内")
        verify_signature(fields, signature, signer.key)
        self._traced[certificate] = signer

    def _trace(self, pem: bytes) -> _Signer:
        try:
            return self._traced_to_root(x509.load_pem_x509_certificate(pem))
        except WebhookRejected:
            raise
        # Parts of a certificate are read when they are looked at: anybody may have written them.
        except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
            raise _no_certificate("cannot be read", "无法读取") from None

    def _traced_to_root(self, certificate: x509.Certificate) -> _Signer:
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey) or named(certificate) != self._merchant.signer:
            raise _no_certificate("is not UnionPay's", "不是中国银联的证书")
        chain = [certificate]
        while not _is_root(chain[-1]):
            issuer = self._issuer_of(chain[-1])
            if issuer is None or len(chain) > _LONGEST_CHAIN:
                raise _no_certificate("does not lead to UnionPay's root", "未能追溯到银联根证书")
            chain.append(issuer)
        if len(chain) == 1:
            raise _no_certificate("was issued by itself", "为自签名证书")
        return _Signer(
            key, max(c.not_valid_before_utc for c in chain), min(c.not_valid_after_utc for c in chain)
        )

    def _issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        believed = (*_DIGESTS, SHA1) if self._merchant.sha1 else _DIGESTS
        if not isinstance(certificate.signature_hash_algorithm, believed):
            return None
        return next((one for one in self._merchant.authorities if _issued(certificate, one)), None)


def verify_signature(fields: Fields, signature: bytes, key: RSAPublicKey) -> None:
    """Return when this key signed these fields, whosever it is; raise WebhookRejected otherwise."""
    digest = hashlib.sha256(signed_text(fields, "signature")).hexdigest().encode()
    try:
        key.verify(base64.b64decode(signature, validate=True), digest, PKCS1v15(), SHA256())
    except (binascii.Error, InvalidSignature):
        raise WebhookRejected("mismatch", "The signature does not verify.", "签名验证失败。") from None


@dataclass(frozen=True)
class OwnCertificate:
    """Our certificate at UnionPay, by its number in decimal, with its key."""

    cert_id: str
    key: RSAPrivateKey = field(repr=False)

    def sign(self, fields: Fields) -> bytes:
        """Sign a request as UnionPay signs its own."""
        digest = hashlib.sha256(signed_text(fields, "signature")).hexdigest().encode()
        return base64.b64encode(self.key.sign(digest, PKCS1v15(), SHA256()))


def read_own(certificate: str, key: str) -> OwnCertificate:
    """Read our certificate and its key (PEM); raise ValueError where they do not belong together."""
    own = x509.load_pem_x509_certificate(certificate.encode())
    private = load_pem_private_key(key.encode(), None)
    if not isinstance(private, RSAPrivateKey) or private.public_key() != own.public_key():
        raise ValueError("the private key is not that of the certificate")
    return OwnCertificate(str(own.serial_number), private)


def read_authorities(pems: Sequence[str]) -> list[x509.Certificate]:
    """Read UnionPay's root and middle certificates; raise ValueError when there is no root among them."""
    found = [one for pem in pems for one in x509.load_pem_x509_certificates(pem.encode())]
    if not any(_is_root(one) for one in found):
        raise ValueError("UnionPay's root certificate is not among them")
    return found


def named(certificate: x509.Certificate) -> str | None:
    """Whom a certificate of CFCA names: `041@8310000000083040@<company>@00016495`."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    parts = str(names[0].value).split("@") if len(names) == 1 else []
    return parts[2] if len(parts) > 2 else None


def _is_root(certificate: x509.Certificate) -> bool:
    return certificate.subject == certificate.issuer


def _issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _no_certificate(why: str, why_zh: str) -> WebhookRejected:
    return WebhookRejected("mismatch", f"The certificate {why}.", f"签名证书{why_zh}。")
