"""What payers of each notice are told: its own last day, in its own words, and when nothing is sent."""

from datetime import datetime

import pytest

from libs.common.clock import SHANGHAI
from libs.common.policy import load_all
from libs.common.settings import CommonSettings
from services.registration.reminders.rules import Repair, is_quiet, text_of, words

NOTICES = load_all(CommonSettings().policies_dir)


@pytest.mark.parametrize(
    ("county", "year", "said"),
    [
        ("youxi", 2020, ("尤溪县", "2020年2月29日", "村（社区）代办点")),
        ("huining", 2021, ("会宁县", "2020年12月10日", "村干部")),
        ("dongan", 2020, ("东安县", "2019年12月31日", "逾期原则上不得中途参保", "整户参保")),
        ("huilong", 2020, ("回龙镇", "2019年12月10日", "城乡居民合作医疗保险", "同户须选同一档次")),
        ("songming", 2018, ("嵩明县", "2018年2月23日17点", "社保所")),
    ],
)
def test_a_reminder_names_the_last_day_and_the_way_of_its_notice(county, year, said):
    notice = NOTICES[county, year]
    text = text_of(notice, "unpaid")
    assert text is not None
    told = words(notice, text, 3, Repair())
    assert [one for one in ("您家还有3人", f"{year}年度", *said) if one not in told] == []


@pytest.mark.parametrize("county", ["youxi", "huining", "dongan", "huilong", "songming"])
def test_nobody_hears_anything_at_night(county):
    rule = next(one for one in NOTICES.values() if one.county == county).document.messages
    assert rule is not None
    assert [
        is_quiet(rule.quiet, datetime(2019, 11, 20, hour, tzinfo=SHANGHAI)) for hour in (7, 8, 19, 20)
    ] == [
        True,
        False,
        False,
        True,
    ]
