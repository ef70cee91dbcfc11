"""How far the season is: enrollments by township and state, beside the notice's own tasks."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_STATES = ("registered", "assessed", "paid", "exempt", "cancelled")


class TownshipProgress(BaseModel):
    """One township. `task` and `population` are the notice's; completion is (paid + exempt) / task."""

    division: str
    name: str | None = None
    task: int | None = None
    population: int | None = None
    registered: int = 0
    assessed: int = 0
    paid: int = 0
    exempt: int = 0
    cancelled: int = 0


class Progress(BaseModel):
    """Enrollments of a season. Counts are people; `registered` ones wait to be assessed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "coverage_year": 2020,
                    "enrollments": 2,
                    "by_state": {"registered": 0, "assessed": 1, "paid": 1, "exempt": 0, "cancelled": 0},
                    "stated_total": 388800,
                    "townships": [
                        {
                            "division": "350426100000",
                            "name": "城关镇",
                            "task": 30224,
                            "population": 57645,
                            "registered": 0,
                            "assessed": 1,
                            "paid": 1,
                            "exempt": 0,
                            "cancelled": 0,
                        }
                    ],
                }
            ]
        }
    )

    county: str
    coverage_year: int
    enrollments: int
    by_state: dict[str, int]
    stated_total: int | None = Field(description="as the notice states it, whatever the rows add up to")
    townships: list[TownshipProgress]


def progress(notice: Any, year: int, counts: Iterable[tuple[str, str, int]]) -> Progress:
    """Arrange (township, state, people) beside the notice's targets; an empty township is shown, too."""
    targets = notice.targets
    rows: Mapping[str, Any] = {row.division: row for row in targets.rows} if targets else {}
    found: dict[str, dict[str, int]] = {division: {} for division in rows}
    for division, state, number in counts:
        found.setdefault(division, {})[state] = number
    by_state = {state: sum(states.get(state, 0) for states in found.values()) for state in _STATES}
    return Progress(
        county=notice.county,
        coverage_year=year,
        enrollments=sum(by_state.values()),
        by_state=by_state,
        stated_total=targets.stated_total if targets else None,
        townships=[_township(division, found[division], rows.get(division)) for division in sorted(found)],
    )


def _township(division: str, states: dict[str, int], target: Any) -> TownshipProgress:
    named = {"name": target.name.zh, "task": target.task, "population": target.population} if target else {}
    return TownshipProgress(division=division, **named, **states)
