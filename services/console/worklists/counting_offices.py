"""Counts what waits on the lists of bureau, officers of scores and operators."""

import asyncio

from services.console.apis.asking import Asking, Query
from services.console.channels.asking import channels_of
from services.console.channels.judging import needs_look
from services.console.home.rules import Task, may
from services.console.merges.schemas import Merges
from services.console.scores.asking import kept_of
from services.console.scores.schemas import Entries
from services.console.worklists.asking import Wanted, seasons, word_of
from services.console.worklists.operator_schemas import Backlog, ParkedNotifications
from services.console.worklists.rules import oldest
from services.console.worklists.schemas import Season

_MOST = 500


async def merges(asking: Asking) -> list[Task]:
    """Merges that somebody else asked for: a second person agrees to each."""
    query: Query = {"state": "waiting", "limit": _MOST}
    found = await asking.get(Merges, "registration", "/v1/merges", query)
    others = [one for one in found.items if one.asked_by != asking.visitor.name]
    return [
        Task(
            "待复核的合并",
            "Merges to agree to",
            len(others),
            "work/merges?part=waiting",
            "registration",
            oldest_at=oldest(one.asked_at for one in others),
            at_least=found.next_after is not None,
        )
    ]


async def scores(asking: Asking) -> list[Task]:
    """Sheets and entries of all seasons that wait for a second person."""
    found = await asyncio.gather(*(_scores_of(asking, one) for one in await seasons(asking)))
    return [task for tasks in found for task in tasks]


async def _scores_of(asking: Asking, season: Season) -> list[Task]:
    signs, own = may(asking.visitor, "scores:write"), asking.visitor.name
    kept = await kept_of(asking, season.county, season.coverage_year)
    waiting = [one for one in kept if one.state == "waiting" and one.asked_by != own]
    of_zh, of = f"{season.place_zh} {season.coverage_year}", f"{season.place} {season.coverage_year}"
    sheets = Task(
        f"待签认的考核表 · {of_zh}",
        f"Score sheets to sign · {of}",
        len(waiting),
        f"work/scores?season={word_of(season)}",
        "registration",
        oldest_at=oldest(one.asked_at for one in waiting),
        whose="own" if signs else "other",
    )
    return [sheets, await _entries_of(asking, season, of_zh, of)] if signs else [sheets]


async def _entries_of(asking: Asking, season: Season, of_zh: str, of: str) -> Task:
    query: Query = {**Wanted(asking, season).of_season, "state": "waiting", "limit": _MOST}
    found = await asking.get(Entries, "registration", "/v1/scores/entries", query)
    others = [one for one in found.items if one.entered_by != asking.visitor.name]
    return Task(
        f"待复核的考核登记 · {of_zh}",
        f"Entries of scores to agree to · {of}",
        len(others),
        f"work/score_entries?season={word_of(season)}&part=waiting",
        "registration",
        oldest_at=oldest(one.entered_at for one in others),
        at_least=found.next_after is not None,
    )


async def channels(asking: Asking) -> list[Task]:
    """Channels of which something was refused, a trial failed, or the secret is old."""
    found = [one for one in await channels_of(asking) if needs_look(one)]
    return [Task("需要查看的渠道", "Channels to look at", len(found), "work/channels", "collection")]


async def parked(asking: Asking) -> list[Task]:
    """Notifications that the matcher set aside: tried again once their cause is mended."""
    found = await asking.get(ParkedNotifications, "collection", "/v1/parked-notifications", {"limit": _MOST})
    return [
        Task(
            "无法处理的通知",
            "Parked notifications",
            len(found.items),
            "work/parked",
            "collection",
            oldest_at=oldest(one.parked_at for one in found.items),
            at_least=found.next_after is not None,
        )
    ]


async def dead_letters(asking: Asking, service: str) -> list[Task]:
    """Messages that a service could not handle."""
    found = await asking.get(Backlog, service, "/internal/backlog")
    count = found.held.get("dead_letters", 0)
    return [Task("死信", "Dead letters", count, f"dead-letters/{service}", service)]
