"""SQL of settlements: what channels owe, which statements an account has, which lines may pay."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, execute, fetch_as, statement
from services.collection.files.rules import FileKind
from services.collection.settlements.rules import Came
from services.collection.tables import channel_file_rows, channel_files


@dataclass(frozen=True, slots=True)
class DayFile:
    """A file of a day that counts, with its sums."""

    division_code: str
    channel: str
    business_on: date
    file_id: int
    kind: FileKind
    in_fen: int
    out_fen: int
    fee_fen: int
    compared_with: str | None


_FILES = statement(f"""
    SELECT division_code, channel, business_on, file_id, kind, in_fen, out_fen, fee_fen, compared_with
    FROM channel_files
    WHERE state = 'current' AND county = :county AND kind {any_of(channel_files.c.kind, "kinds")}
      AND channel {any_of(channel_files.c.channel, "channels")}
    ORDER BY channel, business_on, file_id
""")
_LINES = statement(f"""
    SELECT f.business_on AS on, f.file_id, r.line, r.transaction_no, r.amount_fen
    FROM channel_file_rows r JOIN channel_files f USING (file_id)
    WHERE r.file_id {any_of(channel_file_rows.c.file_id, "file_ids")} AND r.entry = 'money_in'
      AND r.state = 'done' AND r.amount_fen {any_of(channel_file_rows.c.amount_fen, "amounts")}
    ORDER BY f.business_on, r.file_id, r.line
""")
_NOTE = statement(f"""
    UPDATE channel_files SET compared_with = :compared_with
    WHERE file_id {any_of(channel_files.c.file_id, "file_ids")} AND state = 'current'
""")


async def files_of(
    conn: AsyncConnection, county: str, channels: Collection[str], kinds: Collection[FileKind]
) -> list[DayFile]:
    """Files of channels, or of accounts, that count, day by day."""
    asked = {"channels": sorted(channels), "kinds": list(kinds)}
    return await fetch_as(conn, DayFile, _FILES, county=county, **asked)


async def lines(conn: AsyncConnection, file_ids: Sequence[int], amounts: Collection[int]) -> list[Came]:
    """Lines of statements that brought one of these amounts."""
    return await fetch_as(conn, Came, _LINES, file_ids=list(file_ids), amounts=sorted(amounts))


async def note_compared(conn: AsyncConnection, file_ids: Sequence[int], compared_with: str) -> None:
    """Note with what statements were compared."""
    await execute(conn, _NOTE, file_ids=list(file_ids), compared_with=compared_with)
