"""How amounts are written on papers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.money import yuan_capitals, yuan_decimals, yuan_grouped, yuan_number
from libs.common.printing.pages import written


class TestCapitals:
    @pytest.mark.parametrize(
        ("fen", "text"),
        [
            (0, "零元整"),
            (5, "伍分"),
            (50, "伍角整"),
            (1050, "壹拾元伍角整"),
            (1005, "壹拾元零伍分"),
            (28_000, "贰佰捌拾元整"),
            (100_500, "壹仟零伍元整"),
            (640_904, "陆仟肆佰零玖元零肆分"),
            (168_032, "壹仟陆佰捌拾元叁角贰分"),
            (1_000_000, "壹万元整"),
            (10_000_500, "壹拾万零伍元整"),
            (10_000_000_500, "壹亿零伍元整"),
            (123_456_789, "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"),
        ],
    )
    def test_are_those_of_bills(self, fen, text):
        assert yuan_capitals(fen) == text

    @given(st.integers(0, 10**14 - 1), st.integers(0, 10**14 - 1))
    def test_tell_amounts_apart(self, one, other):
        assert (yuan_capitals(one) == yuan_capitals(other)) is (one == other)

    @pytest.mark.parametrize("fen", [-1, 10**14])
    def test_are_refused_for_what_no_paper_is_about(self, fen):
        with pytest.raises(ValueError, match="not written in capitals"):
            yuan_capitals(fen)


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (25_000, "250.00"), (-105, "-1.05")])
def test_papers_have_both_decimals(fen, text):
    assert yuan_decimals(fen) == text


class TestNumbersOfTables:
    @pytest.mark.parametrize(
        ("fen", "text"), [(0, "0.00"), (5, "0.05"), (123_456_700, "1,234,567.00"), (-100_050, "-1,000.50")]
    )
    def test_are_written_with_commas_on_pages_as_papers_write_amounts(self, fen, text):
        assert written(yuan_number(fen)) == yuan_grouped(fen) == text

    @given(st.integers(-(10**15), 10**15))
    def test_lose_no_fen(self, fen):
        assert yuan_number(fen) * 100 == fen
        assert str(yuan_number(fen)) == yuan_decimals(fen)
