"""Statements of the one door, composed from the columns that `tables.py` states; `rows.py` runs them."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, ClassVar, Protocol, cast
from uuid import UUID

import orjson
from sqlalchemy import Column, Table, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from libs.common.db.sealed import Mark, mark_of, marked
from libs.common.security.data_keys import DataKeys

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_QUOTED = _DIALECT.identifier_preparer.quote
_DRIVER = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
_RECORDS = re.compile(r"json_to_recordset\(CAST\(:(\w+) AS json\)\) AS \w+\(((?:[^()]|\([^()]*\))*)\)")
_MARKED_VALUES = re.compile(r"CAST\(:(\w+) AS bytea(?:\[\])? (/\* [^*]+\*/)\)")


class MissingColumns(LookupError):
    """A row to write lacks members that the statement writes: they would silently become NULL."""


class RecordClass(Protocol):
    """Any dataclass instance."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[object]]]


#: What opens a value of a result, by its name.
Openers = Mapping[str, Callable[[Any], object]]
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
        self._types = {name: _marked_type(column) for name, column in named.items()}
        self._types |= {name: _marked_type(column, name) for name, column in others.items()}
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


def _marked_type(column: Column[object], member: str = "") -> str:
    """The type, and of a column with personal data what happens to its values."""
    mark = mark_of(column, member)
    return f"{type_of(column)} {mark}" if mark else type_of(column)


def all_but(table: Table, *names: str) -> tuple[str, ...]:
    """The columns of a table without some, for `Records(table, *all_but(table, "id"))`."""
    return tuple(column.name for column in table.columns if column.name not in names)


def any_of(column: Column[object], parameter: str) -> str:
    """The condition that a value is in a list: `WHERE person_id {any_of(dues.c.person_id, "ids")}`."""
    mark = mark_of(column)
    return f"= ANY(CAST(:{parameter} AS {type_of(column)}[]{f' {mark}' if mark else ''}))"


def value_of(column: Column[object], parameter: str) -> str:
    """A plain parameter for a column: `WHERE digest = {value_of(documents.c.digest, "number")}`."""
    return f"CAST(:{parameter} AS {_marked_type(column)})"


@dataclasses.dataclass(frozen=True)
class Written:
    """The columns of a parameter that is rows: of which members they are filled, and what is hidden."""

    members: Mapping[str, str]
    hidden: Mapping[str, Mark]

    def document(self, rows: Sequence[Record], keys: DataKeys | None) -> str:
        """The rows as one JSON document. Raises MissingColumns."""
        _check(rows, frozenset(self.members.values()))
        if self.hidden:
            assert keys is not None, "the door asked for them"
            rows = [self._hide(row, keys) for row in rows]
        return orjson.dumps(rows, default=encode).decode()

    def _hide(self, row: Record, keys: DataKeys) -> dict[str, object]:
        read = row.__getitem__ if isinstance(row, Mapping) else partial(getattr, row)
        known = {column: read(member) for column, member in self.members.items()}
        for column, mark in self.hidden.items():
            known[column] = mark.hide(known[column], keys)
        return known


@dataclasses.dataclass(frozen=True)
class Statement:
    """A statement, its parameters that are rows or personal data, and the columns that it opens."""

    clause: TextClause
    records: Mapping[str, Written]
    values: Mapping[str, Mark]
    opens: Mapping[str, Mark]

    @cached_property
    def as_sent(self) -> tuple[str, Sequence[str]]:
        """The statement as the driver takes it, and the parameters that its `$1`, `$2`... mean."""
        compiled = self.clause.compile(dialect=_DRIVER)
        return str(compiled), tuple(compiled.positiontup or ())

    @cached_property
    def needs_keys(self) -> bool:
        """Whether personal data crosses."""
        return bool(self.opens or self.values or any(written.hidden for written in self.records.values()))

    def openers(self, keys: DataKeys | None) -> Openers:
        """What opens the values of a result, by their names."""
        return {name: partial(mark.show, keys=keys) for name, mark in self.opens.items()} if keys else {}

    def bind(
        self, parameters: Mapping[str, object], keys: DataKeys | None = None
    ) -> dict[str, object] | None:
        """The parameters as they are sent; None when one of them is no rows at all: nothing is to do."""
        bound = dict(parameters)
        for name, written in self.records.items():
            rows = cast("Sequence[Record]", bound[name])
            if not rows:
                return None
            bound[name] = written.document(rows, keys)
        for name, mark in self.values.items():
            assert keys is not None, "the door asked for them"
            value: Any = bound[name]
            many = isinstance(value, list)
            bound[name] = [mark.hide(one, keys) for one in value] if many else mark.hide(value, keys)
        return bound


def statement(sql: str, *opens: Column[object], **renamed: Column[object]) -> Statement:
    """Prepare SQL with `:name` parameters; those that `Records` reads take rows, all others plain values.

    `opens` are the sealed columns among those that it gives, which come out as they went in.
    """
    records = {name: _written(definitions) for name, definitions in _RECORDS.findall(sql)}
    values = {name: mark for name, comment in _MARKED_VALUES.findall(sql) if (mark := marked(comment))}
    named = {column.name: column for column in opens} | renamed
    shown = {name: mark for name, column in named.items() if (mark := mark_of(column))}
    return Statement(text(sql), records, values, shown)


def _written(definitions: str) -> Written:
    """`due_id bigint, "order" numeric(9, 2)` -> due_id, order."""
    members: dict[str, str] = {}
    hidden: dict[str, Mark] = {}
    for definition in re.split(r",\s*(?![^()]*\))", definitions):
        mark = marked(definition)
        plain = definition.partition(" /*")[0]
        column = plain.rpartition('" ')[0].lstrip('"') or plain.partition(" ")[0]
        members[column] = mark.member or column if mark else column
        if mark:
            hidden[column] = mark
    return Written(members, hidden)


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


def encode(value: object) -> object:
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
