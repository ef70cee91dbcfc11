"""Answers "what did the season come to?": one comparable JSON document from all four services."""

from typing import Any

from canbao.replay.services import Services


async def season_totals(services: Services, seasons: list[tuple[str, int]]) -> dict[str, Any]:
    """Ask every service for the totals of each (county, year): no ids, no wall-clock instants."""
    return {f"{county}/{year}": await _one(services, county, year) for county, year in sorted(seasons)}


async def _one(services: Services, county: str, year: int) -> dict[str, Any]:
    query, coverage = f"county={county}&year={year}", f"county={county}&coverage_year={year}"
    handovers = await services.json("ledger", "GET", f"/v1/handovers?{query}")
    sealed = [_comparable(item) for item in _items(handovers) if item.get("sha256")]
    return {
        "registration": await services.json("registration", "GET", f"/v1/reports/enrollments?{query}"),
        "collection": await services.json("collection", "GET", f"/v1/payments/totals?{coverage}"),
        "subsidy": await services.json("subsidy", "GET", f"/v1/grants/totals?{coverage}"),
        "ledger": await services.json("ledger", "GET", f"/v1/totals?{query}"),
        "accounts": _items(await services.json("ledger", "GET", f"/v1/accounts?{query}")),
        "handovers": sealed,
    }


def _items(answer: Any) -> list[dict[str, Any]]:
    return answer["items"] if isinstance(answer, dict) else answer


def _comparable(handover: dict[str, Any]) -> dict[str, Any]:
    kept = ("deadline_id", "cutoff_at", "head_count", "amount_fen", "sha256")
    return {key: handover[key] for key in kept if key in handover}
