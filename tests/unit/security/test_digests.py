"""Digests find a person without showing the number."""

from datetime import date

import pytest

from libs.common.identity import compose_resident_id, identify
from libs.common.security.digests import Digests

KEY = bytes(range(32))
NUMBER = compose_resident_id("350426", date(1990, 1, 1), 121)


class TestDigests:
    def test_the_same_document_gives_the_same_digest_however_it_was_typed(self):
        digests, today = Digests(KEY), date(2019, 1, 1)

        typed = {digests.document(identify(text, today)) for text in (NUMBER, NUMBER.lower(), f" {NUMBER}")}

        assert len(typed) == 1
        assert NUMBER not in typed.pop()

    def test_digests_of_another_key_type_or_kind_differ(self):
        digests = Digests(KEY)

        assert len({
            digests.identity("resident_id", NUMBER), digests.identity("foreigner_id", NUMBER),
            digests.name(NUMBER), digests.account(NUMBER),
            Digests(KEY[::-1]).identity("resident_id", NUMBER),
        }) == 5  # fmt: skip

    def test_names_are_compared_as_people_write_them(self):
        digests = Digests(KEY)

        assert digests.name("阿依古丽•买买提") == digests.name("阿依古丽·买买提 ")

    def test_stay_the_same_over_releases(self):
        # Stored digests of years depend on it: change the algorithm and nobody is found any more.
        digests = Digests(KEY)

        assert digests.identity("resident_id", "11010519491231002X") == "e33ff1c60c40e00ac488fd78394191f4"
        assert digests.name("张三") == "2022153094d2e3218a5935f081a4868b"

    def test_a_short_key_is_refused(self):
        with pytest.raises(ValueError, match="32"):
            Digests.from_base64("c2hvcnQ=")
