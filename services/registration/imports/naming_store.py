"""SQL of faults whose places are named to the sender: columns as the file calls them, rows of sheets."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, statement
from services.registration import tables

_TITLES = Records(tables.import_errors, "column_name", title=tables.import_errors.c.column_name)
_NAME_COLUMNS = statement(f"""
    UPDATE import_errors e SET column_name = rows.title FROM {_TITLES}
    WHERE e.import_id = :id AND e.column_name = rows.column_name
""")


async def name_columns(conn: AsyncConnection, import_id: int, titles: Mapping[str, str]) -> None:
    """Call the columns in the faults as the file does."""
    rows = [{"column_name": name, "title": title} for name, title in titles.items()]
    await execute(conn, _NAME_COLUMNS, id=import_id, rows=rows)


_NAME_ROWS = statement("""
    UPDATE import_errors
    SET detail = format(CAST(:words AS text), line - CAST(:before AS integer)) || detail,
        detail_zh = format(CAST(:words_zh AS text), line - CAST(:before AS integer)) || detail_zh
    WHERE import_id = :id AND line > :before AND line <= :last
""")


async def name_rows(
    conn: AsyncConnection, import_id: int, *, before: int, last: int, words: str, words_zh: str
) -> None:
    """Put words in front of the faults of lines behind `before` up to `last`; `%s` in them is the row."""
    await execute(conn, _NAME_ROWS, id=import_id, before=before, last=last, words=words, words_zh=words_zh)
