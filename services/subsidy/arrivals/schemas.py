"""What is asked and answered about payers' money that has come."""

from pydantic import ConfigDict, Field, JsonValue

from libs.common.arrivals import MOST_ARRIVALS, NewArrival
from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Instant, Page

_ARRIVAL: dict[str, JsonValue] = {
    "arrival_id": 7,
    "county": "huining",
    "coverage_year": 2021,
    "payer": "county_finance",
    "reference": "ZF-2020-118",
    "amount_fen": 6000000,
    "arrived_at": "2020-12-28T10:00:00+08:00",
    "entered_by": "finance-office",
    "entered_at": "2020-12-28T11:00:00+08:00",
    "reversed_at": None,
    "returned_fen": 0,
}


class NewArrivals(Body):
    """What has come, one by one or as a list; all of it is entered or nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "huining",
                    "coverage_year": 2021,
                    "arrivals": [
                        {key: _ARRIVAL[key] for key in ("payer", "reference", "amount_fen", "arrived_at")}
                    ],
                }
            ]
        }
    )

    county: CountyCode
    coverage_year: CoverageYear
    arrivals: list[NewArrival] = Field(min_length=1, max_length=MOST_ARRIVALS)


class Arrival(Answer):
    """Money of a payer that has come."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ARRIVAL]})

    arrival_id: int
    county: str
    coverage_year: int
    payer: str
    reference: str
    amount_fen: int
    arrived_at: Instant
    entered_by: str
    entered_at: Instant
    reversed_at: Instant | None = Field(description="when two persons took it back: it counts no more")
    returned_fen: int = Field(description="went back to who gave it, as registration tells: it helped nobody")


class ArrivalsEntered(Answer):
    """What is new; `repeated` were entered before under the same reference, and count once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"arrivals": [_ARRIVAL], "repeated": 0}]})

    arrivals: list[Arrival]
    repeated: int


class ArrivalPage(Page[Arrival]):
    """A page of arrivals."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ARRIVAL], "next_after": None}]})
