"""What is asked and answered about money of the match that has come."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.arrivals import MOST_ARRIVALS, NewArrival
from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Instant, Page
from services.ledger.matches.rules import Level

_ARRIVAL: JsonDict = {
    "arrival_id": 3,
    "level": "centre",
    "reference": "ZY-2020-017",
    "amount_fen": 62400,
    "arrived_at": "2020-01-08T10:00:00+08:00",
    "entered_by": "finance-office",
    "entered_at": "2020-01-08T11:00:00+08:00",
    "reversed_at": None,
}


class NewMatchArrivals(Body):
    """Money of the match that has come; `payer` is the level. All of it is entered or nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "coverage_year": 2020,
                    "arrivals": [
                        {
                            "payer": "centre",
                            **{name: _ARRIVAL[name] for name in ("reference", "amount_fen", "arrived_at")},
                        }
                    ],
                }
            ]
        }
    )

    county: CountyCode
    coverage_year: CoverageYear
    arrivals: Annotated[list[NewArrival], Field(min_length=1, max_length=MOST_ARRIVALS)]


class MatchArrival(Answer):
    """Money of a level's match that has come."""

    arrival_id: int
    level: Level
    reference: str
    amount_fen: int
    arrived_at: Instant
    entered_by: str
    entered_at: Instant
    reversed_at: Instant | None = Field(description="when two persons took it back: it counts no more")


class MatchArrivalsEntered(Answer):
    """What is new; `repeated` were entered before under the same reference, and count once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"arrivals": [_ARRIVAL], "repeated": 0}]})

    arrivals: list[MatchArrival]
    repeated: int


class MatchArrivalPage(Page[MatchArrival]):
    """A page of arrivals."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ARRIVAL], "next_after": None}]})
