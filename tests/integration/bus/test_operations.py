"""What an operator can do, on the command line and below it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import MetaData

from canbao.commands import bus as commands
from libs.common.bus import inbox, operations
from libs.common.db.engine import create_engine
from libs.common.db.used_keys import idempotency_table
from libs.common.testing.bus_conformance import BusSite
from libs.common.testing.delivery_conformance import hurt_by
from libs.common.testing.delivery_service import Numbers
from libs.common.testing.waiting import eventually

pytestmark = pytest.mark.parametrize("site", ["embedded"], indirect=True)


async def park(site: BusSite, numbers: Numbers, poison: int) -> None:
    """Have one of twenty messages of one key parked, and those behind it."""
    numbers.hurt = hurt_by(poison)
    await numbers.publish(range(20), keys=1)
    async with numbers.running(await site.bus()):
        await numbers.until_told(poison)
        await numbers.until_quiet()
    numbers.hurt = lambda _: None


class TestDiscard:
    async def test_the_messages_behind_go_on_and_the_letter_stays_on_record(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        await park(site, numbers, 7)
        async with numbers.engine.begin() as conn:
            first, *_ = await operations.letters(conn)
            assert await operations.discard(conn, first.id, "entered twice by hand")
            assert not await operations.discard(conn, first.id, "again")
        async with numbers.running(await site.bus()):
            told = await numbers.until_told(19)
        assert [n for _, n in told] == [n for n in range(20) if n != 7]
        async with numbers.engine.begin() as conn:
            (letter,) = await operations.letters(conn, ["discarded"])
        assert letter.reason.startswith("Discarded: entered twice by hand | ValueError: no 7")
        assert await numbers.count("inbox") == 20, "a repeat of it must not take effect"


class TestRepublish:
    async def test_only_what_was_published_since_comes_again(self, site: BusSite, numbers: Numbers) -> None:
        bus = await site.bus()
        await numbers.publish(range(10))
        async with numbers.running(bus):
            await numbers.until_told(10)
            await numbers.until_quiet()
        await numbers.query("UPDATE outbox SET appended_at = now() - interval '1 hour' WHERE id <= 4")
        await numbers.publish(range(10, 15))  # not published yet: that is the relay's to do, in order
        published: list[str] = []

        class Recorder:
            async def publish(self, messages: Sequence[Any]) -> None:
                published.extend(message.id for message in messages)

        since = datetime.now(UTC) - timedelta(minutes=1)
        number = await operations.republish(numbers.engine, Recorder(), "test", since)  # type: ignore[arg-type]
        assert number == 6
        assert published == ["5", "6", "7", "8", "9", "10"]


class TestHandingOverAgain:
    async def test_is_for_the_events_of_some_keys_but_not_for_what_was_given_up(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        await park(site, numbers, 7)
        async with numbers.engine.begin() as conn:
            given_up, *_ = await operations.letters(conn)
            await operations.discard(conn, given_up.id, "entered twice by hand")
        async with numbers.running(await site.bus()):
            await numbers.until_told(19)
            await numbers.until_quiet()
        published: list[str] = []

        class Recorder:
            async def publish(self, messages: Sequence[Any]) -> None:
                published.extend(message.id for message in messages)

        async with numbers.engine.begin() as conn:
            ids = await operations.events_of(conn, [given_up.key], [given_up.type])
            forgotten = await operations.forget(conn, "test", ids)
            assert await operations.events_of(conn, ["nobody"], [given_up.type]) == []
        await operations.publish_again(numbers.engine, Recorder(), "test", forgotten)  # type: ignore[arg-type]

        assert len(ids) == 20
        assert published == [str(id_) for id_ in ids if str(id_) != given_up.event_id]
        assert await numbers.count("inbox") == 1


class TestPurging:
    async def test_the_outbox_forgets_only_what_is_old_and_published(
        self, site: BusSite, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("libs.common.bus.relay.PURGE_EVERY_SECONDS", 0)
        monkeypatch.setattr("libs.common.bus.shards.LEASE_SECONDS", 0.4)
        await numbers.publish(range(10))
        await numbers.query("UPDATE outbox SET appended_at = now() - interval '401 days' WHERE id <= 6")
        async with numbers.running(await site.bus()):
            await numbers.until_told(10)

            async def purged() -> bool:
                return await numbers.count("outbox") == 4

            await eventually(purged)

    async def test_the_inbox_forgets_only_what_is_old(self, site: BusSite, numbers: Numbers) -> None:
        await numbers.query(
            "INSERT INTO inbox (source, event_id, handled_at) VALUES ('s', '1', now() - interval '500 days'),"
            " ('s', '2', now())"
        )
        async with numbers.engine.begin() as conn:
            assert await inbox.purge(conn, 430) == 1
        assert await numbers.query("SELECT event_id FROM inbox") == [("2",)]

    async def test_the_consumer_forgets_what_is_old_and_the_keys_that_nobody_repeats(
        self, site: BusSite, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("libs.common.bus.consumer.PURGE_EVERY_SECONDS", 0)
        metadata = MetaData()
        idempotency_table(metadata)
        async with numbers.engine.begin() as conn:
            await conn.run_sync(metadata.create_all)
        await numbers.query(
            "INSERT INTO inbox (source, event_id, handled_at) VALUES ('s', '1', now() - interval '500 days'),"
            " ('s', '2', now())"
        )
        await numbers.query(
            "INSERT INTO idempotency_keys (caller, key, fingerprint, created_at)"
            " SELECT 'window', age, '', now() - make_interval(days => age)"
            " FROM unnest(ARRAY[0, 29, 31, 400]) AS age"
        )
        async with numbers.running(await site.bus()):

            async def purged() -> bool:
                return await numbers.count("inbox") == 1 and await numbers.count("idempotency_keys") == 2

            await eventually(purged)
        assert await numbers.count("idempotency_keys", "key IN ('0', '29')") == 2


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch, numbers: Numbers, site: BusSite) -> Any:
    """Run `canbao bus ...` as if the numbers were the ledger; gives (exit code, output)."""
    url = numbers.engine.url.render_as_string(hide_password=False)

    @asynccontextmanager
    async def platform(data_dir: Path | None) -> AsyncIterator[Any]:
        assert data_dir is None
        engine = create_engine(url)
        yield SimpleNamespace(context=lambda name: SimpleNamespace(name=name, engine=engine))
        await engine.dispose()

    monkeypatch.setattr(commands, "_platform", platform)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(commands.command, arguments)
        return result.exit_code, result.output

    return run


class TestCommandLine:
    @pytest.fixture
    async def parked(self, site: BusSite, numbers: Numbers) -> None:
        await park(site, numbers, 18)

    def test_dead_letters_are_listed_with_their_reason(self, parked: None, command_line: Any) -> None:
        code, output = command_line("dead-letters", "--service", "ledger")
        assert code == 0
        first, second = output.splitlines()
        assert "ledger 1 parked since" in first
        assert "key k0, 3 attempts. ValueError: no 18 for ******" in first
        assert "Waits behind an earlier message of the same key." in second

    def test_a_retry_that_nobody_does_yet_says_so(self, parked: None, command_line: Any) -> None:
        assert command_line("retry", "--service", "ledger", "--wait", "0", "1") == (1, "ledger: 1 retrying\n")

    def test_a_discarded_letter_is_listed_on_request(self, parked: None, command_line: Any) -> None:
        assert command_line("discard", "--service", "ledger", "--why", "double", "1") == (
            0,
            "ledger: message 1 is discarded\n",
        )
        assert command_line("discard", "--service", "ledger", "--why", "double", "1")[0] == 1
        assert "discarded" not in command_line("dead-letters", "--service", "ledger")[1]
        assert "Discarded: double" in command_line("dead-letters", "--service", "ledger", "--all")[1]

    @pytest.mark.parametrize("since", ["yesterday", "2026-11-20T08:00:00"])
    def test_an_instant_without_an_offset_is_refused(self, command_line: Any, since: str) -> None:
        code, output = command_line("replay", "--since", since)
        assert code == 2
        assert "--since" in output
