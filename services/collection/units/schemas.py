"""What is asked of units that pay for their people."""

from typing import Annotated

from fastapi import Query
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Id, Instant, Page, Text
from services.collection.orders.rules import ShownOrderState

#: The code of a unit, as registration has it.
UnitCode = Annotated[Text, Field(min_length=1, max_length=40)]
#: A list has as many lines at most.
MOST_PEOPLE = 5_000


class NewUnitOrder(Body):
    """Through which channel the unit pays for everybody of its list who owes something, or for some."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"county": "songming", "coverage_year": 2018, "channel": "school"}]}
    )

    county: CountyCode
    coverage_year: CoverageYear
    channel: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    person_ids: Annotated[
        list[Id] | None,
        Field(
            min_length=1, max_length=MOST_PEOPLE, description="chosen lines; all of the list when left out"
        ),
    ] = None


#: Where a page of orders goes on.
OrderAfter = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9]{1,64}$", description="`next_after` of the page before")
]
_ORDER: JsonDict = {
    "order_no": "CB2017112200000000000007",
    "state": "pending",
    "channel": "school",
    "amount_fen": 36000,
    "people": 2,
    "created_at": "2017-11-22T10:00:00+08:00",
    "expires_at": "2017-11-29T10:00:00+08:00",
    "paid_at": None,
}


class ListedOrder(Answer):
    """An order that a unit made, without the people in it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ORDER]})

    order_no: str
    state: ShownOrderState
    channel: str
    amount_fen: int
    people: int
    created_at: Instant
    expires_at: Instant
    paid_at: Instant | None


class ListedOrders(Page[ListedOrder]):
    """Orders of a unit, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ORDER], "next_after": None}]})
