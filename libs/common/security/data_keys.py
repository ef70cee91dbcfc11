"""Seals values at rest with the data keys of one database, and makes the digests by which they are found.

A sealed value is a version byte, the id of its data key, a nonce, and the AES-256-GCM ciphertext and its tag:

    01 | key id (8) | nonce (12) | ciphertext | tag (16)

The label of its column is authenticated with it, so that a value opens in its own column alone. What a
migration found lies clear behind the version byte 00 until `canbao keys seal` has walked over it. Nonces are
random: one data key is good for 2^32 values (NIST SP 800-38D), a county's for a hundred years.
"""

import os
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from libs.common.security.fingerprints import fingerprint

KEY_BYTES = 32
#: What a value begins with.
CLEAR = b"\x00"
SEALED = b"\x01"
_ID_ENDS = 9
_NONCE_ENDS = 21
#: 128 bits: among a billion values two meet by chance with a probability below 10^-20.
_DIGEST_BYTES = 16


class CannotBeOpened(Exception):
    """A sealed value was changed, moved here from another column, or its data key is not in the database."""


class DataKeys:
    """The data keys of one database: the newest seals, all open; `searching` makes the digests."""

    def __init__(self, keys: Mapping[str, bytes], current: str, searching: bytes) -> None:
        self._ciphers = {bytes.fromhex(key_id): AESGCM(key) for key_id, key in keys.items()}
        self._encrypt = self._ciphers[bytes.fromhex(current)].encrypt
        self._searching = searching
        #: What every value begins with that is sealed now.
        self.prefix = SEALED + bytes.fromhex(current)

    def seal(self, data: bytes, label: bytes) -> bytes:
        """Seal for the column `label`; each call gives other bytes."""
        nonce = os.urandom(_NONCE_ENDS - _ID_ENDS)
        return self.prefix + nonce + self._encrypt(nonce, data, label)

    def seal_all(self, values: Iterable[bytes | None], label: bytes) -> list[bytes | None]:
        """Seal many for the column `label`, each with a nonce of its own: the system is asked once."""
        values = list(values)
        size = _NONCE_ENDS - _ID_ENDS
        nonces = os.urandom(size * len(values))
        prefix, encrypt, sealed = self.prefix, self._encrypt, list[bytes | None]()
        for start, data in zip(range(0, len(nonces), size), values, strict=True):
            nonce = nonces[start : start + size]
            sealed.append(None if data is None else prefix + nonce + encrypt(nonce, data, label))
        return sealed

    def open(self, sealed: bytes, label: bytes) -> bytes:
        """Open a value of the column `label`. Raises CannotBeOpened."""
        if sealed[:1] == CLEAR:
            return sealed[1:]
        cipher = self._ciphers.get(sealed[1:_ID_ENDS])
        if cipher is None:
            raise CannotBeOpened(f"no data key opens a value of {label.decode()}")
        try:
            return cipher.decrypt(sealed[_ID_ENDS:_NONCE_ENDS], sealed[_NONCE_ENDS:], label)
        except InvalidTag:
            raise CannotBeOpened(f"a value is not what was sealed for {label.decode()}") from None

    def digest(self, data: bytes, label: bytes) -> bytes:
        """A keyed digest (BLAKE2b) that is equal for equal values of one label, and tells nothing else."""
        found = blake2b(data, digest_size=_DIGEST_BYTES, key=self._searching, person=label)
        return SEALED + found.digest()


def new_key() -> tuple[str, bytes]:
    """A new random key with its id, which is its fingerprint."""
    key = os.urandom(KEY_BYTES)
    return fingerprint(key), key
