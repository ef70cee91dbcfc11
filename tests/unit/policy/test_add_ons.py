"""Insurance that is a part of the price: it is paid with it, and apart from the fund."""

import pytest

from libs.common.policy import NoticeInvalid, assess, load_notice_bytes, parse_question, policies_dir

YOUXI = (policies_dir() / "youxi" / "2020.yaml").read_text(encoding="utf-8")
CARE = "  - {code: care, clause: 三, label: {zh: 长护险, en: care}, price: 40元, payee: care_fund, MORE}\n"


def youxi(more: str = "inside_price: true"):
    text = YOUXI.replace("add_ons:\n", "add_ons:\n" + CARE.replace("MORE", more), 1)
    return load_notice_bytes(text.encode(), "youxi/2020.yaml")


def ask(notice, born: str = "1980-01-01", **more) -> dict:
    person = {"born": born, "sex": "female", "hukou": "county"}
    asked = {"county": "youxi", "year": 2020, "at": "2019-10-10T10:00:00+08:00", "person": person, "case": 1}
    return assess(notice, parse_question(asked | more)).as_dict()


def test_the_price_is_the_same_and_a_part_of_it_is_not_the_funds():
    got = ask(youxi())

    assert (got["price_fen"], got["own_due_fen"]) == (21_000, 21_000)
    assert (got["add_on_due_fen"], got["included_fen"]) == (4_000, 4_000)
    assert "本人应缴250元（其中40元不进医保基金）" in got["summary"]["zh"]
    assert "长护险：缴费标准中有40元，不进医保基金。" in [step["words"]["zh"] for step in got["trace"]]


def test_what_is_chosen_beside_it_comes_on_top():
    got = ask(youxi(), add_ons=["accident"])

    assert (got["own_due_fen"], got["add_on_due_fen"], got["included_fen"]) == (21_000, 7_000, 4_000)


def test_whom_it_is_not_for_pays_all_to_the_fund():
    got = ask(youxi("inside_price: true, when: {age: {min: 18}}"), born="2010-05-01")

    assert (got["own_due_fen"], got["add_on_due_fen"]) == (25_000, 0) and "included_fen" not in got


def test_full_help_bears_the_funds_part():
    status = {"code": "medical_assistance_1", "effective_on": "2019-01-01", "listed_on": "2019-01-02"}
    got = ask(youxi(), statuses=[status])

    assert got["outcome"] == "exempt"
    assert ([one["amount_fen"] for one in got["subsidies"]], got["add_on_due_fen"]) == ([21_000], 4_000)


def test_nobody_chooses_it():
    assert ask(youxi(), add_ons=["care"])["reason_codes"] == ["add_on_not_offered"]


def test_no_price_of_the_match_is_forgotten():
    assert {21_000, 25_000} <= youxi().price_rules.without("fiscal_match", {})


def test_of_several_in_the_price_no_price_of_the_match_is_forgotten():
    text = YOUXI.replace(
        "add_ons:\n", "add_ons:\n" + CARE.replace("MORE", "inside_price: true, when: {age: {min: 60}}")
    )
    more = CARE.replace("MORE", "inside_price: true, when: {age: {min: 18}}").replace("care", "illness")
    text = text.replace("add_ons:\n", "add_ons:\n" + more.replace("40元", "15元"))
    notice = load_notice_bytes(text.encode(), "youxi/2020.yaml")
    prices = [ask(notice, born=f"{year}-01-01")["price_fen"] for year in (2010, 1980, 1950)]

    assert prices == [25_000, 23_500, 19_500]
    assert set(prices) <= notice.price_rules.without("fiscal_match", {})


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("when: {age: {min: 18}}", "`when` goes with `inside_price`"),
        ("inside_price: true", "another one has its price"),
    ],
)
def test_what_cannot_be_kept_is_named(more, problem):
    with pytest.raises(NoticeInvalid, match=problem):
        text = YOUXI.replace("add_ons:\n", "add_ons:\n" + CARE.replace("MORE", more), 1)
        load_notice_bytes(text.replace("price: 40元", "price: 30元").encode(), "x")
