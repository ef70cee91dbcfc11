"""Tells keys apart without showing them: the keys that data belongs to for life, and their fingerprints."""

import hmac
from dataclasses import dataclass

_DIGITS = 16


@dataclass(frozen=True)
class LastingKey:
    """A key that what is stored belongs to. `value` is None where nobody gave one.

    `name` is unique in a database; `setting` is the field that carries it; `loss` says what is lost with it.
    """

    name: str
    setting: str
    loss: str
    value: bytes | None

    @property
    def fingerprint(self) -> str | None:
        """What a database remembers of the key."""
        return None if self.value is None else fingerprint(self.value)


def fingerprint(key: bytes) -> str:
    """16 hex digits that say whether two keys are the same, and nothing about a key that is random."""
    return hmac.digest(key, b"canbao/fingerprint of a key", "sha256").hex()[:_DIGITS]
