"""What holds for every question: determinism, shares that add up, malformed lines, the command itself."""

import io
import json
import random
import subprocess
import sys
from datetime import date, timedelta

import orjson
import pytest

from canbao.commands.assess import write_answers
from libs.common.policy import QuestionMalformed, assess, late_entitlement, load_all, parse_question
from libs.common.policy.cases import load_cases
from libs.common.policy.loader import policies_dir

NOTICES = load_all()
PERSON = {"born": "1980-06-15", "sex": "female", "hukou": "county"}
PLAIN = {"case": "c", "county": "youxi", "year": 2020, "at": "2019-11-20T10:00:00+08:00", "person": PERSON}
QUESTIONS = [
    case.question
    for notice in NOTICES.values()
    for case in load_cases(notice, policies_dir() / notice.county / f"{notice.year}.cases.yaml")
]


def run(*lines: object) -> tuple[list[dict], int]:
    raw = b"".join(line if isinstance(line, bytes) else orjson.dumps(line) + b"\n" for line in lines)
    out = io.BytesIO()
    malformed = write_answers(io.BytesIO(raw), out, NOTICES)
    return [json.loads(row) for row in out.getvalue().splitlines()], malformed


class TestAnswers:
    @pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q["case"])
    def test_shares_add_up_to_the_price(self, question):
        notice = NOTICES[question["county"], question["year"]]
        answer = assess(notice, parse_question({**question, "paid": None}))
        if answer.outcome in ("payable", "exempt"):
            borne = sum(s.amount_fen for s in answer.subsidies if s.mechanism == "paid_on_behalf")
            assert answer.own_due_fen + borne == answer.price_fen
            assert (answer.own_due_fen == 0) == (answer.outcome == "exempt")

    def test_no_order_of_statuses_changes_an_answer(self):
        dice = random.Random(3)
        for question in (q for q in QUESTIONS if len(q.get("statuses") or ()) > 1):
            notice = NOTICES[question["county"], question["year"]]
            first = orjson.dumps(assess(notice, parse_question(question)).as_dict())
            rows = list(question["statuses"])
            dice.shuffle(rows)
            assert (
                orjson.dumps(assess(notice, parse_question({**question, "statuses": rows[::-1]})).as_dict())
                == first
            )

    def test_another_offset_of_the_same_instant_gives_the_same_answer(self):
        utc = {**PLAIN, "at": "2019-11-20T02:00:00Z"}
        assert run(PLAIN)[0] == run(utc)[0]

    def test_business_days_are_those_of_beijing(self):
        late = {**PLAIN, "at": "2019-12-31T16:00:00Z"}
        assert run(late)[0][0]["window"] == "makeup"

    def test_every_step_says_rule_clause_inputs_result_and_words(self):
        for question in QUESTIONS:
            notice = NOTICES[question["county"], question["year"]]
            for step in assess(notice, parse_question(question)).trace:
                assert set(step) == {"rule", "clause", "inputs", "result", "words"}
                assert step["words"]["zh"]
                assert step["words"]["en"]

    def test_every_assumption_is_an_open_question_of_the_notice(self):
        for question in QUESTIONS:
            notice = NOTICES[question["county"], question["year"]]
            assert set(assess(notice, parse_question(question)).assumptions) <= set(notice.open_questions)

    def test_a_late_entitlement_needs_the_payment(self):
        with pytest.raises(QuestionMalformed):
            late_entitlement(NOTICES["youxi", 2020], parse_question(PLAIN))


class TestMalformed:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"at": "2019-11-20T10:00:00"}, "at"),
            ({"at": "2019-11-20"}, "at"),
            ({"at": "0001-01-01T00:00:00+08:00"}, "at"),
            ({"at": 1574215200}, "at"),
            ({"year": "2020"}, "year"),
            ({"year": 2019}, "county"),
            ({"county": "nowhere"}, "county"),
            ({"person": {**PERSON, "born": "1980-02-30"}}, "person.born"),
            ({"person": {**PERSON, "born": "9999-12-31"}}, "person.born"),
            ({"person": {"born": "1980-06-15"}}, "person.hukou"),
            ({"person": {**PERSON, "hukou": "mars"}}, "person.hukou"),
            ({"person": {**PERSON, "residence_permit": "yes"}}, "person.residence_permit"),
            (
                {"person": {**PERSON, "employee_insurance": {"state": "maybe"}}},
                "person.employee_insurance.state",
            ),
            ({"person": {**PERSON, "service": {"kind": "navy"}}}, "person.service.kind"),
            ({"statuses": [{"code": "dibao", "effective_on": "2019-01-01"}]}, "statuses[0].listed_on"),
            ({"statuses": [{"code": "dibao", "listed_on": "2019-01-01"}]}, "statuses[0].effective_on"),
            ({"statuses": "dibao"}, "statuses"),
            ({"event": {"kind": "birth", "on": "2019-01-01"}}, "event.kind"),
            ({"tier": 1.5}, "tier"),
            ({"tier": True}, "tier"),
            ({"paid": {"at": "2019-11-20T10:00:00+08:00", "amount_fen": 250.0}}, "paid.amount_fen"),
            ({"parameters": {"fiscal_match_fen": "52000"}}, "parameters.fiscal_match_fen"),
            ({"parameters": {"fiscal_match_fen": 2**63}}, "parameters.fiscal_match_fen"),
            ({"statusses": []}, "statusses"),
            ({"teir": 1}, "teir"),
            ({"person": {"born": "1980-06-15", "hukow": "county"}}, "person.hukow"),
            (
                {"person": {**PERSON, "employee_insurrance": {"state": "active"}}},
                "person.employee_insurrance",
            ),
            (
                {"person": {**PERSON, "employee_insurance": {"status": "active"}}},
                "person.employee_insurance.status",
            ),
            ({"person": {**PERSON, "service": {"ends": None}}}, "person.service.ends"),
            (
                {
                    "statuses": [
                        {"code": "dibao", "effective_on": "2019-01-01", "listed_on": None, "gradee": 1},
                    ]
                },
                "statuses[0].gradee",
            ),
            ({"event": {"kind": "discharged", "at": "2019-01-01"}}, "event.at"),
            ({"household": {"tier": 1}}, "household.tier"),
            ({"paid": {"at": "2019-11-20T10:00:00+08:00", "amount": 1}}, "paid.amount"),
            ({"person": "somebody"}, "person"),
            ({"person": None}, "person"),
            ({"add_ons": ["accident", 1]}, "add_ons"),
            ({"parameters": [1]}, "parameters"),
            ({"statuses": [None]}, "statuses[0]"),
            ({"add_ons": "accident"}, "add_ons"),
        ],
    )
    def test_names_the_field_and_keeps_the_case(self, change, field):
        (row,), malformed = run({**PLAIN, **change})
        assert malformed == 1
        assert row["case"] == "c"
        assert row["error"]["field"] == field
        assert row["error"]["detail_zh"]

    @pytest.mark.parametrize(
        ("change", "said", "said_zh"),
        [
            ({"at": None}, "is required; add it", "必填，请补上"),
            ({"county": ""}, "is required and must be text", "必填，须是文字"),
            (
                {"teir": 1},
                "is not a field of the contract; check its spelling",
                "契约中没有这个字段，请检查拼写",
            ),
            ({"tier": 0}, "must be a whole number in 1 … 1000000000", "须是整数，范围 1 … 1000000000"),
            (
                {"person": {**PERSON, "sex": "f"}},
                "must be one of female, male",
                "须是以下之一：female, male",
            ),
            (
                {"at": "tomorrow"},
                "must be an instant with offset, such as 2019-11-20T10:00:00+08:00",
                "须是带时区的时刻，例如 2019-11-20T10:00:00+08:00",
            ),
            (
                {"person": {**PERSON, "born": "19800615"}},
                "must be a day of the calendar, such as 2019-11-20",
                "须是日历上的日期，例如 2019-11-20",
            ),
        ],
    )
    def test_says_in_both_languages_how_to_mend_it(self, change, said, said_zh):
        (row,), _ = run({**PLAIN, **change})
        field = row["error"]["field"]
        assert row["error"]["detail"] == f"{field}: {said}"
        assert row["error"]["detail_zh"] == f"{field}：{said_zh}"

    def test_a_mark_in_front_of_the_file_is_no_part_of_the_first_question(self):
        raw = b"\xef\xbb\xbf" + orjson.dumps(PLAIN) + b"\n" + orjson.dumps(PLAIN)
        for pieces in ([raw], [raw[:2], raw[2:]], [raw[:3], raw[3:]]):
            somebody = Conversation(*pieces)
            assert write_answers(somebody, somebody.out, NOTICES) == 0

    def test_a_file_of_utf16_is_told_how_to_be_mended(self):
        rows, malformed = run(json.dumps(PLAIN).encode("utf-16"))
        assert malformed == 1
        assert "UTF-8" in rows[0]["error"]["detail"]
        assert "UTF-8" in rows[0]["error"]["detail_zh"]

    def test_what_is_no_json_is_told_where_in_both_languages(self):
        (row,), _ = run(b'{"case": }\n')
        assert "char 9" in row["error"]["detail"]
        assert "第 10 个字符" in row["error"]["detail_zh"]

    @pytest.mark.parametrize("at", ["2019-11-20t02:00:00z", "2019-11-20T02:00:00z", "2019-11-20 02:00:00Z"])
    def test_instants_are_written_in_every_way_of_the_standard(self, at):
        assert run({**PLAIN, "at": at}) == run({**PLAIN, "at": "2019-11-20T10:00:00+08:00"})

    @pytest.mark.parametrize(
        "case", ["12345678901234567890123", "1.10", "-0.0", "1e30", '{"a":[12345678901234567890123,"b"]}']
    )
    def test_the_case_comes_back_as_it_came(self, case):
        good = orjson.dumps(PLAIN | {"case": "CASE"}).replace(b'"CASE"', case.encode())
        bad = good.replace(b"youxi", b"nowhere")
        out = io.BytesIO()
        assert write_answers(io.BytesIO(good + b"\n" + bad), out, NOTICES) == 1
        for line in out.getvalue().splitlines():
            assert f'"case":{case}'.encode() in line

    def test_a_case_that_cannot_be_given_back_is_refused_and_stops_nobody(self):
        deep = orjson.dumps(PLAIN | {"case": "CASE"}).replace(b'"CASE"', b"[" * 400 + b"]" * 400) + b"\n"
        rows, malformed = run(deep, deep.replace(b"youxi", b"nowhere"), PLAIN)
        assert (malformed, rows[2]["case"]) == (2, "c")
        assert "nested" in rows[0]["error"]["detail"]

    @pytest.mark.parametrize("born", ["1980-W24-7", "19800615", "1980-6-15", 334454400])
    def test_a_day_has_one_form(self, born):
        (row,), _ = run({**PLAIN, "person": {**PERSON, "born": born}})
        assert row["error"]["field"] == "person.born"

    def test_the_rest_is_answered_in_order(self):
        rows, malformed = run(PLAIN, b"not json\n", b"[1]\n", b"\xff\n", b"\n", {**PLAIN, "case": "last"})
        assert malformed == 3
        assert [row["case"] for row in rows] == ["c", None, None, None, "last"]

    def test_a_worked_case_can_be_asked_as_it_stands(self):
        told = {**PLAIN, "expect": {"outcome": "exempt"}, "basis": "T", "note": "wrong on purpose"}
        assert run(told) == run(PLAIN)

    def test_a_status_without_roster_yet_is_no_error(self):
        row = {"code": "medical_assistance_1", "effective_on": "2019-01-01", "listed_on": None}
        (answer,), malformed = run({**PLAIN, "statuses": [row]})
        assert (malformed, answer["own_due_fen"]) == (0, 25_000)


class Conversation:
    """Somebody who writes one line, then waits for its answer before writing the next."""

    def __init__(self, *chunks: bytes) -> None:
        self.out, self.answered, self._chunks = io.BytesIO(), [], list(chunks)

    def read1(self, _: int) -> bytes:
        self.answered.append(self.out.getvalue().count(b"\n"))
        return self._chunks.pop(0) if self._chunks else b""


class TestStreaming:
    def test_whoever_waits_for_an_answer_gets_it(self):
        line = orjson.dumps(PLAIN)
        somebody = Conversation(line + b"\n", line[:20], line[20:] + b"\n" + line + b"\n", line)
        assert write_answers(somebody, somebody.out, NOTICES) == 0
        assert somebody.answered == [0, 1, 1, 3, 3]
        assert somebody.out.getvalue().count(b"\n") == 4

    def test_a_line_without_end_does_not_fill_the_memory(self):
        rest = orjson.dumps({**PLAIN, "case": "next"}) + b"\n"
        rows, malformed = run(b'{"case": "' + b"x" * 5_000_000 + b'"}\n', rest, b"9" * 3_000_000)
        assert [row["case"] for row in rows] == [None, "next", None]
        assert malformed == 2

    def test_blank_lines_and_windows_line_ends_are_no_questions(self):
        rows, malformed = run(b"\r\n", orjson.dumps(PLAIN) + b"\r\n", b"  \n")
        assert (len(rows), malformed) == (1, 0)

    def test_a_real_pipe_is_answered_line_by_line(self):
        talk = subprocess.Popen(
            [sys.executable, "-m", "canbao.commands.assess", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        with talk:
            for case in ("a", "b"):
                talk.stdin.write(orjson.dumps({**PLAIN, "case": case}) + b"\n")
                assert json.loads(talk.stdout.readline())["case"] == case
            talk.stdin.close()
            assert talk.wait(10) == 0


class TestBorders:
    def test_one_day_of_payment_moves_the_benefit_by_one_day_while_waiting(self):
        notice = NOTICES["youxi", 2020]
        day = date(2020, 3, 1)
        while day <= date(2020, 11, 1):
            answer = assess(notice, parse_question({**PLAIN, "at": f"{day}T12:00:00+08:00"})).decision
            assert answer.benefit[0] == day + timedelta(days=60)
            day += timedelta(days=1)
