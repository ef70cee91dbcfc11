"""A notice in words leaves nothing of it out, in either language."""

import pytest

from libs.common.policy import load_all
from libs.common.policy.format.checks import rules_of
from libs.common.policy.format.conditions_model import Label
from libs.common.policy.telling.describe import describe

NOTICES = load_all()


def said(notice, lang) -> str:
    parts = []
    for section in describe(notice, lang):
        for block in section.blocks:
            parts.append(block.title)
            for entry in block.entries:
                parts += [entry.clause, entry.title, *entry.questions]
                parts += [part for fact in entry.facts for part in fact]
    return "\n".join(parts)


@pytest.mark.parametrize("notice", NOTICES.values(), ids=lambda n: n.county)
class TestEveryNotice:
    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_says_every_name_and_every_clause(self, notice, lang):
        text = said(notice, lang)
        for rule in rules_of(notice.document):
            if isinstance(rule, Label):
                assert getattr(rule, lang) in text
            elif getattr(rule, "clause", None) and hasattr(rule, "id"):
                assert rule.clause in text

    def test_keeps_the_order_of_its_file(self, notice):
        text = notice.source_text.decode()
        lines = [text.index(f"\n{section.key}:") for section in describe(notice)]
        assert lines == sorted(lines)

    def test_speaks_one_language_at_a_time(self, notice):
        for section in describe(notice, "en"):
            for block in section.blocks:
                assert block.title.replace(" · ", "").isascii()
                assert all(what.isascii() for entry in block.entries for what, _ in entry.facts)


def facts(county: str, year: int, block: str, key: str, lang: str) -> dict:
    blocks = {b.key: b for s in describe(NOTICES[county, year], lang) for b in s.blocks}
    (entry,) = [e for e in blocks[block].entries if e.key == key]
    return dict(entry.facts)


class TestWords:
    def test_a_cut_off_names_the_last_second_that_counts(self):
        main = facts("songming", 2018, "windows", "main", "zh")
        assert main["时间"] == "2017-10-09 至 2018-02-23 17:00"
        assert main["登记（核定）截止"] == "2018-02-22 17:00"

    def test_a_price_names_its_parts_with_their_amounts(self):
        rule = facts("youxi", 2020, "prices", "full-financing", "en")
        assert rule["sum"] == "own contribution 250 yuan + fiscal match 520 yuan"

    def test_an_amount_that_is_not_known_says_so(self):
        rule = facts("dongan", 2020, "prices", "full-financing", "zh")
        assert rule["合计"] == "个人缴费标准 250元 + 当年度财政补助 待录入"

    def test_a_wait_says_how_it_is_counted(self):
        rule = facts("youxi", 2020, "benefit.rules", "overdue", "zh")
        assert rule["待遇起始"] == "缴费当天起等待60天（起算日算第1天）"

    def test_an_event_window_says_from_what_and_how_long(self):
        rule = facts("huining", 2021, "windows", "newborn", "en")
        length, count, done = rule["event"].split(", ")
        assert (length, count) == ("within 90 days after birth", "the first day is not counted")
        assert done == "for both registration and payment"

    def test_a_roster_says_when_and_what_if_late(self):
        rule = facts("youxi", 2020, "subsidies.rules", "county-financed", "zh")
        assert "2019-09-30（含）前送达，逾期：由部门自行结算" in rule["名册期限"]

    def test_conditions_of_a_status_stand_beside_it(self):
        rule = facts("songming", 2018, "subsidies.rules", "special-groups", "zh")
        assert "城镇低收入家庭成员，须（满60周岁；或 未满18周岁）" in rule["资助谁"].split("\n")
