"""What a season came to: one comparable JSON document from all services."""

from collections.abc import Sequence
from typing import TypedDict

from pydantic import BaseModel, JsonValue

from canbao.replay.scenario import Season
from canbao.replay.services import JsonObject, Services

#: What of a village names no row and no file.
_VILLAGE = ("division_code", "to_insure", "unpaid", "paid", "exempt", "in_no_base", "troubled")
#: What of a village batch is no id and no instant.
_BATCH = ("division_code", "state", "round", "lines", "people", "amount_fen", "deposited_fen")
#: What of a unit.
_UNIT = ("code", "name", "listed", "registered", "paid", "exempt", "late")
#: What of a handover is the same whenever and wherever it is sealed.
_COMPARABLE = ("deadline_id", "cutoff_at", "head_count", "amount_fen", "sha256")


class SeasonTotals(TypedDict):
    """The totals of every service for one season, as they answered: no ids, no wall-clock instants."""

    registration: JsonValue
    villages: list[JsonObject]
    collectors: list[JsonObject]
    batches: list[JsonObject]
    units: list[JsonObject]
    collection: JsonValue
    subsidy: JsonValue
    ledger: JsonValue
    accounts: list[JsonObject]
    handovers: list[JsonObject]


class _Page(BaseModel):
    items: list[JsonObject]


class _Season(BaseModel):
    county: str
    coverage_year: int


class _Slip(_Season):
    division_code: str
    state: str
    amount_fen: int
    late_fen: int


class _Slips(BaseModel):
    items: list[_Slip]


class _Numbers(BaseModel):
    division_code: str
    state: str
    count: int


class _Stretches(BaseModel):
    items: list[_Numbers]


async def season_totals(services: Services, seasons: Sequence[Season]) -> dict[str, SeasonTotals]:
    """Ask every service for the totals of each season."""
    return {
        f"{county}/{coverage_year}": await _one(services, county, coverage_year)
        for county, coverage_year in sorted(seasons)
    }


async def _one(services: Services, county: str, coverage_year: int) -> SeasonTotals:
    query = f"county={county}&coverage_year={coverage_year}"
    handovers = await services.get(_Page, "ledger", f"/v1/handovers?{query}")
    units = await services.get(_Page, "registration", f"/v1/units?{query}&limit=1000")
    accounts = await services.get(_Page, "ledger", f"/v1/accounts?{query}")
    return {
        "registration": await services.document("registration", f"/v1/reports/enrollments?{query}"),
        "villages": await _villages(services, query),
        "collectors": await _collectors(services, county, coverage_year),
        "batches": await _batches(services, query),
        "units": [{key: unit[key] for key in _UNIT} for unit in units.items],
        "collection": await services.document("collection", f"/v1/payments/totals?{query}"),
        "subsidy": await services.document("subsidy", f"/v1/grants/totals?{query}"),
        "ledger": await services.document("ledger", f"/v1/totals?{query}"),
        "accounts": accounts.items,
        "handovers": [_comparable(handover) for handover in handovers.items if handover.get("sha256")],
    }


async def _villages(services: Services, query: str) -> list[JsonObject]:
    """The lists of the villages that sent a base."""
    bases = await services.get(_Page, "registration", f"/v1/surveys/bases?{query}&limit=1000")
    counted = []
    for code in sorted({str(base["division_code"]) for base in bases.items}):
        page = await services.get(_Page, "registration", f"/v1/surveys/villages?{query}&division_code={code}")
        counted += [{key: village[key] for key in _VILLAGE} for village in page.items]
    return counted


async def _collectors(services: Services, county: str, coverage_year: int) -> list[JsonObject]:
    """What villages brought to the bank, what of it late, and the paper that they lost."""
    slips = await services.get(_Slips, "collection", "/v1/cash-deposits?limit=1000")
    paper = await services.get(_Stretches, "collection", f"/v1/voucher-stretches?county={county}&limit=1000")
    made = [
        one
        for one in slips.items
        if (one.county, one.coverage_year, one.state) == (county, coverage_year, "made")
    ]
    lost = [one for one in paper.items if one.state == "lost"]
    return [
        {
            "division_code": code,
            "deposits": len(brought := [one for one in made if one.division_code == code]),
            "amount_fen": sum(one.amount_fen for one in brought),
            "late": sum(one.late_fen > 0 for one in brought),
            "lost": sum(one.count for one in lost if one.division_code == code),
        }
        for code in sorted({one.division_code for one in made})
    ]


async def _batches(services: Services, query: str) -> list[JsonObject]:
    """What villages handed in."""
    page = await services.get(_Page, "collection", f"/v1/village-batches?{query}&limit=1000")
    return [{key: batch[key] for key in _BATCH} for batch in page.items]


def _comparable(handover: JsonObject) -> JsonObject:
    return {key: handover[key] for key in _COMPARABLE if key in handover}
