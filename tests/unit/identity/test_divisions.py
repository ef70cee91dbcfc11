"""Where a village lies, and which codes a division covers."""

import pytest

from libs.common.divisions import (
    DivisionCodeInvalid,
    Level,
    county_of,
    level_of,
    lies_within,
    parse_division_code,
    prefix_of,
    township_of,
)

VILLAGE = "350426101203"


class TestParse:
    @pytest.mark.parametrize(
        ("typed", "code"), [(VILLAGE, VILLAGE), ("350426101", "350426101000"), (" 350426 ", "350426000000")]
    )
    def test_fills_short_codes_with_zeros(self, typed, code):
        assert parse_division_code(typed) == code

    @pytest.mark.parametrize(
        "typed", ["", "3504261", "35042610120x", "３５０４２６", "035042610120", "3504261012030"]
    )
    def test_refuses_what_is_no_code(self, typed):
        with pytest.raises(DivisionCodeInvalid) as refusal:
            parse_division_code(typed)

        assert "12 位" in refusal.value.message_zh


class TestHierarchy:
    @pytest.mark.parametrize(
        ("code", "level", "prefix"),
        [
            (VILLAGE, Level.VILLAGE, VILLAGE),
            ("350426101000", Level.TOWNSHIP, "350426101"),
            ("350426000000", Level.COUNTY, "350426"),
            ("350400000000", Level.PREFECTURE, "3504"),
            ("350000000000", Level.PROVINCE, "35"),
        ],
    )
    def test_knows_how_deep_a_code_lies_and_what_all_below_it_share(self, code, level, prefix):
        assert (level_of(code), prefix_of(code)) == (level, prefix)

    def test_names_township_and_county_of_any_code_below(self):
        assert township_of(VILLAGE) == township_of("350426101000") == "350426101000"
        assert county_of(VILLAGE) == "350426000000"

    def test_everything_lies_within_the_empty_prefix(self):
        assert lies_within(VILLAGE, "") and lies_within(VILLAGE, "350426101")
        assert not lies_within(VILLAGE, "350426102")
