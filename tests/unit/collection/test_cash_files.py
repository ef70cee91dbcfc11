"""Files of receipts as a village's spreadsheet saves them."""

import pytest

from libs.common.small_tables import TableUnreadable
from libs.common.web.schemas import shanghai
from services.collection.cash.reading import MOST_ROWS, read_file

HEAD = "证件号码,姓名,金额（元）,收款时间,收款方式,票据号码,收据组"
ROW = "620422198006150023,马晓梅,280,2020-11-20 16:40,现金,00120001,"


def read(*rows, encoding="utf-8", head=HEAD):
    return read_file("\r\n".join([head, *rows]).encode(encoding))


class TestRows:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_are_read_in_the_encodings_of_offices(self, encoding):
        (taken,) = read(ROW, encoding=encoding).taken
        (item,) = taken.items
        assert (item.name, item.id_number, item.amount_fen) == ("马晓梅", "620422198006150023", 28_000)
        assert (taken.instrument, item.voucher_no) == ("cash", "00120001")
        assert shanghai(taken.paid_at) == "2020-11-20T16:40:00+08:00"

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("2020/11/5 9:05", "2020-11-05T09:05:00+08:00"),
            ("2020-11-20 16:40:59", "2020-11-20T16:40:59+08:00"),
            ("2020-11-20T08:40:00+00:00", "2020-11-20T16:40:00+08:00"),
        ],
    )
    def test_instants_are_as_spreadsheets_write_them(self, written, meant):
        (taken,) = read(ROW.replace("2020-11-20 16:40", written)).taken
        assert shanghai(taken.paid_at) == meant

    @pytest.mark.parametrize("written", ["2020-11-20", "2020-13-01 9:00", "0001-01-01 00:00", "昨天下午"])
    def test_an_instant_that_is_none_is_named_with_its_line_and_the_others_are_read(self, written):
        found = read(ROW, ROW.replace("2020-11-20 16:40", written))
        assert len(found.taken) == 1
        (fault,) = found.faults
        assert fault.pointer == "#/file/3/paid_at"
        assert "第 3 行" in fault.detail_zh

    def test_a_number_that_a_program_kept_a_text_is_that_number(self):
        (taken,) = read(ROW.replace("620422198006150023", '"=""620422198006150023"""')).taken
        assert taken.items[0].id_number == "620422198006150023"

    def test_rows_of_one_payer_are_one_receipt(self):
        (taken,) = read(ROW + "1", ROW.replace("00120001", "00120002") + "1").taken
        assert (len(taken.items), taken.amount_fen) == (2, 56_000)

    def test_say_how_many_lapsed_years_are_repaired(self):
        head = f"{HEAD},补缴年数"
        some, none = read(f"{ROW},2", f"{ROW},", head=head).taken
        assert [one.items[0].repair_years for one in (some, none)] == [2, 0]
        faults = read(*(f"{ROW},{wrong}" for wrong in ("两年", "21", "-1")), head=head).faults
        assert [one.pointer for one in faults] == [f"#/file/{line}/repair_years" for line in (2, 3, 4)]


class TestFiles:
    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ((), "no rows"),
            ((ROW,) * (MOST_ROWS + 1), "split the file"),
            ((ROW.replace("马晓梅", '"马晓梅'), ROW), "Line 3 cannot be read"),
            ((ROW.replace("马晓梅", "马" * 200_000),), "Line 2 cannot be read"),
        ],
    )
    def test_that_cannot_be_read_say_how_to_mend_them(self, rows, said):
        with pytest.raises(TableUnreadable, match=said):
            read(*rows)

    def test_without_a_needed_column_it_is_named(self):
        with pytest.raises(TableUnreadable, match="收款时间"):
            read(ROW, head=HEAD.replace("收款时间", "时间"))

    def test_that_are_no_text_are_refused(self):
        with pytest.raises(TableUnreadable, match="neither UTF-8 nor GB18030"):
            read_file(b"\xff\xff\xff")


class TestOrdersOfUnits:
    def test_stand_in_a_row_that_names_nobody(self):
        (taken,) = read(
            "54000,2017-12-01 9:30,S-17,现金,YN01", head="金额,收款时间,单位订单号,收款方式,票据号码"
        ).taken
        assert (taken.order.order_no, taken.amount_fen) == ("S-17", 5_400_000)
        assert (taken.items, taken.voucher_no) == ((), "YN01")

    def test_stand_beside_people_in_one_file_and_apart_from_them_in_a_row(self):
        head = HEAD + ",单位订单号"
        found = read(ROW + ",", ",,560,2020-11-20 16:45,,00120002,,S-18", ROW + ",S-19", head=head)
        assert [one.order is not None for one in found.taken] == [False, True]
        assert [fault.pointer for fault in found.faults] == ["#/file/4/order_no"]

    def test_are_receipts_of_their_own(self):
        head = HEAD + ",单位订单号"
        found = read(ROW + "1,", ",,560,2020-11-20 16:45,,00120002,1,S-18", head=head)
        assert [fault.pointer for fault in found.faults] == ["#/file/3/receipt"]

    def test_are_what_people_may_be_left_out_for_and_nothing_else(self):
        with pytest.raises(TableUnreadable, match="证件号码, 姓名"):
            read("560,2020-11-20 16:45", head="金额,收款时间")


class TestOneReceipt:
    @pytest.mark.parametrize("changed", [("16:40", "16:41"), ("现金", "转账")])
    def test_is_taken_in_one_way_at_one_time_or_the_row_is_named(self, changed):
        found = read(ROW + "1", ROW.replace("00120001", "00120002").replace(*changed) + "1")
        assert [fault.pointer for fault in found.faults] == ["#/file/3/receipt"]

    def test_has_as_many_people_as_one_that_is_typed(self):
        found = read(*(ROW.replace("00120001", f"{no:08}") + "1" for no in range(51)))
        assert [fault.pointer for fault in found.faults] == ["#/file/52/receipt"]

    @pytest.mark.parametrize("number", ["0012 0001", "1" * 41, "0012\x010001"])
    def test_bears_numbers_as_typed_ones_do(self, number):
        found = read(ROW.replace("00120001", number))
        assert [fault.pointer for fault in found.faults] == ["#/file/2/voucher_no"]
