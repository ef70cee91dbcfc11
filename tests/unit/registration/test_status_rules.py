"""The true history of a status: what held when, by rosters in any order."""

from datetime import date
from itertools import pairwise, permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.registration.statuses.rules import Statement, counted, history

SINCE = date(2016, 1, 1)
SEPTEMBER, NOVEMBER, DECEMBER = date(2020, 9, 1), date(2020, 11, 1), date(2020, 12, 20)
NEW_YEAR = date(2021, 1, 1)


def add(id, effective_on=SINCE, listed_on=SEPTEMBER, status_class=None, ended_on=None):
    return Statement(id, "add", effective_on, ended_on, status_class, None, listed_on, "civil_affairs")


def remove(id, listed_on, ended_on=None):
    return Statement(id, "remove", listed_on, ended_on, None, None, listed_on, "civil_affairs")


def alike(one, other):
    """A notice that tells rural-1 apart from everything else."""
    return (one.status_class == "rural-1") == (other.status_class == "rural-1")


def never_apart(one, other):
    return True


def spans(versions):
    return [(v.status_class, v.effective_on, v.ended_on) for v in versions]


class TestHistory:
    def test_recertifying_changes_nothing(self):
        assert history([add(1), add(2, NEW_YEAR, DECEMBER)]) == history([add(1)])

    def test_another_class_begins_on_its_own_day_and_the_old_one_stays_true_before(self):
        found = history([add(1, status_class="rural-1"), add(2, NOVEMBER, NOVEMBER, "rural-2")])
        assert spans(found) == [("rural-1", SINCE, NOVEMBER), ("rural-2", NOVEMBER, None)]
        assert {version.identified_on for version in found} == {SINCE}

    def test_a_gap_of_more_than_a_day_is_a_new_identification(self):
        ended = add(1, ended_on=SEPTEMBER)
        (_, joined) = history([ended, add(2, date(2020, 9, 2), NOVEMBER)])
        (_, anew) = history([ended, add(2, date(2020, 9, 3), NOVEMBER)])
        assert (joined.identified_on, anew.identified_on) == (SINCE, date(2020, 9, 3))

    def test_an_end_is_cut_and_what_had_not_begun_never_was(self):
        found = history([add(1), add(2, NEW_YEAR, NOVEMBER, "rural-2"), remove(3, DECEMBER)])
        assert spans(found) == [(None, SINCE, DECEMBER)]

    def test_struck_out_by_mistake_and_said_again_was_never_gone(self):
        mistaken = remove(2, DECEMBER, ended_on=SINCE)
        assert history([add(1), mistaken]) == []
        (again,) = history([add(1), mistaken, add(3, SINCE, date(2020, 12, 21))])
        assert (again.identified_on, again.arrivals[0].listed_on) == (SINCE, SEPTEMBER)

    def test_an_earlier_period_said_late_takes_nothing_away(self):
        found = history([add(1, NOVEMBER, NOVEMBER), add(2, date(2012, 1, 1), DECEMBER, ended_on=SINCE)])
        assert spans(found) == [(None, date(2012, 1, 1), SINCE), (None, NOVEMBER, None)]

    def test_the_order_of_typing_does_not_matter(self):
        said = [
            add(1, status_class="rural-1"),
            add(2, NOVEMBER, NOVEMBER, "rural-2"),
            remove(3, DECEMBER),
            add(4, date(2021, 3, 1), date(2021, 3, 2)),
        ]
        expected = history(said)
        assert all(history(order) == expected for order in permutations(said))

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["add", "remove"]),
                st.dates(date(2019, 1, 1), date(2021, 6, 1)),
                st.integers(0, 400),
                st.sampled_from([None, "rural-1", "rural-2"]),
            ),
            max_size=6,
        ),
        st.integers(0, 1_000),
    )
    def test_versions_never_overlap_and_are_in_order(self, said, seed):
        statements = [
            Statement(
                number, kind, day, None, status_class, None, date.fromordinal(day.toordinal() + late), "d"
            )
            for number, (kind, day, late, status_class) in enumerate(said)
        ]
        found = history(statements)
        for before, after in pairwise(found):
            assert before.ended_on is not None and before.ended_on <= after.effective_on
        Random(seed).shuffle(statements)
        assert history(statements) == found


class TestCounted:
    def test_a_class_that_brings_the_same_help_is_no_change(self):
        said = [add(1), add(2, SINCE, NOVEMBER, "rural-3")]
        (one,) = counted(history(said), alike)
        assert (one.status_class, one.listed_on, one.effective_on) == ("rural-3", SEPTEMBER, SINCE)

    def test_a_class_that_brings_other_help_counts_from_its_own_arrival(self):
        said = [add(1, status_class="rural-2"), add(2, NOVEMBER, DECEMBER, "rural-1")]
        before, after = counted(history(said), alike)
        assert (before.ended_on, after.listed_on) == (DECEMBER, DECEMBER)

    def test_help_that_returns_counts_from_its_return(self):
        said = [
            add(1, status_class="rural-1"),
            add(2, NOVEMBER, NOVEMBER, "rural-2"),
            add(3, DECEMBER, DECEMBER, "rural-1"),
        ]
        assert [one.listed_on for one in counted(history(said), alike)] == [SEPTEMBER, NOVEMBER, DECEMBER]

    def test_neighbors_are_one_where_the_notice_tells_nothing_apart(self):
        said = [add(1, status_class="rural-1"), add(2, NOVEMBER, NOVEMBER, "rural-2"), remove(3, DECEMBER)]
        (one,) = counted(history(said), never_apart)
        assert (one.effective_on, one.ended_on, one.identified_on) == (SINCE, DECEMBER, SINCE)
