"""The one door to the database: rows go in and come out by the names of their columns.

Names and types of columns are stated once, in a service's `tables.py`. A store composes its SQL from them:

    _SEEN = Records(enrollments, "enrollment_id", "person_id", "assessed_at")
    _SAVE = statement(f'''
        INSERT INTO enrollments ({_SEEN.names}) SELECT {_SEEN.names} FROM {_SEEN}
        ORDER BY enrollment_id ON CONFLICT (enrollment_id) DO NOTHING RETURNING enrollment_id
    ''')

    saved = await fetch_as(conn, Saved, _SAVE, rows=seen)

`rows` are dataclasses or mappings: each member goes to the column of its name, and a member without a column
is left out; a column without a member raises MissingColumns. They travel as one JSON parameter, however many
they are; `json_to_recordset` gives them types. JSON that was composed already goes in as `orjson.Fragment`.
docs/adr/0007-one-door-to-the-database.md says why, with the measurements.

Personal data is sealed and opened here (`libs/common/db/sealed.py`): what goes into a `Sealed` column by
`Records`, `copy` or `value_of` is sealed, and a statement opens the columns that it is told:
`statement(sql, persons.c.name)`. docs/adr/0008-personal-data-lies-sealed.md says why here.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, TypeVar, cast

import asyncpg
import orjson
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import copy_rows, driver_connection
from libs.common.db.sealed import Mark, mark_of
from libs.common.db.sealing import data_keys
from libs.common.db.sending import send
from libs.common.db.statements import (
    MissingColumns,
    Openers,
    Record,
    RecordClass,
    Records,
    Statement,
    all_but,
    any_of,
    encode,
    statement,
    type_of,
    value_of,
)
from libs.common.security.data_keys import DataKeys
from libs.common.turns import AT_ONCE, in_turns

__all__ = [
    "MissingColumns",
    "Record",
    "Records",
    "Row",
    "Statement",
    "all_but",
    "any_of",
    "copy",
    "execute",
    "fetch",
    "fetch_as",
    "fetch_one",
    "fetch_one_as",
    "fetch_value",
    "fetch_values",
    "statement",
    "stream",
    "stream_as",
    "type_of",
    "value_of",
]

Shape = TypeVar("Shape")
Value = TypeVar("Value")
#: A row by the names of its columns.
Row = Mapping[str, Any]

#: Rows that `stream_as` has the database send at once: round trips vanish, memory stays the same.
_AT_ONCE = 2_000


async def _send(
    conn: AsyncConnection, sql: Statement, parameters: Mapping[str, object]
) -> tuple[Sequence[asyncpg.Record], int, Openers]:
    """Run a statement; give its rows, how many it touched, and what opens them."""
    keys = await data_keys(conn) if sql.needs_keys else None
    bound = sql.bind(parameters, keys)
    if bound is None:
        return (), 0, {}
    text, names = sql.as_sent
    found, touched = await send(conn, text, [bound[name] for name in names])
    return found, touched, sql.openers(keys)


def _opened(row: asyncpg.Record | Row, openers: Openers) -> Row:
    return {name: openers[name](value) if name in openers else value for name, value in row.items()}


async def fetch(conn: AsyncConnection, sql: Statement, **parameters: object) -> Sequence[Row]:
    """Run a statement and give its rows, by name. For no rows to write, nothing is sent."""
    found, _, openers = await _send(conn, sql, parameters)
    return [_opened(row, openers) for row in found] if openers else [dict(row) for row in found]


async def fetch_as(
    conn: AsyncConnection, shape: Callable[..., Shape], sql: Statement, **parameters: object
) -> list[Shape]:
    """Run a statement and give each row as a `shape`, whose members are named as the columns."""
    found, _, openers = await _send(conn, sql, parameters)
    rows: Iterable[asyncpg.Record | Row] = (_opened(row, openers) for row in found) if openers else found
    if len(found) > AT_ONCE:
        return [shape(**row) async for row in in_turns(rows)]
    return [shape(**row) for row in rows]


async def fetch_one(conn: AsyncConnection, sql: Statement, **parameters: object) -> Row | None:
    """Run a statement and give its first row, if there is one."""
    found, _, openers = await _send(conn, sql, parameters)
    return _opened(found[0], openers) if found else None


async def fetch_one_as(
    conn: AsyncConnection, shape: Callable[..., Shape], sql: Statement, **parameters: object
) -> Shape | None:
    """Run a statement and give its first row as a `shape`, if there is one."""
    row = await fetch_one(conn, sql, **parameters)
    return None if row is None else shape(**row)


async def fetch_value(
    conn: AsyncConnection, kind: Callable[..., Value], sql: Statement, **parameters: object
) -> Value | None:
    """Run a statement and give the value in its first column and row; None for no row and for NULL.

    `kind` is the Python type of the value, for the reader and the type checker.
    """
    found = await fetch_values(conn, kind, sql, **parameters)
    return found[0] if found else None


async def fetch_values(
    conn: AsyncConnection, kind: Callable[..., Value], sql: Statement, **parameters: object
) -> list[Value]:
    """The same for the first column of every row."""
    found, _, openers = await _send(conn, sql, parameters)
    values = [row[0] for row in found]
    opener = openers.get(next(iter(found[0].keys()))) if found else None
    return cast("list[Value]", [opener(value) for value in values] if opener else values)


async def execute(conn: AsyncConnection, sql: Statement, **parameters: object) -> int:
    """Run a statement for its effect; give the number of rows it touched. For no rows, nothing is sent."""
    return (await _send(conn, sql, parameters))[1]


async def stream(conn: AsyncConnection, sql: Statement, **parameters: object) -> AsyncIterator[Row]:
    """Run a query and give its rows as they arrive, holding only a few."""
    keys = await data_keys(conn) if sql.needs_keys else None
    bound, openers = sql.bind(parameters, keys), sql.openers(keys)
    if bound is None:
        return
    found = await conn.stream(sql.clause, bound)
    async for row in found.mappings():
        read = cast("Row", row)
        yield _opened(read, openers) if openers else read


async def stream_as(
    conn: AsyncConnection, shape: type[Shape], sql: Statement, **parameters: object
) -> AsyncIterator[Shape]:
    """Run a query and give its rows as a `shape`, a dataclass, as they arrive: for millions of rows.

    It goes past SQLAlchemy's result, at a third of its cost per row; a shape that is not frozen costs least.
    Nothing is opened here: what reads millions of rows needs no personal data.
    """
    assert not sql.opens, "stream() opens what is sealed"
    bound = sql.bind(parameters) or {}
    text, wanted = sql.as_sent
    given = [bound[name] for name in wanted]
    names = tuple(cast("RecordClass", shape).__dataclass_fields__)
    members = itemgetter(*names, names[0])  # a pair at least: of a single name it would give no tuple
    raw = await driver_connection(conn)
    async for record in raw.cursor(text, *given, prefetch=_AT_ONCE):
        yield shape(*members(record)[:-1])


async def copy(conn: AsyncConnection, table: Table, rows: Sequence[Record], *columns: str) -> None:
    """Append new rows by COPY, the fastest way in; columns that `columns` does not name fill themselves.

    All columns of the table are meant when none is named. Nothing is sent for no rows. A JSON column takes a
    value, or text that is JSON already. Raises MissingColumns.
    """
    if not rows:
        return
    names = columns or tuple(table.c.keys())
    marks = {place: mark for place, name in enumerate(names) if (mark := mark_of(table.c[name]))}
    documents = [place for place, name in enumerate(names) if isinstance(table.c[name].type, JSON | JSONB)]
    members = [marks[place].member or name if place in marks else name for place, name in enumerate(names)]
    records = _in_order(rows, members)
    if documents:
        records = (_with_documents(record, documents) for record in records)
    if marks:
        keys = await data_keys(conn)
        records = (_hidden(record, marks, keys) for record in records)
    await copy_rows(conn, table.name, names, records if len(rows) <= AT_ONCE else in_turns(records))


def _in_order(rows: Sequence[Record], names: Sequence[str]) -> Iterable[Sequence[object]]:
    """The members of rows of one class, as COPY lists the columns."""
    first = rows[0]
    known = first if isinstance(first, Mapping) else dir(first)
    if missing := [name for name in names if name not in known]:
        raise MissingColumns(f"a row has no {', '.join(missing)}")
    pick = itemgetter if isinstance(first, Mapping) else attrgetter
    members = cast("Callable[[Record], Sequence[object]]", pick(*names))
    return [(member,) for member in map(members, rows)] if len(names) == 1 else map(members, rows)


def _with_documents(record: Sequence[object], places: Sequence[int]) -> Sequence[object]:
    """JSON columns as COPY takes them: as text."""
    values = list(record)
    for place in places:
        if values[place] is not None and not isinstance(values[place], str):
            values[place] = orjson.dumps(values[place], default=encode).decode()
    return values


def _hidden(record: Sequence[object], marks: Mapping[int, Mark], keys: DataKeys) -> Sequence[object]:
    """Personal data as the database holds it."""
    values = list(record)
    for place, mark in marks.items():
        values[place] = mark.hide(values[place], keys)
    return values
