"""Facts that the collection service publishes about days of channels: fees that were kept, and own totals."""

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime

from libs.common.events.envelope import Fact

TOPIC = "canbao.collection"


class _ChannelFee(Fact):
    """A fee of the day `business_on` of a channel, by its bill `file_id`, or by what came to the account.

    `amount_fen` is what the channel kept of the money of this coverage year; below zero it gave fees back.
    `statement_file_id` and `statement_line` are where the account's statement shows it. `kept_at` lies on the
    day of the channel.
    """

    fee_id: int
    county: str
    coverage_year: int
    channel: str
    business_on: date
    amount_fen: int
    file_id: int
    statement_file_id: int | None = None
    statement_line: int | None = None
    kept_at: AwareDatetime


class ChannelFeeBooked(_ChannelFee):
    """A channel kept its fee of a day: it pays so much less, and who bears the fee owes it to the fund."""

    type: ClassVar[str] = "canbao.channel_fee.booked.v1"
    topic: ClassVar[str] = TOPIC

    booked_at: AwareDatetime


class ChannelFeeReversed(_ChannelFee):
    """A fee that was booked is booked no longer: its mirror, on the same day of the channel.

    `reason` is corrected_file, paid_in_full or withdrawn.
    """

    type: ClassVar[str] = "canbao.channel_fee.reversed.v1"
    topic: ClassVar[str] = TOPIC

    reason: str
    reversed_at: AwareDatetime


class ChannelDayTotalled(Fact):
    """What the collection has of its own of a day of a channel, told when the day was compared or changed.

    `taken_fen` is all that the channel took that day for books of the county, whatever it is by now, of
    `payments` payments; `returned_fen` what it gave back that day by `returns` returns, null where one of
    them belongs to several counties. Of several words about a day the highest `revision` counts.
    """

    type: ClassVar[str] = "canbao.channel_day.totalled.v1"
    topic: ClassVar[str] = TOPIC

    county: str
    channel: str
    business_on: date
    revision: int
    taken_fen: int
    payments: int
    returned_fen: int | None
    returns: int
    totalled_at: AwareDatetime
