"""SQL of letters: those that were sent, and the hashes of the files that they name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, any_of, fetch_as, fetch_one_as, fetch_value, statement
from services.collection.files.rules import FileKind
from services.collection.letters.rules import StatementSeen
from services.collection.tables import channel_files, channel_letters


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter to keep. `content` is canonical JSON, `sha256` is over it; `reason` is the officer's own."""

    case_id: int
    kind: str
    county: str
    division_code: str
    channel: str
    account: str
    business_on: date
    owed_fen: int
    content: str
    sha256: str
    reason: str
    sent_by: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that was sent."""

    letter_id: int
    case_id: int
    kind: str
    county: str
    division_code: str
    channel: str
    account: str
    business_on: date
    owed_fen: int
    content: str
    sha256: str
    reason: str | None
    sent_by: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are wanted: of a division, and what is not None."""

    division: str
    county: str | None = None
    channel: str | None = None
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Hashed:
    file_id: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class _Statement:
    on: date
    sha256: bytes


_NEW = Records(channel_letters, *all_but(channel_letters, "letter_id"))
_ALL = Records(channel_letters)
_SAID = channel_letters.c.reason
_ADD = statement(
    f"INSERT INTO channel_letters ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} RETURNING letter_id"
)
_ONE = statement(f"SELECT {_ALL.names} FROM channel_letters WHERE letter_id = :letter_id", _SAID)
_PAGE = statement(
    f"""
    SELECT {_ALL.names} FROM channel_letters
    WHERE letter_id > :after AND division_code LIKE CAST(:division AS text) || '%'
      AND (CAST(:county AS text) IS NULL OR county = :county)
      AND (CAST(:channel AS text) IS NULL OR channel = :channel)
      AND (CAST(:case_id AS bigint) IS NULL OR case_id = :case_id)
    ORDER BY letter_id LIMIT :limit
    """,
    _SAID,
)
_HASHES = statement(f"""
    SELECT file_id, sha256 FROM channel_files WHERE file_id {any_of(channel_files.c.file_id, "file_ids")}
""")
_STATEMENTS = statement(f"""
    SELECT business_on AS on, sha256 FROM channel_files
    WHERE state = 'current' AND county = :county AND channel = :account
      AND kind {any_of(channel_files.c.kind, "kinds")} AND business_on >= :since
    ORDER BY business_on, file_id LIMIT :most
""")


async def add(conn: AsyncConnection, letter: NewLetter) -> int:
    """Keep a letter; give its number."""
    letter_id = await fetch_value(conn, int, _ADD, rows=[letter])
    assert letter_id is not None, "what was written comes back"
    return letter_id


async def one(conn: AsyncConnection, letter_id: int) -> Letter | None:
    """Look a letter up."""
    return await fetch_one_as(conn, Letter, _ONE, letter_id=letter_id)


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[Letter]:
    """List letters in the order in which they were sent, beginning after a number."""
    return await fetch_as(
        conn, Letter, _PAGE, division=wanted.division, county=wanted.county, channel=wanted.channel,
        case_id=wanted.case_id, after=after, limit=limit,
    )  # fmt: skip


async def hashes(conn: AsyncConnection, file_ids: Collection[int]) -> Mapping[int, str]:
    """The hashes of files as they came, by file, in hex."""
    rows = await fetch_as(conn, _Hashed, _HASHES, file_ids=sorted(file_ids))
    return {row.file_id: row.sha256.hex() for row in rows}


async def statements(
    conn: AsyncConnection, county: str, account: str, kinds: Collection[FileKind], since: date, most: int
) -> list[StatementSeen]:
    """Statements of an account from a day on, the first ones."""
    asked = {"county": county, "account": account, "kinds": list(kinds), "since": since, "most": most}
    rows = await fetch_as(conn, _Statement, _STATEMENTS, **asked)
    return [StatementSeen(on=row.on, sha256=row.sha256.hex()) for row in rows]
