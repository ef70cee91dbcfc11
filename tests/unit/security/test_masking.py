"""Personal numbers do not get out by accident."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.identity import compose_resident_id
from libs.common.security.masking import (
    mask_account,
    mask_identity_number,
    mask_members,
    mask_name,
    mask_phone,
    mask_text,
)

NUMBER = "35042619900101121X"


class TestOutput:
    def test_shows_as_much_as_is_needed_to_tell_people_apart(self):
        assert mask_identity_number(NUMBER) == "350426********121X"
        assert mask_identity_number("H12345678") == "H1*****78"
        assert mask_account("6221558812340000") == "************0000"
        assert mask_name("张三丰") == "张**" and mask_name("张") == "张*" and mask_name("") == ""
        assert mask_phone("13905980000") == "139****0000"

    @pytest.mark.parametrize("short", ["", "1", "1234"])
    def test_shows_nothing_of_what_is_too_short(self, short):
        assert mask_identity_number(short) == mask_account(short) == mask_phone(short) == "***"


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            f"duplicate key ({NUMBER}) already exists",
            f"身份证{NUMBER}不存在",
            f"id{NUMBER.lower()}",
            "old number 350426620927123",
            "card 6221558812340000123",
            "account 100200300400",
            "permit H1234567801",
            "call 13905980000 now",
        ],
    )
    def test_hides_numbers_of_people_wherever_they_stand(self, text):
        masked = mask_text(text)

        assert "***" in masked
        assert not any(part.isdigit() and len(part) > 8 for part in masked.replace("*", " ").split())

    @pytest.mark.parametrize(
        "text",
        [
            "2019-11-20T10:00:00.123456+08:00",
            "payment 48213 line 2",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "25000",
        ],
    )
    def test_leaves_instants_ids_and_amounts(self, text):
        assert mask_text(text) == text

    @given(st.text(max_size=20), st.dates(), st.integers(0, 999), st.text(max_size=20))
    def test_no_resident_id_survives_any_neighborhood(self, before, born, sequence, after):
        if not 1800 <= born.year < 2100:
            return
        number = compose_resident_id("350426", born, sequence)
        neighbor = before[-1:] + after[:1]
        if any(character.isdigit() for character in neighbor):
            return  # then it is a longer number

        assert number not in mask_text(f"{before}{number}{after}")


class TestMembers:
    def test_hides_personal_members_at_any_depth_and_keeps_the_rest(self):
        event = {
            "event": "row_rejected", "division_code": "350426101203", "count": 3,
            "row": {"name": "张", "id_number": NUMBER, "notes": [f"at {NUMBER}"], "card": 622155881234000012},
        }  # fmt: skip

        assert mask_members(event) == {
            "event": "row_rejected", "division_code": "350426101203", "count": 3,
            "row": {"name": "***", "id_number": "***", "notes": ["at ***"], "card": "***"},
        }  # fmt: skip
