"""Who may be a user of the console, and what stands for them in a browser."""

import pytest

from services.console.pages.rules import Words, to_root
from services.console.session.rules import is_from_elsewhere, page_after, page_of
from services.console.users.rules import (
    Place,
    UserInvalid,
    check_password,
    checked_name,
    checked_place,
    new_password,
)


class TestNames:
    def test_are_kept_in_small_letters(self):
        assert checked_name(" Li.Wen ") == "li.wen"

    @pytest.mark.parametrize("name", ["", "x", "李文", "li wen", "-li", "a" * 41])
    def test_that_are_none_are_refused(self, name):
        with pytest.raises(UserInvalid):
            checked_name(name)


class TestPlaces:
    @pytest.mark.parametrize(
        "place",
        [
            Place("mayor"),
            Place("mini_program"),
            Place("department_officer"),
            Place("unit_clerk"),
            Place("auditor", ""),
            Place("auditor", "35042"),
        ],
    )
    def test_that_no_token_could_stand_for_are_refused(self, place):
        with pytest.raises(UserInvalid):
            checked_place(place)

    def test_of_a_township_see_the_township(self):
        assert checked_place(Place("township_officer", "350426101")).division == "350426101"


class TestPasswords:
    @pytest.mark.parametrize(
        "password", ["short", "x" * 201, "liwen-and-more", "aaaaaaaaaaaa", "former-word-1"]
    )
    def test_that_are_guessed_easily_are_refused(self, password):
        with pytest.raises(UserInvalid):
            check_password(password, "liwen", former="former-word-1")

    def test_that_are_made_up_are_good_and_never_the_same(self):
        made = {new_password() for _ in range(100)}

        assert len(made) == 100
        for password in made:
            check_password(password, "liwen")


class TestPagesAfter:
    @pytest.mark.parametrize(
        "page",
        [
            "",
            "?changed=true",
            "cases/registration?kind=same_person&after=12",
            "password",
            "sign-in?then=a/b%3Fc",
        ],
    )
    def test_of_ours_are_gone_back_to(self, page):
        assert page_after(page) == page

    @pytest.mark.parametrize(
        "page",
        [
            "/x",
            "//x",
            "http://x",
            "a//b",
            "../x",
            "a/../b",
            "x\ny",
            "javascript:x",
            "\\\\x",
            "x?a#b",
            "x" * 501,
            "sign-out",
            "language",
            "sign-in-answer?code=x",
        ],
    )
    def test_elsewhere_are_not(self, page):
        assert page_after(page) == ""

    def test_are_written_so_that_they_are_gone_back_to_whatever_a_browser_sent(self):
        for query in ("as_of=2020-01-01T00:00:00+08:00", "name=张(三)'", "a=b#c"):
            assert page_after(page_of("/persons/1", query)) == page_of("/persons/1", query) != ""


@pytest.mark.parametrize(
    ("site", "origin", "elsewhere"),
    [
        ("same-origin", None, False),
        ("none", None, False),
        ("cross-site", None, True),
        (None, "https://canbao.test", False),
        (None, "https://evil.test", True),
        (None, "null", True),
        (None, None, False),
    ],
)
def test_browsers_say_who_sent_a_form(site, origin, elsewhere):
    assert is_from_elsewhere(site, origin, "canbao.test") is elsewhere


def test_pages_find_their_way_to_the_first_one_below_any_prefix():
    assert [to_root(path) for path in ("/", "/password", "/cases/ledger")] == ["./", "./", "../"]


def test_a_language_that_nobody_speaks_here_is_chinese():
    assert Words("fr")("你好", "hello") == "你好"
    assert Words("en").yuan(123456) == "¥1,234.56"
