"""The installation's key, which wraps the data keys of every database: what is stored opens with it alone.

A vault or an HSM takes its place by another `KeyWrapper`: wrapped keys are all that a database ever holds.
"""

import base64
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from libs.common.security.data_keys import KEY_BYTES
from libs.common.security.fingerprints import fingerprint
from libs.common.settings import CommonSettings, SettingInvalid

_NONCE_BYTES = 12
_ABOUT = b"canbao/data key"


class SealingKeyRefused(SettingInvalid):
    """A data key cannot be unwrapped with what was given; the message says which key is missing."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as a database keeps it; `wrapper` is the fingerprint of the key that wrapped it."""

    key: bytes
    wrapper: str


class KeyWrapper(Protocol):
    """Wraps data keys and unwraps them; neither the key nor what it opens ever lies in a database."""

    @property
    def current(self) -> str:
        """The fingerprint of the key that wraps now."""
        ...

    async def wrap(self, key: bytes) -> Wrapped:
        """Wrap a data key with the newest key."""
        ...

    async def unwrap(self, wrapped: Wrapped) -> bytes:
        """Give a data key back. Raises SealingKeyRefused."""
        ...


class InstallationKeys:
    """Keys of the settings or of a file, newest first: the first wraps, all unwrap.

    `read` gives them as text once more when a key is missing: it may have been added since.
    """

    def __init__(self, keys: Sequence[bytes], read: Callable[[], str] | None = None) -> None:
        self._take(keys)
        self._read = read

    @classmethod
    def from_text(cls, text: str, read: Callable[[], str] | None = None) -> "InstallationKeys":
        """Of keys as settings carry them, separated by commas. Raises SettingInvalid."""
        return cls(_decoded(text), read)

    def _take(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise _unusable()
        self._ciphers = {fingerprint(key): AESGCM(key) for key in keys}

    @property
    def current(self) -> str:
        """The fingerprint of the key that wraps now."""
        return next(iter(self._ciphers))

    async def wrap(self, key: bytes) -> Wrapped:
        """Wrap a data key with the newest key."""
        nonce = os.urandom(_NONCE_BYTES)
        return Wrapped(nonce + self._ciphers[self.current].encrypt(nonce, key, _ABOUT), self.current)

    async def unwrap(self, wrapped: Wrapped) -> bytes:
        """Give a data key back. Raises SealingKeyRefused."""
        if wrapped.wrapper not in self._ciphers and self._read is not None:
            self._take(_decoded(self._read()))
        cipher = self._ciphers.get(wrapped.wrapper)
        if cipher is None:
            raise SealingKeyRefused(
                f"was written with the sealing key of fingerprint {wrapped.wrapper}, not with that of "
                f"{', '.join(self._ciphers)}"
            )
        try:
            return cipher.decrypt(wrapped.key[:_NONCE_BYTES], wrapped.key[_NONCE_BYTES:], _ABOUT)
        except InvalidTag:
            raise SealingKeyRefused("holds a data key that was changed (restore a backup)") from None


def _decoded(text: str) -> list[bytes]:
    try:
        return [base64.b64decode(part.strip(), validate=True) for part in text.split(",")]
    except ValueError:
        raise _unusable() from None


def _unusable() -> SettingInvalid:
    return SettingInvalid(
        f"CANBAO_SEALING_KEYS must be keys of {KEY_BYTES} random bytes in base64, newest first and separated "
        "by commas; `openssl rand -base64 32` makes one"
    )


def given_keys(settings: CommonSettings) -> str | None:
    """The keys that the settings carry or name a file of, as text. Raises SettingInvalid."""
    path = settings.sealing_keys_file
    if settings.sealing_keys is not None or path is None:
        return settings.sealing_keys
    try:
        return ",".join(path.read_text().split())
    except (OSError, UnicodeDecodeError):
        raise SettingInvalid(
            f"{path} of CANBAO_SEALING_KEYS_FILE cannot be read: it holds the keys in base64, newest first, "
            "one a line"
        ) from None
