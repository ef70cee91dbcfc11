"""Dues as the API shows them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from libs.common.events import SubsidyLine
from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Instant, Text
from services.collection.dues.rules import DueState
from services.collection.examples import DUE_FOUND, shown
from services.collection.fitting.rules import Reason


class Sentence(Answer):
    """One sentence in each language."""

    zh: str
    en: str


class DueSearch(Body):
    """Who asks, as it stands on the identity document; both must match."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id_number": "11010519491231002X",
                    "name": "张三",
                    "county": "youxi",
                    "coverage_year": 2020,
                }
            ]
        }
    )

    id_number: Annotated[Text, Field(min_length=5, max_length=32)]
    name: Annotated[Text, Field(min_length=1, max_length=100)]
    county: CountyCode | None = None
    coverage_year: CoverageYear


class Price(Answer):
    """What is owed when paying between two instants."""

    from_at: Instant
    until_at: Instant | None
    outcome: str
    reason_codes: tuple[str, ...]
    window: str | None
    price_fen: int | None
    own_due_fen: int | None
    add_on_due_fen: int
    payable_fen: int
    subsidies: tuple[SubsidyLine, ...]
    why: Sentence


class PendingOrder(Answer):
    """The order that waits for this person's money."""

    order_no: str
    expires_at: Instant


class PaidWith(Answer):
    """The payment that counts."""

    payment_id: int
    line_no: int
    voucher_no: str
    amount_fen: int
    paid_at: Instant


class WaitingMoney(Answer):
    """Money that arrived for the person and has no place yet; paying again would double it."""

    payment_id: int
    line_no: int
    amount_fen: int
    reason: Reason
    why: Sentence
    paid_at: Instant
    received_at: Instant


class PersonDue(Answer):
    """One person's contribution. `payable_fen` is what paying now would cost; 0 when nothing can be paid.

    `open_add_on_fen` of that is add-ons that were chosen and not bought yet, also once the year is paid for.
    `closed` says why nothing can be paid at this moment, where `due` says nothing: outside of every window.
    """

    person_id: int
    masked_name: str | None
    county: str
    coverage_year: int
    division_code: str
    state: DueState
    payable_fen: int
    open_add_on_fen: int = 0
    due: Price | None = Field(description="at this moment")
    closed: Sentence | None = None
    ahead: list[Price] = Field(description="what changes later in the season")
    pending_order: PendingOrder | None
    payment: PaidWith | None
    waiting: list[WaitingMoney] = Field(default=[], description="money that arrived and has no place yet")


class DueFound(PersonDue):
    """The person who asked, and the household."""

    model_config = shown(DUE_FOUND)

    family: list[PersonDue]
