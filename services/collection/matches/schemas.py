"""The five matches as the API shows them."""

from pydantic import Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Page
from services.collection.examples import listed, shown
from services.collection.matches.rules import MatchCode

_DAY: JsonDict = {
    "collector_id": 12,
    "day": "2020-11-20",
    "fits": False,
    "matches": [
        {
            "code": "money",
            "label_zh": "资金",
            "about": "taken by receipts; at the bank",
            "said": 56000,
            "found": 28000,
            "fits": False,
            "differences": [
                {
                    "why": "In hand still.",
                    "why_zh": "尚在手中，未解缴。",
                    "receipt_id": 31,
                    "line_no": None,
                    "deposit_id": None,
                    "voucher_no": None,
                    "amount_fen": 28000,
                }
            ],
        }
    ],
}


class MatchDifference(Answer):
    """One thing in which the two figures differ."""

    why: str
    why_zh: str
    receipt_id: int | None
    line_no: int | None
    deposit_id: int | None
    voucher_no: str | None
    amount_fen: int | None


class CashMatch(Answer):
    """Two figures that have to be one: fen for money, else numbers."""

    code: MatchCode
    label_zh: str
    about: str = Field(description="what `said` is; what `found` is")
    said: int
    found: int
    fits: bool
    differences: list[MatchDifference]


class DayMatches(Answer):
    """The five matches of one collector and day."""

    model_config = shown(_DAY)

    collector_id: int
    day: str
    fits: bool
    matches: list[CashMatch]


class DayMatchesPage(Page[DayMatches]):
    """Every collector who took money on the day."""

    model_config = shown(listed(_DAY))
