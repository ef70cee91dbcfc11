"""Column types for personal data: values are sealed, or become a digest, where rows cross the one door.

    Column("name", Sealed(Text), nullable=False)
    Column("number", Sealed(Text), nullable=False)
    Column("number_digest", Digest("number", of="number"), nullable=False)

A store reads and writes plain values; `libs/common/db/rows.py` does the rest with the keys of the database.
Equal values are sealed differently: nothing is compared, ordered or searched by them in SQL, but by digests.
docs/adr/0008-personal-data-lies-sealed.md says why it is done here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import orjson
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from libs.common.security.data_keys import DataKeys


class Sealed(TypeDecorator[object]):
    """A value of type `kind` (Text, JSONB or LargeBinary) that lies sealed.

    `like` names the column from which the database itself copies values here, as `persons.name`.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, kind: type[TypeEngine[Any]], like: str = "") -> None:
        super().__init__()
        json = issubclass(kind, JSON | JSONB)
        self.kind = "text" if issubclass(kind, Text) else "json" if json else "bytes"
        self.like = like


class Digest(TypeDecorator[object]):
    """The digest of the text in the column `of`, to find it by: equal wherever the same `thing` has one."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, thing: str, of: str) -> None:
        super().__init__()
        assert thing.isidentifier(), "a mark in SQL carries it as one word"
        self.thing = thing
        self.of = of


@dataclass(frozen=True, slots=True)
class Mark:
    """What happens at the door to values of a column: sealed as text, json or bytes, or made a digest.

    `member` is the member of a row that a digest is of.
    """

    kind: str
    label: bytes
    member: str = ""

    def __str__(self) -> str:
        """As a comment that SQL carries from where a column is named to where its values are bound."""
        return f"/* {self.kind} {self.label.decode()} {self.member}*/"

    def hide(self, value: object, keys: DataKeys) -> bytes | None:
        """A value as the database holds it."""
        if value is None:
            return None
        if self.kind == "json":
            return keys.seal(orjson.dumps(value), self.label)
        data = value.encode() if isinstance(value, str) else value
        assert isinstance(data, bytes), f"no {self.kind} to seal"
        return keys.digest(data, self.label) if self.kind == "digest" else keys.seal(data, self.label)

    def hide_all(self, values: Iterable[object], keys: DataKeys) -> list[bytes | None]:
        """Values of the column as the database holds them: as `hide` does each, for less."""
        if self.kind == "text":
            return keys.seal_all([None if one is None else str(one).encode() for one in values], self.label)
        if self.kind == "bytes":
            return keys.seal_all(cast("Iterable[bytes | None]", values), self.label)
        return [self.hide(one, keys) for one in values]

    def show(self, value: bytes | list[bytes] | None, keys: DataKeys) -> object:
        """A value as it was given, or a list of such."""
        if value is None:
            return None
        if isinstance(value, list):
            return [self.show(one, keys) for one in value]
        data = keys.open(value, self.label)
        return data.decode() if self.kind == "text" else orjson.loads(data) if self.kind == "json" else data


_MARK = re.compile(r"/\* (\w+) ([\w.]+) (\w*)\*/")


def mark_of(column: Column[object], member: str = "") -> Mark | None:
    """The mark of a column that holds personal data; None for all others."""
    kind = column.type
    if isinstance(kind, Sealed):
        return Mark(kind.kind, (kind.like or f"{column.table.name}.{column.name}").encode())
    return Mark("digest", kind.thing.encode(), member or kind.of) if isinstance(kind, Digest) else None


def marked(text: str) -> Mark | None:
    """The mark that a part of a statement carries."""
    found = _MARK.search(text)
    return Mark(found[1], found[2].encode(), found[3]) if found else None


def guarded_tables(metadata: MetaData) -> Iterator[Table]:
    """The tables with columns that are sealed."""
    for table in metadata.sorted_tables:
        if any(isinstance(column.type, Sealed) for column in table.columns):
            yield table
