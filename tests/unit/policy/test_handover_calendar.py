"""A calendar of handovers takes all money: what it leaves out is refused, with the days named."""

import pytest
import yaml

from libs.common.policy import NoticeInvalid, load_all, load_notice_bytes, policies_dir
from libs.common.policy.engine.handovers import supplementary_months

DONGAN = (policies_dir() / "dongan" / "2020.yaml").read_text(encoding="utf-8")


def problems(text: str) -> list[str]:
    with pytest.raises(NoticeInvalid) as caught:
        load_notice_bytes(text.encode(), "dongan/2020.yaml")
    return [f"{flaw.problem}. {flaw.mend}" for flaw in caught.value.flaws]


def changed(*changes: tuple[str, str]) -> str:
    text = DONGAN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def without(*kinds: str) -> str:
    """The notice without its handovers of these kinds."""
    document = yaml.load(DONGAN, yaml.BaseLoader)
    document["handovers"] = [row for row in document["handovers"] if row["kind"] not in kinds]
    return yaml.safe_dump(document, allow_unicode=True)


CLOSING = "accounting_from: 2020-01-01\n    accounting_to: 2021-03-31"


class TestDaysThatAreLeftOut:
    def test_between_two_deadlines_are_named(self):
        (problem,) = problems(changed(("accounting_from: 2019-12-26", "accounting_from: 2019-12-28")))

        assert "no handover covers 2019-12-26 to 2019-12-27" in problem

    def test_a_single_day_is_named_as_one(self):
        (problem,) = problems(changed((CLOSING, CLOSING.replace("2020-01-01", "2020-01-02"))))

        assert "no handover covers 2020-01-01. " in problem

    def test_before_the_first_deadline_are_named(self):
        (problem,) = problems(changed(("accounting_from: 2019-09-01", "accounting_from: 2019-09-03")))

        assert "no handover covers 2019-09-01 to 2019-09-02" in problem

    def test_of_a_special_window_that_is_open_after_the_closing_are_named(self):
        (problem,) = problems(
            changed((CLOSING, CLOSING.replace("2021-03-31", "2020-11-30")), ("2021-04-01", "2020-12-01"))
        )

        assert "no handover covers 2020-12-01 to 2020-12-31" in problem

    def test_are_named_on_the_line_of_the_deadline_after_them(self):
        text = changed(("accounting_from: 2019-12-26", "accounting_from: 2019-12-28"))
        with pytest.raises(NoticeInvalid) as caught:
            load_notice_bytes(text.encode(), "x")

        assert text.splitlines()[caught.value.flaws[0].line - 1].strip() == "- id: electronic-rest"

    def test_overlapping_deadlines_are_no_mistake(self):
        assert load_notice_bytes(changed(("2019-12-26", "2019-12-20")).encode(), "x").handovers


class TestTheEnd:
    def test_a_calendar_without_closing_is_refused_and_told_what_to_write(self):
        (problem,) = problems(without("closing"))

        assert "there are 0 closing handovers" in problem
        assert "up to 2021-03-31" in problem

    def test_a_calendar_without_supplementary_months_is_refused_and_told_where_they_begin(self):
        (problem,) = problems(without("supplementary"))

        assert "accounting_from: 2021-04-01" in problem

    def test_months_that_do_not_begin_after_the_closing_are_refused(self):
        (problem,) = problems(changed(("accounting_from: 2021-04-01", "accounting_from: 2021-05-01")))

        assert "money that moves after the closing handover is in no deadline" in problem

    def test_a_deadline_after_the_closing_is_refused(self):
        (problem,) = problems(changed(("accounting_to: 2019-12-31", "accounting_to: 2021-06-30")))

        assert "a handover ends on 2021-06-30, after the closing one" in problem

    @pytest.mark.parametrize(
        ("old", "new", "problem"),
        [
            ("    due_day: 1", "    due_day: 31", "not every month has a day 31"),
            ("    due_day: 1", "    due_on: 2021-05-01", "has no end"),
            ("    accounting_to: 2021-03-31\n", "", "needs `accounting_to`"),
            ("    accounting_to: 2021-03-31", "    accounting_to: 2019-03-31", "ends before it begins"),
            ("    due_on: 2021-03-31", "    due_day: 1", "is not monthly"),
            ("    due_on: 2021-03-31\n", "", "needs `due_on`"),
        ],
    )
    def test_a_deadline_that_makes_no_sense_is_refused(self, old, new, problem):
        assert problem in problems(changed((old, new)))[0]

    def test_a_notice_without_handovers_loads_and_has_none(self):
        notice = load_notice_bytes(without("main", "period", "closing", "supplementary").encode(), "x")

        assert (notice.handovers, notice.supplementary) == ((), None)


class TestNoticesInUse:
    @pytest.mark.parametrize("county", ["dongan", "huilong", "huining", "songming", "youxi"])
    def test_end_on_31_march_after_the_coverage_year_and_go_on_month_by_month(self, county):
        (notice,) = (n for n in load_all().values() if n.county == county)

        last = max(notice.handovers, key=lambda one: (one.accounting_to, one.kind == "closing"))
        april = next(iter(supplementary_months(notice.supplementary, notice.supplementary.accounting_from)))

        assert (last.kind, str(last.accounting_to)) == ("closing", f"{notice.year + 1}-03-31")
        assert (april.id, str(april.due_on)) == (
            f"supplementary-{notice.year + 1}-04",
            f"{notice.year + 1}-05-01",
        )

    def test_say_that_this_is_assumed_wherever_the_notice_is_silent(self):
        for notice in load_all().values():
            asked = [notice.open_questions[name].basis for name in notice.supplementary.questions]
            assert asked == ["assumed"]
