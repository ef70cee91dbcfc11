"""Help for somebody insured elsewhere: what the own notice gives, never more than was paid there."""

from datetime import date, datetime

import pytest

from libs.common.dates import second_of
from libs.common.policy import NoticeInvalid, Person, Question, Status, load_notice_bytes
from libs.common.policy.engine.elsewhere import help_elsewhere
from libs.common.policy.telling.leaflet import leaflet
from tests.unit.policy.test_operators import NOTICE

BLOCK = """  elsewhere:
    clause: 五6
    label: {zh: 异地参保的由认定地资助, en: who is insured elsewhere is helped}
    rules: [share, taper]
    area: province
    to: 2024-06-30
    proofs: [{code: voucher, label: {zh: 缴费凭证, en: the voucher}}]
"""


def notice(block=BLOCK):
    text = NOTICE.replace("household: {clause: 六", f"{block}household: {{clause: 六")
    return load_notice_bytes(text.encode(), "anywhere/2024.yaml")


POOR = Status("poor", date(2023, 8, 1), date(2023, 8, 2))
KNOWN = date(2024, 3, 1)


def given(*statuses, paid_fen=40_000, at="2023-12-05", here=None, born="1980-01-01"):
    person = Person(born=date.fromisoformat(born), hukou="county")
    moment = second_of(datetime.fromisoformat(f"{at}T12:00:00+08:00"))
    question = Question("anywhere", 2024, moment, person, statuses)
    return help_elsewhere(here or notice(), question, paid_fen, KNOWN)


def amounts(found):
    return [(one.payer, one.status, one.amount_fen, one.mechanism) for one in found.subsidies]


class TestAmount:
    def test_is_that_of_the_own_notice_and_goes_to_the_card(self):
        assert amounts(given(POOR)) == [("finance", "poor", 30_000, "reimburse_to_card")]

    def test_is_never_more_than_was_paid_there(self):
        assert amounts(given(POOR, paid_fen=25_000)) == [("finance", "poor", 25_000, "reimburse_to_card")]

    def test_nothing_is_given_by_a_rule_that_the_block_does_not_name(self):
        cadre = Status("cadre", date(2000, 1, 1), date(2000, 1, 1))

        found = given(cadre, born="1940-01-01")

        assert (found.subsidies, found.reasons) == ((), ("no_subsidy",))

    def test_a_rule_that_is_not_named_does_not_keep_a_named_one_away(self):
        old = Status("old", date(2020, 1, 1), date(2020, 1, 2))
        exited = Status("old", date(2022, 5, 1), date(2022, 5, 2))
        cadre = Status("cadre", date(2000, 1, 1), date(2000, 1, 1))

        assert amounts(given(old)) == []
        assert amounts(given(exited, cadre, born="1940-01-01")) == [
            ("finance", "old", 35_000 * 30 // 100, "reimburse_to_card")
        ]

    def test_help_that_its_payer_gives_by_other_ways_is_not_given_once_more(self):
        text = NOTICE.replace("mechanism: paid_on_behalf", "mechanism: outside_system")
        assert text != NOTICE
        outside = text.replace("household: {clause: 六", f"{BLOCK}household: {{clause: 六")
        found = given(POOR, here=load_notice_bytes(outside.encode(), "anywhere/2024.yaml"))
        assert (found.subsidies, found.reasons) == ((), ("no_subsidy",))


class TestStatus:
    def test_counts_when_it_was_in_force_though_the_roster_came_after_the_payment(self):
        late = Status("poor", date(2023, 10, 1), date(2023, 12, 14))

        assert amounts(given(late)) == [("finance", "poor", 30_000, "reimburse_to_card")]

    def test_keeps_the_cutoff_of_its_roster(self):
        after_cutoff = Status("poor", date(2023, 10, 1), date(2023, 12, 16))

        assert given(after_cutoff).reasons == ("no_subsidy",)

    def test_that_ended_after_the_payment_takes_nothing_away(self):
        ended = Status("poor", date(2023, 8, 1), date(2023, 8, 2), ended_on=date(2024, 1, 1))

        assert amounts(given(ended)) == [("finance", "poor", 30_000, "reimburse_to_card")]

    def test_that_began_after_the_payment_brings_nothing(self):
        later = Status("poor", date(2024, 1, 5), date(2024, 1, 5))

        assert given(later, at="2023-11-05").subsidies == ()


def test_who_paid_outside_the_windows_of_the_own_notice_hears_why():
    assert given(POOR, at="2024-08-05").reasons == ("window_closed",)


def test_a_notice_without_the_block_gives_nothing():
    assert given(POOR, here=notice("")).reasons == ("not_in_notice",)


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (BLOCK.replace("share, taper", "shares"), "subsidy 'shares' is not defined in this notice"),
        (BLOCK.replace("area: province", "area: city"), "'city' is not known here"),
        (
            BLOCK.replace("voucher}}]", "voucher}}, {code: voucher, label: {zh: 凭证, en: it}}]"),
            "code 'voucher' is used more than once",
        ),
    ],
)
def test_mistakes_of_the_block_are_named(block, said):
    with pytest.raises(NoticeInvalid) as raised:
        notice(block)

    assert said in str(raised.value)


def test_payers_read_until_when_and_with_which_papers():
    told = [line for part in leaflet(notice(), "zh") for line in part.lines]

    assert "异地参保的由认定地资助，最迟2024-06-30申请，须带缴费凭证" in told
