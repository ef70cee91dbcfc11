"""What of a fee is booked: by which bill, in whose books."""

from datetime import date

import pytest

from services.collection.fees.rules import BY_SETTINGS, Booked, ChannelDay, Kept, is_to_book, shares

DAY = date(2019, 11, 4)


class TestShares:
    @pytest.mark.parametrize(
        ("fee_fen", "moved", "expected"),
        [
            (456, {2020: 76_000}, {2020: 456}),
            (100, {2019: 100, 2020: 200}, {2019: 33, 2020: 67}),
            (1, {2019: 50, 2020: 50}, {2019: 1}),
            (-100, {2019: 100, 2020: 200}, {2019: -33, 2020: -67}),
            (7, {2019: 0, 2020: -40}, {2020: 7}),
            (7, {}, {}),
            (0, {2020: 40}, {}),
        ],
    )
    def test_are_by_the_money_of_each_year_to_the_fen(self, fee_fen, moved, expected):
        assert shares(fee_fen, moved) == expected

    def test_lose_nothing_however_many_years_there_are(self):
        for fee_fen in (1, 2, 99, 100_003):
            assert sum(shares(fee_fen, {year: 7 * year for year in range(2000, 2030)}).values()) == fee_fen


class TestABill:
    KEPT = Kept(ChannelDay("youxi", "wechat", DAY), 456, file_id=7)

    @pytest.mark.parametrize(
        ("before", "books"),
        [
            (None, True),
            (Booked("wechat", DAY, 456, 7, BY_SETTINGS), False),
            (Booked("wechat", DAY, 450, 6, BY_SETTINGS), True),
            (Booked("wechat", DAY, 456, 6, "zhang"), False),
            (Booked("wechat", DAY, 0, 7, "zhang"), False),
            (Booked("wechat", DAY, 0, 6, "zhang"), True),
        ],
    )
    def test_changes_what_is_booked_but_not_what_was_decided_about_it(self, before, books):
        assert is_to_book(self.KEPT, before) is books

    def test_without_a_fee_books_nothing(self):
        assert not is_to_book(Kept(self.KEPT.day, 0, 7), None)
