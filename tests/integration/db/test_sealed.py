"""Personal data at rest: what the database shows, what the door gives back, and how keys change under it."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from libs.common.db import resealing, rows
from libs.common.db.engine import create_engine
from libs.common.db.resealing import begin_rotation, do_work, finish_rotation, sealing_tables
from libs.common.db.rows import Records, any_of, statement, value_of
from libs.common.db.sealed import Digest, Sealed
from libs.common.db.sealing import NoSealing, Sealing, stored_keys
from libs.common.security.data_keys import CannotBeOpened
from libs.common.security.wrapping import InstallationKeys, SealingKeyRefused
from libs.common.settings import SettingInvalid

METADATA = sa.MetaData()
PEOPLE = sa.Table(
    "people",
    METADATA,
    sa.Column("number_digest", Digest("number", of="number"), primary_key=True),
    sa.Column("number", Sealed(sa.Text), nullable=False),
    sa.Column("name", Sealed(sa.Text)),
    sa.Column("facts", Sealed(sa.dialects.postgresql.JSONB)),
    sa.Column("file", Sealed(sa.LargeBinary)),
    sa.Column("born", sa.Date),
)
VERSIONS = sa.Table(
    "versions",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("name", Sealed(sa.Text, like="people.name")),
)
sealing_tables(METADATA)

ALL = Records(PEOPLE)
SAVE = statement(f"INSERT INTO people ({ALL.names}) SELECT {ALL.names} FROM {ALL}")
SHOWN = (PEOPLE.c.number, PEOPLE.c.name, PEOPLE.c.facts, PEOPLE.c.file)
FIND = statement("SELECT number, name, facts, file FROM people ORDER BY born", *SHOWN)
GIVEN_LATER = ",".join(base64.b64encode(key * 32).decode() for key in (b"n", b"o"))
OLD, NEW = InstallationKeys([b"o" * 32]), InstallationKeys([b"n" * 32, b"o" * 32])


@dataclass(frozen=True)
class Someone:
    number: str
    name: str | None
    facts: object = None
    file: bytes | None = None
    born: str | None = None


ZHANG = Someone("350426199001011234", "张三", {"grade": 1}, b"\x00file", "1990-01-01")
LI = Someone("350426199101011234", "李四", born="1991-01-01")


@pytest.fixture
async def url(database) -> str:
    return await database("empty")


@pytest.fixture
async def engine(url) -> AsyncIterator[object]:
    made = create_engine(url, sealing=Sealing(InstallationKeys([b"o" * 32], lambda: GIVEN_LATER)))
    async with made.begin() as conn:
        await conn.run_sync(METADATA.create_all)
    yield made
    await made.dispose()


async def stored(engine, column: str, table: str = "people") -> list[bytes]:
    async with engine.connect() as conn:
        return list((await conn.execute(sa.text(f"SELECT {column} FROM {table}"))).scalars())


async def saved(engine, *people: Someone) -> None:
    async with engine.begin() as conn:
        await rows.execute(conn, SAVE, rows=list(people))


async def shown(engine) -> list[Someone]:
    async with engine.connect() as conn:
        found = await rows.fetch(conn, FIND)
    return [Someone(**row) for row in found]


def plain(*people: Someone) -> list[Someone]:
    return [Someone(one.number, one.name, one.facts, one.file) for one in people]


class TestValues:
    @pytest.mark.parametrize("way", ["statement", "copy"])
    async def test_go_in_and_come_out_plain_and_lie_sealed(self, engine, way):
        if way == "statement":
            await saved(engine, ZHANG, LI)
        else:
            async with engine.begin() as conn:
                await rows.copy(conn, PEOPLE, [ZHANG, LI], "number_digest", "number", "name", "facts", "file")
        assert sorted(map(str, await shown(engine))) == sorted(map(str, plain(ZHANG, LI)))
        lying = [
            value for name in ("number", "name", "facts", "file") for value in await stored(engine, name)
        ]
        assert not [value for value in lying if value and (b"3504" in value or "张三".encode() in value)]

    async def test_of_nothing_stay_nothing(self, engine):
        await saved(engine, Someone("1", None))
        assert await stored(engine, "name") == [None]
        assert await shown(engine) == [Someone("1", None)]

    async def test_that_are_equal_lie_differently_and_are_found_by_digest(self, engine):
        await saved(engine, ZHANG, Someone("2", "张三"))
        one, other = await stored(engine, "name")
        assert one != other
        several = statement(
            f"SELECT name FROM people WHERE number_digest {any_of(PEOPLE.c.number_digest, 'numbers')}",
            PEOPLE.c.name,
        )
        single = statement(
            "SELECT name AS called FROM people WHERE number_digest = "
            + value_of(PEOPLE.c.number_digest, "number"),
            called=PEOPLE.c.name,
        )
        async with engine.connect() as conn:
            assert await rows.fetch_values(conn, str, several, numbers=[ZHANG.number, "nobody"]) == ["张三"]
            assert await rows.fetch_value(conn, str, single, number="2") == "张三"
            assert await rows.fetch_value(conn, str, single, number="3") is None

    async def test_follow_within_the_database_where_a_column_says_so(self, engine):
        await saved(engine, ZHANG)
        copy = statement(
            "INSERT INTO versions (name) SELECT name FROM people RETURNING name", VERSIONS.c.name
        )
        async with engine.begin() as conn:
            assert await rows.fetch_value(conn, str, copy) == "张三"

    async def test_come_in_arrays_too(self, engine):
        await saved(engine, ZHANG, LI)
        query = statement("SELECT array_agg(name ORDER BY born) AS name FROM people", PEOPLE.c.name)
        async with engine.connect() as conn:
            assert await rows.fetch_value(conn, list, query) == ["张三", "李四"]
            assert [row["name"] async for row in rows.stream(conn, query)] == [["张三", "李四"]]

    async def test_that_were_moved_or_changed_are_not_opened(self, engine):
        await saved(engine, ZHANG)
        for change in ("name = number", "name = set_byte(name, 30, get_byte(name, 30) # 1)"):
            async with engine.begin() as conn:
                await conn.execute(sa.text(f"UPDATE people SET {change}"))
            with pytest.raises(CannotBeOpened, match=r"people\.name"):
                await shown(engine)

    async def test_do_not_cross_an_engine_without_keys(self, url, engine):
        bare = create_engine(url)
        with pytest.raises(NoSealing):
            await saved(bare, ZHANG)
        await bare.dispose()


class TestKeys:
    async def test_are_made_once_and_survive_what_is_rolled_back(self, engine):
        with pytest.raises(ZeroDivisionError):
            async with engine.begin() as conn:
                await rows.execute(conn, SAVE, rows=[ZHANG])
                raise ZeroDivisionError
        await saved(engine, ZHANG)
        assert await shown(engine) == plain(ZHANG)
        async with engine.connect() as conn:
            assert sorted(key.purpose for key in await stored_keys(conn)) == ["sealing", "searching"]

    async def test_of_another_installation_open_nothing_and_say_which_is_missing(self, url, engine):
        await saved(engine, ZHANG)
        other = create_engine(url, sealing=Sealing(InstallationKeys([b"x" * 32])))
        with pytest.raises(SealingKeyRefused, match=OLD.current):
            await shown(other)
        await other.dispose()

    @pytest.mark.parametrize("text", ["", "x", base64.b64encode(b"short").decode(), "钥匙"])
    def test_that_cannot_be_used_are_told_in_a_sentence(self, text):
        with pytest.raises(SettingInvalid, match="CANBAO_SEALING_KEYS"):
            InstallationKeys.from_text(text)


class TestRotation:
    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch):
        monkeypatch.setattr(resealing, "BEFORE_USE_SECONDS", 0)
        monkeypatch.setattr(resealing, "READ_EVERY_SECONDS", 0.0)
        monkeypatch.setattr("libs.common.db.sealing.READ_EVERY_SECONDS", 0.0)
        monkeypatch.setattr(resealing, "ROWS_OF_FILES", 2)

    async def test_seals_everything_anew_while_others_read_and_write(self, url, engine):
        await saved(engine, ZHANG, *(Someone(f"n{number}", f"name {number}") for number in range(5)))
        found = await stored(engine, "number_digest")
        told = []
        other = create_engine(url, sealing=Sealing(NEW))
        assert await begin_rotation(other, METADATA, NEW)
        await saved(engine, LI)
        await finish_rotation(other, METADATA, lambda table, done: told.append((table, done)))
        assert [table for table, _ in told] == ["people", "people", "people"]
        assert len({value[:9] for value in await stored(engine, "name")}) == 1
        assert set(found) < set(await stored(engine, "number_digest"))
        new = create_engine(url, sealing=Sealing(InstallationKeys([b"n" * 32])))
        assert set(map(str, await shown(new))) > set(map(str, plain(ZHANG, LI)))
        for made in (other, new):
            await made.dispose()

    async def test_that_was_stopped_goes_on_with_the_key_it_had(self, engine):
        await saved(engine, ZHANG, LI, Someone("3", "王五"), Someone("4", "赵六"))
        assert await begin_rotation(engine, METADATA, OLD)

        def stop(table: str, done: int) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await finish_rotation(engine, METADATA, stop)
        assert len({value[:9] for value in await stored(engine, "name")}) == 2
        assert not await begin_rotation(engine, METADATA, OLD)
        await finish_rotation(engine, METADATA, lambda table, done: None)
        assert len({value[:9] for value in await stored(engine, "name")}) == 1

    async def test_waits_for_no_row_while_it_holds_others(self, engine):
        """It could not end one that waits for what it holds: rows that are being changed come afterwards."""
        await saved(engine, ZHANG, LI)
        await begin_rotation(engine, METADATA, OLD)
        async with engine.connect() as conn:
            await conn.execute(sa.text("SELECT FROM people WHERE born = '1990-01-01' FOR UPDATE"))
            told, begun = [], asyncio.Event()

            def tell(table: str, done: int) -> None:
                told.append(done)
                begun.set()

            walking = asyncio.create_task(do_work(engine, METADATA, "rotation", tell))
            async with asyncio.timeout(20):
                await begun.wait()
            await conn.execute(sa.text("SELECT FROM people WHERE born = '1991-01-01' FOR UPDATE"))
            assert not walking.done()
            await conn.rollback()
        await walking
        assert told == [1, 2]
        assert len({value[:9] for value in await stored(engine, "name")}) == 1

    async def test_keeps_the_key_before_and_drops_those_before_that(self, engine):
        await saved(engine, ZHANG)
        for _ in range(3):
            await begin_rotation(engine, METADATA, OLD)
            await finish_rotation(engine, METADATA, lambda table, done: None)
        async with engine.connect() as conn:
            assert len([key for key in await stored_keys(conn) if key.purpose == "sealing"]) == 2
        assert await shown(engine) == plain(ZHANG)


class TestWhatAMigrationFound:
    async def test_lies_clear_until_it_is_sealed_and_is_read_meanwhile(self, engine):
        async with engine.begin() as conn:
            await conn.execute(
                sa.text("""
                    INSERT INTO people (number_digest, number, name, facts)
                    SELECT mark || number, mark || number, mark || convert_to('张三', 'UTF8'),
                           mark || '{"grade": 1}'
                    FROM (SELECT '\\x00'::bytea AS mark, convert_to(n::text, 'UTF8') AS number
                          FROM generate_series(1, 1200) AS n) AS found
                """)
            )
            await conn.execute(sa.text("INSERT INTO sealing_work VALUES ('people', 'migration')"))
        assert {one.name for one in await shown(engine)} == {"张三"}
        told = []
        await do_work(engine, METADATA, "migration", lambda table, done: told.append(done))
        assert told[-1] == 1200
        assert not [value for value in await stored(engine, "name") if value[0] != 1]
        find = statement(
            f"SELECT facts FROM people WHERE number_digest = {value_of(PEOPLE.c.number_digest, 'number')}",
            PEOPLE.c.facts,
        )
        async with engine.connect() as conn:
            assert await rows.fetch_value(conn, dict, find, number="77") == {"grade": 1}
            assert await resealing.work(conn, "migration") == []
