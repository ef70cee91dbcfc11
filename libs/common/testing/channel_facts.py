"""Facts about days of channels as collection publishes them. Amounts are fen."""

from datetime import datetime, timedelta

from libs.common.events.channel_days import ChannelFeeBooked, ChannelFeeReversed
from libs.common.testing.ledger_facts import COUNTY, YEAR, on


def fee_kept(
    amount_fen: int, at: datetime = on("2019-11-20T23:59"), channel: str = "tax", fee_id: int = 1
) -> ChannelFeeBooked:
    """A channel kept its fee of the day of `at`."""
    season = {"county": COUNTY, "coverage_year": YEAR}
    fee = {"fee_id": fee_id, "channel": channel, "business_on": at.date(), "amount_fen": amount_fen}
    return ChannelFeeBooked.model_validate(
        {**season, **fee, "file_id": 1, "kept_at": at, "booked_at": at + timedelta(days=1)}
    )


def fee_undone(fee: ChannelFeeBooked) -> ChannelFeeReversed:
    """It did not keep it after all."""
    kept = fee.model_dump(include=set(ChannelFeeReversed.model_fields))
    return ChannelFeeReversed(**kept, reason="corrected_file", reversed_at=fee.booked_at)
