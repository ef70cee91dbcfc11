"""What is answered about days of channels: what collection tells, beside what is posted."""

from datetime import date

from pydantic import ConfigDict, Field

from libs.common.web.schemas import Answer, Instant, Page


class DayTotal(Answer):
    """A day of a channel on both sides, for all coverage years of the county together."""

    channel: str
    on: date
    agrees: bool
    taken_fen: int = Field(description="what the channel took, as collection has it")
    posted_taken_fen: int
    returned_fen: int | None = Field(description="what it gave back; null: of several counties")
    posted_returned_fen: int
    payments: int
    returns: int
    revision: int
    totalled_at: Instant


class DayTotals(Page[DayTotal]):
    """Days of channels, the oldest first; `next_after` is the last one's day and channel."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "channel": "wechat",
                            "on": "2019-11-20",
                            "agrees": True,
                            "taken_fen": 76000,
                            "posted_taken_fen": 76000,
                            "returned_fen": 1000,
                            "posted_returned_fen": 1000,
                            "payments": 2,
                            "returns": 1,
                            "revision": 1,
                            "totalled_at": "2019-11-21T10:00:00+08:00",
                        }
                    ],
                    "next_after": None,
                }
            ]
        }
    )
