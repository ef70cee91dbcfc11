"""A season that an earlier release played: its databases come along with all that is in them.

`tests/releases/<version>/<service>.sql.gz` are dumps of the demo's two seasons, played by that release.
"""

import gzip
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from canbao.definitions import SERVICES
from canbao.migrate import migrate_database, schema
from canbao.verify.run import verify
from libs.common.bus.handling import Handling
from libs.common.bus.port import Message
from libs.common.db import migrate
from libs.common.db.engine import create_engine
from libs.common.db.resealing import do_work
from libs.common.db.sealed import guarded_tables, mark_of
from libs.common.db.sealing import Sealing
from libs.common.events import collection, registration, subsidy
from libs.common.security.wrapping import InstallationKeys
from services.collection.app import HANDLERS as COLLECTION_HANDLERS
from services.registration.app import HANDLERS as REGISTRATION_HANDLERS
from services.subsidy.app import HANDLERS as SUBSIDY_HANDLERS

TOPICS_OF = {
    "registration": registration.TOPIC, "collection": collection.TOPIC, "subsidy": subsidy.TOPIC,
}  # fmt: skip
HANDLERS_OF = {
    "registration": REGISTRATION_HANDLERS, "collection": COLLECTION_HANDLERS, "subsidy": SUBSIDY_HANDLERS,
}  # fmt: skip
RELEASES = Path(__file__).resolve().parents[1] / "releases"


async def restored(database, release: str) -> dict[str, str]:
    """The databases of a release, as it left them."""
    urls = {}
    for name in SERVICES:
        urls[name] = await database("empty")
        if not (RELEASES / release / f"{name}.sql.gz").exists():
            continue  # the service came later: its database is a new one
        conn = await asyncpg.connect(urls[name])
        await conn.execute(gzip.decompress((RELEASES / release / f"{name}.sql.gz").read_bytes()).decode())
        await conn.close()
    return urls


async def answers(urls: dict[str, str]) -> dict[str, object]:
    """What people and money come to."""
    registration = await asyncpg.connect(urls["registration"])
    try:
        states = await registration.fetch("SELECT state, count(*) FROM enrollments GROUP BY state ORDER BY 1")
    finally:
        await registration.close()
    money = await asyncpg.connect(urls["collection"])
    lines = await money.fetch(
        "SELECT state, count(*), sum(amount_fen) FROM payment_lines GROUP BY state ORDER BY 1"
    )
    await money.close()
    help_given = await asyncpg.connect(urls["subsidy"])
    grants = await help_given.fetch(
        "SELECT payer, count(*), sum(amount_fen) FROM grants WHERE revoked_at IS NULL"
        " GROUP BY payer ORDER BY payer"
    )
    await help_given.close()
    ledger = await asyncpg.connect(urls["ledger"])
    seals = await ledger.fetch("SELECT deadline_id, sha256 FROM handovers ORDER BY id")
    await ledger.close()
    return {"states": states, "lines": lines, "grants": grants, "seals": seals}


async def sealed(name: str, url: str) -> None:
    """What `canbao migrate` does after the tables are as they should be; nothing lies clear afterwards."""
    engine = create_engine(url, sealing=Sealing(InstallationKeys([b"\x08" * 32])))
    metadata = schema(name).metadata
    await do_work(engine, metadata, "migration", lambda table, done: None)
    async with engine.connect() as conn:
        for table in guarded_tables(metadata):
            for column in filter(mark_of, table.columns):
                query = text(f"SELECT count(*) FROM {table.name} WHERE get_byte({column.name}, 0) = 0")
                assert (await conn.execute(query)).scalar() == 0, column
    await engine.dispose()


async def published_again(service_context, urls: dict[str, str], by: str, to: str) -> None:
    """What `canbao bus replay` does after an upgrade: services get what they did not want before."""
    topic, handlers = TOPICS_OF[by], HANDLERS_OF[to]
    conn = await asyncpg.connect(urls[by])
    rows = await conn.fetch("SELECT * FROM outbox ORDER BY id")
    await conn.close()
    messages = [
        Message(
            topic=topic, partition=0, position=row["id"], key=row["key"], id=str(row["id"]),
            source=f"canbao/{by}", type=row["type"], time=row["time"], data=row["data"].encode(),
        )
        for row in rows
    ]  # fmt: skip
    context = await service_context(to, url=urls[to])
    await Handling(context.engine, topic, handlers[topic]).process(messages)


async def covers(url: str) -> list[tuple[object, ...]]:
    """From when to when collection knows people to be covered."""
    conn = await asyncpg.connect(url)
    rows = await conn.fetch("SELECT enrollment_id, cover_from, cover_to FROM covers ORDER BY 1")
    await conn.close()
    return [tuple(row) for row in rows]


async def covered(url: str) -> list[tuple[object, ...]]:
    """From when to when registration has everybody covered who is complete."""
    conn = await asyncpg.connect(url)
    rows = await conn.fetch(
        "SELECT id, benefit_from, benefit_to FROM enrollments WHERE state IN ('paid', 'exempt') ORDER BY 1"
    )
    await conn.close()
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("release", sorted(path.name for path in RELEASES.iterdir()))
class TestAPlayedSeason:
    async def test_comes_along_and_all_checks_hold(self, database, service_context, notices, release):
        urls = await restored(database, release)
        before = await answers(urls)
        for name, url in urls.items():
            await migrate_database(name, url)
            await sealed(name, url)

        for name, url in urls.items():
            assert await migrate.differences(schema(name), url) == []
        assert await answers(urls) == before
        await published_again(service_context, urls, "registration", "collection")
        assert await covers(urls["collection"]) == await covered(urls["registration"]) != []
        await published_again(service_context, urls, "subsidy", "collection")
        await published_again(service_context, urls, "collection", "subsidy")
        await published_again(service_context, urls, "collection", "registration")
        await published_again(service_context, urls, "subsidy", "registration")
        report = await verify(urls, notices)
        wrong = [(check.name, check.told[:3]) for check in report.checks if check.count]
        assert wrong == [], "\n".join(map(str, wrong))
