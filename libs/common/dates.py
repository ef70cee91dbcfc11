"""Business dates are Asia/Shanghai; an instant is a whole second since 1970. Pure arithmetic, no clock.

A fixed +08:00 is exact here: mainland China has had no daylight saving time since 1991.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from math import floor

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY_SECONDS = 86_400
ADULT_AT = 18
_SHIFT_SECONDS = 8 * 3600
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def second_of(moment: datetime) -> int:
    """Return the whole second that an aware instant falls in (fractions are cut off)."""
    return floor(moment.timestamp())


def instant_of(second: int) -> datetime:
    """Return the second as an aware datetime in Asia/Shanghai."""
    return datetime.fromtimestamp(second, SHANGHAI)


def day_of(second: int) -> date:
    """Return the business day that a second falls on."""
    return date.fromordinal((second + _SHIFT_SECONDS) // DAY_SECONDS + _EPOCH_ORDINAL)


def first_second(day: date) -> int:
    """Return the second at which a business day begins (00:00:00)."""
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY_SECONDS - _SHIFT_SECONDS


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of that month when it is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def birthday(born: date, years: int) -> date:
    """Return the day on which a person completes this many years; 29 February becomes 1 March."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def age_on(born: date, day: date) -> int:
    """Return the completed years of age (周岁) on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_minor(born: date, day: date) -> bool:
    """Return whether a person is under 18 on a day."""
    return age_on(born, day) < ADULT_AT
