"""The schedule of a person says at every instant exactly what the assessment at that instant says."""

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from libs.common.dates import instant_of, second_of
from libs.common.policy import Event, Person, Question, Status, assess, load_all, schedule

NOTICES = load_all()
CODES = (
    "disabled",
    "dibao",
    "registered_poor",
    "medical_assistance_1",
    "low_income_urban",
    "fp_reward",
    "tekun",
)
EVENTS = ("employee_insurance_ended", "poverty_identified", "released", "hukou_moved_in")


def someone(dice: random.Random, notice) -> Question:
    """Return a person of any kind whose life has borders inside the season."""
    start = notice.benefit.from_

    def day(spread: int = 500) -> date:
        return start + timedelta(days=dice.randint(-spread, spread))

    born = dice.choice([day(), day(), start - timedelta(days=dice.randint(400, 33_000))])
    statuses = tuple(
        Status(
            dice.choice(CODES),
            day(),
            dice.choice([None, day()]),
            dice.choice([None, "exited", "rural-1", "rural-2"]),
            dice.choice([None, 1, 2, 3]),
            dice.choice([None, None, day()]),
        )
        for _ in range(dice.randint(0, 2))
    )
    person = Person(
        born=born,
        sex="female",
        hukou=dice.choice(["county", "county", "elsewhere", "taiwan"]),
        residence_permit=dice.random() < 0.3,
        resident_since=dice.choice([None, day()]),
        insurance_state="ended" if dice.random() < 0.3 else "none",
        insurance_ended_on=day(),
        service_kind=dice.choice(["none", "none", "military"]),
        service_ends_on=dice.choice([None, day()]),
        registered_at=dice.choice([None, None, second_of(instant_of(0)) + dice.randint(0, 2**31 - 1)]),
    )
    event = Event(dice.choice(EVENTS), day()) if dice.random() < 0.4 else None
    return Question(
        notice.county,
        notice.year,
        0,
        person,
        statuses,
        event,
        tier=1,
        parameters={"fiscal_match_fen": 52_000},
    )


@pytest.mark.parametrize("notice", NOTICES.values(), ids=lambda n: n.county)
class TestSchedule:
    def test_agrees_with_the_assessment_at_every_border_and_between(self, notice):
        dice = random.Random(notice.county)
        first, last = notice.borders[0], notice.borders[-1]
        for _ in range(60):
            question = someone(dice, notice)
            segments = schedule(notice, question)
            edges = [second_of(s.from_at) for s in segments if s.from_at]
            instants = {b + d for b in (*edges, *notice.borders) for d in (-1, 0, 1)}
            instants |= {dice.randint(first, last) for _ in range(25)}
            for at in sorted(i for i in instants if first <= i < last):
                moment = instant_of(at)
                (here,) = [s for s in segments if _holds(s, moment)]
                assert here.answer.core() == assess(notice, question.asked_at(at), trace=False).core()

    def test_gives_the_same_with_and_without_sharing(self, notice):
        dice = random.Random(7)
        people = [someone(dice, notice) for _ in range(150)]
        for q in people[:]:
            adult = replace(q.person, born=date(1970, 1, 1) + timedelta(days=dice.randint(0, 9000)))
            people.append(replace(q, person=adult))
        shared = [_rows(schedule(notice, q)) for q in people for _ in range(2)][1::2]
        alone = []
        for q in people:
            notice.schedule_cache.clear()
            alone.append(_rows(schedule(notice, q)))
        assert shared == alone

    def test_people_alike_share_whenever_they_registered(self, notice):
        notice.schedule_cache.clear()
        first = notice.borders[0]
        for i in range(50):
            person = Person(born=date(1970, 1, 1) + timedelta(days=i), registered_at=first + i * 1000)
            parameters = {"fiscal_match_fen": 52_000}
            schedule(notice, Question(notice.county, notice.year, 0, person, tier=1, parameters=parameters))
        assert len(notice.schedule_cache) == 1

    def test_has_no_gap_and_no_equal_neighbors(self, notice):
        dice = random.Random(1)
        for _ in range(40):
            segments = schedule(notice, someone(dice, notice))
            assert segments[0].from_at is None
            assert segments[-1].until_at is None
            for a, b in pairwise(segments):
                assert a.until_at == b.from_at
                assert a.answer.core() != b.answer.core()


def _rows(segments) -> list[tuple]:
    return [(s.from_at, s.until_at, s.answer.core()) for s in segments]


def _holds(segment, moment) -> bool:
    after = segment.from_at is None or segment.from_at <= moment
    return after and (segment.until_at is None or moment < segment.until_at)


class TestClipping:
    def test_keeps_to_the_span_asked_for(self):
        notice = NOTICES["youxi", 2020]
        question = Question("youxi", 2020, 0, Person(born=date(1980, 6, 15)))
        low, high = (
            instant_of(second_of(instant_of(notice.borders[1])) + 5),
            instant_of(notice.borders[-1] - 5),
        )
        segments = schedule(notice, question, low, high)
        assert (segments[0].from_at, segments[-1].until_at) == (low, high)
        assert [s.answer.own_due_fen for s in segments][-1] == 77_000
