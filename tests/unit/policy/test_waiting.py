"""History, waiting and repair by the national frame from 2025 on, at a county that does not exist."""

from datetime import date, datetime
from typing import Any

import pytest

from libs.common.dates import second_of
from libs.common.policy import (
    NoticeInvalid,
    Paid,
    Person,
    Question,
    QuestionMalformed,
    Status,
    assess,
    load_notice_bytes,
    parse_question,
    schedule,
)
from libs.common.policy.engine.question import History

NOTICE = """
notice:
  county: anywhere
  year: 2030
  division: "999901"
  level: county
  place: {zh: 某县, en: Anywhere}
  scheme: {zh: 城乡居民基本医疗保险, en: residents' insurance}
  title: 通知
  document_no: 某政办〔2029〕1号
  issuer: 某县
  effective_from: 2029-09-01
  question_prefix: XX
scope:
  clause: 一
  admit: [{id: all, clause: 一, label: {zh: 所有人, en: everybody}, when: {hukou: [county, city, elsewhere]}}]
amounts:
  - {name: own, clause: 二, label: {zh: 个人, en: own}, value: 500元}
  - {name: loyal, clause: 二, label: {zh: 连续参保优惠, en: for continuous years}, value: 450元}
  - {name: repair, clause: 五, label: {zh: 补缴标准, en: a repaired year}, value: 480元}
prices:
  - {id: new, clause: 二, label: {zh: 当年起应参保, en: first due this year}, when: {due_from_year: {min: 2030}}, sum: [own], own: own, percent: 50%}
  - {id: loyal, clause: 二, label: {zh: 连续四年, en: four years running}, when: {continuous_years: {min: 4}}, sum: [loyal], own: own}
  - {id: own, clause: 二, label: {zh: 标准, en: standard}, sum: [own], own: own}
windows:
  - {id: main, kind: main, clause: 三, label: {zh: 集中期, en: main window}, from: 2029-09-01, to: 2029-12-31}
  - {id: born, kind: special, clause: 三, label: {zh: 新生儿, en: newborn}, from: 2030-01-01, to: 2030-12-31, event: {kind: birth, within: 90}}
  - {id: late, kind: makeup, clause: 三, label: {zh: 补缴期, en: late}, from: 2030-01-01, to: 2030-12-31}
benefit:
  clause: 四
  from: 2030-01-01
  to: 2030-12-31
  rules:
    - {id: born, clause: 四, label: {zh: 出生起, en: from birth}, windows: [born], start: {anchor: birth}}
    - {id: main, clause: 四, label: {zh: 年度, en: year}, windows: [main], start: {anchor: coverage_start}}
    - {id: late, clause: 四, label: {zh: 缴费起, en: from payment}, windows: [late], start: {anchor: payment_day}}
waiting:
  clause: 五
  label: {zh: 等待期, en: wait}
  counted_from: 2025
  fixed_months: 3
  months_per_year: 1
  floor: {from_years: 4, months: 6}
  exempt:
    - {id: poor, clause: 五1, label: {zh: 困难群众, en: people in need}, when: {status: {codes: [poor]}}}
  rules:
    - {id: main, clause: 五2, label: {zh: 断保, en: lapsed}, windows: [main], who: lapsed, anchor: coverage_start}
    - {id: late, clause: 五3, label: {zh: 集中期外, en: outside}, windows: [late], who: everybody, anchor: month_of_payment}
  repair: {clause: 五4, label: {zh: 补缴, en: repair}, price: repair, latest: before_wait_ends}
statuses:
  - {code: poor, clause: 六, label: {zh: 困难, en: poor}, department: civil_affairs}
payers:
  - {code: finance, clause: 六, label: {zh: 财政, en: finance}}
subsidies:
  clause: 六
  stacking: {rule: highest, clause: 六}
  rules: [{id: full, clause: 六, label: {zh: 全额, en: full}, for: [{status: poor}], payer: finance, amount: own, mechanism: paid_on_behalf}]
  after_payment: {clause: 六, rule: nothing, label: {zh: 不调整, en: nothing}}
household: {clause: 七, label: {zh: 按人, en: individual}, unit: individual}
"""  # noqa: E501
ANYWHERE = load_notice_bytes(NOTICE.encode(), "anywhere/2030.yaml")
IN_WINDOW, LATE = "2029-10-01", "2030-03-20"


def changed(old: str, new: str) -> bytes:
    assert NOTICE.count(old) == 1, old
    return NOTICE.replace(old, new).encode()


def at(day: str) -> int:
    return second_of(datetime.fromisoformat(f"{day}T10:00:00+08:00"))


def ask(day: str, *insured: int, due: int | None = None, born: str = "1980-01-01", **more: Any) -> Question:
    history = more.pop("history", History(frozenset(insured), due))
    return Question("anywhere", 2030, at(day), Person(date.fromisoformat(born), history=history), **more)


def answer(day: str, *insured: int, **more: Any) -> dict[str, Any]:
    return assess(ANYWHERE, ask(day, *insured, **more)).as_dict()


def begins(day: str, *insured: int, **more: Any) -> str | None:
    benefit = answer(day, *insured, **more)["benefit"]
    return benefit and benefit["from"]


ALL = (2025, 2026, 2027, 2028, 2029)
#: Lapsed years -> the years in which the person was insured.
LAPSED = {0: ALL, 1: ALL[:4], 2: ALL[:3], 3: ALL[:2], 4: ALL[:1], 5: ()}


class TestWait:
    @pytest.mark.parametrize(
        ("lapsed", "variable", "total", "first"),
        [
            (1, 0, 3, "2030-04-01"),
            (2, 1, 4, "2030-05-01"),
            (3, 2, 5, "2030-06-01"),
            (4, 3, 6, "2030-07-01"),
            (5, 4, 7, "2030-08-01"),
        ],
    )
    def test_grows_by_a_month_for_each_year_after_the_first(self, lapsed, variable, total, first):
        found = answer(IN_WINDOW, *LAPSED[lapsed])

        assert found["lapsed_years"] == lapsed
        assert found["wait"] == {
            "fixed_months": 3,
            "variable_months": variable,
            "repaired_months": 0,
            "total_months": total,
        }
        assert found["benefit"]["from"] == first
        assert found["own_due_fen"] == 50_000

    def test_is_none_within_the_window_for_whoever_never_lapsed(self):
        found = answer(IN_WINDOW, *ALL)

        assert (found["wait"], found["lapsed_years"], found["continuous_years"]) == (None, 0, 5)
        assert found["benefit"]["from"] == "2030-01-01"

    def test_is_the_fixed_part_outside_the_window_even_for_them(self):
        found = answer(LATE, *ALL)

        assert found["wait"]["total_months"] == 3
        assert found["benefit"]["from"] == "2030-06-01"

    def test_runs_from_the_anchor_of_its_window(self):
        assert begins(LATE, *LAPSED[2]) == "2030-07-01"

    def test_of_years_before_the_first_counted_is_none(self):
        assert answer(IN_WINDOW, 2023)["lapsed_years"] == 5

    def test_does_not_count_years_before_the_person_had_to_be_insured(self):
        found = answer(IN_WINDOW, due=2029)

        assert (found["lapsed_years"], found["wait"]["total_months"]) == (1, 3)

    def test_is_none_for_whoever_had_to_be_insured_from_this_year_on(self):
        assert (answer(IN_WINDOW, due=2030)["wait"], begins(IN_WINDOW, due=2030)) == (None, "2030-01-01")

    def test_counts_from_the_year_of_birth_on(self):
        assert answer(IN_WINDOW, born="2028-05-01")["lapsed_years"] == 2

    def test_looks_only_at_years_before_the_coverage_year(self):
        assert answer(IN_WINDOW, *LAPSED[2], 2030, 2031)["lapsed_years"] == 2

    def test_is_none_in_a_window_without_a_rule(self):
        found = answer("2030-03-20", born="2030-02-01")

        assert (found["wait"], found["benefit"]["from"]) == (None, "2030-02-01")

    def test_is_none_for_exempt_people_who_lapsed(self):
        poor = Status("poor", date(2029, 1, 1), date(2029, 2, 1))
        found = answer(IN_WINDOW, statuses=(poor,))

        assert (found["outcome"], found["wait"], found["lapsed_years"]) == ("exempt", None, 5)
        assert found["benefit"]["from"] == "2030-01-01"

    def test_that_outlasts_the_year_leaves_no_cover_and_says_so(self):
        found = answer("2030-11-20", *ALL)

        assert (found["benefit"], found["benefit_days"]) == (None, 0)
        assert [one["id"] for one in found["warnings"]] == ["no_benefit_days"]


class TestFloor:
    def test_keeps_four_lapsed_years_at_six_months_so_none_can_usefully_be_repaired(self):
        assert answer(IN_WINDOW, *LAPSED[4])["repair"] is None
        found = answer(IN_WINDOW, *LAPSED[4], repair_years=1)
        assert (found["outcome"], found["reason_codes"]) == ("rejected", ["repair_not_possible"])

    def test_leaves_six_months_of_five_lapsed_years_after_repair(self):
        found = answer(IN_WINDOW, *LAPSED[5], repair_years=1)

        assert found["wait"] == {
            "fixed_months": 3,
            "variable_months": 4,
            "repaired_months": 1,
            "total_months": 6,
        }
        assert found["repair"] == {"years": 1, "due_fen": 48_000, "most_years": 1}
        assert found["benefit"]["from"] == "2030-07-01"

    def test_refuses_money_that_would_shorten_nothing(self):
        found = answer(IN_WINDOW, *LAPSED[5], repair_years=2)

        assert (found["outcome"], found["own_due_fen"]) == ("rejected", 0)
        assert found["repair"] == {"years": 0, "due_fen": 0, "most_years": 1}

    @pytest.mark.parametrize(("repaid", "total"), [(1, 6), (2, 6), (4, 6), (5, 6)])
    def test_holds_however_many_years_were_repaired_before(self, repaid, total):
        assert answer(IN_WINDOW, *LAPSED[5], repaid_years=repaid)["wait"]["total_months"] == total

    def test_is_none_below_its_years(self):
        assert answer(IN_WINDOW, *LAPSED[3], repair_years=2)["wait"]["total_months"] == 3


class TestRepair:
    def test_is_apart_from_the_contribution(self):
        found = answer(IN_WINDOW, *LAPSED[3], repair_years=2)

        assert (found["own_due_fen"], found["repair"]["due_fen"]) == (50_000, 96_000)
        assert begins(IN_WINDOW, *LAPSED[3], repair_years=2) == "2030-04-01"

    def test_says_how_many_years_could_be_repaired(self):
        assert answer(IN_WINDOW, *LAPSED[3])["repair"] == {"years": 0, "due_fen": 0, "most_years": 2}

    def test_of_years_repaired_before_is_not_charged_again(self):
        found = answer(IN_WINDOW, *LAPSED[3], repaid_years=1, repair_years=1)

        assert found["repair"] == {"years": 1, "due_fen": 48_000, "most_years": 1}
        assert (found["wait"]["repaired_months"], found["wait"]["total_months"]) == (2, 3)

    @pytest.mark.parametrize("insured", [LAPSED[0], LAPSED[1]])
    def test_is_refused_where_there_is_nothing_to_repair(self, insured):
        assert answer(IN_WINDOW, *insured, repair_years=1)["reason_codes"] == ["repair_not_possible"]

    def test_is_refused_while_the_history_is_not_known(self):
        assert answer(IN_WINDOW, history=None, repair_years=1)["reason_codes"] == ["repair_not_possible"]

    def test_costs_the_persons_own_standard_where_the_notice_names_no_price(self):
        notice = load_notice_bytes(changed("price: repair, ", ""), "x")

        assert (
            assess(notice, ask(IN_WINDOW, *LAPSED[2], repair_years=1)).as_dict()["repair"]["due_fen"]
            == 50_000
        )

    def test_may_take_several_months_off_per_year(self):
        notice = load_notice_bytes(changed("price: repair, ", "price: repair, per_year: 2, "), "x")
        found = assess(notice, ask(IN_WINDOW, *LAPSED[3])).as_dict()

        assert found["repair"]["most_years"] == 1

    def test_of_a_price_that_nobody_supplied_is_blocked(self):
        text = changed(
            "label: {zh: 补缴标准, en: a repaired year}, value: 480元",
            "label: {zh: 甲, en: a}, parameter: repair_fen",
        )
        notice = load_notice_bytes(text, "x")

        assert assess(notice, ask(IN_WINDOW, *LAPSED[2], repair_years=1)).outcome == "blocked"
        assert assess(notice, ask(IN_WINDOW, *LAPSED[2])).outcome == "payable"


class TestRepairAfterPayment:
    def bought(self, day: str, years: int = 1) -> dict[str, Any]:
        paid = Paid(at(IN_WINDOW), 50_000)
        return answer(day, *LAPSED[3], paid=paid, repair_years=years)

    def test_is_charged_while_the_contribution_is_paid(self):
        found = self.bought("2030-02-01", 2)

        assert (found["outcome"], found["own_due_fen"], found["repair"]["due_fen"]) == ("paid", 0, 96_000)
        assert found["benefit"]["from"] == "2030-04-01"

    def test_never_gives_cover_before_its_own_day(self):
        assert self.bought("2030-05-20")["benefit"] == {"from": "2030-05-20", "to": "2030-12-31"}

    def test_is_refused_once_the_wait_has_ended(self):
        assert self.bought("2030-05-31")["outcome"] == "paid"
        assert self.bought("2030-06-01")["reason_codes"] == ["repair_not_possible"]

    def test_is_refused_where_it_goes_with_the_contribution_only(self):
        notice = load_notice_bytes(changed("before_wait_ends", "with_contribution"), "x")
        late = ask("2030-02-01", *LAPSED[3], paid=Paid(at(IN_WINDOW), 50_000), repair_years=1)

        assert assess(notice, late).reason_codes == ("repair_not_possible",)
        assert assess(notice, ask(IN_WINDOW, *LAPSED[3], repair_years=1)).outcome == "payable"


class TestUnknownHistory:
    @pytest.mark.parametrize("day", [IN_WINDOW, LATE])
    def test_leaves_the_contribution_and_says_that_cover_is_not_known(self, day):
        found = answer(day, history=None)

        assert (found["outcome"], found["own_due_fen"]) == ("payable", 50_000)
        assert (found["lapsed_years"], found["continuous_years"], found["wait"]) == (None, None, None)
        assert (found["benefit"], found["repair"]) == (None, None)
        assert [one["id"] for one in found["warnings"]] == ["history_unknown"]

    def test_does_not_matter_for_exempt_people(self):
        poor = Status("poor", date(2029, 1, 1), date(2029, 2, 1))
        assert begins(IN_WINDOW, history=None, statuses=(poor,)) == "2030-01-01"

    def test_does_not_matter_for_whoever_was_born_this_year(self):
        assert answer("2030-10-01", history=None, born="2030-02-01")["lapsed_years"] == 0

    def test_meets_no_condition_about_the_history(self):
        assert answer(IN_WINDOW, history=None)["price_fen"] == 50_000


class TestConditions:
    def test_ask_for_continuous_years(self):
        assert answer(IN_WINDOW, *ALL[1:])["price_fen"] == 45_000
        assert answer(IN_WINDOW, *ALL[2:])["price_fen"] == 50_000

    def test_tell_who_renews_from_who_joins(self):
        notice = load_notice_bytes(
            changed("{continuous_years: {min: 4}}", "{continuous_years: {min: 1}}"), "x"
        )

        prices = [assess(notice, ask(IN_WINDOW, *years)).price_fen for years in (ALL[-1:], ALL[:-1], ())]
        assert prices == [45_000, 50_000, 50_000]

    def test_ask_for_the_first_year_due(self):
        assert answer(IN_WINDOW, due=2030)["price_fen"] == 25_000

    def test_ask_for_lapsed_years(self):
        text = changed("{continuous_years: {min: 4}}", "{lapsed_years: {min: 1, under: 3}}")
        notice = load_notice_bytes(text, "x")

        prices = [assess(notice, ask(IN_WINDOW, *LAPSED[n])).price_fen for n in (0, 1, 2, 3)]
        assert prices == [50_000, 45_000, 45_000, 50_000]

    def test_about_the_history_need_a_notice_that_counts_it(self):
        text = NOTICE[: NOTICE.index("waiting:")] + NOTICE[NOTICE.index("statuses:") :]
        with pytest.raises(NoticeInvalid, match="enrollment history, which this notice does not count"):
            load_notice_bytes(text.encode(), "x")


class TestNoticesWithoutHistory:
    def test_say_nothing_of_it_and_repair_nothing(self):
        text = NOTICE[: NOTICE.index("waiting:")] + NOTICE[NOTICE.index("statuses:") :]
        text = text.replace("{continuous_years: {min: 4}}", "{age: {min: 120}}")
        notice = load_notice_bytes(
            text.replace("{due_from_year: {min: 2030}}", "{age: {min: 121}}").encode(), "x"
        )
        told, plain = (
            assess(notice, ask(IN_WINDOW, history=h)).as_dict() for h in (History(frozenset()), None)
        )

        assert told == plain
        assert not told.keys() & {"lapsed_years", "continuous_years", "wait", "repair"}
        assert assess(notice, ask(IN_WINDOW, repair_years=1)).reason_codes == ("repair_not_possible",)


class TestTold:
    def test_clause_by_clause(self):
        steps = answer(IN_WINDOW, *LAPSED[3], repair_years=1)["trace"]
        told = {step["rule"]: (step["clause"], step["words"]["zh"]) for step in steps}

        assert told["waiting.history"] == (
            "五",
            "2027至2029年度没有参保，断保3年（2025年以前和应参保以前的年度不算）。",
        )
        assert told["waiting.main"] == (
            "五2",
            "断保：固定等待期3个月，第2个断保年起每年加1个月，共加2个月，补缴减1个月，合计等待4个月，"
            "自2030-01-01起算。",
        )
        assert told["waiting.repair"] == ("五4", "补缴：补缴1年，另缴480元。")
        assert told["benefit.main"] == ("四", "年度：等待期满，待遇期为2030-05-01至2030-12-31，共245天。")

    def test_the_payer_hears_of_the_wait_and_what_repair_would_change(self):
        (warning,) = answer(IN_WINDOW, *LAPSED[3])["warnings"]

        assert (warning["id"], warning["clause"]) == ("waiting_period", "五2")
        assert warning["zh"] == "有5个月等待期，2030-06-01起享受待遇；还可补缴2年，等待期减2个月。"
        assert warning["en"] == (
            "A wait of 5 months, cover from 2030-06-01; repairing 2 years more makes it 2 months shorter."
        )

    def test_the_sentence_names_both_sums(self):
        summary = answer(IN_WINDOW, *LAPSED[3], repair_years=1)["summary"]

        assert summary["zh"].endswith("本人应缴500元，另补缴断保年度480元。")
        assert summary["en"].endswith("500 yuan due from the person, and 480 yuan for repaired years.")


class TestSchedule:
    def test_is_shared_only_by_people_alike_in_what_their_history_comes_to(self):
        first, other, again = (
            [part.answer.price_fen for part in schedule(ANYWHERE, ask(IN_WINDOW, *years))]
            for years in (ALL, LAPSED[2], (2024, *ALL))
        )

        assert first == again != other


ASKED = {"county": "anywhere", "year": 2030, "at": "2029-10-01T10:00:00+08:00"}


class TestQuestion:
    def parse(self, history: object, **more: object) -> Question:
        person = {"born": "1980-01-01", "hukou": "county", "history": history}
        return parse_question({**ASKED, "person": person, **more})

    def test_is_read_with_its_history(self):
        question = self.parse(
            {"insured_years": [2027, 2025], "due_from_year": 2024}, repair_years=1, repaid_years=2
        )

        assert question.person.history == History(frozenset({2025, 2027}), 2024)
        assert (question.repair_years, question.repaid_years) == (1, 2)

    def test_may_leave_the_history_open(self):
        assert self.parse(None).person.history is None

    @pytest.mark.parametrize(
        ("history", "field"),
        [
            ({}, "person.history.insured_years"),
            ({"insured_years": [2027.5]}, "person.history.insured_years"),
            ({"insured_years": ["2027"]}, "person.history.insured_years"),
            ({"insured_years": [20]}, "person.history.insured_years"),
            ({"insured_years": [], "due_from": 2024}, "person.history.due_from"),
        ],
    )
    def test_names_what_is_wrong_in_both_languages(self, history, field):
        with pytest.raises(QuestionMalformed) as caught:
            self.parse(history)
        assert caught.value.field == field
        assert caught.value.zh


class TestFile:
    @pytest.mark.parametrize(
        ("old", "new", "problem"),
        [
            ("counted_from: 2025", "counted_from: 2030", "no year before 2030 is counted"),
            ("windows: [main], who", "windows: [mian], who", "window 'mian' is not defined"),
            ("who: everybody", "who: everyone", "'everyone' is not known here"),
            ("anchor: month_of_payment", "anchor: fixed_date", "cannot run from a fixed date"),
            ("anchor: month_of_payment", "anchor: event_day", "event_day needs event windows"),
            ("windows: [late], who", "windows: [main], who", "two waits for window 'main'"),
            ("price: repair", "price: repiar", "amount 'repiar' is not defined"),
        ],
    )
    def test_with_a_wait_that_makes_no_sense_is_refused(self, old, new, problem):
        with pytest.raises(NoticeInvalid, match=problem):
            load_notice_bytes(changed(old, new), "x")


class TestWhatCanBeRepaired:
    def told(self, day, *insured, **more):
        return assess(load_notice_bytes(NOTICE.encode(), "x"), ask(day, *insured, **more)).repairable

    def test_the_latest_years_first_with_what_each_costs_and_the_wait_after_it(self):
        found = self.told(IN_WINDOW, *LAPSED[3])
        assert (found.years, found.each_fen, found.months) == ((2029, 2028), 48_000, (5, 4, 3))
        assert (found.anchor, found.waits_from) == ("coverage_start", date(2030, 1, 1))

    def test_outside_the_window_the_wait_runs_from_a_day_that_payment_makes(self):
        found = self.told("2030-02-10", *LAPSED[3])
        assert (found.anchor, found.waits_from) == ("month_of_payment", None)

    def test_only_years_that_shorten_the_wait_and_were_not_repaired_before(self):
        assert self.told(IN_WINDOW, *LAPSED[4]) is None
        assert self.told(IN_WINDOW, *LAPSED[5]).years == (2029,)
        assert self.told(IN_WINDOW, *LAPSED[3], repaid_years=1).years == (2028,)
        assert self.told(IN_WINDOW, *LAPSED[3], repaid_years=2) is None

    def test_nothing_at_a_price_that_nobody_knows(self):
        parameter = "label: {zh: 甲, en: a}, parameter: repair_fen"
        body = changed("label: {zh: 补缴标准, en: a repaired year}, value: 480元", parameter)
        assert assess(load_notice_bytes(body, "x"), ask(IN_WINDOW, *LAPSED[3])).repairable is None

    def test_it_ends_a_segment_of_the_schedule_where_the_terms_change(self):
        notice = load_notice_bytes(NOTICE.encode(), "x")
        terms = [one.answer.repairable for one in schedule(notice, ask(IN_WINDOW, *LAPSED[3]))]
        assert [one and one.anchor for one in terms] == [None, "coverage_start", "month_of_payment", None]
