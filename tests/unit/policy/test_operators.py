"""Kinds of rule that other counties' notices have and the five do not: new data, no new code."""

from datetime import date, datetime

import pytest

from libs.common.dates import second_of
from libs.common.policy import Event, Person, Question, Status, assess, load_notice_bytes, schedule

NOTICE = """
notice:
  county: anywhere
  year: 2024
  division: "999999"
  level: county
  place: {zh: 某县, en: Anywhere}
  scheme: {zh: 居民医保, en: residents' insurance}
  title: 通知
  document_no: 某〔2023〕1号
  issuer: 某县
  effective_from: 2023-09-01
  question_prefix: XX
scope:
  clause: 一
  admit: [{id: all, clause: 一, label: {zh: 所有人, en: everybody}, when: {hukou: [county, city, elsewhere]}}]
amounts:
  - {name: own, clause: 二, label: {zh: 个人, en: own}, value: 400元}
  - {name: month, clause: 二, label: {zh: 每月, en: monthly}, value: 35元}
  - {name: fiscal, clause: 二, label: {zh: 财政, en: fiscal}, value: 640元}
  - {name: last_year, clause: 二, label: {zh: 上年资助, en: last year's help}, value: 350元}
prices:
  - {id: half, clause: 二1, label: {zh: 学生半价, en: students pay half}, windows: [main, tagged, extended], when: {school: [primary_secondary]}, sum: [own], own: own, percent: 50%}
  - {id: stranger, clause: 二2, label: {zh: 无户籍无居住证, en: no hukou no permit}, windows: [main], when: {hukou: [elsewhere], residence_permit: false}, sum: [own, fiscal], own: own}
  - {id: full, clause: 二, label: {zh: 标准, en: standard}, windows: [main, tagged, extended], sum: [own], own: own}
  - {id: rest, clause: 二3, label: {zh: 按剩余月份, en: remaining months}, windows: [returned], sum: [month], own: month, per_remaining_month: from_next_month}
windows:
  - {id: tagged, kind: main, clause: 三1, label: {zh: 困难群众缴费期, en: later window for tagged people}, from: 2023-12-01, to: 2023-12-31, when: {status: {codes: [poor, old]}}}
  - {id: main, kind: main, clause: 三, label: {zh: 集中期, en: main window}, from: 2023-09-01, to: 2024-02-29, when: {not: {status: {codes: [poor, old]}}}, closed_days_of_month: [26, 27, 28], closed_days: [2024-02-10]}
  - {id: extended, kind: makeup, clause: 三2, label: {zh: 延长期, en: extension}, from: 2024-03-01, to: 2024-03-31, when: {parameter: window_extended}}
  - {id: returned, kind: special, clause: 三3, label: {zh: 退役90天内, en: discharged within 90 days}, from: 2024-03-01, to: 2024-12-31, event: {kind: discharged, within: 3, unit: months, count: start_day_included}}
benefit:
  clause: 四
  from: 2024-01-01
  to: 2024-12-31
  rules:
    - {id: school-year, clause: 四1, label: {zh: 学年, en: academic year}, windows: [main], when: {school: [university]}, start: {anchor: fixed_date, on: 2023-09-01}, before_year: true, to: 2024-08-31}
    - {id: late, clause: 四2, label: {zh: 缴费次日, en: day after}, windows: [main, tagged], paid_from: 2024-01-01, start: {anchor: day_after_payment}}
    - {id: main, clause: 四, label: {zh: 年度, en: year}, windows: [main, tagged], start: {anchor: coverage_start}}
    - {id: wait, clause: 四3, label: {zh: 三个月, en: three months}, windows: [extended], start: {anchor: payment_day, wait: 3, unit: months, count: start_day_included}}
    - {id: returned, clause: 四4, label: {zh: 退役之日, en: day of discharge}, windows: [returned], start: {anchor: event_day}}
statuses:
  - {code: poor, clause: 五, label: {zh: 困难, en: poor}, department: civil_affairs}
  - {code: old, clause: 五, label: {zh: 稳定脱贫, en: stably exited}, department: poverty_office}
  - {code: cadre, clause: 五, label: {zh: 老党员, en: veteran cadre}, department: organization}
payers:
  - {code: finance, clause: 五, label: {zh: 财政, en: finance}}
  - {code: organization, clause: 五, label: {zh: 组织部, en: organization department}}
subsidies:
  clause: 五
  stacking: {rule: highest, clause: 五}
  rules:
    - {id: share, clause: 五1, label: {zh: 七成五, en: 75 %}, for: [{status: poor}], payer: finance, amount: {percent: 75%, of: own}, mechanism: paid_on_behalf, roster: {clause: 五5, cutoff_on: 2023-12-15, if_missed: nothing}}
    - {id: taper, clause: 五2, label: {zh: 渐退, en: taper}, for: [{status: old}], payer: finance, amount: {taper: [80%, 50%, 30%], of: last_year}, mechanism: paid_on_behalf}
    - {id: cadre, clause: 五3, label: {zh: 组织部资助, en: by the organization department}, for: [{status: cadre, when: {age: {min: 70}}}], payer: organization, amount: 300元, mechanism: reimburse_to_card}
  after_payment: {clause: 五4, rule: nothing, label: {zh: 不调整, en: nothing}}
household: {clause: 六, label: {zh: 按人, en: individual}, unit: individual}
"""  # noqa: E501
ANYWHERE = load_notice_bytes(NOTICE.encode(), "anywhere/2024.yaml")


def ask(at: str, *statuses: Status, born: str = "1980-01-01", event=None, parameters=None, **facts):
    person = Person(born=date.fromisoformat(born), **facts)
    moment = second_of(datetime.fromisoformat(f"{at}T10:00:00+08:00"))
    return Question("anywhere", 2024, moment, person, statuses, event, parameters=parameters or {})


def answer(*args, **facts) -> dict:
    return assess(ANYWHERE, ask(*args, **facts)).as_dict()


def held(code: str, since: str = "2023-01-01", listed: str = "2023-02-01") -> Status:
    return Status(code, date.fromisoformat(since), date.fromisoformat(listed))


class TestPrices:
    def test_a_class_pays_half(self):
        assert answer("2023-10-01", born="2012-01-01", school="primary_secondary")["own_due_fen"] == 20_000

    def test_people_without_hukou_or_permit_pay_full_financing(self):
        assert answer("2023-10-01", hukou="elsewhere")["own_due_fen"] == 104_000
        assert answer("2023-10-01", hukou="elsewhere", residence_permit=True)["own_due_fen"] == 40_000

    @pytest.mark.parametrize(("at", "fen"), [("2024-06-30", 6 * 3_500), ("2024-07-01", 5 * 3_500)])
    def test_joiners_pay_for_the_remaining_months(self, at, fen):
        assert answer(at, event=Event("discharged", date(2024, 6, 1)))["own_due_fen"] == fen

    def test_a_schedule_cuts_at_every_month_of_such_a_price(self):
        segments = schedule(ANYWHERE, ask("2024-06-30", event=Event("discharged", date(2024, 6, 1))))
        due = [s.answer.own_due_fen for s in segments if s.answer.window == "special"]
        assert due == [6 * 3_500, 5 * 3_500, 4 * 3_500]


class TestWindows:
    @pytest.mark.parametrize("at", ["2023-10-26", "2023-10-28", "2024-02-10"])
    def test_closed_days_take_no_payment(self, at):
        assert answer(at)["reason_codes"] == ["window_closed"]

    def test_a_schedule_knows_closed_days(self):
        segments = schedule(ANYWHERE, ask("2023-10-01"))
        closed = [s for s in segments if s.from_at and s.from_at.isoformat() == "2023-10-26T00:00:00+08:00"]
        assert closed[0].until_at.isoformat() == "2023-10-29T00:00:00+08:00"
        assert closed[0].answer.outcome == "rejected"

    def test_tagged_people_have_a_window_of_their_own(self):
        assert answer("2023-11-20", held("poor"))["reason_codes"] == ["window_not_open"]
        assert answer("2023-12-01", held("poor"))["own_due_fen"] == 10_000

    def test_an_operator_can_extend(self):
        assert answer("2024-03-10")["reason_codes"] == ["window_closed"]
        assert answer("2024-03-10", parameters={"window_extended": True})["window"] == "makeup"

    @pytest.mark.parametrize(("at", "outcome"), [("2024-08-31", "payable"), ("2024-09-01", "rejected")])
    def test_a_window_that_counts_its_first_day(self, at, outcome):
        assert answer(at, event=Event("discharged", date(2024, 6, 1)))["outcome"] == outcome


class TestSubsidies:
    @pytest.mark.parametrize(("since", "fen"), [("2023-05-01", 17_500), ("2022-05-01", 10_500)])
    def test_a_taper_falls_year_by_year(self, since, fen):
        assert answer("2023-12-05", held("old", since))["subsidies"][0]["amount_fen"] == fen

    def test_a_taper_ends(self):
        assert answer("2023-12-05", held("old", "2020-05-01"))["subsidies"] == []

    def test_a_roster_after_the_cutoff_brings_nothing_where_the_notice_says_so(self):
        assert answer("2023-12-20", held("poor", listed="2023-12-16"))["own_due_fen"] == 40_000
        assert answer("2023-12-20", held("poor", listed="2023-12-15"))["own_due_fen"] == 10_000

    def test_a_status_may_ask_for_an_age(self):
        assert answer("2023-10-01", held("cadre"), born="1953-10-02")["subsidies"] == []
        (share,) = answer("2023-10-01", held("cadre"), born="1953-10-01")["subsidies"]
        assert share["payer"] == "organization"


class TestBenefit:
    def test_an_academic_year_spans_two_years(self):
        found = answer("2023-10-01", school="university")
        assert found["benefit"] == {"from": "2023-09-01", "to": "2024-08-31"}

    def test_the_day_after_payment(self):
        assert answer("2024-01-05")["benefit"]["from"] == "2024-01-06"

    def test_a_wait_in_months(self):
        found = answer("2024-03-10", parameters={"window_extended": True})
        assert (found["benefit"]["from"], found["waiting_days"]) == ("2024-06-10", 92)

    def test_from_the_day_of_the_event(self):
        found = answer("2024-06-30", event=Event("discharged", date(2024, 6, 1)))
        assert found["benefit"]["from"] == "2024-06-01"


ADDED = """
    - {id: aged, clause: 五6, label: {zh: 七十岁以上, en: seventy and older}, for: [], when: {age: {min: 70}}, payer: finance, amount: 200元, mechanism: paid_on_behalf}
    - {id: after, clause: 五7, label: {zh: 次年起渐退, en: from the next year on}, for: [{status: exited}], payer: finance, amount: {taper: [80%, 50%], taper_from: year_after, of: last_year}, mechanism: paid_on_behalf}
    - {id: since, clause: 五8, label: {zh: 2023年起渐退, en: from 2023 on}, for: [{status: left}], payer: finance, amount: {taper: [80%, 50%], taper_from: fixed_year, taper_year: 2023, of: last_year}, mechanism: paid_on_behalf}
    - {id: listed, clause: 五9, label: {zh: 8月31日在册, en: in force on 31 August}, for: [{status: marginal}], payer: finance, amount: 100元, mechanism: paid_on_behalf, recognized: {clause: 五9, held_on: 2023-08-31, from: 2023-09-01, to: 2023-12-31}}
  after_payment:"""  # noqa: E501
STATUSES = """
  - {code: exited, clause: 五, label: {zh: 脱贫, en: exited}, department: poverty_office}
  - {code: left, clause: 五, label: {zh: 已脱贫, en: left}, department: poverty_office}
  - {code: marginal, clause: 五, label: {zh: 边缘, en: marginal}, department: civil_affairs, event: released}
payers:"""
CHANGES = {
    "\n  after_payment:": ADDED,
    "\npayers:": STATUSES,
    "sum: [month], own: month, per_remaining_month: from_next_month": (
        "sum: [own], own: own, per_remaining_month: from_next_month, yearly: {to: jiao, how: nearest}"
    ),
    "event: {kind: discharged,": "event: {kind: released,",
    "windows: [main, tagged, extended], sum: [own]": (
        "windows: [main, tagged, extended], cover_tier: 2, sum: [own]"
    ),
}


def changed(text: str) -> bytes:
    for before, after in CHANGES.items():
        assert before in text
        text = text.replace(before, after, 1)
    return text.encode()


ELSEWHERE = load_notice_bytes(changed(NOTICE), "anywhere/2024.yaml")


def other(*args, **facts) -> dict:
    return assess(ELSEWHERE, ask(*args, **facts)).as_dict()


class TestHelpWithoutAStatus:
    def test_everybody_whom_the_condition_names_is_helped(self):
        helped = other("2023-10-01", born="1953-10-01")
        assert helped["own_due_fen"] == 20_000
        assert helped["subsidies"] == [
            {"payer": "finance", "status": "aged", "amount_fen": 20_000, "mechanism": "paid_on_behalf"}
        ]
        assert other("2023-09-30", born="1953-10-01")["subsidies"] == []

    def test_the_higher_of_it_and_of_a_status_counts(self):
        both = assess(ELSEWHERE, ask("2023-12-02", held("poor"), born="1940-01-01"))
        assert [s.status for s in both.subsidies] == ["poor"]
        assert "subsidies.stacking.highest" in [step["rule"] for step in both.trace]

    def test_a_schedule_knows_the_birthday(self):
        segments = schedule(ELSEWHERE, ask("2023-09-01", born="1953-10-05"))
        dues = [(s.from_at.date(), s.answer.own_due_fen) for s in segments if s.answer.own_due_fen]
        assert (date(2023, 10, 5), 20_000) in dues


class TestRecognition:
    @pytest.mark.parametrize(
        ("since", "ended", "helped"),
        [
            ("2023-08-31", None, True),
            ("2023-09-01", None, True),
            ("2023-05-01", "2023-08-31", False),
            ("2024-01-01", None, False),
        ],
    )
    def test_counts_by_the_snapshot_or_within_the_window(self, since, ended, helped):
        last = None if ended is None else date.fromisoformat(ended)
        status = Status("marginal", date.fromisoformat(since), date(2023, 10, 11), ended_on=last)
        assert bool(other("2024-01-10", status)["subsidies"]) == helped


class TestTapers:
    @pytest.mark.parametrize(
        ("code", "since", "fen"),
        [
            ("exited", "2023-05-01", [28_000]),
            ("exited", "2022-05-01", [17_500]),
            ("exited", "2021-05-01", []),
            ("left", "2015-05-01", [17_500]),
        ],
    )
    def test_are_counted_as_the_notice_counts(self, code, since, fen):
        found = other("2023-12-05", held(code, since))["subsidies"]
        assert [s["amount_fen"] for s in found] == fen

    def test_another_class_later_is_no_new_recognition(self):
        renewed = Status("old", date(2023, 5, 1), date(2023, 5, 2), identified_on=date(2022, 5, 1))
        assert other("2023-12-05", renewed)["subsidies"][0]["amount_fen"] == 10_500


class TestOtherWords:
    @pytest.mark.parametrize(("at", "fen"), [("2024-05-31", 23_330), ("2024-06-30", 20_000)])
    def test_a_yearly_price_is_divided_by_months_and_rounded(self, at, fen):
        assert other(at, event=Event("released", date(2024, 5, 20)))["own_due_fen"] == fen

    def test_recognition_is_the_event_that_the_notice_names(self):
        status = Status("marginal", date(2024, 6, 1), date(2024, 6, 2))
        assert other("2024-06-10", status)["window"] == "special"

    def test_covered_by_another_tier_than_paid(self):
        assert other("2023-10-01")["cover_tier"] == 2
        assert "cover_tier" not in answer("2023-10-01")
