"""What the simulator writes of a channel's own book and what the adapters read of it: the same, to the fen.

They share no code, so each checks the other.
"""

import io
from datetime import date, datetime, time, timedelta
from random import Random

import pytest

from canbao.simulator.files import alipay, statements, tables, unionpay, wechat
from canbao.simulator.files.books import Book, Moved
from libs.common.clock import SHANGHAI
from libs.common.layouts import load_layouts
from services.collection.files.profiles import PROFILES, Profile
from services.collection.files.rules import Expected, Fault
from services.collection.files.unpacking import read_file

DAY = date(2019, 11, 20)


def book(seed, *, per_myriad=38, ends_at=None):
    """Two days of a channel: payments at every hour, some given back in parts."""
    chance, kept = Random(seed), Book(per_myriad, ends_at)
    for no in range(60):
        at = datetime(2019, 11, 19, 12, tzinfo=SHANGHAI) + timedelta(seconds=chance.randrange(86_400))
        paid = kept.take(f"{seed:02d}{no:010d}", chance.randrange(1, 99_999), at, f"CB{no:06d}")
        if chance.randrange(4) == 0:
            back = at + timedelta(minutes=chance.randrange(600))
            kept.give_back(paid, f"R{no:06d}", chance.randrange(1, paid.fen + 1), back)
    return kept


def rows_read(content, kind, profile=None):
    layout = load_layouts(Profile, PROFILES)[profile] if profile else None
    found = list(read_file(io.BytesIO(content), kind, Expected(DAY), layout))
    assert [one for one in found if isinstance(one, Fault)] == []
    return found


def own(kept):
    """What the book says of the day."""
    return sorted((one.no, one.return_no, one.fen, one.fee_fen) for one in kept.of(DAY))


def told(rows):
    """What an adapter read."""
    return sorted((one.transaction_no, one.return_no or "", one.amount_fen, one.fee_fen) for one in rows)


@pytest.mark.parametrize("seed", range(5))
class TestBills:
    def test_of_wechat_say_what_the_book_says(self, seed):
        kept = book(seed)
        assert told(rows_read(wechat.packed_bill(kept.of(DAY)), "wechat_all")) == own(kept)

    def test_of_alipay_say_what_the_book_says(self, seed):
        kept, noon = book(seed), datetime.combine(DAY, time(12))
        assert told(rows_read(alipay.packed_bill(kept.of(DAY), noon), "alipay_trade")) == own(kept)

    def test_of_unionpay_have_the_evening_before(self, seed):
        kept = book(seed, ends_at=time(23))
        assert {one.at.date() for one in kept.of(DAY)} == {DAY, DAY - timedelta(days=1)}
        assert told(rows_read(unionpay.trades(kept.of(DAY)), "unionpay_zm")) == own(kept)

    def test_of_the_tax_bureau_say_what_the_book_says(self, seed):
        kept = book(seed, per_myriad=0)
        table = tables.as_csv(tables.tax(kept.of(DAY), datetime.combine(DAY, time())))
        assert told(rows_read(table, "tax_table", "tax-day")) == own(kept)

    def test_add_up_to_what_the_channel_owes(self, seed):
        kept = book(seed)
        rows = rows_read(wechat.packed_bill(kept.of(DAY)), "wechat_all")
        taken = sum(one.amount_fen * (1 if one.entry == "payment" else -1) for one in rows)
        assert kept.owed_fen(DAY, keeps_fee=False) == taken
        assert kept.owed_fen(DAY) == taken - sum(one.fee_fen for one in rows)


@pytest.mark.parametrize("seed", range(3))
class TestStatements:
    """Lines that brought money, and took some."""

    @pytest.mark.parametrize("kind", ["bank_mt940", "bank_camt053", "bank_table", "treasury_table"])
    def test_say_what_moved_on_the_account(self, seed, kind):
        chance, at = Random(seed), datetime.combine(DAY, time(10), SHANGHAI)
        moved = [
            Moved(f"B{no:06d}", chance.randrange(1, 10**9), at, return_no="out" if no % 3 == 0 else "")
            for no in range(1, 40)
        ]
        if kind == "treasury_table":
            moved = [one for one in moved if not one.return_no]
        written = {
            "bank_mt940": lambda: statements.mt940(moved, at),
            "bank_camt053": lambda: statements.camt053(moved, at),
            "bank_table": lambda: tables.as_csv(tables.bank(moved, at), "gb18030"),
            "treasury_table": lambda: tables.as_csv(tables.treasury(moved, at)),
        }[kind]()
        profile = {"bank_table": "bank-debit-credit", "treasury_table": "treasury-receipts"}.get(kind)
        rows = rows_read(written, kind, profile)
        assert [(row.entry, row.transaction_no, row.amount_fen) for row in rows] == [
            ("money_out" if one.return_no else "money_in", one.no, one.fen) for one in moved
        ]


class TestPackedBills:
    def test_are_the_same_bytes_each_time(self):
        kept, noon = book(1), datetime.combine(DAY, time(12))
        for write in (
            lambda: wechat.packed_bill(kept.of(DAY)),
            lambda: alipay.packed_bill(kept.of(DAY), noon),
        ):
            assert write() == write()
