"""SQLAlchemy and asyncpg share one transaction, JSON is parsed, and COPY takes part."""

import asyncio
import socket

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from libs.common.db.engine import (
    NoTransaction,
    asyncpg_url,
    copy_rows,
    create_engine,
    driver_connection,
    plain_url,
)
from libs.common.db.silence import SILENT_SECONDS
from libs.common.db.trouble import is_outage

METADATA = sa.MetaData()
FACTS = sa.Table(
    "facts",
    METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("data", JSONB(none_as_null=True)),
)


@pytest.fixture
async def engine(database):
    engine = create_engine(await database("empty"), name="canbao-test")
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()


async def number_of_facts(engine) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(FACTS))


async def only_connection(engine) -> asyncpg.Connection:
    async with engine.connect() as connection:
        return (await connection.get_raw_connection()).driver_connection


async def refuses_as_another_is_in_progress(transaction) -> None:
    raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")


class TestUrls:
    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
    def test_of_every_spelling_mean_the_same(self, scheme):
        url = f"{scheme}://canbao:p%40ss@db:5432/canbao_ledger"
        assert plain_url(url) == "postgresql://canbao:p%40ss@db:5432/canbao_ledger"
        assert asyncpg_url(url).drivername == "postgresql+asyncpg"


class TestErrors:
    async def test_carry_no_values_that_a_log_would_keep(self, engine):
        async with engine.connect() as connection:
            with pytest.raises(sa.exc.DBAPIError) as caught:
                await connection.execute(sa.text("SELECT CAST(:name AS text)"), {"name": "林秀英\x00"})
        assert "林秀英" not in str(caught.value)


class TestAServiceThatIsFrozenAmidATransaction:
    async def test_keeps_others_waiting_no_longer_than_it_may_rest(self, service_context, monkeypatch):
        monkeypatch.setattr("canbao.context.REST_SECONDS", 0.5)
        frozen = (await service_context("ledger")).engine
        other = create_engine(frozen.url.render_as_string(hide_password=False))
        lock = sa.text("SELECT pg_advisory_xact_lock(1)")

        with pytest.raises(sa.exc.DBAPIError) as caught:
            async with frozen.begin() as connection:
                await connection.execute(lock)
                async with asyncio.timeout(10), other.begin() as waiting:
                    await waiting.execute(lock)
                await connection.execute(lock)

        assert is_outage(caught.value)
        async with frozen.begin() as connection:
            await connection.execute(lock)
        await other.dispose()


class TestDriverConnection:
    async def test_is_inside_the_transaction_even_as_its_first_statement(self, engine):
        with pytest.raises(ZeroDivisionError):
            async with engine.begin() as connection:
                raw = await driver_connection(connection)
                await raw.execute("INSERT INTO facts (id) VALUES (1)")
                raise ZeroDivisionError
        assert await number_of_facts(engine) == 0

    async def test_commits_with_the_transaction(self, engine):
        async with engine.begin() as connection:
            raw = await driver_connection(connection)
            await raw.execute("INSERT INTO facts (id) SELECT unnest($1::bigint[])", [1, 2, 3])
            await connection.execute(FACTS.insert(), [{"id": 4}])
        assert await number_of_facts(engine) == 4

    async def test_is_refused_where_nothing_is_atomic(self, engine):
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            with pytest.raises(NoTransaction):
                await driver_connection(connection)

    async def test_takes_json_text_and_gives_values(self, engine):
        async with engine.begin() as connection:
            raw = await driver_connection(connection)
            await raw.execute("INSERT INTO facts VALUES (1, $1)", '{"due_fen": 25000}')
            assert await raw.fetchval("SELECT data FROM facts") == {"due_fen": 25000}
            assert await connection.scalar(sa.select(FACTS.c.data)) == {"due_fen": 25000}


class TestCopyRows:
    async def test_takes_part_in_the_transaction(self, engine):
        with pytest.raises(ZeroDivisionError):
            async with engine.begin() as connection:
                await copy_rows(connection, "facts", ["id"], [(1,), (2,)])
                raise ZeroDivisionError
        assert await number_of_facts(engine) == 0

    async def test_says_how_many(self, engine):
        async with engine.begin() as connection:
            assert (
                await copy_rows(connection, "facts", ["id", "data"], ((n, '{"n": 1}') for n in range(500)))
                == 500
            )


class TestPool:
    async def test_serves_on_after_the_server_dropped_its_connections(self, engine, embedded_server):
        assert await number_of_facts(engine) == 0
        heard = asyncio.Event()
        (await only_connection(engine)).add_termination_listener(lambda _: heard.set())
        admin = await asyncpg.connect(embedded_server.url("postgres"))
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'canbao-test'"
        )
        await admin.close()
        await heard.wait()
        assert await number_of_facts(engine) == 0

    async def test_replaces_a_connection_that_the_server_is_just_closing(self, engine, monkeypatch):
        """The server said that it ends, and the end of the stream is still on its way."""
        assert await number_of_facts(engine) == 0
        raw = await only_connection(engine)
        with monkeypatch.context() as patched:
            patched.setattr(asyncpg.transaction.Transaction, "start", refuses_as_another_is_in_progress)
            with pytest.raises(sa.exc.DBAPIError) as caught:
                await number_of_facts(engine)
        assert is_outage(caught.value)
        assert await only_connection(engine) is not raw

    async def test_asks_a_connection_that_lay_idle_whether_it_lives(self, engine, monkeypatch):
        """What a firewall dropped says nothing: it is replaced before a statement waits for it."""
        asked = []

        def dead(connection):
            asked.append(connection)
            raise ConnectionError

        monkeypatch.setattr(engine.sync_engine.dialect, "do_ping", dead)
        assert await number_of_facts(engine) == 0
        assert await number_of_facts(engine) == 0
        assert not asked
        monkeypatch.setattr("libs.common.db.engine._LIVES_SECONDS", 0)
        assert await number_of_facts(engine) == 0
        assert len(asked) == 1


class TestSilence:
    """A cable that was pulled says nothing: both sides look whether the other one is there."""

    async def test_is_noticed_by_the_server(self, engine):
        keepalives = [f"tcp_keepalives_{name}" for name in ("idle", "interval", "count")]
        async with engine.connect() as connection:
            found = await connection.execute(
                sa.text("SELECT name, setting::integer FROM pg_settings WHERE name = ANY(:names)"),
                {"names": [*keepalives, "tcp_user_timeout"]},
            )
            looks = dict(tuple(row) for row in found)
        idle, interval, count = (looks[name] for name in keepalives)
        assert idle + interval * count <= SILENT_SECONDS
        assert looks["tcp_user_timeout"] == SILENT_SECONDS * 1000

    async def test_is_noticed_by_us(self, engine):
        async with engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
        used = raw._transport.get_extra_info("socket")
        assert used.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert used.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == SILENT_SECONDS * 1000
