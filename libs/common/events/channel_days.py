"""Facts that the collection service publishes about days of channels: what channels kept as their fee."""

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
