"""What is probably wrong in a notice that loads is found, and nothing in those that are used."""

import pytest

from libs.common.policy import load_all, load_notice_bytes, policies_dir
from libs.common.policy.telling.findings import findings

NOTICES = load_all()
HUILONG = (policies_dir() / "huilong" / "2020.yaml").read_text(encoding="utf-8")
DONGAN = (policies_dir() / "dongan" / "2020.yaml").read_text(encoding="utf-8")
HUINING = (policies_dir() / "huining" / "2021.yaml").read_text(encoding="utf-8")
QINGDAO = (policies_dir() / "qingdao" / "2027.yaml").read_text(encoding="utf-8")
YOUXI = (policies_dir() / "youxi" / "2020.yaml").read_text(encoding="utf-8")


def found(text: str, *changes: tuple[str, str]) -> list[tuple[str, str]]:
    """Chinese and English of everything found in a notice that was changed."""
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return [one.problem for one in findings(load_notice_bytes(text.encode(), "x"))]


def english(text: str, *changes: tuple[str, str]) -> list[str]:
    return [en for _, en in found(text, *changes)]


@pytest.mark.parametrize("notice", NOTICES.values(), ids=lambda n: n.county)
def test_nothing_is_found_in_notices_in_use(notice):
    assert [one.problem for one in findings(notice)] == []


#: Help of 900 yuan where nobody pays more than 482.
HELP = """rules:
    - id: much
      clause: 一
      label: {zh: 资助, en: help}
      for: []
      when: {age: {min: 70}}
      payer: medical_assistance
      amount: 900元
      mechanism: paid_on_behalf"""


class TestContradictions:
    def test_a_share_and_a_sum_that_do_not_agree(self):
        amount = "amount: {percent: 50%, of: tier_1}"
        said = found(HUILONG, (amount, "amount: {percent: 50%, of: tier_1, fen: 3元}"))

        assert said == [
            (
                "资助“poor-exited”写了两个金额：3.00元，而50%是125.00元",
                "subsidy 'poor-exited' has two amounts: 3.00, but 50% is 125.00",
            )
        ]

    def test_a_share_and_the_same_sum_are_none(self):
        amount = "amount: {percent: 50%, of: tier_1}"
        assert found(HUILONG, (amount, "amount: {percent: 50%, of: tier_1, fen: 125元}")) == []

    def test_a_coverage_year_of_another_year(self):
        text = YOUXI.replace(
            "  from: 2020-01-01\n  to: 2020-12-31\n  none_left",
            "  from: 2019-01-01\n  to: 2020-12-31\n  none_left",
        )
        assert "the coverage year begins on 2019-01-01, not in 2020" in english(text)

    def test_a_share_by_year_and_a_sum(self):
        text = HUILONG.replace(
            "amount: {percent: 50%, of: tier_1}", "amount: {taper: [80%], of: tier_1, fen: 3元}"
        )
        assert "subsidy 'poor-exited' has an amount or a share beside its shares by year" in english(text)

    def test_help_that_is_more_than_anybody_pays(self):
        said = found(QINGDAO, ("rules: []", HELP))

        assert said == [
            (
                "资助“much”900元，多于任何缴费标准（最高482元）",
                "subsidy 'much' is 900 yuan, more than any price (at most 482)",
            )
        ]

    def test_an_amount_below_its_own_floor(self):
        text = YOUXI.replace("    value: 250元", "    value: 250元\n    floor: 260元", 1)
        assert english(text) == ["amount 'own' is below its own floor"]

    def test_one_tier_for_households_where_there_are_no_tiers(self):
        text = YOUXI.replace("  unit: individual", "  unit: individual\n  same_tier: true", 1)
        assert english(text) == ["one tier for the household, but the prices have no tiers"]

    def test_members_who_have_to_join_where_no_household_has_to(self):
        some = "  unit: individual\n  when: {hukou: [county]}"
        assert english(YOUXI.replace("  unit: individual", some, 1)) == [
            "it says which members have to join, but no household has to"
        ]

    def test_members_who_have_to_join_by_a_tier_that_only_who_joins_has(self):
        some = "  same_tier: true\n  complete: required\n  when: {tier: 1}"
        assert english(HUILONG.replace("  same_tier: true", some, 1)) == [
            "which members have to join depends on their tier, but who has not joined has none"
        ]

    def test_a_score_whose_items_do_not_come_to_it(self):
        assert english(DONGAN, ("  full: 100", "  full: 110")) == [
            "the items of the score come to 100 points, the full score is 110"
        ]

    def test_a_reminder_for_a_window_that_there_is_not(self):
        text = HUINING[: HUINING.index("reminders:")] + HUINING[HUINING.index("reminders:") :].replace(
            "windows: [main]", "windows: [mane]", 1
        )
        assert english(text) == ["reminder 'whole-hukou-book' is for window 'mane', which there is not"]


class TestRulesThatNeverApply:
    def test_a_price_behind_one_without_a_condition(self):
        minor = next(f"{line}\n" for line in QINGDAO.splitlines() if "id: minor," in line)
        plain = "  - {id: all, clause: 摘要2, label: {zh: 所有人, en: all}, sum: [minor], own: minor}\n"
        text = QINGDAO.replace(minor, plain + minor)
        text = "\n".join(line for line in text.splitlines() if "id: tier-" not in line)

        assert "rule 'minor' can never apply: 'all' before it has no condition" in english(text)

    def test_a_price_whose_days_no_window_has(self):
        said = english(
            YOUXI, ("paid_from: 2020-07-01\n    sum: [own]", "paid_from: 2021-07-01\n    sum: [own]")
        )
        assert said == ["rule 'own-newborn' can never apply: no window is open on its days"]

    def test_a_window_behind_one_that_takes_all_its_days(self):
        text = QINGDAO.replace("    to: 2027-12-31\n    event:", "    to: 2026-12-30\n    event:")
        newborn = text[text.index("  - id: newborn\n    kind") : text.index("  - {id: main, kind: main")]
        after = "from: 2027-01-01, to: 2027-12-31, questions: [QD-6]}\n"
        text = text.replace(newborn, "").replace(after, after + newborn)

        assert "window 'newborn' can never apply: 'main' before it takes all its days" in english(text)

    def test_help_for_nobody_and_stages_that_count_nowhere(self):
        status = "for: [{status: disabled}, {status: fp_one_daughter}, {status: fp_two_daughters}]"
        said = english(YOUXI, (status, "for: []\n      stage: first"))

        assert said == [
            "subsidy 'county-financed' is for nobody",
            "subsidy 'county-financed' has `stage` or `top_up`, which count in ordered help only",
        ]

    def test_conditions_that_nobody_can_meet(self):
        assert english(QINGDAO, ("when: {age: {under: 18}}", "when: {age: {min: 18, under: 18}}"))[0] == (
            "nobody can meet this condition"
        )


class TestGaps:
    def test_days_of_a_window_without_a_price(self):
        said = found(YOUXI, ("    paid_to: 2020-06-30", "    paid_to: 2020-05-31"))

        assert said == [
            (
                "缴费期“overdue”里有人没有缴费标准：自2020-06-01起，30岁",
                "window 'overdue' takes people without a price: from 2020-06-01 on, aged 30",
            )
        ]

    def test_ages_that_conditions_leave_out_together(self):
        tiers = [line for line in QINGDAO.splitlines() if "id: tier-" in line]
        text = QINGDAO
        for line in tiers:
            text = text.replace(line, line.replace(", tier:", ", when: {age: {min: 20}}, tier:"))

        assert "window 'main' takes people without a price: from 2026-09-01 on, aged 18, tier 1" in english(
            text
        )


class TestOtherYears:
    def test_a_name_that_still_speaks_of_last_year(self):
        assert english(YOUXI, ("{zh: 2020年6月30日前缴费", "{zh: 2018年6月30日前缴费")) == [
            "“2018年6月30日前缴费” speaks of 2018, the rule does not"
        ]

    def test_a_title_of_another_year(self):
        assert len(found(YOUXI, ("title: 尤溪县2020年度", "title: 尤溪县2019年度"))) == 1


class TestUnused:
    def test_amounts_and_groups_that_no_rule_names(self):
        amount = "amounts:\n  - name: tier_1"
        spare = (
            "amounts:\n  - {name: spare, clause: 三, label: {zh: 甲, en: a}, value: 1元}\n  - name: tier_1"
        )
        assert english(HUILONG, (amount, spare)) == ["no rule uses 'spare'"]


class TestFrame:
    def test_a_notice_since_2025_that_says_nothing_of_waits(self):
        text = QINGDAO[: QINGDAO.index("waiting:")] + QINGDAO[QINGDAO.index("payers:") :]
        assert english(text)[-1].startswith("since 2025 those wait who lapsed")
