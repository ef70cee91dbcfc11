"""Recognizes a person without carrying the number, by keyed digests."""

import base64
import hmac

from libs.common.identity import Document
from libs.common.names import normalize_name
from libs.common.security.fingerprints import LastingKey
from libs.common.settings import SettingInvalid

MINIMUM_KEY_BYTES = 32
# 128 bits: among a billion people two meet by chance with a probability below 10^-20.
_HEX_DIGITS = 32


class Digests:
    """HMAC-SHA256, 32 hex digits. Without the key nobody can try out all numbers; keep one key for life."""

    def __init__(self, key: bytes) -> None:
        if len(key) < MINIMUM_KEY_BYTES:
            raise ValueError(f"the identity key needs {MINIMUM_KEY_BYTES} random bytes (CANBAO_IDENTITY_KEY)")
        self._key = key

    @classmethod
    def from_base64(cls, text: str) -> "Digests":
        """Of a key as settings carry it: `openssl rand -base64 32`. Raises SettingInvalid."""
        try:
            return cls(base64.b64decode(text, validate=True))
        except ValueError:
            raise SettingInvalid(
                f"CANBAO_IDENTITY_KEY must be {MINIMUM_KEY_BYTES} random bytes in base64, as "
                "`openssl rand -base64 32` prints them"
            ) from None

    @property
    def lasting_key(self) -> LastingKey:
        """The key as what every stored digest belongs to."""
        loss = "without it nobody is found by number any more, and payments go to suspense"
        return LastingKey("identity key", "identity_key", loss, self._key)

    def document(self, document: Document) -> str:
        """The digest of a document that was checked; the one to publish and to search by."""
        return self.identity(document.type, document.number)

    def identity(self, type: str, number: str) -> str:
        """The digest of a normalized number (`Document.number`) of that type."""
        return self._digest("identity", f"{type}:{number}")

    def name(self, name: str) -> str:
        """The digest of a name, the same for all its spellings."""
        return self._digest("name", normalize_name(name))

    def unit(self, county: str, code: str) -> str:
        """The digest of a unit that pays for its people, by which its account is found."""
        return self._digest("unit", f"{county}:{code}")

    def account(self, number: str) -> str:
        """The digest of a bank account, to find accounts that several people gave."""
        return self._digest("account", number)

    def _digest(self, kind: str, text: str) -> str:
        return hmac.digest(self._key, f"{kind}\x1f{text}".encode(), "sha256").hex()[:_HEX_DIGITS]
