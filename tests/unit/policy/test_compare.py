"""Two notices differ where they mean something else, not where they are written otherwise."""

import pytest

from libs.common.policy import Notice, load_all, load_notice_bytes, policies_dir
from libs.common.policy.telling.compare import Difference, compare

NOTICES = load_all()
TEXT = (policies_dir() / "huining" / "2021.yaml").read_text(encoding="utf-8")
HUINING = NOTICES["huining", 2021]


def changed(*pairs: tuple[str, str]) -> Notice:
    text = TEXT
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return load_notice_bytes(text.encode(), "changed")


def found(notice: Notice) -> dict[str, list[Difference]]:
    return {section.key: list(section.differences) for section in compare(HUINING, notice)}


class TestNoDifference:
    @pytest.mark.parametrize("notice", NOTICES.values(), ids=lambda n: n.county)
    def test_between_a_notice_and_itself(self, notice):
        assert compare(notice, notice) == []

    @pytest.mark.parametrize(
        "pairs",
        [
            pytest.param([("# ── ", "# ")], id="comments"),
            pytest.param(
                [("name: fixed_aid", "name: aid"), ("amount: fixed_aid", "amount: aid")],
                id="names of amounts",
            ),
            pytest.param(
                [("id: main\n    kind: main\n    clause: 三", "kind: main\n    clause: 三\n    id: main")],
                id="order of keys",
            ),
            pytest.param([("value: 280元", "value: 280.00 元")], id="how money is written"),
            pytest.param([("en: newborn within 90 days of birth", "en: babies")], id="a translation"),
            pytest.param(
                [("    amount: own\n", "    amount: {percent: 100%, of: own}\n")],
                id="the long form of an amount",
            ),
        ],
    )
    def test_when_only_the_writing_differs(self, pairs):
        assert found(changed(*pairs)) == {}

    def test_when_sections_stand_in_another_order(self):
        begin, end = TEXT.index("# ── 三、"), TEXT.index("# ── 四、")
        moved = TEXT[:begin] + TEXT[end:] + TEXT[begin:end]
        assert found(load_notice_bytes(moved.encode(), "moved")) == {}


class TestDifference:
    def test_a_price_shows_wherever_it_is_paid_or_helped(self):
        sections = found(changed(("    value: 280元", "    value: 320元")))
        assert set(sections) == {"amounts", "prices", "subsidies.rules"}
        (price,) = sections["prices"]
        assert ("合计", "280元", "320元") in price.facts
        assert price.clauses == ("一", "一")
        (help_,) = sections["subsidies.rules"]
        assert help_.facts == (("金额", "280元", "320元"),)

    def test_a_window(self):
        old = "    to: 2020-12-10\n  - id: newborn"
        later = [(old, old.replace("12-10", "12-20")), ("    from: 2020-12-11", "    from: 2020-12-21")]
        sections = found(changed(*later))
        window = sections["windows"][0]
        assert window.facts == (("时间", "2020-09-01 至 2020-12-10", "2020-09-01 至 2020-12-20"),)

    def test_a_mechanism(self):
        old = "amount: fixed_aid\n      mechanism: reimburse_to_card"
        (rule,) = found(changed((old, old.replace("reimburse_to_card", "paid_on_behalf"))))["subsidies.rules"]
        assert rule.facts == (("资助方式", "先缴后补到社保卡", "代缴"),)
        assert rule.clauses[0] == "二(二)2；二(三)2"

    def test_how_days_are_counted(self):
        old = "within: 90, unit: days, count: start_day_excluded"
        (window,) = found(changed((old, old.replace("excluded", "included"))))["windows"]
        ((_, before, after),) = window.facts
        assert "起算日不计" in before
        assert "起算日算第1天" in after

    def test_a_rule_that_only_one_has(self):
        text = "\n".join(line for line in TEXT.splitlines() if "id: at-risk" not in line)
        gone = load_notice_bytes(text.encode(), "gone")
        ((there,),) = found(gone).values()
        assert (there.kind, there.clauses) == ("only_first", ("六", ""))
        ((back,),) = (s.differences for s in compare(gone, HUINING))
        assert (back.kind, back.title) == ("only_second", there.title)

    def test_a_condition_behind_the_name_of_a_group(self):
        youxi = NOTICES["youxi", 2020]
        text = youxi.source_text.decode().replace("- {days_since_birth: 90}", "- {days_since_birth: 28}", 1)
        keys = {s.key for s in compare(youxi, load_notice_bytes(text.encode(), "x"))}
        assert {"groups", "prices", "benefit.rules"} <= keys

    def test_the_order_in_which_rules_are_tried(self):
        begin = TEXT.index("    - id: newborn-q4")
        middle, end = (
            TEXT.index("    - id: newborn\n"),
            TEXT.index("    - id: newly-poor\n      clause: 三\n      label"),
        )
        moved = TEXT[:begin] + TEXT[middle:end] + TEXT[begin:middle] + TEXT[end:]
        ((order,),) = found(load_notice_bytes(moved.encode(), "moved")).values()
        assert order.kind == "order"

    def test_speaks_english_too(self):
        sections = compare(HUINING, changed(("    value: 280元", "    value: 320元")), "en")
        assert ("sum", "280 yuan", "320 yuan") in sections[1].differences[0].facts


class TestAcrossCounties:
    def test_every_pair_compares_both_ways(self):
        for a in NOTICES.values():
            for b in NOTICES.values():
                there, back = compare(a, b), compare(b, a)
                assert {s.key for s in there} == {s.key for s in back}
                assert (there == []) == (a is b)
