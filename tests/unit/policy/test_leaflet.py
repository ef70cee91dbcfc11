"""A notice as its payers will read it."""

import pytest

from libs.common.policy import load_all
from libs.common.policy.telling.leaflet import leaflet, page
from tests.unit.policy.test_operators import ELSEWHERE

NOTICES = load_all()


def part(key: tuple[str, int], title: str, lang: str = "zh") -> tuple[str, ...]:
    return next(one.lines for one in leaflet(NOTICES[key], lang) if one.title == title)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("notice", NOTICES.values(), ids=lambda n: n.county)
def test_every_notice_reads_in_both_languages(notice, lang):
    text = page(notice, lang, leaflet(notice, lang))

    assert text.startswith("# ")
    assert "None" not in text


def test_prices_stand_under_the_window_in_which_they_are_paid():
    assert part(("youxi", 2020), "缴多少、什么时候缴")[:2] == (
        "正常缴费期（2019-09-01至2019-12-31）：2020年6月30日前缴费，250元",
        "补缺补漏期（2020-01-01至2020-02-29）：2020年6月30日前缴费，250元",
    )


def test_waits_are_told_year_by_year():
    lines = part(("qingdao", 2027), "断过保、或错过集中缴费期")

    assert any(line.startswith("断保1年等3个月，断保2年等4个月，") for line in lines)
    assert "可以补缴断保年度（每年415元），每补缴一年少等1个月，等待期满以前办理" in lines


def test_help_names_who_pays_how_much_and_how():
    assert "县财政资助对象：县财政，个人缴费标准 250元，代缴" in part(("youxi", 2020), "谁有资助")


def test_payers_read_nothing_of_what_an_operator_is_to_supply():
    told = part(("dongan", 2020), "谁有资助")
    assert "持证残疾人按相关文件规定标准资助（通知未写金额）：相关文件规定的部门，金额待定，代缴" in told
    for notice in NOTICES.values():
        for lang in ("zh", "en"):
            assert "_fen" not in page(notice, lang, leaflet(notice, lang))


def test_what_is_assumed_is_not_hidden():
    assert "HT-9" in part(("hongta", 2026), "Please note", "en")[-1]


class TestOtherWords:
    def told(self, title):
        return "\n".join(next(one.lines for one in leaflet(ELSEWHERE, "zh") if one.title == title))

    def test_a_yearly_price_by_months_is_not_told_as_one_for_each_month(self):
        told = self.told("缴多少、什么时候缴")
        assert "按剩余月份，400元（全年，按剩余月数折算）" in told
        assert "标准，400元（按2档享受待遇）" in told

    def test_tapers_and_recognition_are_told_with_their_years_and_days(self):
        told = self.told("谁有资助")
        assert "上年资助 350元的80%、50%（首年为认定次年）" in told
        assert "80%、50%（首年为2023）" in told
        assert "当日在册：2023-08-31" in told
