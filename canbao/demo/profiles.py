"""What is usual in a county: shares by which a made-up season resembles a real one.

Shares are parts per ten thousand people; nothing here is policy, all amounts come from the notices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.clock import SHANGHAI


def at(year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """An instant on the clocks of the county."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Tag:
    """A status that some people hold: how many, from which roster."""

    per_10000: int
    status: Mapping[str, str | int]
    listed_on: date
    ages: tuple[int, int] = (0, 120)


@dataclass(frozen=True)
class Wave:
    """A stretch of the season in which a share of the payers pays."""

    per_10000: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Profile:
    """How a season goes in one county."""

    county: str
    coverage_year: int
    region: str
    registered_at: datetime
    tags: tuple[Tag, ...]
    waves: tuple[Wave, ...]
    #: who collects: channel, parts per ten thousand of the payers, people in one transaction
    channels: tuple[tuple[str, int, int], ...]
    #: Of the notice: through which mini-programs order for families.
    app: str
    late_roster: Tag | None
    card_share: int
    payouts: tuple[datetime, ...]
    never_pays: int = 700
    #: how many villages are surveyed and pay their officer in cash, through which channel of the notice
    cash_villages: int = 0
    cash_channel: str = ""
    #: the numbered paper of that channel
    cash_voucher: str = ""
    #: a unit that lists and pays for its people: by which rule of the notice, how many, through which channel
    unit_rule: str = ""
    unit_people: int = 0
    unit_channel: str = ""


YOUXI_2020 = Profile(
    county="youxi",
    coverage_year=2020,
    region="350426",
    registered_at=at(2019, 8, 26, 9),
    tags=(
        Tag(150, {"status": "medical_assistance_1", "department": "civil_affairs"}, date(2019, 8, 20)),
        Tag(350, {"status": "medical_assistance_2", "department": "civil_affairs"}, date(2019, 8, 20)),
        Tag(220, {"status": "disabled", "grade": 2, "department": "disabled_federation"}, date(2019, 8, 28)),
        Tag(130, {"status": "fp_one_daughter", "department": "health"}, date(2019, 8, 28), (20, 70)),
        Tag(170, {"status": "fp_two_daughters", "department": "health"}, date(2019, 8, 28), (25, 75)),
    ),
    waves=(
        Wave(3000, at(2019, 9, 1, 8), at(2019, 10, 31, 20)),
        Wave(3500, at(2019, 11, 1, 8), at(2019, 12, 24, 20)),
        Wave(2900, at(2019, 12, 25, 8), at(2019, 12, 31, 23, 50)),
        Wave(430, at(2020, 1, 1, 8), at(2020, 2, 29, 20)),
        Wave(130, at(2020, 3, 1, 8), at(2020, 6, 30, 20)),
        Wave(40, at(2020, 7, 1, 8), at(2020, 12, 20, 20)),
    ),
    channels=(("village-agent", 4600, 20), ("tax", 2800, 3), ("bank-rcb", 2000, 3), ("wechat", 600, 4)),
    app="minshuitong",
    late_roster=Tag(
        40, {"status": "disabled", "grade": 3, "department": "disabled_federation"}, date(2019, 10, 15)
    ),
    card_share=9300,
    payouts=(at(2020, 1, 15), at(2020, 2, 20)),
    unit_rule="armed-police",
    unit_people=24,
    unit_channel="tax_hall",
)

HUINING_2021 = Profile(
    county="huining",
    coverage_year=2021,
    region="620422",
    registered_at=at(2020, 8, 25, 9),
    tags=(
        Tag(120, {"status": "dibao", "class": "rural-1", "department": "civil_affairs"}, date(2020, 8, 20)),
        Tag(480, {"status": "dibao", "class": "rural-3", "department": "civil_affairs"}, date(2020, 8, 20)),
        Tag(
            60,
            {"status": "dibao", "class": "urban-partial", "department": "civil_affairs"},
            date(2020, 8, 20),
        ),
        Tag(60, {"status": "tekun", "department": "civil_affairs"}, date(2020, 8, 20), (60, 120)),
        Tag(20, {"status": "orphan", "department": "civil_affairs"}, date(2020, 8, 20), (0, 17)),
        Tag(1500, {"status": "registered_poor", "department": "poverty_office"}, date(2020, 8, 20)),
    ),
    waves=(
        Wave(6500, at(2020, 9, 1, 8), at(2020, 11, 30, 20)),
        Wave(3500, at(2020, 12, 1, 8), at(2020, 12, 10, 23, 55)),
    ),
    channels=(("village-agent", 5500, 20), ("bank-rcb", 2700, 3), ("wechat", 1800, 4)),
    app="wechat",
    late_roster=Tag(80, {"status": "registered_poor", "department": "poverty_office"}, date(2020, 11, 25)),
    card_share=9000,
    payouts=(at(2020, 12, 22), at(2021, 1, 12), at(2021, 2, 8)),
    cash_villages=3,
    cash_channel="cadre",
    cash_voucher="tax_triplicate",
)
