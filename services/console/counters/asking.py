"""Asks collection for what a counter needs: its place and cash, one person, what was paid and its papers."""

from dataclasses import dataclass

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import absent
from services.console.counters.schemas import Found, Voucher
from services.console.receipts.rules import Place
from services.console.receipts.schemas import Collector, Collectors, DeskDue, Receipt, Receipts
from services.console.worklists.asking import chosen, seasons, word_of
from services.console.worklists.schemas import Position, Positions, Season

#: The years of one place that has cash.
_YEARS = 20


@dataclass(frozen=True, slots=True)
class Counter:
    """Where money is taken now: the season, the place, and the seasons that could be chosen."""

    season: Season
    collector: Collector | None
    seasons: list[Season]

    @property
    def place(self) -> Place:
        """The same, as addresses say it."""
        return Place(word_of(self.season), self.collector.collector_id if self.collector else 0)


async def counter_at(asking: Asking, word: str, collector_id: int) -> Counter:
    """The season and place that were chosen; the only place is. Raises ServiceAway and Refused."""
    found = await seasons(asking)
    season = chosen(found, word)
    if season is None:
        raise absent("registration")
    query: Query = {"after": str(collector_id - 1), "limit": 1} if collector_id else {"limit": 2}
    known = (await places_of(asking, season, query)).items
    its = known[0] if len(known) == 1 and collector_id in (0, known[0].collector_id) else None
    return Counter(season, its, found)


async def places_of(asking: Asking, season: Season, query: Query) -> Collectors:
    """Where money can be taken within the own division. Raises ServiceAway and Refused."""
    return await asking.get(Collectors, "collection", "/v1/collectors", {"county": season.county, **query})


async def cash_of(asking: Asking, counter: Counter) -> Position | None:
    """What the place has in hand of the year; None where that is nothing. Raises ServiceAway and Refused."""
    if counter.collector is None:
        return None
    number = counter.collector.collector_id
    query: Query = {"county": counter.season.county, "after": str(number - 1), "limit": _YEARS}
    found = await asking.get(Positions, "collection", "/v1/cash-positions", query)
    where = number, counter.season.coverage_year
    return next((one for one in found.items if (one.collector_id, one.coverage_year) == where), None)


async def search(asking: Asking, season: Season, id_number: str, name: str) -> int:
    """Whom number and name lead to; the search is on record. Raises ServiceAway and Refused."""
    body = {
        "id_number": id_number, "name": name, "county": season.county,
        "coverage_year": season.coverage_year,
    }  # fmt: skip
    return (await asking.post(Found, "collection", "/v1/dues/search", body)).person_id


async def due_at(asking: Asking, counter: Counter, person_id: int) -> DeskDue:
    """What somebody owes here; the look is on record. Raises ServiceAway and Refused."""
    path = f"/v1/collectors/{counter.place.collector_id}/dues/{person_id}"
    return await asking.get(DeskDue, "collection", path, {"coverage_year": counter.season.coverage_year})


async def receipt_at(asking: Asking, receipt_id: int) -> Receipt:
    """A receipt of the own division. Raises ServiceAway and Refused."""
    query: Query = {"after": str(receipt_id - 1), "limit": 1}
    found = (await asking.get(Receipts, "collection", "/v1/cash-receipts", query)).items
    if not found or found[0].receipt_id != receipt_id:
        raise absent("collection")
    return found[0]


async def voucher_at(asking: Asking, due: DeskDue) -> Voucher:
    """The voucher of who has paid; the look is on record. Raises ServiceAway and Refused."""
    if due.payment is None:
        raise absent("collection")
    return await asking.get(Voucher, "collection", f"/v1/vouchers/{due.payment.voucher_no}")
