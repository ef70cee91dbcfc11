"""Raises alerts and resolves them by themselves: what a look at the data found, compared with what stands."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import alerts_store, store
from libs.common.cases.kinds import CaseKind
from libs.common.cases.store import Gone, NewCase
from libs.common.clock import season_now
from libs.common.db.isolation import apply_by_halves
from libs.common.db.trouble import is_collision, is_outage
from libs.common.repeating import for_each, repeating
from libs.common.service import AnyContext, Worker
from libs.common.setbacks import setback

Thing = TypeVar("Thing")
#: A county and a coverage year: those of a notice.
Season = tuple[str, int]
#: Looks at what time has brought until an instant, in one transaction; gives the seasons it cannot judge.
Look = Callable[[AsyncConnection, datetime], Awaitable[Collection[Season] | None]]
#: Reads the newest instant that is on record, which tells the time of a season that is replayed.
Newest = Callable[[AsyncConnection], Awaitable[datetime | None]]

_GONE = "cause_gone"
#: Looks get slower as a season grows: where they are close together they take no more of the time than this.
MOST_OF_ITS_TIME = 0.1


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


@dataclass(slots=True)
class Findings:
    """What a look found, and the seasons that it could not judge: what stands of those stays as it is."""

    cases: list[NewCase] = field(default_factory=list)
    unjudged: set[Season] = field(default_factory=set)


async def find_in_each(
    conn: AsyncConnection,
    seasons: Iterable[tuple[Season, Thing]],
    find: Callable[[Thing], Awaitable[Iterable[NewCase]]],
) -> Findings:
    """Look season by season: one that cannot be judged is told of and keeps no other from being looked at."""
    found = Findings()
    for season, thing in seasons:
        try:
            async with conn.begin_nested():
                found.cases += await find(thing)
        except Exception as error:
            if is_outage(error) or is_collision(error):
                raise
            county, year = season
            setback(f"season {county}/{year}", error)
            found.unjudged.add(season)
    return found


async def keep_alerts(
    conn: AsyncConnection,
    kinds: Collection[CaseKind],
    found: Findings,
    now: datetime,
    about: str = "",
) -> Collection[Season]:
    """Raise what was found and does not stand yet; resolve what stands and was not found any more.

    With `about` only subjects that begin so were looked at. Gives the seasons that could not be judged.
    """
    there = {(one.kind, one.subject) for one in found.cases}
    standing = await alerts_store.standing(conn, [kind.code for kind in kinds], about)
    gone = [
        Gone(one.kind, one.subject)
        for one in standing
        if (one.kind, one.subject) not in there and one.season not in found.unjudged
    ]
    await store.close_cases(conn, gone, now, _GONE)
    await open_each(conn, found.cases)
    return found.unjudged


async def open_each(conn: AsyncConnection, found: Collection[NewCase]) -> None:
    """Open cases that a look found; one that the database refuses is told of and keeps out no other."""
    opened = await apply_by_halves(conn, list(found), partial(store.open_cases, conn))
    for case, error in opened.refused:
        setback(f"case {case.kind} of {case.subject}", error)


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

    Of several instances one looks at a time. A look that fails keeps the others from nothing, and so does a
    season within a look; how often either happens is counted.
    """
    failed = context.metrics.counter(
        "canbao_looks_failed", "Looks at a season, or at all, that failed.", ["look"]
    )

    async def see() -> None:
        now = await time_of_season(context, newest)

        async def take_a_look(numbered: tuple[int, Look]) -> None:
            number, look = numbered
            unjudged: Collection[Season] | None = None
            try:
                async with context.engine.begin() as conn:
                    if await alerts_store.take_watch(conn, f"{name} {number}"):
                        unjudged = await look(conn, now)
            except Exception as error:
                if not is_outage(error):
                    failed.labels(name).inc()
                raise
            failed.labels(name).inc(len(unjudged or ()))

        await for_each(enumerate(looks), take_a_look, lambda numbered: f"look {numbered[0]} of {name}")

    return repeating(name, see, seconds or context.settings.look_seconds, MOST_OF_ITS_TIME)


def count_alerts(context: AnyContext) -> None:
    """Show at each scrape how many alerts stand."""

    async def standing() -> Mapping[str, float]:
        async with context.engine.connect() as conn:
            return await alerts_store.counts(conn)

    context.metrics.gauge_from("canbao_alerts", "Alerts that stand, by kind.", "kind", standing)
