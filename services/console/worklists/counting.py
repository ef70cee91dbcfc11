"""Counts what stands on the work lists of a role, for its first page: how much, since when, and the list."""

import asyncio
from collections.abc import Coroutine, Mapping

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import ASKED
from services.console.handovers.rules import own_party
from services.console.helps.schemas import Moneys
from services.console.home.rules import Task, may
from services.console.units.schemas import Units
from services.console.worklists import counting_offices
from services.console.worklists.asking import Wanted, seasons, villages_of, word_of
from services.console.worklists.money_schemas import Calendar
from services.console.worklists.roles import lists_of
from services.console.worklists.rules import oldest
from services.console.worklists.schemas import Batches, PayoutSums, Positions, Season, Stretches

#: So many are counted; the page says "or more" beyond.
_MOST = 500

Counted = Coroutine[object, object, list[Task]]


def counts_of(asking: Asking) -> list[tuple[str, Counted]]:
    """What to ask of which service, for the lists of the visitor's role."""
    visitor = asking.visitor
    own = lists_of(visitor)
    asked: list[tuple[str, Counted]] = []
    # Of a whole county the lists of its villages are no one's work of the day.
    if "unpaid" in own:
        asked.append(("registration", _unpaid(asking)))
    if "cash" in own:
        asked.append(("collection", _cash(asking)))
    if "vouchers" in own and may(visitor, "cash:write"):
        asked.append(("collection", _vouchers(asking)))
    if "batches" in own:
        asked.append(("collection", _batches(asking, "sent_back")))
    if "batches" in own and (may(visitor, "cash:review") or may(visitor, "collection:write")):
        asked.append(("collection", _batches(asking, "open")))
    if "handovers" in own:
        asked.append(("ledger", _handovers(asking)))
    if "units" in own and may(visitor, "units:write"):
        asked.append(("registration", _units(asking)))
    if "helps" in own:
        asked.append(("registration", _helps(asking)))
    if "cards" in own:
        asked.append(("subsidy", _cards(asking)))
    if "merges" in own and may(visitor, "registration:decide"):
        asked.append(("registration", counting_offices.merges(asking)))
    if "scores" in own and (may(visitor, "scores:write") or may(visitor, "progress:sign")):
        asked.append(("registration", counting_offices.scores(asking)))
    if "channels" in own:
        asked.append(("collection", counting_offices.channels(asking)))
    if "parked" in own:
        asked.append(("collection", counting_offices.parked(asking)))
    if "services" in own:
        asked += [(name, counting_offices.dead_letters(asking, name)) for name in ASKED]
    return asked


async def _unpaid(asking: Asking) -> list[Task]:
    found = await seasons(asking)
    return list(await asyncio.gather(*(_unpaid_of(asking, one) for one in found)))


async def _unpaid_of(asking: Asking, season: Season) -> Task:
    query = {**Wanted(asking, season).of_season, "limit": _MOST}
    found = await villages_of(asking, query)
    year = season.coverage_year
    return Task(
        f"未缴费人员 · {season.place_zh} {year}",
        f"People who have not paid · {season.place} {year}",
        sum(one.unpaid for one in found.items),
        f"work/unpaid?season={word_of(season)}",
        "registration",
        at_least=found.next_after is not None,
    )


async def _cash(asking: Asking) -> list[Task]:
    found = await asking.get(Positions, "collection", "/v1/cash-positions", {"limit": _MOST})
    held = [one for one in found.items if one.in_hand_fen]
    since, more = oldest(one.oldest_paid_at for one in held), found.next_after is not None
    if more:
        query: Query = {"overdue": True, "limit": _MOST}
        found = await asking.get(Positions, "collection", "/v1/cash-positions", query)
    late = [one for one in found.items if one.overdue_fen]
    return [
        Task(
            "手持现金",
            "Cash in hand",
            sum(one.receipts for one in held),
            "work/cash",
            "collection",
            sum(one.in_hand_fen for one in held),
            since,
            at_least=more,
        ),
        Task(
            "逾期未解的现金",
            "Cash that is overdue at the bank",
            len(late),
            "work/cash?part=overdue",
            "collection",
            sum(one.overdue_fen for one in late),
            oldest(one.oldest_paid_at for one in late),
            at_least=found.next_after is not None,
        ),
    ]


async def _vouchers(asking: Asking) -> list[Task]:
    found = await asking.get(Stretches, "collection", "/v1/voucher-stretches", {"limit": _MOST})
    held = [one for one in found.items if one.state == "held"]
    return [
        Task(
            "手持票据",
            "Paper vouchers in hand",
            sum(one.count for one in held),
            "work/vouchers",
            "collection",
            None,
            oldest(one.from_at for one in held),
            at_least=found.next_after is not None,
        )
    ]


_BATCHES: Mapping[str, tuple[str, str]] = {
    "sent_back": ("退回待更正的村级批次", "Village batches that were sent back"),
    "open": ("审核中的村级批次", "Village batches under review"),
}


async def _batches(asking: Asking, state: str) -> list[Task]:
    query: Query = {"state": state, "limit": _MOST}
    found = await asking.get(Batches, "collection", "/v1/village-batches", query)
    looks = may(asking.visitor, "cash:review") or may(asking.visitor, "collection:write")
    mends = looks != (state == "sent_back")
    return [
        Task(
            *_BATCHES[state],
            len(found.items),
            f"work/batches?part={state}",
            "collection",
            sum(one.amount_fen for one in found.items),
            oldest(one.since_at for one in found.items),
            at_least=found.next_after is not None,
            whose="own" if mends else "other",
        )
    ]


async def _cards(asking: Asking) -> list[Task]:
    found = await seasons(asking)
    return list(await asyncio.gather(*(_cards_of(asking, one) for one in found)))


async def _cards_of(asking: Asking, season: Season) -> Task:
    of_season = Wanted(asking, season).of_season
    found = await asking.get(PayoutSums, "subsidy", "/v1/payouts/totals", of_season)
    waiting = [one for one in found.items if one.next_step == "record_card"]
    year = season.coverage_year
    return Task(
        f"待补社保卡 · {season.place_zh} {year}",
        f"Payouts that wait for a card · {season.place} {year}",
        sum(one.count for one in waiting),
        f"work/cards?season={word_of(season)}",
        "subsidy",
        sum(one.amount_fen for one in waiting),
    )


async def _units(asking: Asking) -> list[Task]:
    found = await seasons(asking)
    return list(await asyncio.gather(*(_unit_of(asking, one) for one in found)))


async def _unit_of(asking: Asking, season: Season) -> Task:
    found = await asking.get(Units, "registration", "/v1/units", Wanted(asking, season).of_season)
    year = season.coverage_year
    return Task(
        f"名单上待缴费人员 · {season.place_zh} {year}",
        f"People of the list who have not paid · {season.place} {year}",
        sum(one.unpaid for one in found.items),
        f"work/units?season={word_of(season)}",
        "registration",
    )


async def _helps(asking: Asking) -> list[Task]:
    found = await seasons(asking)
    return list(await asyncio.gather(*(_helps_of(asking, one) for one in found)))


async def _helps_of(asking: Asking, season: Season) -> Task:
    query = {**Wanted(asking, season).of_season, "limit": _MOST}
    found = await asking.get(Moneys, "registration", "/v1/help-moneys", query)
    waiting = [one for one in found.items if one.left_fen > 0]
    year = season.coverage_year
    return Task(
        f"待列名单的社会资助 · {season.place_zh} {year}",
        f"Money of helpers that waits for a list · {season.place} {year}",
        len(waiting),
        f"work/helps?season={word_of(season)}",
        "registration",
        sum(one.left_fen for one in waiting),
        oldest(one.arrived_at for one in waiting),
        at_least=found.next_after is not None,
    )


async def _handovers(asking: Asking) -> list[Task]:
    found = await seasons(asking)
    counted = await asyncio.gather(*(_handovers_of(asking, one) for one in found))
    return [task for tasks in counted for task in tasks]


async def _handovers_of(asking: Asking, season: Season) -> list[Task]:
    of_season = Wanted(asking, season).of_season
    found = (await asking.figures(Calendar, "ledger", "/v1/handovers", of_season)).items
    party = own_party(asking.visitor)
    year, page = season.coverage_year, f"work/handovers?season={word_of(season)}"
    signs = [one for one in found if one.state == "sealed" and party in one.unsigned]
    closes = [one for one in found if one.state == "closable"]
    sealing = "own" if may(asking.visitor, "ledger:close") else "other"
    return [
        Task(
            f"待签字的移交单 · {season.place_zh} {year}",
            f"Papers of handovers to sign · {season.place} {year}",
            len(signs),
            f"{page}&part=unsigned",
            "ledger",
            sum(one.amount_fen or 0 for one in signs),
        ),
        Task(
            f"待封存的移交 · {season.place_zh} {year}",
            f"Handovers to seal · {season.place} {year}",
            len(closes),
            f"{page}&part=closable",
            "ledger",
            whose=sealing,
        ),
    ]
