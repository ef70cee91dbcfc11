"""Speaks as UnionPay's gateway would (5.1.0): fills in a notice, signs it and encodes it as a form.

It also makes the certificates of a UnionPay of our own: a root, what it issued, and what that issued to sign.
"""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from canbao.simulator.standard_webhook import SignedRequest

_CHINA = ZoneInfo("Asia/Shanghai")
COMMON_NAME = "041@8310000000083040@中国银联股份有限公司@00016493"


@dataclass(frozen=True)
class Issued:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: RSAPrivateKey

    @property
    def pem(self) -> str:
        """The certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode()


def issue(name: str, by: Issued | None, from_at: datetime, *, days: int = 3650) -> Issued:
    """Issue a certificate; without an issuer it is a root."""
    key = generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(from_at)
        .not_valid_after(from_at + timedelta(days=days))
    )
    return Issued(built.sign(key if by is None else by.key, SHA256()), key)


@dataclass(frozen=True)
class UnionPaySender:
    """UnionPay's side of one merchant."""

    mer_id: str
    signer: Issued
    channel: str = "unionpay"

    def signed_by(self, signer: Issued) -> "UnionPaySender":
        """The same, with another certificate."""
        return replace(self, signer=signer)

    def payment(
        self, *, query_id: str, order_id: str, amount_fen: int, paid_at: datetime, **changes: str | None
    ) -> SignedRequest:
        """Tell of a purchase; `changes` replace fields, None takes one out."""
        return self.notice(self._fields("01", query_id, order_id, amount_fen, paid_at) | changes)

    def refund(
        self,
        *,
        query_id: str,
        original_id: str,
        order_id: str,
        amount_fen: int,
        returned_at: datetime,
        **changes: str | None,
    ) -> SignedRequest:
        """Tell of a refund (04); `txnType` 31 makes it a revocation."""
        fields = self._fields("04", query_id, order_id, amount_fen, returned_at)
        return self.notice(fields | {"origQryId": original_id} | changes)

    def notice(self, fields: dict[str, str | None]) -> SignedRequest:
        """Sign and encode any fields."""
        said = {name: value for name, value in fields.items() if value is not None}
        said["signPubKeyCert"] = self.signer.pem.replace("\n", "\r\n")
        text = "&".join(f"{name}={said[name]}" for name in sorted(said) if said[name] != "")
        digest = hashlib.sha256(text.encode()).hexdigest()
        signature = self.signer.key.sign(digest.encode("ascii"), PKCS1v15(), SHA256())
        said["signature"] = b64encode(signature).decode()
        body = "&".join(f"{name}={quote(value, safe='')}" for name, value in said.items())
        headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
        return SignedRequest(f"/v1/channels/{self.channel}/notifications", headers, body.encode())

    def _fields(
        self, kind: str, query_id: str, order_id: str, amount_fen: int, made_at: datetime
    ) -> dict[str, str | None]:
        china = made_at.astimezone(_CHINA)
        asked = china - timedelta(seconds=30)
        return {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "txnType": kind,
            "txnSubType": "01" if kind == "01" else "00",
            "bizType": "000201",
            "accessType": "0",
            "merId": self.mer_id,
            "orderId": order_id,
            "txnTime": asked.strftime("%Y%m%d%H%M%S"),
            "txnAmt": str(amount_fen),
            "currencyCode": "156",
            "queryId": query_id,
            "respCode": "00",
            "respMsg": "成功[0000000]",
            "settleAmt": str(amount_fen),
            "settleCurrencyCode": "156",
            "settleDate": china.strftime("%m%d"),
            "traceNo": "067402",
            "traceTime": china.strftime("%m%d%H%M%S"),
            "exchangeRate": "",
            "accNo": "6222+/=3456",
        }
