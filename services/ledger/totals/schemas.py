"""The shapes in which totals are answered; a sealed handover keeps exactly these members."""

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer

EXAMPLE: JsonDict = {
    "format": "canbao.totals/1",
    "county": "youxi",
    "coverage_year": 2020,
    "total": {"head_count": 2, "amount_fen": 50000},
    "by_payer": [
        {"payer": "medical_assistance", "mechanism": "paid_on_behalf", "head_count": 1, "amount_fen": 25000},
        {"payer": "residents", "mechanism": "own", "head_count": 1, "amount_fen": 25000},
    ],
    "by_township": [{"township": "350426101", "head_count": 2, "amount_fen": 50000}],
    "by_channel": [{"channel": "tax", "head_count": 1, "amount_fen": 25000}],
    "lines": [
        {
            "payer": "medical_assistance",
            "mechanism": "paid_on_behalf",
            "township": "350426101",
            "channel": None,
            "head_count": 1,
            "amount_fen": 25000,
        },
        {
            "payer": "residents",
            "mechanism": "own",
            "township": "350426101",
            "channel": "tax",
            "head_count": 1,
            "amount_fen": 25000,
        },
    ],
    "to_cards": [],
    "outside_system": [{"payer": "county_finance", "head_count": 1, "amount_fen": 25000}],
    "add_ons": [{"channel": "tax", "head_count": 1, "amount_fen": 3000}],
    "add_ons_by_payee": [{"payee": "china_life", "head_count": 1, "amount_fen": 3000}],
    "funds_by_payer": [
        {"payer": "county_finance", "granted_fen": 50000, "requested_fen": 50000, "arrived_fen": 0}
    ],
    "fiscal_match": [{"level": "county", "owed_fen": 104000, "arrived_fen": 104000}],
    "work_funds": [{"division_code": "350426101000", "settled_fen": 1000000, "paid_fen": 0}],
    "suspense": [
        {
            "channel": "tax",
            "suspended_lines": 1,
            "suspended_fen": 25000,
            "relocated_fen": 0,
            "returned_fen": 0,
            "applied_fen": 0,
            "refunded_fen": 25000,
            "change_fen": 0,
        }
    ],
    "refunds": [{"channel": "tax", "head_count": 1, "amount_fen": 25000}],
    "movements": [{"kind": "channel_settlement", "channel": "tax", "amount_fen": 25000}],
}


class Figures(Answer):
    """Distinct persons newly counted (fewer: negative) and money of the fund."""

    head_count: int
    amount_fen: int


class PayerFigures(Figures):
    """By who bears it; `residents` are the people themselves."""

    payer: str
    mechanism: Literal["own", "paid_on_behalf"]


class TownshipFigures(Figures):
    """By township: the first nine digits of the division code."""

    township: str | None


class ChannelFigures(Figures):
    """By the channel through which residents paid."""

    channel: str | None


class LineFigures(PayerFigures):
    """By payer, township and channel at once."""

    township: str | None
    channel: str | None


class CardFigures(Answer):
    """Reimbursements to people who paid first: granted, and arrived on their cards. Not money of the fund."""

    payer: str
    granted_head_count: int
    granted_fen: int
    paid_head_count: int
    paid_fen: int


class OutsideFigures(Figures):
    """Help that a department settles with people itself; no money moves here."""

    payer: str


class PayeeFigures(Figures):
    """Add-ons that were bought by themselves, by whom their money belongs to. Not money of the fund."""

    payee: str


class RepairFigures(Figures):
    """Lapsed years that people repaired: money of the fund, apart from the contributions of the year."""

    repaired_year: int
    channel: str


class FundFigures(Answer):
    """Money of a payer: help that was granted, what was applied for, and what has arrived."""

    payer: str
    granted_fen: int
    requested_fen: int
    arrived_fen: int


class MatchFigures(Answer):
    """The fiscal match of a level of government: owed more than before, and arrived. Beside the fund."""

    level: str
    owed_fen: int
    arrived_fen: int


class WorkFundFigures(Answer):
    """Work funds of a unit: owed more than before, and paid. Money of the county, beside the fund."""

    division_code: str
    settled_fen: int
    paid_fen: int


class SuspenseFigures(Answer):
    """Money that could not be applied, and what became of it; `change_fen` is what stays more than before."""

    channel: str
    suspended_lines: int
    suspended_fen: int
    relocated_fen: int
    returned_fen: int
    applied_fen: int
    refunded_fen: int
    change_fen: int


class MovementFigures(Answer):
    """Money that operators moved on."""

    kind: str
    channel: str | None
    amount_fen: int


class Totals(Answer):
    """All totals of a county and year. `total` counts the fund; repairs, add-ons and suspense stand apart."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    format: str
    county: str
    coverage_year: int
    total: Figures
    by_payer: list[PayerFigures]
    by_township: list[TownshipFigures]
    by_channel: list[ChannelFigures]
    lines: list[LineFigures]
    to_cards: list[CardFigures]
    outside_system: list[OutsideFigures]
    add_ons: list[ChannelFigures]
    add_ons_by_payee: list[PayeeFigures] = Field(default_factory=list)
    repairs: list[RepairFigures] = Field(default_factory=list)
    funds_by_payer: list[FundFigures] = Field(default_factory=list)
    fiscal_match: list[MatchFigures] = Field(default_factory=list)
    work_funds: list[WorkFundFigures] = Field(default_factory=list)
    suspense: list[SuspenseFigures]
    refunds: list[ChannelFigures]
    movements: list[MovementFigures]
