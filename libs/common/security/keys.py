"""The keys with which the embedded default signs its own tokens, and their public form."""

import base64
import json
import os
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from libs.common.settings import SettingInvalid

#: The issuer of tokens that Canbao signs itself.
ISSUER = "canbao"


class SigningKey:
    """Ed25519 keys that sign tokens, newest first: the first signs, all are published until retired."""

    def __init__(self, keys: Iterable[Ed25519PrivateKey]) -> None:
        self._keys = list(keys)
        if not self._keys:
            raise ValueError("a signing key file holds at least one key")

    @classmethod
    def generate(cls) -> "SigningKey":
        """A new key in memory."""
        return cls([Ed25519PrivateKey.generate()])

    @classmethod
    def load_or_create(cls, path: Path) -> "SigningKey":
        """Read the keys at `path` (PEM, one after another), or create one there that only the owner reads."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.{os.getpid()}")
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
                file.write(_private_pem(Ed25519PrivateKey.generate()))
            try:
                os.link(fresh, path)  # of two processes that start at once, one wins
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return cls(_read_file(path))

    @classmethod
    def rotate(cls, path: Path, keep: int = 1) -> "SigningKey":
        """Put a new key before the newest `keep` ones at `path`; tokens of older ones stop being believed."""
        keys = [Ed25519PrivateKey.generate(), *_read_file(path)[:keep]]
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
            file.write(b"".join(_private_pem(key) for key in keys))
        fresh.replace(path)
        return cls(keys)

    def jwks(self) -> dict[str, object]:
        """The public keys as a JSON Web Key Set."""
        return {"keys": [_public_jwk(key) for key in self._keys]}

    def issue(
        self,
        subject: str,
        scopes: Iterable[str],
        division: str,
        role: str = "",
        lifetime: timedelta = timedelta(hours=8),
        audience: str = "canbao",
        issuer: str = ISSUER,
        **more: str | bool,
    ) -> str:
        """Sign a token; `division` is "*" for everywhere, else a prefix of 12-digit codes.

        `more` claims are `department`, `unit`, `channel` and `real_name`; what is empty is left out.
        """
        now = int(time.time())
        claims = {
            "iss": issuer, "aud": audience, "sub": subject, "scope": " ".join(scopes), "division": division,
            "role": role, "iat": now, "nbf": now, "exp": now + int(lifetime.total_seconds()),
        }  # fmt: skip
        claims |= {name: value for name, value in more.items() if value}
        key = self._keys[0]
        return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": _public_jwk(key)["kid"]})


def _public_jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}
    return {**jwk, "kid": thumbprint(jwk), "use": "sig", "alg": "EdDSA"}


def thumbprint(jwk: Mapping[str, object]) -> str:
    """RFC 7638."""
    members = {"OKP": ("crv", "kty", "x"), "EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}[
        str(jwk["kty"])
    ]
    digest = Hash(SHA256())
    digest.update(json.dumps({name: jwk[name] for name in members}, separators=(",", ":")).encode())
    return _base64url(digest.finalize())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read_file(path: Path) -> list[Ed25519PrivateKey]:
    """Read the keys of a file. Raises SettingInvalid that says how to mend it."""
    try:
        keys = _read_pems(path.read_bytes())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        keys = []
    if not keys:
        raise SettingInvalid(
            f"{path} is spoiled, it must hold Ed25519 private keys in PEM: put it back from a copy; or move "
            "it away, then a new key is made, and tokens of the old one are no longer believed"
        )
    return keys


def _read_pems(data: bytes) -> list[Ed25519PrivateKey]:
    marker = b"-----END PRIVATE KEY-----"
    blocks = [block + marker for block in data.split(marker) if block.strip()]
    keys = []
    for block in blocks:
        key = serialization.load_pem_private_key(block, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("a signing key file holds Ed25519 keys only")
        keys.append(key)
    return keys
