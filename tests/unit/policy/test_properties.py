"""What holds for everybody under every notice: shares add up, order and hashing change nothing.

The law of the shares, by mechanism:
- `paid_on_behalf` never passes through the person: own due + everything paid on behalf = price;
- `reimburse_to_card` comes back to the person: never more than the person pays;
- `outside_system` moves no money here: with or without it the person owes the same.
"""

import io
import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canbao.commands.assess import write_answers
from libs.common.dates import first_second
from libs.common.policy import Event, Notice, Paid, Person, Question, Status, assess, load_all

NOTICES = load_all()
AGAIN = load_all()
BY_COUNTY = pytest.mark.parametrize("notice", NOTICES.values(), ids=lambda n: n.county)
EVENTS = (
    "poverty_identified", "employee_insurance_ended", "hukou_moved_in", "discharged", "graduated", "released",
    "institution_admitted",
)  # fmt: skip
FOREIGN = ("tekun", "disabled", "registered_poor", "no_such_status")
SEEDS = st.integers(0, 2**32)
CROWDS = settings(max_examples=50, deadline=None)
CROWD = 20


class Dice(random.Random):
    """Throws people whose lives have borders around the season of a notice."""

    def __init__(self, seed: int, notice: Notice) -> None:
        super().__init__(seed)
        self.notice, self.start = notice, notice.benefit.from_

    def day(self) -> date:
        return self.start + timedelta(days=self.randint(-450, 400))

    def maybe_day(self) -> date | None:
        return self.choice([None, self.day()])

    def second(self) -> int:
        """An instant of the season, often on a border or one second beside it."""
        borders = self.notice.borders
        if self.random() < 0.4:
            return self.choice(borders) + self.choice([-1, 0, 1])
        return self.randint(borders[0] - 100_000, borders[-1] + 100_000)

    def status(self) -> Status:
        classes = [c.code for s in self.notice.statuses.values() for c in s.classes]
        return Status(
            self.choice([*self.notice.statuses, *self.notice.statuses, *FOREIGN]),
            self.choice([self.day(), self.start - timedelta(days=400)]),
            self.choice([None, self.day(), self.start - timedelta(days=200)]),
            self.choice([None, "no-such-class", *classes]),
            self.choice([None, self.randint(1, 10)]),
            self.choice([None, None, None, self.day()]),
        )

    def person(self) -> Person:
        return Person(
            born=self.choice([self.day(), self.start - timedelta(days=self.randint(400, 33_000))]),
            sex=self.choice([None, "female", "male"]),
            hukou=self.choice(["county"] * 5 + ["city", "elsewhere", "hong-kong"]),
            residence_permit=self.random() < 0.5,
            resident_since=self.maybe_day(),
            employed=self.choice([None, True, False]),
            parent_enrolled_in_city=self.random() < 0.2,
            insurance_state=self.choice(["none"] * 6 + ["active", "ended"]),
            insurance_ended_on=self.maybe_day(),
            service_kind=self.choice(["none"] * 6 + ["military", "prison"]),
            service_ends_on=self.maybe_day(),
            stationed_here=self.random() < 0.2,
            school=self.choice([None, None, "primary_secondary", "university"]),
            registered_at=self.choice([None, None, self.second()]),
        )

    def question(self) -> Question:
        names = [a.parameter for a in self.notice.document.amounts if a.parameter]
        names += [r.amount.parameter for r in self.notice.document.subsidies.rules if r.amount.parameter]
        return Question(
            self.notice.county,
            self.notice.year,
            self.second(),
            self.person(),
            tuple(self.status() for _ in range(self.choice([0, 1, 1, 2, 3, 4]))),
            self.choice([None, Event(self.choice(EVENTS), self.day())]),
            tier=self.choice([1, 1, 1, 2, 3, None]),
            paid_tier=self.choice([None, None, None, 1, 2]),
            add_ons=self.choice([(), tuple(self.notice.add_ons)]),
            parameters={name: self.randint(0, 90_000) for name in names if self.random() < 0.7},
            case=self.randint(0, 9),
        )


def crowd(notice: Notice, seed: int, *outcomes: str) -> list[tuple[Question, Dice]]:
    """Return people of every kind, one of them a plain resident; only those with these outcomes."""
    dice = Dice(seed, notice)
    plain = Question(notice.county, notice.year, notice.borders[0], Person(born=date(1980, 6, 15)), tier=1)
    people = [plain, *(dice.question() for _ in range(CROWD))]
    return [(q, dice) for q in people if not outcomes or assess(notice, q).outcome in outcomes]


def shares(answer, mechanism: str) -> int:
    return sum(s.amount_fen for s in answer.subsidies if s.mechanism == mechanism)


def written(notice: Notice, question: Question) -> bytes:
    return orjson.dumps(assess(notice, question).as_dict())


@BY_COUNTY
class TestShares:
    @CROWDS
    @given(seed=SEEDS)
    def test_own_due_and_what_is_paid_on_behalf_add_up_to_the_price(self, notice, seed):
        for question, _ in crowd(notice, seed, "payable", "exempt"):
            answer = assess(notice, question)
            assert answer.own_due_fen + shares(answer, "paid_on_behalf") == answer.price_fen
            assert answer.own_due_fen >= 0
            assert (answer.outcome == "exempt") == (answer.own_due_fen == 0)

    @CROWDS
    @given(seed=SEEDS)
    def test_no_more_comes_back_to_the_card_than_the_person_pays(self, notice, seed):
        for question, _ in crowd(notice, seed, "payable", "exempt"):
            answer = assess(notice, question)
            assert shares(answer, "reimburse_to_card") <= answer.own_due_fen
            assert all(s.amount_fen > 0 for s in answer.subsidies)

    @CROWDS
    @given(seed=SEEDS)
    def test_what_is_settled_outside_changes_nothing_that_the_person_owes(self, notice, seed):
        for question, _ in crowd(notice, seed):
            answer = assess(notice, question)
            outside = {s.status for s in answer.subsidies if s.mechanism == "outside_system"}
            others = tuple(s for s in question.statuses if s.code not in outside)
            alone = assess(notice, replace(question, statuses=others))
            assert alone.core()[:5] == answer.core()[:5]

    @CROWDS
    @given(seed=SEEDS)
    def test_who_is_refused_owes_nothing_and_who_is_blocked_owes_no_guess(self, notice, seed):
        for question, _ in crowd(notice, seed, "rejected", "blocked"):
            answer = assess(notice, question)
            assert answer.reason_codes
            assert (answer.subsidies, answer.as_dict()["benefit"]) == ((), None)
            assert answer.own_due_fen == (0 if answer.outcome == "rejected" else None)

    @CROWDS
    @given(seed=SEEDS)
    def test_add_ons_stay_apart_from_the_fund(self, notice, seed):
        for question, _ in crowd(notice, seed):
            answer = assess(notice, replace(question, add_ons=tuple(notice.add_ons)))
            assert answer.core()[:5] == assess(notice, replace(question, add_ons=())).core()[:5]
            if answer.outcome in ("payable", "exempt"):
                assert answer.add_on_due_fen == sum(a.price for a in notice.add_ons.values())

    @CROWDS
    @given(seed=SEEDS)
    def test_after_payment_nobody_gets_back_more_than_was_paid(self, notice, seed):
        for question, dice in crowd(notice, seed, "payable", "exempt"):
            due = assess(notice, question).own_due_fen
            later = question.at + dice.randint(0, 400) * 86_400
            answer = assess(notice, replace(question, at=later, paid=Paid(question.at, due)))
            assert answer.outcome in ("paid", "blocked")
            if answer.outcome == "paid":
                assert answer.own_due_fen == shares(answer, "paid_on_behalf") == 0
                assert shares(answer, "reimburse_to_card") <= due

    @CROWDS
    @given(seed=SEEDS)
    def test_what_is_missing_of_a_payment_is_what_is_still_due(self, notice, seed):
        for question, dice in crowd(notice, seed, "payable"):
            due = assess(notice, question).own_due_fen
            part = dice.randrange(due)
            answer = assess(notice, replace(question, paid=Paid(question.at, part)))
            assert (answer.outcome, answer.own_due_fen) == ("payable", due - part)


@BY_COUNTY
class TestSameAnswer:
    @CROWDS
    @given(seed=SEEDS)
    def test_whatever_the_order_of_statuses(self, notice, seed):
        for question, dice in crowd(notice, seed):
            shuffled = tuple(dice.sample(question.statuses, len(question.statuses)))
            assert written(notice, replace(question, statuses=shuffled)) == written(notice, question)

    @CROWDS
    @given(seed=SEEDS)
    def test_when_a_status_is_given_twice(self, notice, seed):
        for question, _ in crowd(notice, seed):
            twice = replace(question, statuses=question.statuses * 2)
            assert assess(notice, twice).core() == assess(notice, question).core()

    @CROWDS
    @given(seed=SEEDS)
    def test_however_often_it_is_asked_and_whoever_loaded_the_notice(self, notice, seed):
        again = AGAIN[notice.county, notice.year]
        for question, _ in crowd(notice, seed):
            assert written(notice, question) == written(notice, question) == written(again, question)

    @CROWDS
    @given(seed=SEEDS)
    def test_at_every_second_of_a_day_without_border(self, notice, seed):
        for question, dice in crowd(notice, seed):
            day = first_second(dice.day())
            inside = [*notice.borders, question.person.registered_at or 0]
            if not any(day < border < day + 86_400 for border in inside):
                first = assess(notice, question.asked_at(day)).as_dict()
                last = assess(notice, question.asked_at(day + 86_399)).as_dict()
                assert {**first, "trace": 0} == {**last, "trace": 0}


LONG_HELD = {"class": "exited", "grade": 2, "effective_on": "2015-01-01", "listed_on": "2016-01-02"}
_ASK = """
import sys
from canbao.commands.assess import write_answers
from libs.common.policy import load_all
write_answers(sys.stdin.buffer, sys.stdout.buffer, load_all())
"""


def test_the_same_bytes_in_every_process():
    raw = b"\n".join(
        orjson.dumps({
            "case": i, "county": county, "year": year, "at": f"{year - 1}-11-05T10:00:00+08:00", "tier": 1,
            "person": {"born": "1999-01-15", "hukou": "county"},
            "statuses": [
                {**LONG_HELD, "code": code}
                for code in ("registered_poor", "disabled", "dibao", "fp_reward", "tekun")
            ][i % 5 :],
        })
        for i, (county, year) in enumerate([*NOTICES] * 5)
    )  # fmt: skip
    answers = {
        subprocess.run(
            [sys.executable, "-c", _ASK],
            input=raw,
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
    assert answers.pop().count(b"\n") == 5 * len(NOTICES)


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.text(max_size=6),
        st.sampled_from(["2019-11-20", "2019-11-20T10:00:00+08:00", "county", "youxi", "dibao", "birth"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)
FIELDS = (
    "case", "county", "year", "at", "person", "statuses", "event", "tier", "household", "add_ons",
    "parameters", "paid", "person.born", "person.hukou", "person.employed", "person.employee_insurance",
    "person.service", "person.school", "person.registered_at", "person.resident_since",
    "person.history", "repair_years", "repaid_years",
)  # fmt: skip
WELL_FORMED = {
    "case": "c",
    "county": "youxi",
    "year": 2020,
    "at": "2019-11-20T10:00:00+08:00",
    "person": {"born": "1980-06-15", "hukou": "county"},
}


class TestWhateverIsWritten:
    @settings(max_examples=400, deadline=None)
    @given(field=st.sampled_from(FIELDS), value=ANYTHING)
    def test_is_answered_or_its_field_is_named(self, field, value):
        data = {**WELL_FORMED, "person": dict(WELL_FORMED["person"])}
        block = data["person"] if field.startswith("person.") else data
        block[field.removeprefix("person.")] = value
        out = io.BytesIO()
        malformed = write_answers(io.BytesIO(json.dumps(data).encode()), out, NOTICES)
        (row,) = out.getvalue().splitlines()
        answer = json.loads(row)
        assert ("error" in answer) == bool(malformed)
        assert "outcome" in answer or answer["error"]["field"]
