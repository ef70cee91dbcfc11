"""Deadlines move to workdays as the notice says, by the holidays of each year, and are shown as they move."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from click.testing import CliRunner

from canbao.commands import policy as commands
from canbao.policy.checking import check_file
from libs.common.policy import NoticeInvalid, load_all, policies_dir
from libs.common.policy.engine.handovers import spell_out, supplementary_months
from libs.common.policy.engine.office_days import deposit_due_on, service_due_on
from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.custody_rules import CashDeposit, Handover
from libs.common.policy.format.work_rules import ServiceDays
from libs.common.policy.live import LiveNotices
from libs.common.policy.workday_files import learn_workdays, load_workdays
from libs.common.workdays import YearUnknown, add_workdays, is_workday, learn, next_workday

WORDS = Label("期限", "deadline")


def handover(due_on=None, roll="next_workday", **more):
    given = {"id": "h", "kind": "main", "clause": "一", "label": WORDS, "parties": ()}
    given |= {"accounting_from": date(2020, 1, 1), "accounting_to": date(2020, 3, 31)}
    return Handover(**(given | {"due_on": due_on, "roll": roll} | more))


class TestWorkdays:
    @pytest.mark.parametrize(
        ("day", "works"),
        [
            ("2021-04-10", False),  # a Saturday
            ("2021-04-25", True),  # a Sunday that makes up for Labour Day
            ("2021-05-03", False),  # a Monday of Labour Day
            ("2020-02-03", True),
            ("2020-01-19", True),  # a Sunday before the Spring Festival
            ("2019-12-31", True),
        ],
    )
    def test_are_those_that_the_state_council_says(self, day, works):
        assert is_workday(date.fromisoformat(day)) is works

    def test_pass_over_the_longest_holidays(self):
        assert next_workday(date(2020, 10, 1)) == date(2020, 10, 9)
        assert next_workday(date(2021, 4, 12)) == date(2021, 4, 12)
        assert add_workdays(date(2021, 4, 23), 1) == date(2021, 4, 25)

    def test_of_a_year_that_nobody_has_published_are_not_guessed(self):
        with pytest.raises(YearUnknown):
            is_workday(date(2190, 1, 4))


@pytest.fixture
def forget():
    yield
    learn([])


@pytest.mark.usefixtures("forget")
class TestFiles:
    """What an operator adds when the State Council has said the days off of a coming year."""

    NEW_YEAR = "source: 国办发明电〔2189〕1号\nholidays: [2190-01-01]\nworkdays: [2190-01-03]\n"

    def write(self, directory, text, year=2190):
        path = directory / f"workdays-{year}.yaml"
        path.write_text(text, "utf-8")
        return path

    def test_make_a_year_known(self, tmp_path):
        self.write(tmp_path, self.NEW_YEAR)
        assert not learn_workdays(tmp_path)
        assert not is_workday(date(2190, 1, 1))  # a Friday
        assert not is_workday(date(2190, 1, 2))
        assert is_workday(date(2190, 1, 3))  # a Sunday that makes up for it
        assert add_workdays(date(2189 + 1, 1, 1), 2) == date(2190, 1, 4)
        with pytest.raises(YearUnknown):
            is_workday(date(2191, 1, 1))

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("source: s\nholidays: [2191-01-01]\nworkdays: []\n", "another year"),
            ("source: s\nholidays: [2190-01-02]\nworkdays: []\n", "weekend anyhow"),
            ("source: s\nholidays: []\nworkdays: [2190-01-04]\n", "no weekend"),
            ("holidays: []\nworkdays: []\n", "source"),
            ("", "empty"),
            ("source: [\n", "not YAML"),
        ],
    )
    def test_that_are_wrong_are_named_and_the_last_good_one_goes_on(self, tmp_path, text, problem):
        self.write(tmp_path, self.NEW_YEAR)
        learn_workdays(tmp_path)
        self.write(tmp_path, text)
        assert any(problem in str(flaw) for flaw in learn_workdays(tmp_path))
        assert not is_workday(date(2190, 1, 1))

    def test_move_the_deadlines_of_notices_that_are_in_force_already(self, rolled):
        root = rolled("2190-01-01").parent.parent
        notices = LiveNotices(root)
        assert notices["youxi", 2020].handovers[-1].due_on != date(2190, 1, 3)
        assert date(2190, 1, 1) in {one.due_on for one in notices["youxi", 2020].handovers}
        self.write(root, self.NEW_YEAR)
        assert notices.look()
        assert date(2190, 1, 3) in {one.due_on for one in notices["youxi", 2020].handovers}

    def test_are_checked_with_the_notices(self, tmp_path):
        self.write(tmp_path, "source: s\nholidays: [2190-01-02]\nworkdays: []\n")
        (tmp_path / "youxi").mkdir()
        for name in ("2020.yaml", "2020.cases.yaml"):
            (tmp_path / "youxi" / name).write_bytes((policies_dir() / "youxi" / name).read_bytes())
        result = CliRunner().invoke(commands.command, ["check", "--policies", str(tmp_path)])
        assert result.exit_code == 1
        assert "workdays-2190.yaml:1: 2190-01-02 is a weekend anyhow" in result.output


class TestHandovers:
    def test_on_a_holiday_are_due_on_the_next_workday_where_the_notice_says_so(self):
        rules = (handover(date(2021, 4, 10)), handover(date(2021, 4, 10), roll="none", id="i"))
        assert [(one.id, one.due_on) for one in spell_out(rules)] == [
            ("i", date(2021, 4, 10)),
            ("h", date(2021, 4, 12)),
        ]

    def test_of_each_month_move_too(self):
        rule = handover(kind="monthly", due_day=1, accounting_to=date(2020, 5, 31))
        days = [one.due_on for one in spell_out((rule,))]
        assert days == [
            date(2020, 2, 3),
            date(2020, 3, 2),
            date(2020, 4, 1),
            date(2020, 5, 6),
            date(2020, 6, 1),
        ]
        endless = replace(rule, kind="supplementary", accounting_to=None)
        assert [one.due_on for one in supplementary_months(endless, date(2020, 1, 31))] == [date(2020, 2, 3)]

    def test_stay_where_they_are_written_until_the_workdays_are_known(self):
        assert [one.due_on for one in spell_out((handover(date(2190, 4, 10)),))] == [date(2190, 4, 10)]

    def test_of_notices_without_the_rule_stay_as_they_were(self):
        for notice in load_all().values():
            written = {h.id: h.due_on for h in notice.document.handovers if h.due_on and h.kind != "monthly"}
            assert {h.id: h.due_on for h in notice.handovers if h.id in written} == written


class TestCash:
    late = CashDeposit("一", WORDS, "same_day", cutoff="17:00", late="next_workday")

    @pytest.mark.parametrize(
        ("taken_at", "due_on"),
        [
            ("2021-04-09T17:00:00+08:00", "2021-04-09"),
            ("2021-04-09T09:00:01Z", "2021-04-12"),  # 17:00:01 on a Friday
            ("2021-04-24T18:00:00+08:00", "2021-04-25"),  # the Sunday after it is a workday
        ],
    )
    def test_taken_after_the_cutoff_waits_for_a_workday(self, taken_at, due_on):
        assert deposit_due_on(self.late, datetime.fromisoformat(taken_at)) == date.fromisoformat(due_on)

    def test_taken_after_the_cutoff_may_be_due_the_next_day_whatever_day_it_is(self):
        rule = replace(self.late, late="next_calendar_day")
        assert deposit_due_on(rule, datetime.fromisoformat("2021-04-09T18:00:00+08:00")) == date(2021, 4, 10)

    def test_has_no_day_where_none_is_taken(self):
        rule = CashDeposit("一", WORDS, "no_cash")
        assert deposit_due_on(rule, datetime.fromisoformat("2021-04-09T18:00:00+08:00")) is None


class TestServiceDays:
    @pytest.mark.parametrize(
        ("unit", "due_on"), [("workdays", "2021-05-06"), ("days", "2021-05-01"), ("months", "2021-06-29")]
    )
    def test_are_counted_in_their_unit(self, unit, due_on):
        rule = ServiceDays("s", "一", WORDS, 2, unit, "tax")
        assert service_due_on(rule, date(2021, 4, 29)) == date.fromisoformat(due_on)


@pytest.fixture
def rolled(tmp_path):
    """A notice whose last deadline moves to a workday; gives how to set its day."""
    source = policies_dir() / "youxi"
    directory = tmp_path / "youxi"
    directory.mkdir()
    text = (source / "2020.yaml").read_text(encoding="utf-8")
    (directory / "2020.cases.yaml").write_bytes((source / "2020.cases.yaml").read_bytes())
    path = directory / "2020.yaml"
    assert text.count("due_on: 2021-04-10") == 1

    def due_on(day):
        path.write_text(text.replace("due_on: 2021-04-10", f"due_on: {day}\n    roll: next_workday"), "utf-8")
        return path

    return due_on


def said(*arguments):
    result = CliRunner().invoke(commands.command, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_day_that_is_none_is_named_with_its_file_and_line(tmp_path):
    path = tmp_path / "workdays-2027.yaml"
    path.write_text("source: x\nholidays: [2027-13-01]\nworkdays: []\n", encoding="utf-8")

    with pytest.raises(
        NoticeInvalid, match=r"workdays-2027\.yaml:2: '2027-13-01' is not a day of the calendar"
    ):
        load_workdays(path)


class TestCommands:
    def test_show_both_the_day_that_is_written_and_the_one_that_counts(self, rolled):
        path = str(rolled("2021-04-10"))
        assert "2021-04-10（顺延至2021-04-12）" in "".join(said("show", path).split())
        assert "(moved to 2021-04-12)" in " ".join(said("show", path, "--lang", "en").split())
        assert "2021-04-12" in said("due", path, "--at", "2021-04-01T10:00:00+08:00")

    def test_say_which_deadlines_may_still_move(self, rolled):
        checked = check_file(rolled("2190-04-10"))
        assert not checked.flaws
        assert len(checked.remarks) == 1
        assert "2190" in checked.remarks[0]
        assert "stays on 2190-04-10" in said("check", str(rolled("2190-04-10")))
        assert not check_file(rolled("2021-04-10")).remarks

    def test_count_the_workdays_of_an_office(self):
        told = said("due", "dongan", "2020", "--at", "2020-01-22T10:00:00+08:00", "--lang", "en")
        assert "2020-02-04  payments audited and passed on" in told

    def test_want_an_instant_with_its_offset(self):
        result = CliRunner().invoke(commands.command, ["due", "dongan", "2020", "--at", "2020-01-22"])
        assert result.exit_code == 2
