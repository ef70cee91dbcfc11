"""Rows go into every kind of column by name and come back the same, by either way; mistakes are named."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import rows, sending
from libs.common.db.engine import create_engine
from libs.common.db.ids import next_ids
from libs.common.db.rows import MissingColumns, Records, any_of, statement

METADATA = sa.MetaData()
THINGS = sa.Table(
    "things",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("code", sa.Text(collation="C")),
    sa.Column("short", sa.String(8)),
    sa.Column("small", sa.SmallInteger),
    sa.Column("whole", sa.Integer),
    sa.Column("big", sa.BigInteger),
    sa.Column("exact", sa.Numeric(30, 2)),
    sa.Column("ratio", sa.Double),
    sa.Column("sure", sa.Boolean),
    sa.Column("day", sa.Date),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("uuid", sa.Uuid),
    sa.Column("names", ARRAY(sa.Text)),
    sa.Column("numbers", ARRAY(sa.BigInteger)),
    sa.Column("days", ARRAY(sa.Date)),
    sa.Column("document", JSONB(none_as_null=True)),
    sa.Column("order", sa.Integer, comment="a word that SQL reserves"),
)
ALL = Records(THINGS)
SAVE = statement(f"INSERT INTO things ({ALL.names}) SELECT {ALL.names} FROM {ALL}")
FIND = statement(f"SELECT {ALL.names} FROM things ORDER BY id")

#: Quotes, braces, backslashes, a comma, a line break, a tab; beyond the BMP; a private-use character; "NULL".
RARE = 'O\'Neil "{a,b}" \\ \\N \r\n\t 𠮷田 \ue86c \U0010fffd ·̈ NULL'


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    id: int
    name: str | None = None
    code: str | None = None
    short: str | None = None
    small: int | None = None
    whole: int | None = None
    big: int | None = None
    exact: Decimal | None = None
    ratio: float | None = None
    sure: bool | None = None
    day: date | None = None
    at: datetime | None = None
    raw: bytes | None = None
    uuid: UUID | None = None
    names: list[str | None] | None = None
    numbers: list[int] | None = None
    days: list[date] | None = None
    document: object = None
    order: int | None = None


SHANGHAI = timezone(timedelta(hours=8))
THINGS_TO_KEEP = [
    Thing(id=1),
    Thing(
        id=2, name=RARE, code=RARE, short="八个汉字不截断者", small=-(2**15), whole=2**31 - 1, big=2**63 - 1,
        exact=Decimal("12345678901234567890123456.78"), ratio=0.1, sure=True, day=date(2020, 2, 29),
        at=datetime(2020, 11, 20, 23, 59, 59, 123456, SHANGHAI), raw=bytes(range(256)),
        uuid=UUID(int=7), names=[RARE, None, "", "null"], numbers=[-(2**63), 2**63 - 1],
        days=[date(1900, 1, 1)], document={"姓名": RARE, "list": [1, None, {"deep": True}]}, order=1,
    ),
    Thing(
        id=3, name="", big=-(2**63), exact=Decimal("-0.01"), sure=False, day=date(1, 1, 1),
        at=datetime(2199, 12, 31, 15, 59, 59, 999999, UTC), raw=b"", names=[], numbers=[], days=[],
        document=[],
    ),
]  # fmt: skip


@pytest.fixture
async def conn(database) -> AsyncIterator[AsyncConnection]:
    engine = create_engine(await database("empty"))
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        yield connection
    await engine.dispose()


def as_dict(thing: Thing) -> dict[str, object]:
    return {field.name: getattr(thing, field.name) for field in fields(thing)}


class TestRows:
    async def test_of_every_kind_of_column_come_back_as_they_went_in(self, conn):
        assert await rows.execute(conn, SAVE, rows=THINGS_TO_KEEP) == 3
        assert await rows.fetch_as(conn, Thing, FIND) == THINGS_TO_KEEP

    async def test_go_in_by_copy_just_the_same(self, conn):
        await rows.copy(conn, THINGS, THINGS_TO_KEEP)
        assert await rows.fetch_as(conn, Thing, FIND) == THINGS_TO_KEEP

    @pytest.mark.parametrize("mapping", [dict, MappingProxyType])
    async def test_may_be_mappings(self, conn, mapping):
        await rows.execute(conn, SAVE, rows=[mapping(as_dict(thing)) for thing in THINGS_TO_KEEP])
        assert await rows.fetch_as(conn, Thing, FIND) == THINGS_TO_KEEP

    async def test_that_were_read_may_be_written_again(self, conn):
        await rows.execute(conn, SAVE, rows=THINGS_TO_KEEP)
        found = await rows.fetch(conn, FIND)
        await conn.execute(sa.text("DELETE FROM things"))
        await rows.execute(conn, SAVE, rows=found)
        assert await rows.fetch_as(conn, Thing, FIND) == THINGS_TO_KEEP

    async def test_keep_json_that_was_composed_already(self, conn):
        some = Records(THINGS, "id", "document")
        save = statement(f"INSERT INTO things ({some.names}) SELECT {some.names} FROM {some}")
        composed = '{"due_fen":38000}'
        await rows.execute(conn, save, rows=[{"id": 1, "document": orjson.Fragment(composed)}])
        await rows.copy(conn, THINGS, [{"id": 2, "document": composed}], "id", "document")
        assert [row["document"] for row in await rows.fetch(conn, FIND)] == [{"due_fen": 38000}] * 2

    async def test_keep_a_document_that_is_a_mapping_of_another_kind(self, conn):
        some = Records(THINGS, "id", "document")
        save = statement(f"INSERT INTO things ({some.names}) SELECT {some.names} FROM {some}")
        await rows.execute(conn, save, rows=[{"id": 1, "document": MappingProxyType({"a": 1})}])
        await rows.copy(conn, THINGS, [{"id": 2, "document": MappingProxyType({"a": 1})}], "id", "document")
        assert [row["document"] for row in await rows.fetch(conn, FIND)] == [{"a": 1}] * 2

    async def test_of_which_there_are_none_send_nothing(self, conn, monkeypatch):
        sent: list[str] = []

        async def send(conn, sql, given):
            sent.append(sql)
            return await sending.send(conn, sql, given)

        monkeypatch.setattr(rows, "send", send)
        assert await rows.execute(conn, SAVE, rows=[]) == 0
        assert await rows.fetch(conn, SAVE, rows=[]) == []
        assert await rows.fetch_as(conn, Thing, SAVE, rows=[]) == []
        assert await rows.fetch_one(conn, SAVE, rows=[]) is None
        assert await rows.fetch_value(conn, int, SAVE, rows=[]) is None
        assert await rows.fetch_values(conn, int, SAVE, rows=[]) == []
        assert [row async for row in rows.stream(conn, SAVE, rows=[])] == []
        await rows.copy(conn, THINGS, [])
        assert not sent
        await rows.fetch(conn, FIND)
        assert len(sent) == 1

    async def test_leave_out_members_without_a_column(self, conn):
        some = Records(THINGS, "id", "name")
        save = statement(f"INSERT INTO things ({some.names}) SELECT {some.names} FROM {some}")
        await rows.execute(conn, save, rows=[{"id": 1, "name": "甲", "mood": "good"}])
        await rows.copy(conn, THINGS, [{"id": 2, "name": "乙", "mood": "good"}], "id", "name")
        assert [row["name"] for row in await rows.fetch(conn, FIND)] == ["甲", "乙"]

    async def test_fill_a_column_that_is_not_named_by_its_default(self, conn):
        await rows.copy(conn, THINGS, [{"name": "甲"}, {"name": "乙"}], "name")
        assert [row["id"] for row in await rows.fetch(conn, FIND)] == [1, 2]


@dataclass(frozen=True)
class Misspelled:
    id: int
    nmae: str


class TestMissingColumns:
    some = Records(THINGS, "id", "name")
    save = statement(f"INSERT INTO things ({some.names}) SELECT {some.names} FROM {some}")

    @pytest.mark.parametrize(
        "given", [[Misspelled(1, "甲")], [{"id": 1, "name": "甲"}, {"id": 2, "nmae": "乙"}]]
    )
    async def test_are_named_instead_of_written_as_null(self, conn, given):
        with pytest.raises(MissingColumns, match=r"has no name$"):
            await rows.execute(conn, self.save, rows=given)

    async def test_are_named_by_copy(self, conn):
        with pytest.raises(MissingColumns, match=r"has no name$"):
            await rows.copy(conn, THINGS, [Misspelled(1, "甲")], "id", "name")

    async def test_of_types_with_commas_and_of_reserved_words_are_found_too(self, conn):
        some = Records(THINGS, "id", "exact", "order")
        save = statement(f"INSERT INTO things ({some.names}) SELECT {some.names} FROM {some}")
        with pytest.raises(MissingColumns, match="has no exact, order"):
            await rows.execute(conn, save, rows=[{"id": 1}])

    def test_of_the_table_are_found_when_the_store_is_loaded(self):
        with pytest.raises(KeyError, match="nmae"):
            Records(THINGS, "id", "nmae")


class TestValues:
    async def test_that_json_and_postgresql_do_not_know_are_refused(self, conn):
        with pytest.raises(TypeError):
            await rows.execute(conn, SAVE, rows=[as_dict(Thing(id=1)) | {"name": object()}])

    async def test_that_do_not_fit_their_column_are_refused(self, conn):
        for column, value in {"small": 2**15, "short": "九个汉字是放不下的", "big": 2**63}.items():
            with pytest.raises(sa.exc.DBAPIError):
                async with conn.begin_nested():
                    await rows.execute(conn, SAVE, rows=[as_dict(Thing(id=1)) | {column: value}])


class TestRecords:
    async def test_may_take_columns_of_several_tables_under_other_names(self, conn):
        seen = Records(THINGS, "id", alias="seen", title=THINGS.c.name)
        update = statement(f"UPDATE things SET name = title FROM {seen} WHERE things.id = seen.id")
        await rows.execute(conn, SAVE, rows=THINGS_TO_KEEP)
        assert await rows.execute(conn, update, seen=[{"id": 1, "title": "甲"}, {"id": 9, "title": "?"}]) == 1
        assert (await rows.fetch(conn, FIND))[0]["name"] == "甲"

    async def test_write_themselves_over_what_is_there(self, conn):
        upsert = statement(f"""
            INSERT INTO things ({ALL.names}) SELECT {ALL.names} FROM {ALL}
            ON CONFLICT (id) DO UPDATE SET {ALL.taken_over("name", "order")} RETURNING id
        """)
        await rows.execute(conn, SAVE, rows=[Thing(id=1, name="甲", whole=1, order=1)])
        assert await rows.fetch_values(conn, int, upsert, rows=[Thing(id=1, name="乙", order=2)]) == [1]
        assert await rows.fetch_as(conn, Thing, FIND) == [Thing(id=1, name="乙", whole=1, order=2)]

    async def test_stand_beside_plain_parameters(self, conn):
        some = Records(THINGS, "id")
        save = statement(
            f"INSERT INTO things (id, name) SELECT id, :name FROM {some} RETURNING id, '10:30:00'::time AS t"
        )
        found = await rows.fetch_one(conn, save, rows=[{"id": 5}], name="甲")
        assert found is not None and found["id"] == 5


class TestLists:
    async def test_are_asked_for_by_the_type_of_the_column(self, conn):
        await rows.execute(conn, SAVE, rows=THINGS_TO_KEEP)
        for column, wanted in {
            "id": [2, 9],
            "name": [RARE],
            "code": [RARE],
            "day": [date(2020, 2, 29)],
        }.items():
            find = statement(f"SELECT id FROM things WHERE {column} {any_of(THINGS.c[column], 'wanted')}")
            assert await rows.fetch_values(conn, int, find, wanted=wanted) == [2]


class TestStream:
    async def test_gives_rows_by_name(self, conn):
        await rows.execute(conn, SAVE, rows=THINGS_TO_KEEP)
        streamed: list[Mapping[str, object]] = [row async for row in rows.stream(conn, FIND)]
        assert [row["id"] for row in streamed] == [1, 2, 3]


class TestNextIds:
    async def test_are_taken_ascending_and_once(self, conn):
        first, second = await next_ids(conn, THINGS, 3), await next_ids(conn, THINGS, 2)
        assert [*first, *second] == [1, 2, 3, 4, 5]
        assert await next_ids(conn, THINGS, 0) == []
