"""Questions, shared explanations, and what a late status brings on top."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import orjson
import pytest

from libs.common.events.registration import EnrollmentAssessed
from libs.common.policy import assess, load_all, parse_question, schedule
from services.registration.assessments import rules, telling
from services.registration.assessments.answers import segments_json
from services.registration.assessments.subject import Happened, Subject
from services.registration.statuses.rules import Recorded

AT = datetime(2019, 10, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def notice():
    return load_all()[("youxi", 2020)]


def enrollment(**more):
    known = {
        "enrollment_id": 7,
        "county": "youxi",
        "coverage_year": 2020,
        "household_id": 3,
        "division_code": "350426101203",
        "tier": None,
        "add_ons": [],
        "registered_at": AT,
        "completed_at": None,
        "known_at": None,
    }
    return SimpleNamespace(**known | more)


def person(born=date(1980, 6, 15), guardian_id=1):
    return SimpleNamespace(
        id=9,
        born=born,
        sex="female",
        facts={"hukou": "county"},
        guardian_id=guardian_id,
        name="林秀英",
        number="350426198006150021",
        digests=["d"],
    )


def said(known_at=AT, **more):
    known = {
        "person_id": 9,
        "coverage_year": 2020,
        "id": 1,
        "status": "medical_assistance_1",
        "said": "add",
        "status_class": None,
        "grade": None,
        "department": "civil_affairs",
        "effective_on": date(2019, 3, 1),
        "ended_on": None,
        "listed_on": date(2019, 9, 20),
        "known_at": known_at,
    }
    return Recorded(**known | more)


def subsidy(amount, mechanism, payer="p", status="s"):
    line = {"payer": payer, "status": status, "amount_fen": amount, "mechanism": mechanism}
    return SimpleNamespace(**line, as_dict=lambda: dict(line))


class TestQuestion:
    def test_asks_with_what_was_known(self, notice):
        later, ended = AT + timedelta(days=1), date(2019, 10, 2)
        subject = Subject(
            enrollment(),
            person(),
            [said(), said(later, id=2, said="remove", effective_on=ended, listed_on=ended)],
        )
        assert "ended_on" not in rules.question_of(notice, subject, AT, AT)["statuses"][0]
        assert rules.question_of(notice, subject, AT, later)["statuses"][0]["ended_on"] == "2019-10-02"
        assert "statuses" not in rules.question_of(notice, subject, AT, AT - timedelta(seconds=1))

    def test_a_class_that_the_notice_does_not_know_is_no_change_of_status(self, notice):
        november = date(2019, 11, 5)
        subject = Subject(
            enrollment(),
            person(),
            [
                said(status="disabled"),
                said(id=2, status="disabled", grade=2, effective_on=november, listed_on=november),
            ],
        )
        (status,) = rules.question_of(notice, subject, AT, AT)["statuses"]
        assert (status["listed_on"], status["effective_on"], status["grade"]) == (
            "2019-09-20",
            "2019-03-01",
            2,
        )

    def test_every_question_can_be_read_by_the_engine(self, notice):
        subject = Subject(
            enrollment(tier=1, add_ons=["accident"]),
            person(),
            [said(grade=2, status_class="x", ended_on=date(2020, 1, 1))],
            [Happened(1, "discharged", date(2019, 9, 1), AT)],
            {"fiscal_match_fen": 52_000},
            2,
        )
        question = parse_question(rules.question_of(notice, subject, AT, AT, (AT, 25_000)))
        assert (question.tier, question.paid_tier, question.add_ons) == (1, 2, ("accident",))
        assert question.paid.amount_fen == 25_000

    def test_values_of_operators_count_from_when_they_were_known(self):
        rows = [
            SimpleNamespace(
                county="c", coverage_year=1, name="n", value=value, known_at=AT + timedelta(days=day)
            )
            for day, value in enumerate((1, 2))
        ]
        assert rules.parameters_at(rows, AT) == {("c", 1): {"n": 1}}
        assert rules.parameters_at(rows, AT + timedelta(days=1)) == {("c", 1): {"n": 2}}


class TestExplaining:
    @pytest.mark.parametrize("statuses", [[], [said()], [said(effective_on=date(1980, 6, 15))]])
    def test_what_is_blanked_comes_back(self, notice, statuses):
        question = rules.question_of(notice, Subject(enrollment(), person(), statuses), AT, AT)
        answer = assess(notice, parse_question(question))
        explained = rules.explain(answer, question)
        assert rules.read_trace(orjson.loads(explained.trace), question) == answer.as_dict()["trace"]
        assert "1980-06-15" not in orjson.dumps(orjson.loads(explained.trace)[0]).decode()

    def test_people_alike_share_a_body_and_others_do_not(self, notice):
        def sha(born, statuses=()):
            question = rules.question_of(notice, Subject(enrollment(), person(born), statuses), AT, AT)
            return rules.explain(assess(notice, parse_question(question)), question).sha

        assert sha(date(1980, 6, 15)) == sha(date(1971, 1, 2))
        assert sha(date(1980, 6, 15)) != sha(date(1980, 6, 15), [said()])


class TestFact:
    def test_is_what_the_contract_says(self, notice):
        subject = Subject(enrollment(), person(born=date(2010, 1, 1)))
        segments = schedule(notice, parse_question(rules.question_of(notice, subject, AT, AT)))
        data = telling.assessed_fact(
            subject,
            assessment_id=1,
            revision=1,
            notice=notice.ref,
            name_digest="n",
            schedule=segments_json(segments),
            assessed_at=AT,
        )
        fact = EnrollmentAssessed.model_validate_json(orjson.dumps(data))
        assert (fact.minor, fact.guardian_id, fact.identity_digests) == (True, 1, ("d",))
        assert fact.masked_name == "林**"
        assert [segment.window for segment in fact.schedule if segment.covers(AT)] == ["main"]

    def test_times_in_which_no_window_is_open_are_left_out(self, notice):
        subject = Subject(enrollment(), person())
        segments = schedule(notice, parse_question(rules.question_of(notice, subject, AT, AT)))
        kept = orjson.loads(segments_json(segments))
        assert len(kept) < len(segments)
        assert all(segment["outcome"] in ("payable", "exempt", "blocked") for segment in kept)

    def test_a_minor_who_is_the_head_has_no_guardian(self):
        assert rules.guardian_of(person(born=date(2010, 1, 1), guardian_id=9), AT) == (True, None)
        assert rules.guardian_of(person(), AT) == (False, None)


class TestLateSubsidies:
    @pytest.mark.parametrize(
        ("after", "decided", "late"),
        [
            ([], [], []),
            ([subsidy(200, "reimburse_to_card")], [], [200]),
            ([subsidy(200, "reimburse_to_card")], [subsidy(200, "reimburse_to_card")], []),
            ([subsidy(280, "reimburse_to_card")], [subsidy(200, "reimburse_to_card")], [80]),
            ([subsidy(130, "outside_system")], [subsidy(130, "outside_system")], []),
            ([subsidy(130, "outside_system")], [], [130]),
        ],
    )
    def test_is_what_comes_on_top_of_what_was_decided(self, after, decided, late):
        assert [line["amount_fen"] for line in telling.late_subsidies(after, decided)] == late


class TestChangedSince:
    def test_says_whether_anything_became_known_later(self):
        assert not rules.changed_since([said()], AT)
        assert rules.changed_since([said(AT + timedelta(days=1))], AT)
