"""Pictures at the console: the season's curve, townships by place, and money that adds up to the fund."""

import re
import time
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import pairwise
from typing import Any

import pytest

from services.console.pictures.drawing_curve import curve_of
from services.console.pictures.drawing_flow import flow_of
from services.console.pictures.schemas import Days, Line
from tests.integration.console.test_persons import office, registered, services

__all__ = ["office", "registered", "services"]


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


class TestTheCurve:
    async def test_is_shown_to_who_follows_the_season(self, console):
        browser = await console.signed_in("leader", "350426")
        page = await browser.get("pictures?season=youxi-2020")
        assert page.status_code == 200
        assert "388,800" in words(page)
        assert '<polyline class="straight"' in page.text
        assert len(page.content) < 100_000

    async def test_says_in_words_where_it_is_behind(self, console):
        browser = await console.signed_in("leader", "350426")
        page = (await browser.get("pictures?season=youxi-2020")).text
        await browser.send("language", language="en", then="")
        english = (await browser.get("pictures?season=youxi-2020")).text

        behind = re.findall(r'<td class="number warn">(.*?)</td>', page)
        assert behind and all("<small>落后</small>" in one for one in behind)
        assert english.count("<small>behind</small>") == len(behind)

    async def test_has_units_in_the_order_of_their_places(self, console):
        browser = await console.signed_in("township_officer", "350426101")
        page = await browser.get("pictures/units?season=youxi-2020")
        assert page.status_code == 200
        assert "梅仙镇" in words(page)
        assert "西滨镇" not in words(page)

    async def test_may_be_of_a_moment_ago_and_says_so(self, console):
        console.context.parts.apis._figures_seconds = 60
        browser = await console.signed_in("leader", "350426")
        first = await browser.get("pictures?season=youxi-2020")
        console.services["registration"].figures.seconds = lambda: time.monotonic() + 200
        page = await browser.get("pictures?season=youxi-2020")
        assert "秒前汇总" not in words(first)
        assert "统计数据为 200 秒前汇总" in words(page)

    async def test_that_takes_long_to_count_says_so_and_comes_by_itself(self, console, monkeypatch):
        console.context.parts.apis._figures_seconds = 60
        browser = await console.signed_in("leader", "350426")
        monkeypatch.setattr("libs.common.figures.PATIENCE_SECONDS", 0)
        waits = await browser.get("pictures?season=youxi-2020")
        monkeypatch.undo()
        page = await browser.get("pictures?season=youxi-2020")

        assert (waits.status_code, page.status_code) == (202, 200)
        assert "正在统计" in words(waits)
        assert waits.headers["refresh"] == "1"
        assert 'href="?season=youxi-2020&amp;still=true"' in waits.text, "it can be read in peace"
        assert "388,800" in words(page)

    async def test_is_nothing_for_who_follows_no_season(self, console):
        browser = await console.signed_in("village_agent", "350426101203")
        assert (await browser.get("pictures/units")).status_code == 403
        assert "进度与资金" not in (await browser.get()).text

    async def test_of_another_county_is_not_shown(self, console):
        browser = await console.signed_in("leader", "431122")
        assert (await browser.get("pictures?season=youxi-2020")).status_code == 403

    async def test_without_the_ledger_says_so(self, console):
        browser = await console.signed_in("finance_officer", "350426")
        assert (await browser.get("pictures?season=youxi-2020")).status_code == 503


def season(first: date, people: list[int], target: int | None = 100) -> Days:
    """Ten days, by the ends of which so many were complete."""
    items = [{"on": first + timedelta(days=day), "complete": count} for day, count in enumerate(people)]
    last = first + timedelta(days=9)
    at = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(days=len(people) - 1, hours=4)
    return Days.model_validate(
        {"as_of": at, "from_on": first, "to_on": last, "target": target, "items": items}
    )


class TestShapes:
    def test_the_curve_ends_today_and_the_year_before_goes_on(self):
        curve = curve_of(season(date(2019, 9, 1), [10, 30, 60]), season(date(2018, 9, 3), [5] * 9 + [90]))
        last = curve.weeks[-1]
        assert (last.on, last.complete, last.before, last.straight) == (date(2019, 9, 10), None, 90, 100)
        today = next(one for one in curve.weeks if one.on == date(2019, 9, 3))
        assert (today.complete, today.before, today.straight) == (60, 5, 30)
        assert len(curve.now.split()) == 4
        xs = [float(point.split(",")[0]) for point in curve.before.split()]
        assert xs == sorted(xs)
        assert curve.before.split()[-1].startswith("940.0,")

    def test_a_season_that_has_not_begun_and_one_without_a_task_have_pictures_too(self):
        early = season(date(2019, 9, 1), [1], target=None).model_copy(update={"items": []})
        curve = curve_of(early.model_copy(update={"as_of": datetime(2019, 8, 1, tzinfo=UTC)}), None)
        assert (curve.straight, curve.before, len(curve.now.split())) == ("", "", 1)

    @pytest.mark.parametrize("most", [1, 7, 10, 99, 388_800, 1_000_000])
    def test_the_grid_has_few_round_lines(self, most):
        curve = curve_of(season(date(2019, 9, 1), [most], target=None), None)
        assert 2 <= len(curve.rows) <= 10
        assert all(above.at < below.at for below, above in pairwise(curve.rows))

    def test_money_adds_up_to_the_fen_on_both_sides_of_each_way(self):
        lines = [
            Line(payer="residents", mechanism="own", channel="wechat", amount_fen=1_000_001),
            Line(payer="residents", mechanism="own", channel="bank", amount_fen=250_000),
            Line(payer="residents", mechanism="own", channel="bank", amount_fen=50_000),
            Line(payer="medical_assistance", mechanism="paid_on_behalf", channel=None, amount_fen=700_000),
            Line(payer="county_finance", mechanism="paid_on_behalf", channel=None, amount_fen=-300),
        ]
        flow = flow_of(lines)
        by_column = [sum(one.fen for one in flow.nodes if one.column == column) for column in range(3)]
        assert by_column == [2_000_001] * 3
        assert flow.less_than_nothing == {("county_finance", "paid_on_behalf"): -300}
        assert flow.total_fen == sum(one.amount_fen for one in lines)
        for column in range(3):
            nodes = [one for one in flow.nodes if one.column == column]
            assert all(one.y + one.height < other.y for one, other in pairwise(nodes))
            assert all(one.y >= 0 and one.y + one.height <= 380 for one in nodes)

    def test_no_money_is_no_picture(self):
        assert flow_of([]).nodes == []
