"""Statements of banks: every booking, held against the balances, and nothing that XML can be made to do."""

import io
from datetime import date, datetime, timedelta

import pytest

from libs.common.clock import SHANGHAI
from libs.common.identity import compose_resident_id
from services.collection.files.rules import Expected, Fault, Row
from services.collection.files.unpacking import read_file
from tests import bills
from tests.bills import Moved

DAY = datetime(2019, 11, 20, tzinfo=SHANGHAI)
CAME = Moved("B201911200001", 25_000, DAY, "CB1")
WENT = Moved("B201911200002", 7_005, DAY, "CB2", return_no="out")
STATEMENTS = {
    "bank_mt940": bills.mt940([CAME, WENT], DAY),
    "bank_camt053": bills.camt053([CAME, WENT], DAY),
}
NAMES = {"bank_mt940": ":62F:", "bank_camt053": "CLBD"}


@pytest.fixture
def read():
    def read(content, kind, day=DAY.date()):
        found = list(read_file(io.BytesIO(content), kind, Expected(day)))
        faults = [(one.kind, one.about) for one in found if isinstance(one, Fault)]
        return [one for one in found if isinstance(one, Row)], faults

    return read


@pytest.mark.parametrize("kind", STATEMENTS)
class TestStatement:
    def test_says_what_came_and_went_in_the_one_form(self, read, kind):
        rows, faults = read(STATEMENTS[kind], kind)
        assert faults == []
        assert [
            (row.entry, row.state, row.transaction_no, row.order_no, row.amount_fen, row.happened_at)
            for row in rows
        ] == [
            ("money_in", "done", CAME.no, "CB1", 25_000, DAY),
            ("money_out", "done", WENT.no, "CB2", 7_005, DAY),
        ]
        assert [row.entry_no for row in rows] == (
            ["323/1-1", "323/1-2"] if kind == "bank_mt940" else ["323-1", "323-2"]
        )

    def test_of_a_day_without_bookings_has_none(self, read, kind):
        assert read(getattr(bills, kind.removeprefix("bank_"))([], DAY), kind) == ([], [])

    def test_of_an_overdrawn_account_adds_up_too(self, read, kind):
        content = getattr(bills, kind.removeprefix("bank_"))([WENT], DAY, 5_000)
        assert read(content, kind)[1] == []

    @pytest.mark.parametrize(
        ("old", "new"), [("250{}00", "250{}01"), ("70{}05", "70{}06"), ("1000{}00", "1000{}01")]
    )
    def test_whose_amounts_were_changed_does_not_add_up(self, read, kind, old, new):
        point = "," if kind == "bank_mt940" else "."
        old, new = (text.format(point).encode() for text in (old, new))
        assert old in STATEMENTS[kind]
        assert read(STATEMENTS[kind].replace(old, new, 1), kind)[1] == [("total", NAMES[kind])]

    def test_that_lost_a_booking_does_not_add_up(self, read, kind):
        begin, end = (b":61:", b":62F:") if kind == "bank_mt940" else (b"<Ntry>", b"</Stmt>")
        content = STATEMENTS[kind]
        cut = content[: content.rindex(begin)] + content[content.index(end) :]
        assert read(cut, kind)[1] == [("total", NAMES[kind])]

    def test_of_another_day_is_refused(self, read, kind):
        assert "other_day" in {fault for fault, _ in read(STATEMENTS[kind], kind, date(2019, 11, 21))[1]}

    def test_without_bookings_of_another_day_is_refused(self, read, kind):
        empty = getattr(bills, kind.removeprefix("bank_"))([], DAY)
        assert read(empty, kind, date(2019, 11, 21))[1][0] == ("other_day", NAMES[kind])

    def test_that_spans_days_is_refused(self, read, kind):
        before = Moved("B0", 1, DAY - timedelta(days=1), "CB0")
        content = getattr(bills, kind.removeprefix("bank_"))([before, CAME], DAY)
        named = ":61:" if kind == "bank_mt940" else "BookgDt"
        assert read(content, kind)[1] == [("other_day", named)]

    def test_that_comes_twice_in_a_file_is_not_taken_twice(self, read, kind):
        content = STATEMENTS[kind]
        if kind == "bank_camt053":
            begin, end = content.index(b"<Stmt>"), content.index(b"</Stmt>") + 7
            twice = content[:end] + content[begin:end] + content[end:]
        else:
            twice = content + b"\r\n" + content
        assert "total" in {fault for fault, _ in read(twice, kind)[1]}

    def test_of_two_accounts_is_refused(self, read, kind):
        content = STATEMENTS[kind]
        if kind == "bank_camt053":
            account = b"<Acct><Id><Othr><Id>%d</Id></Othr></Id></Acct>"
            begin, end = content.index(b"<Stmt>") + 6, content.index(b"</Stmt>")
            stmt = content[begin:end]
            content = b"%s%s%s</Stmt><Stmt>%s%s%s" % (
                *(content[:begin], account % 1, stmt),
                *(account % 2, stmt, content[end:]),
            )
        else:
            content = content + b"\r\n" + content.replace(b":25:6222", b":25:6223")
        assert "other_account" in {fault for fault, _ in read(content, kind)[1]}

    def test_in_another_currency_is_refused(self, read, kind):
        assert "amount" in {fault for fault, _ in read(STATEMENTS[kind].replace(b"CNY", b"USD"), kind)[1]}

    def test_that_was_cut_off_is_refused_wherever_it_was(self, read, kind):
        content = STATEMENTS[kind]
        ends = len(content) if kind == "bank_camt053" else content.index(b":62F:") + 5
        for end in range(0, ends, 37):
            assert read(content[:end], kind)[1], end


class TestMt940:
    def test_a_booking_without_any_reference_is_named_by_its_place(self, read):
        content = STATEMENTS["bank_mt940"].replace(f"NTRFCB1//{CAME.no}".encode(), b"NTRFNONREF")
        rows, faults = read(content, "bank_mt940")
        assert (rows[0].transaction_no, rows[0].order_no, faults) == ("323/1-1", None, [])

    def test_a_reversed_credit_went_and_a_reversed_debit_came(self, read):
        content = bills.mt940([CAME], DAY).replace(b"1120C250", b"1120RD250")
        assert read(content, "bank_mt940")[0][0].entry == "money_in"

    def test_a_booking_without_its_day_is_of_the_day_of_its_value(self, read):
        content = STATEMENTS["bank_mt940"].replace(b":61:1911201120C", b":61:191120C")
        assert [row.happened_at for row in read(content, "bank_mt940")[0]] == [DAY, DAY]
        assert read(content.replace(b":61:191120C", b":61:191119C"), "bank_mt940")[1] == [
            ("other_day", ":61:")
        ]

    def test_goes_on_over_pages_and_lacks_none_of_them(self, read):
        first = bills.mt940([CAME], DAY).replace(b":62F:", b":62M:")
        last = bills.mt940([WENT], DAY, 125_000).replace(b":60F:", b":60M:").replace(b":323/1", b":323/2")
        rows, faults = read(first + b"\r\n" + last, "bank_mt940")
        assert ([row.entry_no for row in rows], faults) == (["323/1-1", "323/2-1"], [])
        assert read(first, "bank_mt940")[1] == [("totals_missing", ":62F:")]
        other = last.replace(b"C191120CNY1250,00", b"C191120CNY1250,01").replace(b"1179,95", b"1179,96")
        assert read(first + b"\r\n" + other, "bank_mt940")[1] == [("total", ":60M:")]


class TestCamt053:
    def test_a_page_that_is_not_the_last_is_no_whole_statement(self, read):
        page = b"<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
        content = STATEMENTS["bank_camt053"].replace(b"<Stmt>", b"<Stmt>" + page)
        assert read(content, "bank_camt053")[1] == [("totals_missing", "LastPgInd")]

    def test_in_one_line_has_each_row_on_a_line_of_its_own(self, read):
        assert b"\n" not in STATEMENTS["bank_camt053"]
        rows, _ = read(STATEMENTS["bank_camt053"], "bank_camt053")
        assert len({row.line for row in rows}) == 2

    def test_an_amount_below_zero_is_none(self, read):
        content = STATEMENTS["bank_camt053"].replace(b">250.00<", b">-250.00<")
        assert ("amount", "Amt") in read(content, "bank_camt053")[1]

    def test_what_waits_is_not_in_the_balance(self, read):
        content = bills.camt053([CAME], DAY).replace(b"BOOK", b"PDNG").replace(b"1250.00", b"1000.00")
        rows, faults = read(content, "bank_camt053")
        assert ([row.state for row in rows], faults) == (["pending"], [])

    @pytest.mark.parametrize(
        "grows",
        [
            b"<a x='" + b"a" * 3 * 2**20 + b"'/>",
            b"<!--" + b"a" * 3 * 2**20 + b"-->",
            b"<a>" * 100 + b"</a>" * 100,
        ],
    )
    def test_endless_tags_and_tags_without_bottom_are_not_held(self, read, grows):
        content = STATEMENTS["bank_camt053"].replace(b"<Ntry>", grows + b"<Ntry>", 1)
        assert read(content, "bank_camt053") == ([], [("unreadable", "camt.053")])

    def test_a_large_statement_is_read_to_its_end(self, read):
        rows, faults = read(bills.camt053([CAME] * 20_000, DAY), "bank_camt053")
        assert (len(rows), faults) == (20_000, [])

    def test_a_document_type_is_refused_before_anything_is_expanded_or_fetched(self, read):
        bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>"
        content = (
            STATEMENTS["bank_camt053"].replace(b"<Document", bomb + b"<Document").replace(b"CB1", b"&b;")
        )
        assert read(content, "bank_camt053") == ([], [("unreadable", "camt.053")])

    def test_a_number_of_a_person_in_a_reference_is_masked(self, read):
        number = compose_resident_id("350426", date(1980, 1, 1), 12)
        rows, _ = read(bills.camt053([Moved(CAME.no, 1, DAY, number)], DAY), "bank_camt053")
        assert rows[0].order_no and number not in rows[0].order_no
