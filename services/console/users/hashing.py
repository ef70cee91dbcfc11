"""Passwords as Argon2id hashes. Hashing takes a twentieth of a second of a core, and 64 MiB, on purpose."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_HASHER = PasswordHasher()
#: Compared with where nobody has the name, so that it takes as long as for a name that is known.
_NOBODY = _HASHER.hash("nobody")


async def hash_of(password: str) -> str:
    """Hash a password beside the event loop."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def matches(password: str, hashed: str | None) -> bool:
    """Whether a password is the one of a hash; without a hash it takes as long, and is not."""
    return await asyncio.to_thread(_verify, password, hashed)


def _verify(password: str, hashed: str | None) -> bool:
    try:
        _HASHER.verify(hashed or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return hashed is not None
