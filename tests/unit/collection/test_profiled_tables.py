"""Tables of banks, treasuries and tax bureaus: read by profiles, CSV and workbook alike."""

import io
import json
import zipfile
from datetime import datetime, timedelta

import pytest

from libs.common.clock import SHANGHAI
from libs.common.identity import compose_resident_id
from libs.common.layouts import LayoutUnusable, load_layouts
from libs.common.workbooks import number_of as _number
from services.collection.files.profiles import PROFILES, Profile
from services.collection.files.rules import BY_PROFILE, Expected, Fault, Row
from services.collection.files.unpacking import read_file
from tests import bank_tables
from tests.bank_tables import as_csv, as_workbook
from tests.bills import Moved

DAY = datetime(2019, 11, 20, tzinfo=SHANGHAI)
MORNING = DAY.replace(hour=8, minute=30, second=15)
CAME = Moved("B201911200001", 25_000, MORNING, "CB1")
WENT = Moved("B201911200001", 7_005, MORNING, "CB1", return_no="R1")
LATER = Moved("B201911200003", 1, MORNING, "CB3")
LINES = {
    "bank-debit-credit": bank_tables.bank([CAME, WENT, LATER], DAY),
    "treasury-receipts": bank_tables.treasury([CAME, LATER], DAY),
    "tax-day": bank_tables.tax([CAME, WENT, LATER], DAY),
    "deposit-slips": bank_tables.slips([CAME, LATER], DAY),
}
KNOWN = load_layouts(Profile, PROFILES)
ENCODINGS = {name: "gb18030" if one.encoding == "gb18030" else "utf-8-sig" for name, one in KNOWN.items()}


def read(content, name, day=DAY, profile=None):
    profile = profile or KNOWN[name]
    found = list(read_file(io.BytesIO(content), profile.kind, Expected(day.date()), profile))
    faults = [(one.line, one.kind, one.about) for one in found if isinstance(one, Fault)]
    return [one for one in found if isinstance(one, Row)], faults


def text(name, lines=None):
    return as_csv(LINES[name] if lines is None else lines, ENCODINGS[name])


class TestEveryTable:
    def test_has_a_profile_of_ours(self):
        assert {one.kind for one in KNOWN.values()} == set(BY_PROFILE)
        assert set(KNOWN) == set(LINES)

    @pytest.mark.parametrize("name", LINES)
    def test_is_read_in_the_one_form_as_text_and_as_a_workbook(self, name):
        rows, faults = read(text(name), name)
        assert faults == []
        came, back = ("payment", "refund") if name == "tax-day" else ("money_in", "money_out")
        wanted = [(came, CAME.no, "CB1", 25_000), (back, CAME.no, "CB1", 7_005), (came, LATER.no, "CB3", 1)]
        if len(rows) == 2:
            del wanted[1]
        assert [(row.entry, row.transaction_no, row.order_no, row.amount_fen) for row in rows] == wanted
        assert {row.happened_at for row in rows} == {DAY if name == "treasury-receipts" else MORNING}
        assert read(as_workbook(LINES[name]), name) == (rows, [])
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("day.csv", text(name))
        assert read(packed.getvalue(), name) == (rows, [])

    @pytest.mark.parametrize("name", LINES)
    def test_of_a_day_without_rows_says_so(self, name):
        make = {"bank": bank_tables.bank, "treasury": bank_tables.treasury, "tax": bank_tables.tax}
        lines = make.get(name.split("-")[0], bank_tables.slips)([], DAY)
        assert read(text(name, lines), name) == ([], [])
        assert read(as_workbook(lines), name) == ([], [])

    @pytest.mark.parametrize("name", LINES)
    def test_whose_amount_was_changed_does_not_add_up(self, name):
        lines = [[cell.replace("250.00", "250.01", 1) for cell in line] for line in LINES[name]]
        assert lines != LINES[name]
        faults = {fault for _, fault, _ in read(text(name, lines), name)[1]}
        assert faults & {"total", "sum_of_row"}

    @pytest.mark.parametrize("name", LINES)
    def test_that_lost_or_doubled_a_row_does_not_add_up(self, name):
        """The last row: no balance behind it can tell."""
        lines, last = list(LINES[name]), next(no for no, line in enumerate(LINES[name]) if LATER.no in line)
        for changed in (
            lines[:last] + lines[last + 1 :],
            lines[:last] + lines[last : last + 1] + lines[last:],
        ):
            faults = {fault for _, fault, _ in read(text(name, changed), name)[1]}
            assert faults & {"total", "sum_of_row"}

    @pytest.mark.parametrize("name", LINES)
    def test_that_was_cut_off_is_refused_wherever_it_was(self, name):
        content = text(name)
        for end in range(0, content.rindex(b"\r\n") - 12, 29):
            assert read(content[:end], name)[1], end

    @pytest.mark.parametrize("name", LINES)
    def test_of_another_day_is_refused_with_rows_and_without(self, name):
        assert "other_day" in {fault for _, fault, _ in read(text(name), name, DAY + timedelta(days=1))[1]}
        empty = [line for line in LINES[name] if not {CAME.no, LATER.no} & set(line)]
        assert "other_day" in {
            fault for _, fault, _ in read(text(name, empty), name, DAY + timedelta(days=1))[1]
        }

    @pytest.mark.parametrize("name", LINES)
    def test_twice_in_a_file_is_not_taken_twice(self, name):
        assert "behind_totals" in {fault for _, fault, _ in read(text(name) * 2, name)[1]}

    @pytest.mark.parametrize("name", LINES)
    def test_reads_columns_by_name_and_names_those_that_are_missing(self, name):
        needed = {"bank-debit-credit": "账户余额", "tax-day": "实缴金额", "deposit-slips": "缴款金额"}
        title = needed.get(name, "入库金额")
        lines = [
            [cell.replace(title, "别的") for cell in line] if title in line else line for line in LINES[name]
        ]
        faults = read(text(name, lines), name)[1]
        assert [fault for _, fault, _ in faults] == ["columns"]

    @pytest.mark.parametrize("name", LINES)
    def test_in_another_encoding_is_named_by_line(self, name):
        other = "utf-8" if ENCODINGS[name] == "gb18030" else "gb18030"
        _, faults = read(as_csv(LINES[name], other), name)
        assert {fault for _, fault, _ in faults} & {"encoding", "columns"}


class TestWorkbook:
    def test_with_numbers_and_days_as_numbers_says_the_same(self):
        name = "bank-debit-credit"
        numbers = ["贷方发生额", "借方发生额", "账户余额"]
        assert read(as_workbook(LINES[name], numbers), name) == read(text(name), name)
        lines = [[cell.replace("2019-11-20", "43789") if len(line) > 3 else cell for cell in line]
                 for line in LINES["treasury-receipts"]]  # fmt: skip
        rows, faults = read(as_workbook(lines, ["入库日期", "入库金额"]), "treasury-receipts")
        assert ([row.happened_at for row in rows], faults) == ([DAY, DAY], [])

    def test_that_lost_the_last_digits_of_a_number_is_refused(self):
        rows = [Moved("4200000263201911207", 25_000, MORNING, "CB1")]
        lines = bank_tables.slips(rows, DAY)
        assert read(as_workbook(lines, ["银行流水号"]), "deposit-slips")[1] == [(3, "number", "银行流水号")]

    def test_with_a_number_as_long_as_a_book_is_refused_at_its_line_and_not_written_out(self):
        lines = bank_tables.slips([CAME], DAY)
        packed = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(as_workbook(lines, ["缴款金额"]))) as old,
            zipfile.ZipFile(packed, "w") as new,
        ):
            for name in old.namelist():
                new.writestr(name, old.read(name).replace(b"<v>250</v>", b"<v>1E+99999</v>"))
        assert read(packed.getvalue(), "deposit-slips")[1][0] == (3, "amount", "缴款金额")
        assert _number("1E+99999") == _number("NaN") == _number("Infinity")

    def test_whose_day_is_no_number_is_told_of_at_its_line(self):
        lines = [[cell.replace("2019-11-20", "NaN") if len(line) > 3 else cell for cell in line]
                 for line in LINES["treasury-receipts"]]  # fmt: skip
        assert read(as_workbook(lines), "treasury-receipts")[1][0][1:] == ("instant", "入库日期")

    def test_of_twenty_thousand_rows_is_read_to_its_end(self):
        rows = [Moved(f"B{no:012d}", 1, MORNING, f"CB{no}") for no in range(20_000)]
        found, faults = read(as_workbook(bank_tables.treasury(rows, DAY)), "treasury-receipts")
        assert (len(found), faults) == (20_000, [])

    @pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
    def test_with_a_document_type_or_cut_off_is_refused(self, part):
        def changed(change):
            packed = io.BytesIO()
            with (
                zipfile.ZipFile(io.BytesIO(as_workbook(LINES["tax-day"]))) as old,
                zipfile.ZipFile(packed, "w") as new,
            ):
                for name in old.namelist():
                    content = old.read(name)
                    new.writestr(name, change(content) if name == part else content)
            return packed.getvalue()

        bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><"
        for change in (lambda content: content.replace(b"<", bomb, 1), lambda content: content[:-20]):
            assert read(changed(change), "tax-day")[1][-1][1] == "unreadable"

    def test_that_asks_for_more_than_it_says_is_refused(self):
        """A value in the last cell of a sheet."""
        packed, far = (
            io.BytesIO(),
            b'<worksheet><row r="1"><c r="XFD1" t="str"><v>x</v></c></row></worksheet>',
        )
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("[Content_Types].xml", b"<Types/>")
            archive.writestr("xl/worksheets/sheet1.xml", far)
        assert read(packed.getvalue(), "tax-day")[1] == [(1, "unreadable", "xlsx")]


class TestBank:
    def test_a_balance_that_does_not_follow_is_named_by_line(self):
        lines = [list(line) for line in LINES["bank-debit-credit"]]
        lines[6][4] = "1179.96"
        faults = read(text("bank-debit-credit", lines), "bank-debit-credit")[1]
        assert (7, "sum_of_row", "账户余额") in faults

    def test_the_newest_row_may_stand_first(self):
        profile = KNOWN["bank-debit-credit"].model_copy(update={"newest_first": True})
        lines = LINES["bank-debit-credit"]
        turned = [*lines[:5], *reversed(lines[5:8]), *lines[8:]]
        rows, faults = read(text("bank-debit-credit", turned), "bank-debit-credit", profile=profile)
        assert (len(rows), faults) == (3, [])
        assert read(text("bank-debit-credit", turned), "bank-debit-credit")[1]

    def test_a_number_of_a_person_is_masked_and_words_are_no_reference(self):
        number = compose_resident_id("350426", DAY.date().replace(year=1980), 12)
        rows = [Moved("B1", 1, MORNING, number), Moved("", 2, MORNING, "林某某 缴费")]
        found, faults = read(text("bank-debit-credit", bank_tables.bank(rows, DAY)), "bank-debit-credit")
        assert faults == []
        assert number not in str(found)
        assert (found[1].order_no, found[1].transaction_no) == (None, "S-2")


class TestProfile:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"told": ["x(?P<day>\\d+)"]}, "is needed"),
            ({"columns": {"day": ["日期"]}}, "amount"),
            ({"columns": {"amount": ["金额"]}}, "day"),
            ({"entry": None}, "direction"),
            ({"colums": {}}, "colums"),
            ({"told": ["("]}, "told"),
        ],
    )
    def test_that_cannot_be_used_is_refused_by_name(self, tmp_path, change, said):
        good = json.loads((PROFILES / "treasury-receipts.json").read_text("utf-8"))
        (tmp_path / "ours.json").write_text(json.dumps(good))
        assert set(load_layouts(Profile, PROFILES, tmp_path)) == {*KNOWN, "ours"}
        (tmp_path / "ours.json").write_text(json.dumps(good | change))
        with pytest.raises(LayoutUnusable, match=r"(?s)ours\.json.*" + said):
            load_layouts(Profile, PROFILES, tmp_path)
