"""Dues as the API shows them."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from libs.common.events import SubsidyLine
from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Instant, Text
from services.collection.dues.rules import DueState
from services.collection.examples import DUE_FOUND, PERSON_REPAIR, shown
from services.collection.fitting.rules import Reason
from services.collection.payers.rules import Relation


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
    notice_channel: Annotated[
        str | None,
        Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="of the notice; a token may say it"),
    ] = None
    is_payer: Annotated[
        bool, Field(description="it is who pays, and the backend has checked the real name (payers:vouch)")
    ] = False


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


class TierPrice(Answer):
    """What a tier costs now, where none is chosen: an order chooses it."""

    tier: int
    payable_fen: int
    due: Price | None


class AddOnPrice(Answer):
    """Insurance beside the fund that an order may choose; `sold_through` are channels of the notice."""

    code: str
    label: str
    label_zh: str
    price_fen: int
    bought: bool
    sold_through: list[str] = Field(description="empty: wherever the contribution is paid")


class RepairYear(Answer):
    """A lapsed year that may be repaired: what it costs, and the wait once it and those before it are."""

    repaired_year: int
    price_fen: int
    wait_months: int
    cover_from: date | None


class RepairOffer(Answer):
    """Lapsed years beside the contribution: of one's own free will, never a part of `payable_fen`.

    `wait_months` and `cover_from` are without any more of them, for whoever pays today or has paid. An order
    takes them by number (`choices[].repair_years`), in the order of `years`.
    """

    wait_months: int
    cover_from: date | None
    years: list[RepairYear] = Field(description="what can be repaired at this moment")
    repaired_years: list[int]
    latest: str = Field(description="with_contribution, or before_wait_ends")
    until_on: date | None = Field(description="the last day, once the contribution is paid or covered")
    clause: str
    words: Sentence


class EarlierYearFirst(Answer):
    """What of the year before is paid first by the notice: an order pays it with its `earlier_year`."""

    coverage_year: int
    payable_fen: int
    clause: str
    words: Sentence


class PersonRepair(Answer):
    """What somebody could repair now beside the contribution of a year; null: nothing, and nothing was."""

    model_config = shown(PERSON_REPAIR)

    person_id: int
    county: str
    coverage_year: int
    repair: RepairOffer | None


class CoverDays(Answer):
    """From when to when somebody is covered, both days included; null: it depends on a history."""

    from_on: date | None
    to_on: date | None


class PersonDue(Answer):
    """One person's contribution. `payable_fen` is what paying now would cost; 0 when nothing can be paid.

    `open_add_on_fen` of that is add-ons that were chosen and not bought yet, also once the year is paid for.
    `closed` says why nothing can be paid at this moment, where `due` says nothing: outside of every window.
    `standing` says in a sentence how the year stands, in the season and after it.
    """

    person_id: int
    masked_name: str | None
    relation: Relation | None = Field(default=None, description="to who was searched; null: none on record")
    birth_year: int | None = None
    number_ends: str | None = Field(default=None, description="the last two characters of the number")
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
    tiers: list[TierPrice] = Field(default=[], description="what may be chosen, while none is")
    add_ons: list[AddOnPrice] = Field(default=[], description="what the notice offers beside the fund")
    earlier_year: EarlierYearFirst | None = Field(
        default=None, description="null: nothing of the year before is to be paid first"
    )
    repair: RepairOffer | None = Field(default=None, description="null: there is nothing to repair")
    cover: CoverDays | None = Field(default=None, description="of who has paid, or is exempt")
    standing: Sentence | None = None


class DueFound(PersonDue):
    """The person who asked, and the household."""

    model_config = shown(DUE_FOUND)

    family: list[PersonDue]
