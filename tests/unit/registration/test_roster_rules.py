"""What a roster says beside what was said before."""

from datetime import date

import pytest

from libs.common.identity import compose_resident_id
from libs.common.web.problems import Problem
from services.registration.rosters.problems import CLASS_UNKNOWN
from services.registration.rosters.rules import Header, Listed, Owner, decide, read_row
from services.registration.statuses.rules import Statement

LISTED_ON = date(2019, 10, 20)
EARLIER = date(2019, 9, 20)
SINCE = date(2019, 3, 1)


def header(mode="add", department="civil_affairs"):
    return Header("youxi", 2020, "dibao", department, LISTED_ON, mode)


def listed(number, effective_on=SINCE, ended_on=None, status_class=None, line=0, name=None):
    return Listed(line, number, name, effective_on, ended_on, status_class, None)


def said(effective_on=SINCE, ended_on=None, status_class=None, department="civil_affairs", id=1):
    return Statement(id, "add", effective_on, ended_on, status_class, None, EARLIER, department)


def run(mode, rows, on_record=None, owners=None):
    changes = decide(header(mode), rows, on_record or {}, owners or {})
    counted = {name: getattr(changes, name) for name in ("added", "changed", "removed", "unchanged")}
    return changes, {name: number for name, number in counted.items() if number}


class TestAdding:
    def test_somebody_new(self):
        changes, counted = run("add", [listed("A")])
        assert (counted, changes.touched, changes.stated[0].listed_on) == ({"added": 1}, {"A"}, LISTED_ON)

    def test_the_same_again_is_kept_and_changes_nothing(self):
        changes, counted = run("add", [listed("A")], {"A": [said()]})
        assert (counted, changes.touched, len(changes.stated)) == ({"unchanged": 1}, set(), 1)

    def test_the_very_same_roster_again_is_not_even_kept(self):
        twice = Statement(1, "add", SINCE, None, None, None, LISTED_ON, "civil_affairs")
        changes, counted = run("add", [listed("A")], {"A": [twice]})
        assert (counted, changes.stated) == ({"unchanged": 1}, [])

    def test_a_roster_again_takes_back_nothing_that_another_of_its_day_corrected(self):
        first = Statement(1, "add", SINCE, None, "rural-4", None, LISTED_ON, "civil_affairs")
        corrected = Statement(2, "add", SINCE, None, "rural-1", None, LISTED_ON, "civil_affairs")
        changes, counted = run("add", [listed("A", status_class="rural-4")], {"A": [first, corrected]})
        assert (counted, changes.stated) == ({"unchanged": 1}, [])

    def test_recertified_from_a_later_day_changes_nothing(self):
        changes, counted = run("add", [listed("A", date(2019, 4, 1))], {"A": [said()]})
        assert (counted, changes.touched) == ({"unchanged": 1}, set())

    def test_another_class_changes_it(self):
        changes, counted = run("add", [listed("A", status_class="rural-1")], {"A": [said()]})
        assert (counted, changes.touched) == ({"changed": 1}, {"A"})

    def test_a_status_that_begins_again_is_another_one(self):
        before = said(ended_on=date(2019, 6, 1))
        _, counted = run("add", [listed("A", date(2019, 10, 1))], {"A": [before]})
        assert counted == {"added": 1}

    def test_what_was_struck_comes_back_by_the_very_same_row_and_by_no_other_older_paper(self):
        told_first = Statement(1, "add", SINCE, None, None, None, LISTED_ON, "civil_affairs")
        struck_on = date(2019, 12, 15)
        struck = Statement(2, "remove", SINCE, SINCE, None, None, struck_on, "civil_affairs")

        changes, counted = run("add", [listed("A")], {"A": [told_first, struck]})
        assert (counted, changes.stated[0].listed_on) == ({"added": 1}, struck_on)
        _, counted = run("add", [listed("A", status_class="rural-1")], {"A": [told_first, struck]})
        assert counted == {"unchanged": 1}

    def test_a_second_row_of_one_person_is_refused(self):
        changes, counted = run("add", [listed("A"), listed("A", line=1)])
        assert counted == {"added": 1}
        assert [(line, problem.type.slug) for line, problem in changes.rejected] == [(1, "twice-on-roster")]

    def test_somebody_else_under_the_number_is_refused(self):
        owners = {"A": Owner(1, "张三", "350426101203")}
        changes, _ = run("add", [listed("A", name="王五")], owners=owners)
        assert changes.rejected[0][1].type.slug == "registered-under-another-name"


class TestRemoving:
    def test_the_status_ends(self):
        changes, counted = run("remove", [listed("A", LISTED_ON)], {"A": [said()]})
        assert (counted, changes.stated[0].said) == ({"removed": 1}, "remove")

    def test_whoever_does_not_have_it_is_named(self):
        changes, counted = run("remove", [listed("A", LISTED_ON)])
        assert (counted, changes.rejected[0][1].type.slug) == ({}, "not-on-roster")

    def test_whoever_lost_it_before_is_named(self):
        changes, _ = run("remove", [listed("A", LISTED_ON)], {"A": [said(ended_on=date(2019, 6, 1))]})
        assert changes.rejected[0][1].type.slug == "not-on-roster"


class TestReplacing:
    def test_who_is_missing_loses_the_status(self):
        changes, counted = run("replace", [listed("A")], {"A": [said()], "B": [said()]})
        assert (counted, changes.touched) == ({"unchanged": 1, "removed": 1}, {"B"})

    def test_the_people_of_another_department_stay(self):
        _, counted = run("replace", [], {"A": [said(department="poverty_office")]})
        assert counted == {}

    def test_a_faulty_row_takes_the_status_from_nobody(self):
        rows = [listed("A", line=0), listed("A", line=1)]
        rows[0].problem = rows[1].problem = CLASS_UNKNOWN.problem()
        changes, counted = run("replace", rows, {"A": [said()]})
        assert (counted, len(changes.rejected)) == ({}, 2)


class TestReadRow:
    NUMBER = compose_resident_id("350426", date(1980, 6, 15), 246)

    def test_what_the_header_says_need_not_stand_in_the_row(self):
        row = read_row(
            {"id_number": self.NUMBER}, 0, {"effective_on": "2019-03-01", "class": "rural-1"}, LISTED_ON
        )
        assert (row.effective_on, row.status_class) == (SINCE, "rural-1")

    @pytest.mark.parametrize(
        "given",
        [
            {"id_number": "1", "effective_on": "2019-03-01"},
            {"id_number": NUMBER, "effective_on": "2019-03-01", "class": "\0"},
            {"effective_on": "2019-03-01"},
            {"effective_on": "yesterday", "id_number": NUMBER},
            {"effective_on": "2019-03-01", "ended_on": "2019-02-01", "id_number": NUMBER},
            {"effective_on": "2019-03-01", "grade": "2", "id_number": NUMBER},
            {"effective_on": "2019-03-01", "gradee": 2, "id_number": NUMBER},
            "a text",
        ],
    )
    def test_a_row_that_cannot_be_read_is_a_problem(self, given):
        assert isinstance(read_row(given, 0, {}, LISTED_ON), Problem)
