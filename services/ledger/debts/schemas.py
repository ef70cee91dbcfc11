"""What is asked and answered about what channels owe, and which days slips pay."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from libs.common.web.schemas import Answer, Body, FreeText, GivenDay, Instant, Page
from services.ledger.debts.rules import How

_DEBT: JsonDict = {
    "channel": "tax",
    "title": "tax bureau",
    "title_zh": "县税务局",
    "taken_fen": 90000,
    "given_back_fen": 1500,
    "fee_fen": 500,
    "paid_fen": 60000,
    "open_fen": 28000,
    "open_days": 1,
    "oldest_on": "2019-12-02",
    "age_days": 4,
}
_PAID_DAY: JsonDict = {"channel": "tax", "on": "2019-12-02", "amount_fen": 50000}
_MATCH: JsonDict = {
    "channel": "tax",
    "match_no": 1,
    "how": "day",
    "matched_by": "zhang",
    "matched_at": "2019-12-02T16:41:07+08:00",
    "reason": None,
    "days": [_PAID_DAY],
}


class NamedDay(Body):
    """A day that a slip pays, and with how much; below zero what went back that day is taken off."""

    on: GivenDay
    amount_fen: Annotated[int, Field(strict=True, ge=-(10**15), le=10**15)]


def _are_days(days: Sequence[NamedDay]) -> Sequence[NamedDay]:
    if len({one.on for one in days}) < len(days) or not all(one.amount_fen for one in days):
        raise PydanticCustomError(
            "not_days",
            "Each day stands once, with an amount other than zero.",
            {"message_zh": "每个日期只列一次，金额不得为零。"},
        )
    return days


NamedDays = Annotated[Sequence[NamedDay], Field(min_length=1, max_length=400), AfterValidator(_are_days)]


def by_day(days: Sequence[NamedDay]) -> Mapping[date, int]:
    """Days as rules take them."""
    return {one.on: one.amount_fen for one in days}


class MatchCorrection(Body):
    """Which days a slip really pays of a channel, and how that is known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "tax",
                    "days": [{"on": "2019-12-01", "amount_fen": 50000}],
                    "reason": "银行回单附言载明为12月1日收款",
                }
            ]
        }
    )

    channel: Annotated[str, Field(min_length=1, max_length=80)]
    days: NamedDays
    reason: Annotated[FreeText, Field(min_length=1, max_length=500)]


class PaidDay(Answer):
    """What a slip pays of a day of a channel."""

    channel: str
    on: date
    amount_fen: int


class SlipMatch(Answer):
    """That a slip was matched to days: by its sum to a day or a run of days, in turn, or as somebody said."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MATCH]})

    channel: str
    match_no: int = Field(description="the last one of a channel counts")
    how: How
    matched_by: str
    matched_at: Instant
    reason: str | None
    days: list[PaidDay]


class SlipMatches(Page[SlipMatch]):
    """Every match of a slip, by channel, the first one first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_MATCH], "next_after": None}]})


class ChannelDebt(Answer):
    """What a channel took, gave back, kept, paid and owes; `open_fen` is the balance of its account."""

    channel: str
    title: str
    title_zh: str
    taken_fen: int
    given_back_fen: int
    fee_fen: int = Field(description="what the channel kept as its fee")
    paid_fen: int
    open_fen: int
    open_days: int
    oldest_on: date | None = Field(description="the oldest day that owes anything")
    age_days: int | None


class ChannelDebts(Page[ChannelDebt]):
    """What every channel of a county and year owes, all of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_DEBT], "next_after": None}]})


class DebtSlip(Answer):
    """A slip that pays a day, with how much."""

    movement_id: int
    reference: str
    amount_fen: int


class DayDebt(Answer):
    """What a channel owes of a day. Below zero more was paid than the day owes: the next slip brings less."""

    channel: str
    on: date
    taken_fen: int
    given_back_fen: int
    fee_fen: int = Field(description="what the channel kept as its fee")
    paid_fen: int
    open_fen: int
    age_days: int | None = Field(description="how long ago, of a day that owes anything")
    slips: list[DebtSlip]
    earlier_fen: int = Field(description="paid before it was kept which slip pays which day")


class DayDebts(Page[DayDebt]):
    """Days of a channel, the oldest first; `next_after` is the last one's day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "channel": "tax",
                            "on": "2019-12-02",
                            "taken_fen": 90000,
                            "given_back_fen": 1500,
                            "fee_fen": 500,
                            "paid_fen": 60000,
                            "open_fen": 28000,
                            "age_days": 4,
                            "slips": [
                                {"movement_id": 7, "reference": "HK20191202-0031", "amount_fen": 60000}
                            ],
                            "earlier_fen": 0,
                        }
                    ],
                    "next_after": None,
                }
            ]
        }
    )


#: Which days are listed.
Which = Literal["all", "open"]
