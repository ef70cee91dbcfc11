"""Raises alerts and resolves them by themselves: what a look at the data found, compared with what stands."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

import structlog
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import alerts_store, store
from libs.common.cases.kinds import CaseKind
from libs.common.cases.store import Gone, NewCase
from libs.common.clock import season_now
from libs.common.db.isolation import apply_by_halves
from libs.common.repeating import for_each, repeating
from libs.common.service import AnyContext, Worker

log = structlog.get_logger(__name__)

#: Looks at what time has brought until an instant, in one transaction.
Look = Callable[[AsyncConnection, datetime], Awaitable[None]]
#: Reads the newest instant that is on record, which tells the time of a season that is replayed.
Newest = Callable[[AsyncConnection], Awaitable[datetime | None]]

_GONE = "cause_gone"


def alert_case(
    kind: CaseKind, subject: str, at: datetime, evidence: Mapping[str, JsonValue], **place: object
) -> NewCase:
    """An alert to raise; `place` is county, year, division, person, money, or another owner."""
    known: dict[str, object] = {"owner": kind.owner, **place}
    made: Callable[..., NewCase] = NewCase
    return made(
        kind=kind.code,
        subject=subject,
        proposed=kind.steps[0].code,
        opened_at=at,
        evidence=evidence,
        alert=True,
        **known,
    )


async def keep_alerts(
    conn: AsyncConnection,
    kinds: Collection[CaseKind],
    found: Collection[NewCase],
    now: datetime,
    about: str = "",
) -> None:
    """Raise what was found and does not stand yet; resolve what stands and was not found any more.

    With `about` only subjects that begin so were looked at.
    """
    there = {(one.kind, one.subject) for one in found}
    standing = await alerts_store.standing(conn, [kind.code for kind in kinds], about)
    gone = [Gone(one.kind, one.subject) for one in standing if (one.kind, one.subject) not in there]
    await store.close_cases(conn, gone, now, _GONE)
    await open_each(conn, found)


async def open_each(conn: AsyncConnection, found: Collection[NewCase]) -> None:
    """Open cases that a look found; one that the database refuses is logged and keeps out no other."""
    opened = await apply_by_halves(conn, list(found), partial(store.open_cases, conn))
    for case, error in opened.refused:
        log.error("case_refused", kind=case.kind, subject=case.subject, reason=type(error).__name__)


async def time_of_season(context: AnyContext, newest: Newest) -> datetime:
    """What time it is in the season; beside what moves its clock the newest instant on record tells that."""

    async def from_record() -> datetime | None:
        async with context.engine.connect() as conn:
            return await newest(conn)

    return await season_now(context.clock, from_record)


def watching(
    context: AnyContext,
    name: str,
    looks: Sequence[Look],
    newest: Newest,
    seconds: float | None = None,
) -> Worker:
    """Make the worker that looks again and again, one look after another.

    Of several instances one looks at a time. A look that fails keeps the others from nothing.
    """

    async def see() -> None:
        now = await time_of_season(context, newest)

        async def take_a_look(numbered: tuple[int, Look]) -> None:
            number, look = numbered
            async with context.engine.begin() as conn:
                if await alerts_store.take_watch(conn, f"{name} {number}"):
                    await look(conn, now)

        await for_each(enumerate(looks), take_a_look)

    return repeating(name, see, seconds or context.settings.look_seconds)


def count_alerts(context: AnyContext) -> None:
    """Show at each scrape how many alerts stand."""

    async def standing() -> Mapping[str, float]:
        async with context.engine.connect() as conn:
            return await alerts_store.counts(conn)

    context.metrics.gauge_from("canbao_alerts", "Alerts that stand, by kind.", "kind", standing)
