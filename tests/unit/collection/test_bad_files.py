"""Every kind of file, damaged in every way: it is told by line and kind, and none is taken for whole."""

import gzip
import io
import zipfile
from datetime import date, datetime, timedelta
from random import Random
from typing import get_args

import pytest

from libs.common.clock import SHANGHAI
from libs.common.layouts import load_layouts
from services.collection.files import camt053, sheets, unpacking
from services.collection.files.profiles import PROFILES, Profile
from services.collection.files.rules import FAULTS, Expected, Fault, FileKind, Row
from services.collection.files.unpacking import read_file
from tests import bank_tables, bills
from tests.bills import Moved

DAY = date(2019, 11, 20)
NOON = datetime(2019, 11, 20, 12, tzinfo=SHANGHAI)
PAID = [Moved(f"20191120{no:013d}", 25_000 + no, NOON, f"CB{no}", fee="0.15000") for no in range(1, 6)]
BACK = [Moved(PAID[0].no, 7_005, NOON, "CB1", "R1"), Moved(PAID[1].no, 1_000, NOON, "CB2", "R2")]
BOOKED = [Moved(one.no[-12:], one.fen, one.at, one.order, one.return_no) for one in (*PAID, *BACK)]
PROFILE_OF = {
    "bank_table": "bank-debit-credit",
    "treasury_table": "treasury-receipts",
    "tax_table": "tax-day",
    "deposit_table": "deposit-slips",
}
KNOWN = load_layouts(Profile, PROFILES)
#: As each is unpacked.
FILES = {
    "wechat_all": bills.wechat([*PAID, *BACK]),
    "wechat_success": bills.wechat(PAID, "success"),
    "wechat_refund": bills.wechat(BACK, "refund"),
    "wechat_fund_flow": bills.fund_flow([*PAID, *BACK]),
    "alipay_trade": bills.alipay([*PAID, *BACK], NOON),
    "unionpay_zm": bills.unionpay([*PAID, *BACK]),
    "unionpay_zme": bills.unionpay_corrections([*PAID, *BACK]),
    "bank_camt053": bills.camt053(BOOKED, NOON),
    "bank_mt940": bills.mt940(BOOKED, NOON),
    "bank_table": bank_tables.as_csv(bank_tables.bank(BOOKED, NOON), "gb18030"),
    "treasury_table": bank_tables.as_csv(bank_tables.treasury(PAID, NOON)),
    "tax_table": bank_tables.as_csv(bank_tables.tax([*PAID, *BACK], NOON)),
    "deposit_table": bank_tables.as_csv(bank_tables.slips(PAID, NOON)),
}
#: Whose account it is, where a file says that.
ACCOUNTS = {
    "wechat": bills.WECHAT_MERCHANT,
    "alipay": bills.ALIPAY_SELLER,
    "unionpay": bills.UNIONPAY_MERCHANT,
}
#: What a total is in each file, and what is wrong with it then; UnionPay's rows have to add up by themselves.
TOTALS = {
    "wechat_all": ("`1250.15,`80.05,", "`1250.16,`80.05,"),
    "wechat_success": ("`5.0,", "`6.0,"),
    "wechat_refund": ("`2.0,`0.00,`80.05", "`2.0,`0.00,`80.06"),
    "wechat_fund_flow": ("`7,`5,`1250.15", "`7,`5,`1250.16"),
    "alipay_trade": ("共1250.15元", "共1250.16元"),
    "unionpay_zm": ("C000000024986", "C000000024987"),
    "unionpay_zme": ("C000000025001", "C000000025002"),
    "bank_camt053": (">2170.10<", ">2170.11<"),
    "bank_mt940": ("CNY2170,10", "CNY2170,11"),
    "bank_table": ('"2,170.10"', '"2,170.11"'),
    "treasury_table": ("合计金额,1250.15", "合计金额,1250.16"),
    "tax_table": ("5,笔,1250.15", "6,笔,1250.15"),
    "deposit_table": ("5,笔,1250.15", "5,笔,1250.16"),
}
#: Two cells of one row that stand in each other's place, and the line on which they do.
SWAPPED = {
    "wechat_all": (2, "2019-11-20 12:00:00", "1900000001"),
    "wechat_success": (2, "2019-11-20 12:00:00", "1900000001"),
    "wechat_refund": (2, "70.05", "R1"),
    "wechat_fund_flow": (2, "收入", "250.01"),
    "alipay_trade": (6, "交易\t", "2019-11-20 12:00:00"),
    "unionpay_zm": (1, "1120120000", "48722900  "),
    "unionpay_zme": (1, "1120120000", "48722900  "),
    "bank_camt053": (1, "CRDT", "BOOK"),
    "bank_mt940": (6, "C250,01", "NTRF"),
    "bank_table": (6, "12:00:00", "250.01"),
    "treasury_table": (3, "2019-11-20", "CB1"),
    "tax_table": (3, "缴费", "成功"),
    "deposit_table": (3, "2019-11-20", "CB1"),
}
_OF_BANKS = ("bank_mt940", "bank_table")
#: How many rows there are, where not all that moved is in a file.
ROWS = {"wechat_success": 5, "wechat_refund": 2, "treasury_table": 5, "deposit_table": 5}
GARBAGE = Random(7).randbytes(6_000)


def read(content, kind, day=DAY, account=None):
    profile = KNOWN[PROFILE_OF[kind]] if kind in PROFILE_OF else None
    account = account or ACCOUNTS.get(kind.split("_")[0])
    found = list(read_file(io.BytesIO(content), kind, Expected(day, account), profile))
    faults = [one for one in found if isinstance(one, Fault)]
    assert all(one.kind in FAULTS and one.detail and one.detail_zh and one.line >= 0 for one in faults)
    return [one for one in found if isinstance(one, Row)], faults


def kinds(faults):
    return {one.kind for one in faults}


def encoding(kind):
    return "gb18030" if kind in ("alipay_trade", "unionpay_zm", "unionpay_zme", *_OF_BANKS) else "utf-8"


def changed(kind, old, new):
    old, new = (text.encode(encoding(kind)) for text in (old, new))
    assert old in FILES[kind], "the change changes something"
    return FILES[kind].replace(old, new, 1)


@pytest.mark.parametrize("kind", FILES)
class TestEveryKind:
    def test_is_read_whole_as_it_is(self, kind):
        rows, faults = read(FILES[kind], kind)
        assert faults == []
        assert len(rows) == ROWS.get(kind, 7)

    @pytest.mark.parametrize("part", [0.2, 0.5, 0.8])
    def test_that_was_cut_off_is_refused(self, kind, part):
        content = FILES[kind]
        end = int(len(content) * part)
        if kind.startswith("unionpay"):
            width = content.index(b"\n") + 1
            end = end // width * width + 100  # of its rows none says how many there are
        assert read(content[:end], kind)[1]

    def test_that_was_cut_off_while_it_was_packed_is_refused(self, kind):
        for packed in (gzip.compress(FILES[kind]), zipped(FILES[kind])):
            for end in (30, len(packed) // 2, len(packed) - 9):
                assert kinds(read(packed[:end], kind)[1]) & {
                    "unreadable",
                    "totals_missing",
                    "cells",
                    "columns",
                }

    def test_with_a_wrong_total_is_refused(self, kind):
        faults = read(changed(kind, *TOTALS[kind]), kind)[1]
        assert kinds(faults) == {"sum_of_row" if kind.startswith("unionpay") else "total"}
        assert all(one.line for one in faults)

    def test_of_another_day_is_refused(self, kind):
        assert "other_day" in kinds(read(FILES[kind], kind, DAY + timedelta(days=2))[1])

    def test_with_cells_in_each_others_place_is_refused_at_their_line(self, kind):
        line, *cells = SWAPPED[kind]
        one, other = (text.encode(encoding(kind)) for text in cells)
        lines = FILES[kind].split(b"\n")
        assert one in lines[line - 1] and other in lines[line - 1]
        lines[line - 1] = (
            lines[line - 1].replace(one, b"\0", 1).replace(other, one, 1).replace(b"\0", other, 1)
        )
        faults = read(b"\n".join(lines), kind)[1]
        assert line in {one.line for one in faults}

    @pytest.mark.parametrize("packed", [bytes, gzip.compress, lambda content: zipped(content)])
    def test_of_any_bytes_is_refused(self, kind, packed):
        rows, faults = read(packed(GARBAGE), kind)
        assert (rows, bool(faults)) == ([], True)

    def test_with_any_bytes_in_its_middle_is_refused_or_says_the_same_of_money(self, kind):
        content = FILES[kind]
        whole, middle = money(read(content, kind)[0]), len(content) // 2
        rows, faults = read(content[:middle] + GARBAGE[:200] + content[middle:], kind)
        assert faults or money(rows) == whole

    def test_that_unpacks_without_end_is_read_no_further(self, kind, monkeypatch):
        endless = gzip.compress(bytes(4 * 2**20)), zipped(bytes(4 * 2**20))
        assert all(len(one) < 2**16 for one in endless)
        for one in endless:
            assert kinds(read(one, kind)[1]) <= {"line_too_long", "unreadable"}
        monkeypatch.setattr(unpacking, "MOST_ROWS", 1_000)
        monkeypatch.setattr(camt053, "MOST_BYTES", 100_000)
        many = FILES[kind] if kind == "bank_camt053" else b""
        for packed in (gzip.compress, zipped):
            faults = read(packed(many + b" \n" * 100_000), kind)[1]
            assert "unreadable" in kinds(faults)

    def test_changed_in_any_byte_is_refused_or_says_the_same_of_money(self, kind):
        chance, content = Random(kind), FILES[kind]
        whole = money(read(content, kind)[0])
        for _ in range(100):
            at = chance.randrange(len(content))
            other = content[:at] + chance.randbytes(1) + content[at + 1 :]
            rows, faults = read(other, kind)
            assert faults or money(rows) == whole, (at, content[at - 20 : at + 20], other[at : at + 1])


def money(rows):
    """How many rows of each way, and what they make."""
    return {
        entry: (len(some), sum(one.amount_fen for one in some))
        for entry in {one.entry for one in rows}
        if (some := [one for one in rows if one.entry == entry])
    }


def zipped(content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("day.csv", content)
    return packed.getvalue()


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind.split("_")[0] in ACCOUNTS])
def test_a_file_of_another_account_is_refused(kind):
    faults = kinds(read(FILES[kind], kind, account="1900000099")[1])
    assert faults == (set() if kind == "wechat_fund_flow" else {"other_account"})


@pytest.mark.parametrize("kind", ["unionpay_zm", "unionpay_zme"])
def test_two_rows_of_unionpay_that_became_one_line_are_no_row(kind):
    """The second one would be gone, and no total would tell."""
    rows, faults = read(FILES[kind].replace(b"\r\n", b"  ", 1), kind)
    assert (len(rows), [(one.line, one.kind) for one in faults]) == (5, [(1, "cells")])


def test_every_kind_is_damaged():
    assert FILES.keys() == set(get_args(FileKind))


@pytest.mark.parametrize("name", PROFILE_OF.values())
class TestWorkbooks:
    def test_that_unpack_without_end_are_read_no_further(self, name, monkeypatch):
        profile, packed = KNOWN[name], io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", b"<Types/>")
            archive.writestr("xl/worksheets/sheet1.xml", b"<worksheet>" + b"<row/>" * 200_000)
        monkeypatch.setattr(sheets, "MOST_BYTES", 300_000)
        found = list(read_file(io.BytesIO(packed.getvalue()), profile.kind, Expected(DAY), profile))
        assert "unreadable" in {one.kind for one in found if isinstance(one, Fault)}
