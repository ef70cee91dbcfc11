"""Keeps account numbers: encrypted at rest, comparable by a keyed digest, shown masked."""

import base64
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from libs.common.security.fingerprints import LastingKey
from libs.common.settings import SettingInvalid

KEY_BYTES = 32
_NONCE_BYTES = 12
_PURPOSE = b"canbao/subsidy/account"


class AccountKeyInvalid(SettingInvalid):
    """The configured key cannot be used."""


class AccountVault:
    """Seals account numbers with AES-256-GCM; the database alone shows none of them."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise AccountKeyInvalid(
                "the account key must be 32 bytes; set CANBAO_SUBSIDY_ACCOUNT_KEY in base64"
            )
        # Two uses, two keys: what compares accounts must not help to read them.
        self._cipher = AESGCM(hmac.digest(key, _PURPOSE + b"/seal", "sha256"))
        self._compare = hmac.digest(key, _PURPOSE + b"/compare", "sha256")

    def seal(self, account_no: str) -> bytes:
        """Encrypt; each call gives other bytes. The nonce stands first."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, account_no.encode(), _PURPOSE)

    def open(self, sealed: bytes) -> str:
        """Decrypt what `seal` gave; raise cryptography's InvalidTag for anything else."""
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _PURPOSE).decode()

    def digest(self, account_no: str) -> str:
        """A keyed digest that is equal for equal accounts."""
        return hmac.new(self._compare, account_no.encode(), hashlib.sha256).hexdigest()


def load_vault(account_key: str | None) -> AccountVault:
    """Make the vault from the configured key; raise AccountKeyInvalid.

    There is no default: a key that a process made up would be gone with its container, and with it every
    account on record.
    """
    key = _decoded(account_key)
    if key is None:
        raise AccountKeyInvalid("set CANBAO_SUBSIDY_ACCOUNT_KEY: 32 random bytes in base64")
    return AccountVault(key)


def lasting_key(account_key: str | None) -> LastingKey:
    """The configured key as what sealed accounts belong to; raise AccountKeyInvalid."""
    if account_key is not None:
        load_vault(account_key)  # a key that cannot be used is none to remember
    return LastingKey(
        "account key",
        "account_key",
        "without it no account number can be read again, and no payout made",
        _decoded(account_key),
    )


def _decoded(account_key: str | None) -> bytes | None:
    try:
        return None if account_key is None else base64.b64decode(account_key, validate=True)
    except ValueError:  # of base64, or of text that is not ASCII
        raise AccountKeyInvalid("CANBAO_SUBSIDY_ACCOUNT_KEY is not base64") from None
