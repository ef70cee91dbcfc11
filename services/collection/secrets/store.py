"""SQL of the secrets that are kept here, sealed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_one_as, fetch_value, fetch_values, statement
from services.collection.tables import channel_secrets


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret, or the public half of a sender's key, that two persons agreed on."""

    channel: str
    county: str
    division_code: str
    key: str
    fingerprint: str
    made_at: datetime
    made_by: str
    agreed_by: str


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret on record, without itself."""

    secret_id: int
    channel: str
    county: str
    division_code: str
    fingerprint: str
    made_at: datetime
    made_by: str
    agreed_by: str
    shown_at: datetime | None
    retired_at: datetime | None
    retired_by: str | None


@dataclass(frozen=True, slots=True)
class Active:
    """A secret that is in force."""

    secret_id: int
    channel: str
    county: str
    key: str


_NEW = Records(channel_secrets, *NewSecret.__dataclass_fields__)
_ADD = statement(f"INSERT INTO channel_secrets ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}")
_SHOWN = f"SELECT {', '.join(Secret.__dataclass_fields__)} FROM channel_secrets"
_LOCK = statement(f"{_SHOWN} WHERE secret_id = :secret_id FOR UPDATE")
_PAGE = statement(f"""
    {_SHOWN} WHERE secret_id > :after AND division_code LIKE CAST(:division AS text) || '%'
      AND (CAST(:channel AS text) IS NULL OR channel = :channel)
    ORDER BY secret_id LIMIT :limit
""")
_THOSE_IN_FORCE = statement(
    f"{_SHOWN} WHERE retired_at IS NULL AND channel = ANY(CAST(:channels AS text[])) ORDER BY secret_id"
)
_COUNTY = statement("SELECT county FROM channel_secrets WHERE channel = :channel LIMIT 1")
_IN_FORCE = "FROM channel_secrets WHERE retired_at IS NULL"
_ACTIVE = statement(
    f"SELECT secret_id, channel, county, key {_IN_FORCE} ORDER BY secret_id DESC", channel_secrets.c.key
)
_ACTIVE_IDS = statement(f"SELECT secret_id {_IN_FORCE} ORDER BY secret_id DESC")
_ACTIVE_ONE = statement(
    f"SELECT secret_id, channel, county, key {_IN_FORCE} AND secret_id = :secret_id", channel_secrets.c.key
)
_KEY = statement("SELECT key FROM channel_secrets WHERE secret_id = :secret_id", channel_secrets.c.key)
_SHOW = statement("UPDATE channel_secrets SET shown_at = :at WHERE secret_id = :secret_id")
_RETIRE = statement("""
    UPDATE channel_secrets SET retired_at = :at, retired_by = :by, key = NULL WHERE secret_id = :secret_id
""")


async def add(conn: AsyncConnection, new: NewSecret) -> None:
    """Keep a secret, sealed."""
    await execute(conn, _ADD, rows=[new])


async def lock(conn: AsyncConnection, secret_id: int) -> Secret | None:
    """Look a secret up and hold it until the transaction ends."""
    return await fetch_one_as(conn, Secret, _LOCK, secret_id=secret_id)


async def page(
    conn: AsyncConnection, division: str, channel: str | None, after: int, limit: int
) -> list[Secret]:
    """The secrets of a division in the order in which they were made; those that were taken out, too."""
    return await fetch_as(conn, Secret, _PAGE, division=division, channel=channel, after=after, limit=limit)


async def in_force(conn: AsyncConnection, channels: Collection[str]) -> list[Secret]:
    """Those of channels that were not taken out."""
    return await fetch_as(conn, Secret, _THOSE_IN_FORCE, channels=sorted(channels))


async def county_of(conn: AsyncConnection, channel: str) -> str | None:
    """Whose county a channel with secrets here is; None for one without."""
    return await fetch_value(conn, str, _COUNTY, channel=channel)


async def active(conn: AsyncConnection) -> list[Active]:
    """Those that are in force, newest first; all of a channel are of one county. Raises CannotBeOpened."""
    return await fetch_as(conn, Active, _ACTIVE)


async def active_ids(conn: AsyncConnection) -> list[int]:
    """The same, by their ids."""
    return await fetch_values(conn, int, _ACTIVE_IDS)


async def active_one(conn: AsyncConnection, secret_id: int) -> Active | None:
    """One of them. Raises CannotBeOpened."""
    return await fetch_one_as(conn, Active, _ACTIVE_ONE, secret_id=secret_id)


async def key(conn: AsyncConnection, secret_id: int) -> str | None:
    """The secret itself."""
    return await fetch_value(conn, str, _KEY, secret_id=secret_id)


async def note_shown(conn: AsyncConnection, secret_id: int, at: datetime) -> None:
    """Note that it was shown."""
    await execute(conn, _SHOW, secret_id=secret_id, at=at)


async def retire(conn: AsyncConnection, secret_id: int, by: str, at: datetime) -> None:
    """Take it out, and forget it."""
    await execute(conn, _RETIRE, secret_id=secret_id, by=by, at=at)
