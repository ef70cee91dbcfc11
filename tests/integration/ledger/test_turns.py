"""Two who work on the same books take turns; who would wait for long is told to come again."""

import asyncio

import pytest
from sqlalchemy import text

from libs.common.testing.ledger_facts import paid
from libs.common.testing.waiting import eventually
from services.ledger.facts import store
from tests.integration.ledger.test_api import move
from tests.integration.ledger.test_matches import MAIN
from tests.integration.ledger.test_papers import AT, ask, main, people
from tests.integration.ledger.test_work_funds import PAID, pay

__all__ = ["main", "people"]


@pytest.fixture
async def busy(desk, monkeypatch):
    """Somebody has the books of the desk, and nobody waits for long."""
    await desk.send(paid(1))
    monkeypatch.setattr(store, "PATIENCE_SECONDS", 0.05)
    async with desk.context.engine.begin() as conn:
        await conn.execute(text("INSERT INTO locks (name) VALUES ('books:youxi:2020')"))
    async with desk.context.engine.begin() as conn:
        await store.lock(conn, "books:youxi:2020")
        yield


async def test_whoever_finds_the_books_busy_may_come_again(desk, busy):
    answers = [await move(desk), await pay(desk, PAID), await desk.close("main", MAIN)]

    assert [(one.status_code, one.json()["type"], one.headers["retry-after"]) for one in answers] == [
        (503, "urn:canbao:problem:closing-busy", "5")
    ] * 3


async def test_who_agrees_to_a_signature_waits_for_the_books_before_holding_it(desk, people, main):
    """Who signs meanwhile has the books and meets what waits: neither may wait for the other."""
    number = (await ask(people, "finance")).json()["approval_id"]

    async def waits() -> bool:
        return bool(await desk.rows("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))

    async with desk.context.engine.begin() as conn:
        await store.lock(conn, "books:youxi:2020")
        agreeing = asyncio.create_task(
            people["finance"][1].post(f"/v1/approvals/{number}/approve", json={}, headers=AT)
        )
        await eventually(waits)
        await conn.execute(text(f"SELECT 1 FROM approvals WHERE approval_id = {number} FOR UPDATE NOWAIT"))
    assert (await agreeing).status_code == 200
