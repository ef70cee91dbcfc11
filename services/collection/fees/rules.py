"""What of a fee is booked: whose books it is in, and when a bill changes what was booked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from libs.common.clock import SHANGHAI

#: Who books a fee as the settings have it, without anybody's decision.
BY_SETTINGS = "settings"
#: Why a fee is booked no longer: the bill says another one, all of the money came, two officers said so.
Reason = Literal["corrected_file", "paid_in_full", "withdrawn"]
#: The end of a day, as the ledger dates what was kept on it.
_END = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class ChannelDay:
    """A day of a channel of a county."""

    county: str
    channel: str
    business_on: date

    @property
    def key(self) -> str:
        """What keeps facts about fees of a channel in their order."""
        return f"channel-{self.county}-{self.channel}"

    @property
    def ends_at(self) -> datetime:
        """The last second of the day."""
        return datetime.combine(self.business_on, _END, SHANGHAI)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a channel kept of a day by its bill, or by what came to the account, and where that stands."""

    day: ChannelDay
    fee_fen: int
    file_id: int
    statement_file_id: int | None = None
    statement_line: int | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """What is booked of a day, by which bill, and by whom the last word was."""

    channel: str
    business_on: date
    fee_fen: int
    file_id: int
    booked_by: str


def is_to_book(kept: Kept, before: Booked | None) -> bool:
    """Whether a bill changes what is booked; what an officer decided about the same bill stands."""
    if before is None:
        return kept.fee_fen != 0
    decided = before.booked_by != BY_SETTINGS and before.file_id == kept.file_id
    return not decided and before.fee_fen != kept.fee_fen


def shares(fee_fen: int, moved: Mapping[int, int]) -> dict[int, int]:
    """Divide a fee among coverage years by the money of each that moved on the day, to the fen.

    What does not divide evenly goes to the years with the largest rest, the earlier first. Without money
    there is nothing: whose fee it is is not known.
    """
    weights = {year: abs(fen) for year, fen in moved.items() if fen}
    whole = sum(weights.values())
    if not whole:
        return {}
    size, sign = abs(fee_fen), -1 if fee_fen < 0 else 1
    found = {year: size * fen // whole for year, fen in weights.items()}
    by_rest = sorted(weights, key=lambda year: (-(size * weights[year] % whole), year))
    for year in by_rest[: size - sum(found.values())]:
        found[year] += 1
    return {year: sign * fen for year, fen in sorted(found.items()) if fen}
