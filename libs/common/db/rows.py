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
"""

import dataclasses
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter, itemgetter
from typing import ClassVar, Protocol, TypeVar, cast
from uuid import UUID

import orjson
from sqlalchemy import Column, RowMapping, Table, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import copy_rows, driver_connection

Shape = TypeVar("Shape")
Value = TypeVar("Value")

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_DRIVER = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
#: Rows that `stream_as` has the database send at once: round trips vanish, memory stays the same.
_AT_ONCE = 2_000
_QUOTED = _DIALECT.identifier_preparer.quote
_RECORDS = re.compile(r"json_to_recordset\(CAST\(:(\w+) AS json\)\) AS \w+\(((?:[^()]|\([^()]*\))*)\)")


class MissingColumns(LookupError):
    """A row to write lacks members that the statement writes: they would silently become NULL."""


class RecordClass(Protocol):
    """Any dataclass instance."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[object]]]


#: A row to write.
Record = Mapping[str, object] | RecordClass


class Records:
    """Rows that a statement reads from one of its parameters, with columns of a table.

    Formatted into SQL it is the source that stands in FROM; `names` lists the columns. All columns of the
    table are meant when none is named. Keyword arguments take columns of other tables, or rename them:
    `Records(dues, "county", paid_at=payments.c.paid_at)`. `alias` names both the parameter and the source.
    Raises KeyError for a column that the table does not have.
    """

    def __init__(self, table: Table, *columns: str, alias: str = "rows", **others: Column[object]) -> None:
        named = {name: table.c[name] for name in columns or (() if others else table.c.keys())}
        self._types = {name: type_of(column) for name, column in (named | others).items()}
        self.alias = alias

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the statement."""
        return tuple(self._types)

    @property
    def names(self) -> str:
        """The columns as INSERT and SELECT list them."""
        return ", ".join(map(_QUOTED, self._types))

    def taken_over(self, *columns: str) -> str:
        """What `ON CONFLICT DO UPDATE SET` needs to take over `columns` (all, when none is named)."""
        return ", ".join(f"{name} = excluded.{name}" for name in map(_QUOTED, columns or self.columns))

    def changes(self, *columns: str) -> str:
        """What `UPDATE ... SET` needs to set `columns` (all, when none is named) from these rows."""
        return ", ".join(f"{name} = {self.alias}.{name}" for name in map(_QUOTED, columns or self.columns))

    def __str__(self) -> str:
        columns = ", ".join(f"{_QUOTED(name)} {kind}" for name, kind in self._types.items())
        return f"json_to_recordset(CAST(:{self.alias} AS json)) AS {self.alias}({columns})"


def type_of(column: Column[object]) -> str:
    """The PostgreSQL type of a column: `bigint`, `text[]`, `timestamp with time zone`..."""
    return column.type.compile(_DIALECT).lower().partition(" collate")[0]


def all_but(table: Table, *names: str) -> tuple[str, ...]:
    """The columns of a table without some, for `Records(table, *all_but(table, "id"))`."""
    return tuple(column.name for column in table.columns if column.name not in names)


def any_of(column: Column[object], parameter: str) -> str:
    """The condition that a value is in a list: `WHERE person_id {any_of(dues.c.person_id, "ids")}`."""
    return f"= ANY(CAST(:{parameter} AS {type_of(column)}[]))"


@dataclasses.dataclass(frozen=True)
class Statement:
    """A statement, and the columns of those of its parameters that are rows."""

    clause: TextClause
    records: Mapping[str, frozenset[str]]

    def bind(self, parameters: Mapping[str, object]) -> dict[str, object] | None:
        """The parameters as they are sent; None when one of them is no rows at all: nothing is to do."""
        bound = dict(parameters)
        for name, columns in self.records.items():
            rows = cast("Sequence[Record]", bound[name])
            if not rows:
                return None
            _check(rows, columns)
            bound[name] = orjson.dumps(rows, default=_encode).decode()
        return bound


def statement(sql: str) -> Statement:
    """Prepare SQL with `:name` parameters; those that `Records` reads take rows, all others plain values."""
    records = {name: frozenset(_column_names(columns)) for name, columns in _RECORDS.findall(sql)}
    return Statement(text(sql), records)


def _column_names(definitions: str) -> Iterator[str]:
    """`due_id bigint, "order" numeric(9, 2)` -> due_id, order."""
    for definition in re.split(r",\s*(?![^()]*\))", definitions):
        yield definition.rpartition('" ')[0].lstrip('"') or definition.partition(" ")[0]


def _check(rows: Sequence[Record], columns: frozenset[str]) -> None:
    for kind in set(map(type, rows)):
        if not dataclasses.is_dataclass(kind):
            break
        if missing := columns.difference(field.name for field in dataclasses.fields(kind)):
            raise MissingColumns(f"{kind.__name__} has no {', '.join(sorted(missing))}")
    else:
        return
    for row in rows:
        if isinstance(row, Mapping) and not row.keys() >= columns:
            raise MissingColumns(f"a row has no {', '.join(sorted(columns - row.keys()))}")


async def fetch(conn: AsyncConnection, sql: Statement, **parameters: object) -> Sequence[RowMapping]:
    """Run a statement and give its rows, by name. For no rows to write, nothing is sent."""
    bound = sql.bind(parameters)
    if bound is None:
        return []
    return (await conn.execute(sql.clause, bound)).mappings().all()


async def fetch_as(
    conn: AsyncConnection, shape: Callable[..., Shape], sql: Statement, **parameters: object
) -> list[Shape]:
    """Run a statement and give each row as a `shape`, whose members are named as the columns."""
    bound = sql.bind(parameters)
    if bound is None:
        return []
    found = await conn.execute(sql.clause, bound)
    names = tuple(found.keys())
    return [shape(**dict(zip(names, row, strict=True))) for row in found]


async def fetch_one(conn: AsyncConnection, sql: Statement, **parameters: object) -> RowMapping | None:
    """Run a statement and give its first row, if there is one."""
    bound = sql.bind(parameters)
    return None if bound is None else (await conn.execute(sql.clause, bound)).mappings().first()


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
    bound = sql.bind(parameters)
    return None if bound is None else cast("Value | None", (await conn.execute(sql.clause, bound)).scalar())


async def fetch_values(
    conn: AsyncConnection, kind: Callable[..., Value], sql: Statement, **parameters: object
) -> list[Value]:
    """The same for the first column of every row."""
    bound = sql.bind(parameters)
    if bound is None:
        return []
    return cast("list[Value]", list((await conn.execute(sql.clause, bound)).scalars()))


async def execute(conn: AsyncConnection, sql: Statement, **parameters: object) -> int:
    """Run a statement for its effect; give the number of rows it touched. For no rows, nothing is sent."""
    bound = sql.bind(parameters)
    return 0 if bound is None else (await conn.execute(sql.clause, bound)).rowcount


async def stream(conn: AsyncConnection, sql: Statement, **parameters: object) -> AsyncIterator[RowMapping]:
    """Run a query and give its rows as they arrive, holding only a few."""
    bound = sql.bind(parameters)
    if bound is None:
        return
    found = await conn.stream(sql.clause, bound)
    async for row in found.mappings():
        yield row


async def stream_as(
    conn: AsyncConnection, shape: type[Shape], sql: Statement, **parameters: object
) -> AsyncIterator[Shape]:
    """Run a query and give its rows as a `shape`, a dataclass, as they arrive: for millions of rows.

    It goes past SQLAlchemy's result, at a third of its cost per row; a shape that is not frozen costs least.
    """
    bound = sql.bind(parameters) or {}
    compiled = sql.clause.compile(dialect=_DRIVER)
    given = [bound[name] for name in compiled.positiontup or ()]
    names = tuple(cast("RecordClass", shape).__dataclass_fields__)
    members = itemgetter(*names, names[0])  # a pair at least: of a single name it would give no tuple
    raw = await driver_connection(conn)
    async for record in raw.cursor(str(compiled), *given, prefetch=_AT_ONCE):
        yield shape(*members(record)[:-1])


async def copy(conn: AsyncConnection, table: Table, rows: Sequence[Record], *columns: str) -> None:
    """Append new rows by COPY, the fastest way in; columns that `columns` does not name fill themselves.

    All columns of the table are meant when none is named. Nothing is sent for no rows. A JSON column takes a
    value, or text that is JSON already. Raises MissingColumns.
    """
    if not rows:
        return
    names = columns or tuple(table.c.keys())
    documents = [place for place, name in enumerate(names) if isinstance(table.c[name].type, JSON | JSONB)]
    records = _in_order(rows, names)
    if documents:
        records = (_with_documents(record, documents) for record in records)
    await copy_rows(conn, table.name, names, records)


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
            values[place] = orjson.dumps(values[place], default=_encode).decode()
    return values


def _encode(value: object) -> object:
    """What JSON lacks: bytes travel as PostgreSQL writes them, decimals as text, sets as lists."""
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Decimal | UUID):  # the driver's own class of UUID is a subclass
        return str(value)
    raise TypeError(f"a value of type {type(value).__name__} cannot be written")
