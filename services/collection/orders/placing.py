"""Places orders, many at once: keys and dues are looked up for all, and all are written in one commit.

When one of them stands in the way of the others (somebody is in a pending order, a key came twice), they are
placed one by one, so that each gets its own answer.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.clock import SHANGHAI
from libs.common.security.caller import Caller
from libs.common.web.catalogue import IDEMPOTENCY_KEY_REUSED
from libs.common.web.problems import FieldError, Problem
from services.collection.group_commit import Write
from services.collection.matching.rules import Due
from services.collection.orders import store
from services.collection.orders.rules import OrderedItem, expires_at, order_no, price
from services.collection.problems import NOT_PAYABLE, ORDER_PENDING


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """Who wants to order what for whom; `key` and `fingerprint` tell a repetition."""

    caller: Caller
    county: str
    coverage_year: int
    people: tuple[int, ...]
    channel: str
    now: datetime
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to send; `again` when it was given before."""

    answer: str
    again: bool = False


Outcome = Placed | Exception


@asynccontextmanager
async def order_writer(engine: AsyncEngine, lasts: timedelta) -> AsyncIterator[Write[OrderRequest, Placed]]:
    """Hold a connection and yield what places a batch with it; a connection that failed is thrown away."""
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection

        async def write(requests: Sequence[OrderRequest]) -> list[Outcome]:
            return await _place_all(driver, requests, lasts)

        try:
            yield write
        except BaseException:
            with contextlib.suppress(Exception):
                await connection.invalidate()
            raise


async def _place_all(driver: Any, requests: Sequence[OrderRequest], lasts: timedelta) -> list[Outcome]:
    known = await store.known_answers(driver, [(one.caller.subject, one.key) for one in requests])
    asked = {(person, one.coverage_year, one.county) for one in requests for person in one.people}
    dues = await store.dues_of(driver, sorted(asked))
    outcomes: list[Outcome | None] = []
    fresh: list[tuple[int, OrderRequest, dict[str, Any]]] = []
    for position, one in enumerate(requests):
        outcomes.append(_repeated(one, known))
        if outcomes[-1] is None:
            try:
                fresh.append((position, one, _order(one, dues, lasts)))
            except Problem as problem:
                outcomes[-1] = problem
    for position, outcome in await _write(driver, fresh, lasts):
        outcomes[position] = outcome
    return [outcome for outcome in outcomes if outcome is not None]


async def _write(
    driver: Any, fresh: Sequence[tuple[int, OrderRequest, dict[str, Any]]], lasts: timedelta
) -> list[tuple[int, Outcome]]:
    """Place all in one statement, or, if that is refused, each by itself."""
    if not fresh:
        return []
    try:
        await store.place(driver, [order for _, _, order in fresh], min(one.now for _, one, _ in fresh))
    except store.NotPlaced:
        if len(fresh) > 1:
            return [(position, (await _place_all(driver, [one], lasts))[0]) for position, one, _ in fresh]
        position, one, _ = fresh[0]
        return [(position, await _refusal(driver, one))]
    return [(position, Placed(order["answer"])) for position, _, order in fresh]


async def _refusal(driver: Any, one: OrderRequest) -> Outcome:
    """Say why a single order was refused: another instance used its key just now, or somebody is claimed."""
    repeated = _repeated(one, await store.known_answers(driver, [(one.caller.subject, one.key)]))
    if repeated is not None:
        return repeated
    return _pending(one.people, await store.claims(driver, one.people, one.coverage_year, one.now))


def _repeated(one: OrderRequest, known: Mapping[tuple[str, str], Any]) -> Outcome | None:
    row = known.get((one.caller.subject, one.key))
    if row is None:
        return None
    if row["fingerprint"] != one.fingerprint:
        return IDEMPOTENCY_KEY_REUSED.problem()
    return Placed(row["answer"], again=True)


def _order(one: OrderRequest, dues: Mapping[tuple[int, int, str], Due], lasts: timedelta) -> dict[str, Any]:
    """Compose the order with its answer; raise Problem 409 naming those who have nothing to pay."""
    items = _priced(one, dues)
    order = {
        "order_no": order_no(one.now.astimezone(SHANGHAI), secrets.randbelow(10**14)),
        "state": "pending",
        "county": one.county,
        "coverage_year": one.coverage_year,
        "channel": one.channel,
        "amount_fen": sum(item.amount_fen for item in items),
        "created_at": one.now,
        "expires_at": expires_at(items, one.now, lasts),
        "payment_id": None,
        "paid_at": None,
    }
    answer = order | {"items": [_shown(item) for item in items]}
    return order | {
        "created_by": one.caller.subject,
        "key": one.key,
        "fingerprint": one.fingerprint.hex(),
        "answer": orjson.dumps(answer).decode(),
        "items": [_kept(item, no) for no, item in enumerate(items, start=1)],
    }


def _priced(one: OrderRequest, dues: Mapping[tuple[int, int, str], Due]) -> list[OrderedItem]:
    items, faults = [], []
    for position, person in enumerate(one.people):
        due = dues.get((person, one.coverage_year, one.county))
        item = price(due, one.now) if due is not None and one.caller.sees(due.division_code) else None
        if item is None:
            faults.append(
                FieldError(f"#/person_ids/{position}", "Has nothing to pay now.", "当前无应缴费用。")
            )
        else:
            items.append(item)
    if faults:
        raise NOT_PAYABLE.problem(errors=faults)
    return items


def _shown(item: OrderedItem) -> dict[str, Any]:
    return {
        "person_id": item.due.person_id,
        "masked_name": item.due.masked_name,
        "window": item.segment.window or "",
        "price_fen": item.segment.price_fen or 0,
        "own_fen": item.segment.own_due_fen or 0,
        "add_on_fen": item.segment.add_on_due_fen,
        "amount_fen": item.amount_fen,
        "line_state": None,
        "reason": None,
        "voucher_no": None,
    }


def _kept(item: OrderedItem, number: int) -> dict[str, Any]:
    return _shown(item) | {
        "item_no": number,
        "division_code": item.due.division_code,
        "enrollment_id": item.due.enrollment_id,
        "assessment_id": item.due.assessment_id,
    }


def _pending(people: Sequence[int], claims: Mapping[int, Any]) -> Problem:
    """Say who is in which order until when."""
    faults = []
    for position, person in enumerate(people):
        if (claim := claims.get(person)) is not None:
            until = f"{claim['expires_at'].astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            faults.append(
                FieldError(
                    f"#/person_ids/{position}",
                    f"In order {claim['order_no']} until {until}.",
                    f"已在订单 {claim['order_no']} 中，{until} 前有效。",
                )
            )
    # Between the refusal and this look the other order may have ended: then simply asking again helps.
    until_at = max((claim["expires_at"] for claim in claims.values()), default=None)
    return ORDER_PENDING.problem(
        errors=faults, expires_at=until_at.astimezone(SHANGHAI).isoformat() if until_at else None
    )
