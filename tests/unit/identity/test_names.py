"""Spellings of one name compare equal, different names do not."""

import pytest

from libs.common.names import normalize_name


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
