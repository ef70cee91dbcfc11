"""Counts what waits for a role, from the lists and totals that the APIs have; all are asked at once."""

import asyncio
from collections.abc import Coroutine

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused, ServiceAway, StillCounting
from services.console.decisions.rules import may_agree
from services.console.home.rules import Task, Work, approvals_of, cases_of, in_groups, may
from services.console.home.schemas import (
    Approvals,
    Batches,
    Bulletins,
    CaseTotals,
    Notice,
    Notices,
    Suspense,
    TicketCounts,
)
from services.console.worklists.counting import counts_of

#: So many are counted; the page says "or more" beyond.
_MOST = 200

_LATE: Query = {"overdue": True, "limit": _MOST}
_LATE_PAGE = "work/batches?part=overdue"

_Counted = Coroutine[object, object, list[Task]]


async def work(asking: Asking) -> Work:
    """Count everything. A service that is away costs its lines and nothing else."""
    visitor = asking.visitor
    asked = [(name, _cases(asking, name)) for name in cases_of(visitor)]
    asked += [(name, _approvals(asking, name)) for name in approvals_of(visitor)]
    if may(visitor, "collection:read"):
        asked.append(("collection", _suspense(asking)))
    if may(visitor, "cash:review") or may(visitor, "collection:write"):
        asked.append(("collection", _batches(asking)))
    if may(visitor, "tickets:read") or may(visitor, "progress:sign"):
        asked.append(("registration", _by_season(asking)))
    asked += counts_of(asking)
    answers = await asyncio.gather(*(_or_nothing(count) for _, count in asked))
    named = [name for name, _ in asked]
    away = [name for name, found in zip(named, answers, strict=True) if isinstance(found, ServiceAway)]
    counting = [name for name, found in zip(named, answers, strict=True) if isinstance(found, StillCounting)]
    tasks = (task for found in answers if isinstance(found, list) for task in found)
    return in_groups(tasks, away, counting)


async def _or_nothing(count: _Counted) -> list[Task] | ServiceAway | StillCounting:
    """What was counted, or why the service does not say."""
    try:
        return await count
    except (ServiceAway, StillCounting) as why:
        return why
    except Refused:
        return []


async def _cases(asking: Asking, service: str) -> list[Task]:
    totals = await asking.get(CaseTotals, service, "/v1/cases/totals")
    return [
        Task(
            title_zh=total.title_zh,
            title=total.title,
            count=total.count,
            service=service,
            page=f"cases/{service}?kind={total.kind}",
            amount_fen=total.amount_fen or None,
            oldest_at=total.oldest_opened_at,
            unseen=total.unseen,
            whose="alert" if total.is_alert else "own" if total.owner == asking.visitor.role else "other",
        )
        for total in totals.items
    ]


async def _approvals(asking: Asking, service: str) -> list[Task]:
    found = await asking.get(Approvals, service, "/v1/approvals", {"state": "waiting", "limit": _MOST})
    # Nobody agrees to what they asked for themselves.
    others = [one for one in found.items if one.asked_by != asking.visitor.name]
    own = [one for one in others if may_agree(asking.visitor, service, one.operation, one.asked_by)]
    rest = [one for one in others if one not in own]
    more, page = found.next_after is not None, f"approvals/{service}"
    title_zh, title = "等待第二人复核", "Waits for a second person"
    return [
        Task(
            title_zh, title, len(waits), page, service, None,
            min((one.asked_at for one in waits), default=None), at_least=more, whose=whose,
        )
        for whose, waits in (("own", own), ("other", rest))
    ]  # fmt: skip


async def _suspense(asking: Asking) -> list[Task]:
    found = await asking.get(Suspense, "collection", "/v1/suspense", {"limit": 1})
    oldest = min((one.oldest_received_at for one in found.totals if one.oldest_received_at), default=None)
    whose = "own" if may(asking.visitor, "collection:write") else "other"
    title_zh, title = "待确认款项（挂账）", "Money in suspense"
    return [
        Task(
            title_zh, title, found.count, "work/suspense", "collection", found.amount_fen, oldest, whose=whose
        )
    ]


async def _batches(asking: Asking) -> list[Task]:
    found = await asking.get(Batches, "collection", "/v1/village-batches", _LATE)
    oldest = min((one.since_at for one in found.items if one.since_at), default=None)
    amount, more = sum(one.amount_fen for one in found.items), found.next_after is not None
    title_zh, title = "超期未办的村级批次", "Village batches that are overdue"
    return [Task(title_zh, title, len(found.items), _LATE_PAGE, "collection", amount, oldest, at_least=more)]


async def _by_season(asking: Asking) -> list[Task]:
    """What is counted season by season: reported errors, and bulletins to sign."""
    notices = await asking.get(Notices, "registration", "/v1/notices")
    own = asking.visitor.division.removeprefix("*")
    seasons = [one for one in notices.items if one.division.startswith(own) or own.startswith(one.division)]
    count = _tickets if may(asking.visitor, "tickets:read") else _bulletins
    found = await asyncio.gather(*(count(asking, one) for one in seasons))
    return [task for tasks in found for task in tasks]


def _of(season: Notice) -> Query:
    return {"county": season.county, "coverage_year": season.coverage_year}


async def _tickets(asking: Asking, season: Notice) -> list[Task]:
    found = await asking.get(
        TicketCounts, "registration", "/v1/tickets/counts", {**_of(season), "limit": _MOST}
    )
    way = f"work/tickets?season={season.county}-{season.coverage_year}&part=open"
    overdue, waiting = (sum(one.overdue for one in found.items), sum(one.open for one in found.items))
    whose = "own" if may(asking.visitor, "registration:decide") else "other"
    of_zh, of = _called(season)
    title_zh, title = f"更正单 · {of_zh}", f"Reported errors · {of}"
    more = found.next_after is not None
    task = Task(title_zh, title, waiting, way, "registration", at_least=more, overdue=overdue, whose=whose)
    return [task]


async def _bulletins(asking: Asking, season: Notice) -> list[Task]:
    found = await asking.get(
        Bulletins, "registration", "/v1/bulletins", {**_of(season), "state": "draft", "limit": _MOST}
    )
    others = [one for one in found.items if one.drafted_by != asking.visitor.name]
    oldest, (of_zh, of) = min((one.drafted_at for one in others), default=None), _called(season)
    title_zh, title = f"待签发的通报 · {of_zh}", f"Bulletins to sign · {of}"
    way = f"work/bulletins?season={season.county}-{season.coverage_year}"
    return [Task(title_zh, title, len(others), way, "registration", oldest_at=oldest)]


def _called(season: Notice) -> tuple[str, str]:
    return f"{season.place_zh} {season.coverage_year} 年度", f"{season.place} {season.coverage_year}"
