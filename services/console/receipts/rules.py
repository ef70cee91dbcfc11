"""What is typed of a receipt, and what the next one begins with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from libs.common.clock import SHANGHAI

_ENDS_IN_DIGITS = re.compile(r"([0-9]{1,18})$")
#: Between these years the services take instants.
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_MINUTE = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody takes money: the season's word, the collector, and a place within the own division."""

    season: str
    collector_id: int
    division: str = ""
    after: str = ""

    def page(self, path: str, **more: str | int) -> str:
        """The address of a page at this place, without what is empty."""
        said: Mapping[str, str | int] = {
            "season": self.season, "collector": self.collector_id, "division": self.division,
            "after": self.after, **more,
        }  # fmt: skip
        return f"{path}?{urlencode({name: value for name, value in said.items() if value})}"


def number_after(number: str) -> str:
    """The number on the next sheet of a block; empty where it ends in no digits."""
    found = _ENDS_IN_DIGITS.search(number)
    if found is None:
        return ""
    digits = found[1]
    following = str(int(digits) + 1).zfill(len(digits))
    return number[: found.start()] + following if len(following) == len(digits) else ""


def written(instant: datetime) -> str:
    """An instant as it stands in a field, to the minute, in China."""
    return instant.astimezone(SHANGHAI).strftime(_MINUTE)


def minute_of(text: str) -> datetime:
    """The instant that was typed to the minute, in China, of a year that services know. Raises ValueError."""
    found = datetime.strptime(text, _MINUTE).replace(tzinfo=SHANGHAI)
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(text)
    return found


def instant_of(text: str) -> str:
    """What was typed as the API takes it; what is no minute stays, for the service to refuse."""
    try:
        return minute_of(text).isoformat()
    except ValueError:
        return text


def read_instant(text: str) -> datetime:
    """What was typed as an instant, so that a form says how to write one. Raises ValueError."""
    read = datetime.fromisoformat(instant_of(text))
    if read.tzinfo is None:
        raise ValueError
    return read
