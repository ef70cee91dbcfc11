"""Which numbers are accepted, what they tell, and that no living person is refused for a region code."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.identity import (
    DocumentType,
    IdentityNumberInvalid,
    check_digit,
    compose_resident_id,
    identify,
    parse_document,
)

TODAY = date(2019, 11, 20)

RESIDENT = compose_resident_id("350426", date(1990, 1, 1), 121)
PERMIT = compose_resident_id("810000", date(1994, 8, 23), 2)
FOREIGNER = compose_resident_id("911392", date(1985, 5, 5), 10)


class TestResidentId:
    def test_tells_birth_and_sex(self):
        document = parse_document("resident_id", RESIDENT, TODAY)

        assert (document.number, document.born, document.sex) == (RESIDENT, date(1990, 1, 1), "male")
        assert document.warnings == ()

    def test_the_examples_printed_in_the_standard_pass(self):
        assert parse_document("resident_id", "11010519491231002X", TODAY).sex == "female"
        assert parse_document("resident_id", "440524188001010014", TODAY).warnings == ("implausible_age",)

    @pytest.mark.parametrize(
        "typed",
        [
            "11010519491231002x",
            " 110105 19491231 002X ",
            "１１０１０５１９４９１２３１００２Ｘ",
            "'11010519491231002X",
            '="11010519491231002X"',
            "\u202a11010519491231002X\u202c",
            "\ufeff110105\u200b19491231002X",
        ],
    )
    def test_what_keyboards_and_spreadsheets_do_is_undone(self, typed):
        assert parse_document("resident_id", typed, TODAY).number == "11010519491231002X"

    @pytest.mark.parametrize("region", ["350403", "350425", "350427", "350404", "350000"])
    def test_an_abolished_region_is_not_even_a_warning(self, region):
        number = compose_resident_id(region, date(1950, 6, 1), 1)

        assert parse_document("resident_id", number, TODAY).warnings == ()

    def test_a_region_of_no_province_is_a_warning_and_no_reason_to_refuse(self):
        number = compose_resident_id("770000", date(1950, 6, 1), 1)

        assert parse_document("resident_id", number, TODAY).warnings == ("unknown_region",)

    def test_a_number_of_before_1999_becomes_the_one_of_today(self):
        document = parse_document("resident_id", "350426620927123", TODAY)

        assert document.number == compose_resident_id("350426", date(1962, 9, 27), 123)
        assert document.warnings == ("legacy_number",)

    @pytest.mark.parametrize(
        ("number", "reason"),
        [
            ("35042619900101121", "wrong_form"),
            ("3504261990010112100", "wrong_form"),
            ("35042619900101I21X", "wrong_form"),
            ("", "wrong_form"),
            (RESIDENT[:-1] + ("0" if RESIDENT[-1] != "0" else "1"), "check_digit"),
            ("350426199002301211", "birth_date"),
            ("350426620231123", "birth_date"),
            (compose_resident_id("350426", date(2019, 11, 21), 1), "birth_date_in_future"),
            (PERMIT, "wrong_type"),
            (FOREIGNER, "wrong_type"),
        ],
    )
    def test_what_cannot_be_a_resident_id_is_refused_with_its_reason(self, number, reason):
        with pytest.raises(IdentityNumberInvalid) as refusal:
            parse_document("resident_id", number, TODAY)
        assert refusal.value.reason == reason
        assert refusal.value.message_zh
        assert number == "" or number not in str(refusal.value) + refusal.value.message_zh

    @pytest.mark.parametrize(
        ("number", "says"),
        [
            ("35042619900101121", "当前为 17 位"),
            ("350426********1210", "以 * 隐去了几位，请填写完整号码"),
            ("35042619900101I21X", "当前第 15 位有误"),
            ("35042619900101121Y", "当前第 18 位有误"),
        ],
    )
    def test_what_is_wrong_in_its_form_is_said(self, number, says):
        with pytest.raises(IdentityNumberInvalid) as refusal:
            parse_document("resident_id", number, TODAY)
        assert says in refusal.value.message_zh

    def test_someone_born_today_is_accepted(self):
        assert parse_document("resident_id", compose_resident_id("350426", TODAY, 1), TODAY).born == TODAY


class TestOtherDocuments:
    @pytest.mark.parametrize(
        ("type", "typed", "compared_on"),
        [
            ("hmt_residence_permit", PERMIT, PERMIT),
            ("hk_macao_permit", "h12345678", "H12345678"),
            ("hk_macao_permit", "M1234567802", "M12345678"),
            ("taiwan_permit", "01234567", "01234567"),
            ("taiwan_permit", "0123456702(B)", "01234567"),
            ("foreigner_id", "USA350099123456", "USA350099123456"),
            ("foreigner_id", FOREIGNER, FOREIGNER),
            ("birth_certificate", "r350123456", "R350123456"),
        ],
    )
    def test_are_recognized_with_and_without_their_type(self, type, typed, compared_on):
        named = parse_document(type, typed, TODAY)

        assert (named.type, named.number) == (type, compared_on)
        assert identify(typed, TODAY) == named

    def test_a_renewed_permit_names_the_same_person(self):
        first, renewed = identify("H1234567800", TODAY), identify("H1234567801", TODAY)

        assert first == renewed

    @pytest.mark.parametrize(
        ("type", "number"),
        [
            ("hmt_residence_permit", RESIDENT),
            ("hk_macao_permit", "C12345678"),
            ("hk_macao_permit", "H123456789"),
            ("taiwan_permit", "1234567"),
            ("foreigner_id", "US350099123456"),
            ("birth_certificate", "R35012345"),
        ],
    )
    def test_of_another_form_are_refused(self, type, number):
        with pytest.raises(IdentityNumberInvalid, match=r".") as refusal:
            parse_document(type, number, TODAY)

        assert refusal.value.reason == "wrong_form"

    def test_an_unknown_type_names_the_known_ones(self):
        with pytest.raises(IdentityNumberInvalid, match="resident_id"):
            parse_document("passport", "E12345678", TODAY)


class TestVectors:
    def test_every_valid_one_is_accepted(self, vectors):
        numbers = vectors("resident_ids.json")
        for number in numbers["valid"] + numbers["old_15"]:
            assert identify(number, date(2026, 1, 1))

    @pytest.mark.parametrize(
        ("kind", "reason"), [("wrong_check_digit", "check_digit"), ("wrong_birth_date", "birth_date")]
    )
    def test_a_wrong_check_digit_or_date_is_refused(self, vectors, kind, reason):
        for number in vectors("resident_ids.json")[kind]:
            with pytest.raises(IdentityNumberInvalid) as refusal:
                identify(number, date(2026, 1, 1))
            assert refusal.value.reason == reason


class TestCheckDigit:
    @given(
        st.dates(date(1900, 1, 1), TODAY),
        st.integers(0, 999),
        st.integers(0, 16),
        st.sampled_from("0123456789"),
    )
    def test_finds_every_single_mistyped_digit(self, born, sequence, place, digit):
        number = compose_resident_id("350426", born, sequence)
        mistyped = number[:place] + digit + number[place + 1 :]

        assert (check_digit(mistyped[:17]) == mistyped[17]) == (mistyped == number)

    @given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999))
    def test_what_is_composed_is_read_back(self, born, sequence):
        document = identify(compose_resident_id("350426", born, sequence), TODAY)

        assert (document.type, document.born) == (DocumentType.RESIDENT_ID, born)
        assert document.sex == ("male" if sequence % 2 else "female")
