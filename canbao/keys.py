"""Holds every database to its keys: a start with another one, or without it, is refused before it harms."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import create_engine
from libs.common.db.known_keys import KnownKey, is_empty, known_keys, remember_keys, remembers_keys
from libs.common.db.sealing import has_no_keys, stored_keys
from libs.common.security.fingerprints import LastingKey
from libs.common.security.wrapping import KeyWrapper, SealingKeyRefused
from libs.common.settings import SettingInvalid

#: Says where an operator puts a key: the name of its setting -> a variable or a file.
Place = Callable[[LastingKey], str]


class KeyRefused(SettingInvalid):
    """A database belongs to another key than the one given, or its key is not given at all."""


async def hold_to_keys(service: str, url: str, keys: Sequence[LastingKey], place: Place) -> None:
    """Compare the keys of `service` with those its database knows, and have it remember the new ones.

    Raises KeyRefused.
    """
    engine = create_engine(url, name="canbao-keys", pool_size=1)
    try:
        async with engine.begin() as conn:
            if not await remembers_keys(conn):
                raise SettingInvalid(f"the database of {service} is not up to date: run `canbao migrate`")
            given = [KnownKey(key.name, key.fingerprint) for key in keys if key.fingerprint is not None]
            await remember_keys(conn, given)
            known = await known_keys(conn)
            for key in keys:
                if key.name in known and known[key.name] != key.fingerprint:
                    raise KeyRefused(_refusal(service, key, known[key.name], place(key)))
    finally:
        await engine.dispose()


async def hold_to_sealing_key(service: str, url: str, wrapper: KeyWrapper, place: str) -> None:
    """Refuse a key that does not open the data keys of `service`, if it has any. Raises KeyRefused."""
    engine = create_engine(url, name="canbao-keys", pool_size=1)
    try:
        async with engine.connect() as conn:
            for key in await stored_keys(conn):
                await wrapper.unwrap(key.wrapped)
    except SealingKeyRefused as error:
        raise KeyRefused(
            f"the database of {service} {error}: put the right key back into {place} from the copy that is "
            "kept apart from the backups (without it no name and no number can be read again); nothing was "
            "changed"
        ) from None
    finally:
        await engine.dispose()


async def are_empty(urls: Iterable[str]) -> bool:
    """Whether nothing was ever written into any of the databases at `urls`."""
    return await _all(urls, is_empty)


async def are_clear(urls: Iterable[str]) -> bool:
    """Whether nothing was ever sealed in any of the databases at `urls`."""
    return await _all(urls, has_no_keys)


async def _all(urls: Iterable[str], holds: Callable[[AsyncConnection], Awaitable[bool]]) -> bool:
    for url in urls:
        engine = create_engine(url, name="canbao-keys", pool_size=1)
        try:
            async with engine.connect() as conn:
                if not await holds(conn):
                    return False
        finally:
            await engine.dispose()
    return True


def _refusal(service: str, key: LastingKey, known: str, place: str) -> str:
    found = "none is given" if key.fingerprint is None else f"the one given has {key.fingerprint}"
    return (
        f"the database of {service} was written with the {key.name} of fingerprint {known}, and {found}: "
        f"put the right key back into {place} from the copy that is kept apart from the backups "
        f"({key.loss}); nothing was changed"
    )
