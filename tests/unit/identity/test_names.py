"""Spellings of one name compare equal, different names do not."""

import pytest

from libs.common.names import is_name, normalize_name, tidy_name


class TestNormalizeName:
    @pytest.mark.parametrize(
        "spelling",
        ["阿依古丽•买买提", "阿依古丽‧买买提", "阿依古丽・买买提", "阿依古丽．买买提", "阿依古丽 · 买买提"],
    )
    def test_the_middle_dot_is_one_however_it_is_typed(self, spelling):
        assert normalize_name(spelling) == normalize_name("阿依古丽·买买提")

    @pytest.mark.parametrize(
        "spelling", ["张 三", "张　三", " 张三 ", "张三\u200b".replace("\u200b", "\u00a0")]
    )
    def test_blanks_do_not_matter(self, spelling):
        assert normalize_name(spelling) == "张三"

    def test_latin_names_ignore_case_and_width(self):
        assert normalize_name("Ｊohn Smith") == normalize_name("JOHN SMITH")

    def test_different_names_stay_different(self):
        assert len({normalize_name(name) for name in ("张三", "张山", "章三", "张三三")}) == 4

    @pytest.mark.parametrize(
        ("gbk", "unicode"),
        [("\ue863", "䶮"), ("\ue815", "⺁"), ("\ue831", "\U000215d7"), ("\ue864", "\u9fbb")],
    )
    def test_the_private_characters_of_gbk_systems_are_the_ones_of_unicode(self, gbk, unicode):
        assert normalize_name(f"林{gbk}") == f"林{unicode}"

    @pytest.mark.parametrize(
        "mark", ["\u200b", "\ufeff", "\u202a", "\u202c", "\u200e", "\u2060", "\u00ad", "\ufe00"]
    )
    def test_what_cannot_be_seen_does_not_matter(self, mark):
        assert normalize_name(f"{mark}张{mark}三") == "张三"


class TestTidyName:
    def test_keeps_the_spelling_of_a_latin_name(self):
        assert tidy_name("  O'Brien   Conor\u200b ") == "O'Brien Conor"

    @pytest.mark.parametrize("typed", ["`林二", "'林二", "\u2018林二"])
    def test_drops_the_mark_that_kept_a_text_a_text(self, typed):
        assert tidy_name(typed) == "林二"


class TestIsName:
    @pytest.mark.parametrize(
        "name",
        [
            "张三",
            "林\U00031350",
            "林\U0002ebf0",
            "林\U00020bb7",
            "林\ue000",
            "阿依古丽·买买提",
            "O'Brien Conor",
            "Smith, John",
        ],
    )
    def test_takes_rare_characters_and_names_of_other_scripts(self, name):
        assert is_name(name)

    @pytest.mark.parametrize(
        "text", ["", "#N/A", "=VLOOKUP(A1,B:C,2)", "林庚_x000D_", "3504", "-", "林\x07庚", "···"]
    )
    def test_refuses_what_spreadsheets_leave(self, text):
        assert not is_name(text)
