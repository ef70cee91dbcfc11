"""Asks the services for what auditors look at; of several services at once."""

import asyncio
from datetime import UTC, datetime

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import ASKED, Refused, ServiceAway
from services.console.audits.schemas import (
    Handover,
    Handovers,
    Lookup,
    Lookups,
    Posting,
    Postings,
    Seal,
    Seals,
    SealVerification,
)
from services.console.persons.schemas import Payment
from services.console.worklists.asking import seasons
from services.console.worklists.schemas import Season

#: Of each service, where the newest of all are looked at together.
_OF_EACH = 20
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


async def newest(asking: Asking, person_id: int) -> list[tuple[str, Lookup]]:
    """The newest look-ups of somebody in all services. Raises ServiceAway and Refused."""
    query: Query = {"person_id": person_id, "limit": _OF_EACH}
    found = await asyncio.gather(*(asking.get(Lookups, name, "/v1/lookups", query) for name in ASKED))
    rows = [(name, one) for name, page in zip(ASKED, found, strict=True) for one in page.items]
    return sorted(rows, key=_instant, reverse=True)


def _instant(row: tuple[str, Lookup]) -> datetime:
    _, lookup = row
    return lookup.looked_up_at or _LONG_AGO


async def postings_of(asking: Asking, payment: Payment) -> list[Posting]:
    """What was posted because of a payment; nothing where it belongs to no books yet."""
    if payment.county is None or payment.coverage_year is None:
        return []
    books: Query = {
        "county": payment.county, "coverage_year": payment.coverage_year, "payment_id": payment.payment_id,
    }  # fmt: skip
    return (await asking.get(Postings, "ledger", "/v1/postings", books)).items


async def verified(asking: Asking, service: str, query: Query) -> tuple[Seals, list[SealVerification]]:
    """Seals of a service, each made anew there. Raises ServiceAway and Refused."""
    found = await asking.get(Seals, service, "/v1/lookup-seals", query)
    checked = await asyncio.gather(*(_verified(asking, service, one) for one in found.items))
    return found, list(checked)


async def newest_seal(asking: Asking, service: str) -> tuple[Seal, SealVerification] | ServiceAway | None:
    """The newest seal of a service, made anew; None where nothing is sealed, or why nobody can say."""
    try:
        found, checked = await verified(asking, service, {"limit": 1})
    except ServiceAway as away:
        return away
    return (found.items[0], checked[0]) if checked else None


async def handovers(asking: Asking) -> list[tuple[Season, Handover]]:
    """Every sealed handover of the visitor's counties. Raises ServiceAway."""
    known = await seasons(asking)
    found = await asyncio.gather(*(_sealed(asking, season) for season in known))
    return [(season, one) for season, sealed in zip(known, found, strict=True) for one in sealed]


async def _sealed(asking: Asking, season: Season) -> list[Handover]:
    query: Query = {"county": season.county, "coverage_year": season.coverage_year}
    try:
        calendar = await asking.figures(Handovers, "ledger", "/v1/handovers", query)
    except Refused:
        return []  # books that the visitor does not see as a whole
    return [one for one in calendar.items if one.state == "sealed"]


async def _verified(asking: Asking, service: str, seal: Seal) -> SealVerification:
    path = f"/v1/lookup-seals/{seal.number}/verification"
    return await asking.computed(SealVerification, service, path)
