"""The national algorithms of China (国密): SM2 keys and signatures, SM4-GCM under a key that SM3 makes.

SM2 itself is gmalg's: `cryptography` has SM3 and SM4, and no SM2.
"""

import base64
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3, Hash
from gmalg import SM2
from gmalg.errors import GMError

#: Whom signers call themselves where nothing else is agreed (GM/T 0009).
_UID = b"1234567812345678"
#: An EC key on the curve sm2p256v1 as certificates and keys write it, before the point.
_ON_THE_CURVE = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
_POINT = _ON_THE_CURVE + bytes.fromhex("034200")
#: Before the number of a private key (RFC 5915).
_NUMBER = bytes.fromhex("0201010420")
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----")
_BYTES, _POINT_BYTES, _TAG_BYTES = 32, 65, 16


@dataclass(frozen=True)
class Sm2Key:
    """A public key on the curve of SM2, as its point (0x04, x, y)."""

    point: bytes

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return when the key made this signature (DER); raise InvalidSignature otherwise."""
        try:
            r, s = decode_dss_signature(signature)
            r_bytes, s_bytes = r.to_bytes(_BYTES), s.to_bytes(_BYTES)
            made = SM2(uid=_UID, pk=self.point).verify(message, r_bytes, s_bytes)
        except (ValueError, OverflowError, GMError):
            made = False
        if not made:
            raise InvalidSignature


@dataclass(frozen=True)
class Sm2PrivateKey:
    """Our own key on the curve of SM2."""

    number: bytes = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Sign a message (DER)."""
        r, s = SM2(sk=self.number, uid=_UID).sign(message)
        return encode_dss_signature(int.from_bytes(r), int.from_bytes(s))


def is_sm2(pem: str) -> bool:
    """Whether a certificate or key (PEM) is one of SM2."""
    found = _PEM.search(pem)
    return found is not None and _ON_THE_CURVE in _der(found)


def read_public_key(pem: str) -> Sm2Key:
    """Read the key of a certificate or a public key (PEM). Raises ValueError for what is none."""
    found = _PEM.search(pem)
    parts = _der(found).split(_POINT) if found is not None else []
    point = parts[1][:_POINT_BYTES] if len(parts) == 2 else b""
    if len(point) != _POINT_BYTES or point[0] != 4:
        raise ValueError("it has no public key of SM2")
    try:
        SM2(uid=_UID, pk=point)
    except GMError:
        raise ValueError("its public key is not on the curve of SM2") from None
    return Sm2Key(point)


def read_private_key(pem: str) -> Sm2PrivateKey:
    """Read our own key (PEM, PKCS 8, not encrypted). Raises ValueError for what is none."""
    found = _PEM.search(pem)
    parts = _der(found).split(_NUMBER) if found is not None and is_sm2(pem) else []
    if len(parts) != 2 or len(parts[1]) < _BYTES:
        raise ValueError("it is no private key of SM2 in PKCS 8")
    return Sm2PrivateKey(parts[1][:_BYTES])


def open_sealed(key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Open what was sealed by SM4-GCM under the first half of the SM3 of a key. Raises InvalidTag."""
    digest = Hash(SM3())
    digest.update(key)
    if len(sealed) < _TAG_BYTES:
        raise InvalidTag
    mode = GCM(nonce, sealed[-_TAG_BYTES:])
    opening = Cipher(SM4(digest.finalize()[:_TAG_BYTES]), mode).decryptor()
    opening.authenticate_additional_data(associated)
    return opening.update(sealed[:-_TAG_BYTES]) + opening.finalize()


def _der(found: re.Match[str]) -> bytes:
    return base64.b64decode("".join(found[2].split()), validate=True)
