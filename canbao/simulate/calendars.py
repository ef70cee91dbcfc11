"""The days of the notices that the model knows by heart, apart from the files that the services read."""

from datetime import date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))

#: By county: first days of windows, and the ends of the handovers in which a day is counted first.
OPENS = {
    "youxi": ("2019-09-01", "2020-01-01", "2020-03-01"),
    "huining": ("2020-09-01", "2020-12-11"),
    "dongan": ("2019-09-01", "2020-01-01"),
    "huilong": ("2019-10-01",),
    "songming": ("2017-10-09", "2018-01-01"),
}
COUNTED_UNTIL = {
    "youxi": ("2019-12-31", "2021-03-31"),
    "huining": ("2020-12-10", "2021-12-31"),
    "dongan": ("2019-12-25", "2019-12-31", "2021-03-31"),
    "huilong": ("2019-12-10", "2021-03-31"),
    "songming": ("2017-11-10", "2018-02-23", "2019-03-31"),
}
#: Where the notice takes the help of a status away that ends within days: statuses, from, until (excluded).
CANCELLED = {"youxi": (("medical_assistance_1", "medical_assistance_2"), date(2019, 9, 1), date(2020, 1, 1))}


def start(day: date) -> datetime:
    """The first instant of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def counted_until(county: str, completed_at: datetime, now: datetime) -> date:
    """Up to which day rosters change who bears: the end of the handover that counts the grant."""
    completed_on, today = completed_at.astimezone(SHANGHAI).date(), now.astimezone(SHANGHAI).date()
    for day in map(date.fromisoformat, COUNTED_UNTIL[county]):
        if completed_on <= day:
            return min(today, day)
    return max(today, completed_on)
