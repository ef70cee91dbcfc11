"""Scenario files are read strictly: whatever would change nothing is refused, with its line and the mend."""

import json
import re

import pytest

from canbao.replay.scenario import Order, Register, ScenarioInvalid, parse_step, read_steps, seasons_of

AT = "2019-11-20T10:00:00+08:00"
PAYER = {"id_number": "350426198006152246", "name": "林秀英", "family": ["350426200506152243"]}
ORDER = {
    "channel": "wechat",
    "county": "youxi",
    "coverage_year": 2020,
    "payer": PAYER,
    "transaction_no": "T1",
}


def line(do: str, **fields: object) -> str:
    return json.dumps({"at": AT, "do": do, **fields}, ensure_ascii=False)


class TestReading:
    def test_passes_over_empty_lines_and_remarks(self):
        steps = list(read_steps(["", "// a remark", line("settle")]))

        assert [(step.line, step.do) for step in steps] == [(3, "settle")]

    def test_fills_in_what_may_be_left_out(self):
        step = parse_step(1, line("order", **ORDER, **{"for": "family"}))

        assert isinstance(step.deed, Order)
        assert (step.deed.for_, step.deed.copies, step.deed.abandon) == ("family", 1, False)

    def test_knows_whose_money_a_step_touches(self):
        assert parse_step(1, line("order", **ORDER)).deed.people() == {
            "350426198006152246",
            "350426200506152243",
        }

    def test_finds_the_seasons_of_households_and_of_steps(self):
        enrolled = {"members": [], "enroll": {"county": "huining", "coverage_year": 2021}}
        register = parse_step(1, line("register", households=[enrolled, {"members": []}]))

        assert isinstance(register.deed, Register)
        assert seasons_of(register) == {("huining", 2021)}
        assert seasons_of(parse_step(1, line("order", **ORDER))) == {("youxi", 2020)}

    def test_gives_every_line_requests_of_its_own_and_the_same_line_the_same(self):
        first, again = parse_step(3, line("settle")), parse_step(3, line("settle") + "\n")
        other = parse_step(3, line("payout", county="youxi", coverage_year=2020))

        assert first.digest == again.digest != other.digest


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("{", "line 7: not JSON (.*); write one object a line"),
            ("[]", "line 7: write an object with `at` and `do`"),
            (line("regster"), "line 7: `do` is 'regster'; use one of register, roster, .*"),
            (line("close", county="youxi"), "line 7: `close` also needs coverage_year, deadline"),
            (
                line("payout", county="youxi", coverage_year=2020, failed_acounts=[]),
                "line 7: `payout` has no field `failed_acounts`; it may have county, coverage_year, "
                "failed_accounts, returned_accounts, may_be_empty",
            ),
            (
                line("payout", county="youxi", year=2020),
                "line 7: `year` is called `coverage_year`; write that",
            ),
            (
                line("register", households=[{"enroll": {"county": "youxi", "year": 2020}}]),
                "line 7: `enroll`: `year` is called `coverage_year`; write that",
            ),
            (
                line("order", **{**ORDER, "payer": {"id_number": "x"}}),
                "line 7: `order` also needs payer.name",
            ),
            (line("settle").replace("+08:00", ""), "line 7: `at`: The instant needs an offset, .*"),
            ('{"do": "settle", "at": "noon"}', "line 7: `at`: Must be an instant such as .*"),
        ],
    )
    def test_name_the_line_and_the_mend(self, text, says):
        with pytest.raises(ScenarioInvalid) as refused:
            seasons_of(parse_step(7, text))

        assert re.fullmatch(says, str(refused.value))

    def test_an_instant_may_not_go_back(self):
        earlier = line("settle").replace("2019-11-20", "2019-11-19")

        with pytest.raises(ScenarioInvalid, match=r"line 2: .* is before the step above it; sort by `at`"):
            list(read_steps([line("settle"), earlier]))
