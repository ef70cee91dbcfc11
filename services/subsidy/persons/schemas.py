"""How a person's help is shown."""

from pydantic import ConfigDict, Field, JsonValue

from libs.common.events import SubsidyLine
from libs.common.web.schemas import Answer, Instant, Page
from services.subsidy.payouts.schemas import WHOLE_PAYOUT, WholePayout
from services.subsidy.refunds.schemas import Refund

_LINE: dict[str, JsonValue] = {
    "payer": "county_finance",
    "status": "dibao",
    "amount_fen": 20000,
    "mechanism": "reimburse_to_card",
}
_TOTAL: dict[str, JsonValue] = _LINE | {"number": 2, "amount_fen": 40000}
_PERSON: dict[str, JsonValue] = {
    "person_id": 4711,
    "county": "huining",
    "division_code": "620422101201",
    "minor": False,
    "guardian_id": None,
    "expected": [
        {
            "coverage_year": 2021,
            "county": "huining",
            "enrollment_id": 4711,
            "revision": 1,
            "notice": "huining/2021@3f1c2a9b8d7e",
            "offers": [
                {
                    "from_at": "2020-09-01T00:00:00+08:00",
                    "until_at": "2020-12-11T00:00:00+08:00",
                    "exempt": False,
                    "lines": [_LINE],
                }
            ],
            "late": [],
            "cancelled_at": None,
            "elsewhere": False,
        }
    ],
    "grants": [
        _LINE
        | {
            "grant_id": 9,
            "county": "huining",
            "coverage_year": 2021,
            "enrollment_id": 4711,
            "assessment_id": 8122,
            "late": False,
            "completes_enrollment": False,
            "granted_at": "2020-10-20T10:00:00+08:00",
            "revoked_at": None,
            "revoke_reason": None,
            "elsewhere": False,
            "payout_id": 12,
            "payout_state": "paid",
            "payout_reason": None,
            "attempt": 1,
        }
    ],
    "refunds": [],
    "payouts": [WHOLE_PAYOUT],
    "cards": [
        {
            "card_id": 5,
            "account_masked": "***************0018",
            "account_no": None,
            "bank": "会宁农商银行",
            "holder": "林小明",
            "registered_at": "2020-09-10T10:00:00+08:00",
            "replaced_at": None,
        }
    ],
}


class Offer(Answer):
    """Help that the newest assessment promises when paying in [from_at, until_at)."""

    from_at: Instant
    until_at: Instant | None
    exempt: bool = Field(description="Nothing is left to pay: granted without a payment.")
    lines: list[SubsidyLine]


class Expected(Answer):
    """What the newest assessment of an enrollment promises; `late` is what came after payment."""

    coverage_year: int
    county: str
    enrollment_id: int
    revision: int
    notice: str | None
    offers: list[Offer]
    late: list[SubsidyLine]
    cancelled_at: Instant | None
    elsewhere: bool = Field(description="the record of insurance elsewhere, and no enrollment")


class GrantShown(Answer):
    """One grant, active or revoked, with its payer, status, deciding assessment and payout."""

    grant_id: int
    county: str
    coverage_year: int
    enrollment_id: int
    assessment_id: int
    payer: str
    status: str
    mechanism: str
    amount_fen: int
    late: bool
    completes_enrollment: bool
    granted_at: Instant
    revoked_at: Instant | None
    revoke_reason: str | None
    elsewhere: bool = Field(description="for insurance elsewhere, by the record of that: no assessment (0)")
    payout_id: int | None
    payout_state: str | None
    payout_reason: str | None
    attempt: int | None


class CardShown(Answer):
    """A card of the person, current or replaced. `account_no` is shown only with the scope pii:read."""

    card_id: int
    account_masked: str
    account_no: str | None = None
    bank: str
    holder: str
    registered_at: Instant
    replaced_at: Instant | None


class PersonSubsidies(Answer):
    """All that this service knows of one person."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PERSON]})

    person_id: int
    county: str | None
    division_code: str | None
    minor: bool
    guardian_id: int | None
    expected: list[Expected]
    grants: list[GrantShown]
    refunds: list[Refund]
    payouts: list[WholePayout]
    cards: list[CardShown]


class GrantTotal(Answer):
    """Active grants of one payer, mechanism and status."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TOTAL]})

    payer: str
    mechanism: str
    status: str
    number: int
    amount_fen: int


class GrantTotals(Page[GrantTotal]):
    """All totals of a county and year."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_TOTAL], "next_after": None}]})
