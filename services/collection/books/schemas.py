"""Books of paper as the API shows and takes them: moves, who holds what, the monthly account."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    GivenInstant,
    Id,
    Instant,
    Page,
)
from services.collection.books.rules import MoveKind, NumberState
from services.collection.cash.schemas import ChannelCode, Division, PaperNo
from services.collection.examples import listed, shown

_MOVE: JsonDict = {
    "move_id": 7,
    "kind": "handed_on",
    "county": "huining",
    "voucher": "tax_triplicate",
    "first_no": "00120001",
    "last_no": "00120100",
    "count": 100,
    "from_division_code": "620422101000",
    "from_collector_id": None,
    "from_state": "held",
    "to_division_code": "620422101201",
    "to_collector_id": 12,
    "to_state": "held",
    "reason": None,
    "writeoff_id": None,
    "at": "2020-09-06T09:00:00+08:00",
    "entered_at": "2020-09-06T09:30:00+08:00",
    "entered_by": "township-3",
}
_STRETCH: JsonDict = {
    "county": "huining",
    "voucher": "tax_triplicate",
    "first_no": "00120001",
    "last_no": "00120100",
    "count": 100,
    "division_code": "620422101201",
    "collector_id": 12,
    "state": "held",
    "from_at": "2020-09-06T09:00:00+08:00",
    "until_at": None,
}
_ACCOUNT: JsonDict = {
    "division_code": "620422101201",
    "collector_id": 12,
    "title": "南关村收缴点",
    "opening": 60,
    "received": 0,
    "used": 30,
    "void": 1,
    "lost": 0,
    "returned": 0,
    "given": 0,
    "closing": 29,
    "numbers": [
        {"what": "used", "first_no": "00120041", "last_no": "00120070", "count": 30},
        {"what": "void", "first_no": "00120071", "last_no": "00120071", "count": 1},
        {"what": "closing", "first_no": "00120072", "last_no": "00120100", "count": 29},
    ],
}
_MONTH: JsonDict = {
    "county": "huining",
    "voucher": "tax_triplicate",
    "label": "《甘肃省城乡居民基本医疗保险个人缴费专用票据》",
    "copies": 3,
    "issued_by": "township",
    "month": "2020-11",
    "holders": [_ACCOUNT],
}
_ASKED: JsonDict = {
    "kind": "handed_on",
    "county": "huining",
    "coverage_year": 2021,
    "voucher": "tax_triplicate",
    "first_no": "00120001",
    "last_no": "00120100",
    "collector_id": 12,
}


class NewMove(Body):
    """What happened to numbers of paper that follow each other.

    received, handed_on and returned say to whom (an office by its division, or a collector); the others are
    declared by whoever holds the numbers. Without `at` it happened now.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_ASKED]})

    kind: MoveKind
    county: CountyCode
    coverage_year: CoverageYear = Field(description="whose notice has the paper")
    voucher: ChannelCode = Field(description="the notice's code of the paper")
    first_no: PaperNo
    last_no: PaperNo | None = Field(default=None, description="the same as first_no when left out")
    division_code: Division | None = Field(default=None, description="of the office that gets them")
    collector_id: Id | None = Field(default=None, description="of the collector who gets them")
    at: GivenInstant | None = None
    reason: Annotated[FreeText, Field(min_length=1, max_length=200)] | None = None


class Move(Answer):
    """What happened to numbers: from whom and which state, to whom and which."""

    model_config = shown(_MOVE)

    move_id: int
    kind: MoveKind
    county: str
    voucher: str
    first_no: str
    last_no: str
    count: int
    from_division_code: str | None
    from_collector_id: int | None
    from_state: NumberState | None
    to_division_code: str
    to_collector_id: int | None
    to_state: NumberState
    reason: str | None
    writeoff_id: int | None
    at: Instant
    entered_at: Instant
    entered_by: str


class Moves(Page[Move]):
    """Moves in the order in which they were entered."""

    model_config = shown(listed(_MOVE))


class HeldNumbers(Answer):
    """Numbers with one holder and state for a time. Of held ones, receipts say which are used."""

    model_config = shown(_STRETCH)

    county: str
    voucher: str
    first_no: str
    last_no: str
    count: int
    division_code: str
    collector_id: int | None
    state: NumberState
    from_at: Instant
    until_at: Instant | None


class HeldNumbersPage(Page[HeldNumbers]):
    """Who holds which numbers."""

    model_config = shown(listed(_STRETCH))


class PaperPart(Answer):
    """Numbers that follow each other, and what became of them; `closing` is what is blank at the end."""

    what: str
    first_no: str
    last_no: str
    count: int


class PaperAccount(Answer):
    """The paper of one holder in a month: opening + received - used - void - lost - returned - given.

    `void` and `lost` are less what was taken back or found.
    """

    division_code: str
    collector_id: int | None
    title: str | None
    opening: int
    received: int
    used: int
    void: int
    lost: int
    returned: int
    given: int
    closing: int
    numbers: list[PaperPart]


class PaperMonth(Answer):
    """The monthly account of one paper (票据用存月报表)."""

    model_config = shown(_MONTH)

    county: str
    voucher: str
    label: str
    copies: int
    issued_by: str | None
    month: str
    holders: list[PaperAccount]
