"""Days and times as tables write them: in the formats of a profile, or as numbers of a sheet."""

from datetime import datetime
from functools import lru_cache

from libs.common.clock import SHANGHAI
from libs.common.workbooks import day_of
from services.collection.files.rules import SECONDS_OF_A_DAY


@lru_cache(SECONDS_OF_A_DAY)
def first_of(text: str, formats: tuple[str, ...]) -> datetime | None:
    """The day or time in China, in the first format that fits: rows of a day have one of its seconds."""
    for one in formats:
        try:
            return datetime.strptime(text, one).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
    found = day_of(text)
    return found and found.replace(tzinfo=SHANGHAI)


@lru_cache(SECONDS_OF_A_DAY)
def day_with_time(day: str, clock: str, days: tuple[str, ...], times: tuple[str, ...]) -> datetime | None:
    """The instant of a day, at its beginning where no time is said."""
    begin = first_of(day, days)
    at = begin and (first_of(clock, times) if clock else begin.replace(hour=0, minute=0, second=0))
    return datetime.combine(begin.date(), at.timetz()) if begin and at else None
