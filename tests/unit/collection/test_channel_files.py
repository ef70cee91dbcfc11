"""What files of channels say, row by row in one form, and what is wrong with those that cannot be taken."""

import gzip
import io
import zipfile
from datetime import date, datetime

import pytest

from libs.common.clock import SHANGHAI
from services.collection.files.rules import LONGEST_LINE, Expected, Fault, Row
from services.collection.files.unpacking import READERS, read_file
from tests import bills
from tests.bills import Moved

DAY = date(2019, 11, 20)
MORNING = datetime(2019, 11, 20, 8, 30, 15, tzinfo=SHANGHAI)
NOON = datetime(2019, 11, 20, 12, tzinfo=SHANGHAI)
PAID = Moved("201911200830150000001", 25_000, MORNING, "CB1", fee="0.15000")
BACK = Moved(PAID.no, 7_005, NOON, "CB1", return_no="201911201200000000002")
MERCHANT = {
    "wechat": bills.WECHAT_MERCHANT,
    "alipay": bills.ALIPAY_SELLER,
    "unionpay": bills.UNIONPAY_MERCHANT,
}


@pytest.fixture
def read():
    def read(content, kind, day=DAY, account=None):
        found = list(
            read_file(io.BytesIO(content), kind, Expected(day, account or MERCHANT.get(kind.split("_")[0])))
        )
        faults = [(one.line, one.kind, one.about) for one in found if isinstance(one, Fault)]
        return [one for one in found if isinstance(one, Row)], faults

    return read


def told(row):
    return row.entry, row.transaction_no, row.return_no, row.order_no, row.amount_fen, row.happened_at


FILES = {
    "wechat_all": bills.wechat([PAID, BACK]),
    "alipay_trade": bills.alipay_zip([PAID, BACK], MORNING),
    "unionpay_zm": bills.unionpay([PAID, BACK]),
}


class TestOneForm:
    @pytest.mark.parametrize("kind", FILES)
    def test_is_that_of_payments_and_refunds_of_every_wallet(self, read, kind):
        rows, faults = read(FILES[kind], kind)
        assert faults == []
        assert [told(row) for row in rows] == [
            ("payment", PAID.no, None, "CB1", 25_000, MORNING),
            ("refund", PAID.no, BACK.return_no, "CB1", 7_005, NOON),
        ]
        assert [row.fee_fen for row in rows] == [15, 0]

    def test_of_a_bill_of_successes_and_one_of_refunds_is_the_same(self, read):
        rows, faults = read(bills.wechat([PAID], "success"), "wechat_success")
        back, more = read(bills.wechat([BACK], "refund"), "wechat_refund")
        assert (faults, more) == ([], [])
        assert [row.entry for row in rows + back] == ["payment", "refund"]

    def test_of_a_fund_flow_says_which_way_money_moved(self, read):
        rows, faults = read(bills.fund_flow([PAID, BACK]), "wechat_fund_flow")
        assert faults == []
        assert [(row.entry, row.transaction_no, row.amount_fen) for row in rows] == [
            ("money_in", PAID.no, 25_000),
            ("money_out", BACK.return_no, 7_005),
        ]
        assert len({row.entry_no for row in rows}) == 2

    def test_of_a_bill_that_says_zero_has_none(self, read):
        assert read(bills.wechat([]), "wechat_all") == ([], [])
        assert read(bills.alipay([], MORNING), "alipay_trade") == ([], [])
        assert read(bills.fund_flow([]), "wechat_fund_flow") == ([], [])

    def test_has_the_first_and_the_last_second_of_the_day(self, read):
        rows = [Moved("T1", 1, MORNING.replace(hour=0, minute=0, second=0))]
        rows.append(Moved("T2", 1, MORNING.replace(hour=23, minute=59, second=59)))
        for content, kind in (
            (bills.wechat(rows), "wechat_all"),
            (bills.alipay(rows, MORNING), "alipay_trade"),
        ):
            assert [row.happened_at for row in read(content, kind)[0]] == [row.at for row in rows]

    def test_reads_columns_by_name_wherever_they_stand(self, read):
        lines = bills.wechat([PAID, BACK]).decode("utf-8-sig").splitlines()
        turned = [",".join(reversed(lines[0].split(",")))]
        turned += [",".join(f"`{cell}" for cell in reversed(line[1:].split(",`"))) for line in lines[1:3]]
        rows, faults = read("\n".join(turned + lines[3:]).encode(), "wechat_all")
        assert (len(rows), faults) == (2, [])

    def test_a_fee_below_a_fen_is_rounded_and_its_total_is_not(self, read):
        small = [Moved(f"no{one}", 100, MORNING, fee="0.00600") for one in range(5)]
        rows, faults = read(bills.wechat(small), "wechat_all")
        assert ([row.fee_fen for row in rows], faults) == ([1] * 5, [])

    def test_the_first_layout_of_unionpay_has_nothing_in_its_tail(self, read):
        rows, faults = read(bills.unionpay([PAID], tail=False), "unionpay_zm")
        assert ([row.fee_fen for row in rows], faults) == ([15], [])

    def test_the_day_that_unionpay_settles_begins_the_evening_before_in_the_old_year(self, read):
        late = datetime(2019, 12, 31, 23, 30, tzinfo=SHANGHAI)
        rows, _ = read(bills.unionpay([Moved("1" * 21, 1, late)]), "unionpay_zm", date(2020, 1, 1))
        assert [row.happened_at for row in rows] == [late]


class TestCorrectionsOfUnionPay:
    FILE = bills.unionpay_corrections([BACK, PAID])

    def test_are_bookings_for_us_and_against_us(self, read):
        rows, faults = read(self.FILE, "unionpay_zme")
        assert faults == []
        assert [(row.entry, row.amount_fen, row.transaction_no, row.entry_no) for row in rows] == [
            ("money_out", 7_005, "000001-1101083015", "000001-1120120000"),
            ("money_in", 25_000, "000001-1101083015", "000002-1120083015"),
        ]

    @pytest.mark.parametrize(
        ("old", "new", "fault"),
        [
            (b"C000000025000", b"C000000025001", (2, "sum_of_row", "结算金额")),
            (b"C000000025000", b"X000000025000", (2, "amount", "结算金额")),
            (b"1120083015", b"1118083015", (2, "other_day", "交易传输时间")),
            (b"777290058110097", b"777290058110098", (1, "other_account", "商户代码")),
            (b"E74 ", b"E74", (1, "cells", "22")),
        ],
    )
    def test_that_are_changed_are_named(self, read, old, new, fault):
        assert old in self.FILE
        assert fault in read(self.FILE.replace(old, new, 1), "unionpay_zme")[1]

    def test_that_were_cut_off_are_no_rows(self, read):
        assert read(self.FILE[:-160], "unionpay_zme")[1] == [(2, "cells", "22")]


class TestPacked:
    def test_as_gzip_it_says_the_same(self, read):
        assert read(gzip.compress(FILES["wechat_all"]), "wechat_all") == read(
            FILES["wechat_all"], "wechat_all"
        )

    def test_a_zip_of_unionpay_holds_what_failed_too(self, read):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("INN20112088ZME_777290058110097", b"other widths")
            archive.writestr("INN20112088ZM_777290058110097", FILES["unionpay_zm"])
        rows, faults = read(packed.getvalue(), "unionpay_zm")
        assert (len(rows), faults) == (2, [])

    @pytest.mark.parametrize("cut", [40, 400])
    @pytest.mark.parametrize("packed", [gzip.compress(FILES["wechat_all"]), FILES["alipay_trade"]])
    def test_cut_off_it_is_refused(self, read, packed, cut):
        kind = "wechat_all" if packed[:2] == b"\x1f\x8b" else "alipay_trade"
        _, faults = read(packed[:cut], kind)
        assert faults
        assert {kind for _, kind, _ in faults} <= {"unreadable", "totals_missing", "columns"}


class TestWhatIsWrong:
    """Each fault has its line and its kind."""

    @pytest.mark.parametrize(
        ("kind", "old", "new", "fault"),
        [
            ("wechat_all", "`250.00,`0.00,`0,", "`250.01,`0.00,`0,", (5, "total", "应结订单总金额")),
            ("wechat_all", "`2.0,", "`3.0,", (5, "total", "总交易单数")),
            ("wechat_all", "`0.15000,", "`0.25000,", (5, "total", "手续费总金额")),
            ("wechat_all", "SUCCESS,`,`,`250", "PAID,`,`,`250", (2, "word", "交易状态")),
            ("wechat_all", "2019-11-20 08:30:15", "2019-11-21 08:30:15", (2, "other_day", "交易时间")),
            ("wechat_all", "2019-11-20 08:30:15", "2019-11-31 08:30:15", (2, "instant", "交易时间")),
            ("wechat_all", "`250.00,`0.00,`0,", "`two,`0.00,`0,", (2, "amount", "应结订单金额")),
            ("wechat_all", bills.WECHAT_MERCHANT, "1900000002", (2, "other_account", "商户号")),
            ("wechat_all", "`250.00,`0.00,`0,", "`-250.00,`0.00,`0,", (5, "total", "应结订单总金额")),
            ("wechat_all", "`0.15000,`,`250.00", "`0.15000,`,`-250.00", (2, "amount", "订单金额")),
            ("wechat_all", "`CB1,", "`CB1,`more,", (2, "cells", "27")),
            ("wechat_all", "微信订单号", "微信单号", (1, "columns", "微信订单号")),
            ("wechat_all", "设备号", "手续费", (1, "column_twice", "手续费")),
            ("wechat_all", f"`{PAID.no},", "`42 00,", (2, "number", "微信订单号")),
        ],
    )
    def test_of_a_bill_of_wechat(self, read, kind, old, new, fault):
        text = FILES[kind].decode()
        assert old in text
        assert fault in read(text.replace(old, new, 1).encode(), kind)[1]

    @pytest.mark.parametrize(
        ("old", "new", "fault"),
        [
            ("商家实收共250.00元", "商家实收共251.00元", (9, "total", "交易合计")),
            ("退款合计：1笔", "退款合计：2笔", (10, "total", "退款合计")),
            (",250.00,250.00", ",251.00,251.00", (9, "total", "交易合计")),
            ("2019年11月20日 00", "2019年11月19日 00", (3, "other_day", "起始日期")),
            (f"[{bills.ALIPAY_SELLER}", "[2089", (2, "other_account", "账号")),
            ("终止日期：[2019年11月20日", "终止日期：[2019年11月30日", (3, "other_day", "终止日期")),
            (f"#账号：[{bills.ALIPAY_SELLER}0156]", "#", (0, "heading_missing", "账号")),
            ("#起始日期", "#开始日期", (0, "heading_missing", "起始日期")),
            ("-70.05", "70.05", (7, "amount", "订单金额")),
            ("交易\t", "转账\t", (6, "word", "业务类型")),
        ],
    )
    def test_of_a_bill_of_alipay(self, read, old, new, fault):
        text = bills.alipay([PAID, BACK], MORNING).decode("gb18030")
        assert old in text
        assert fault in read(text.replace(old, new, 1).encode("gb18030"), "alipay_trade")[1]

    @pytest.mark.parametrize(
        ("old", "new", "fault"),
        [
            (b"D000000000015", b"D000000000016", (1, "sum_of_row", "结算金额")),
            (b"C000000024985", b"C000000024986", (1, "sum_of_row", "结算金额")),
            (b"1120083015", b"1118083015", (1, "other_day", "交易传输时间")),
            (b"777290058110097", b"777290058110098", (1, "other_account", "商户代码")),
            (b"CB1 ", b"CB1", (1, "cells", "40")),
        ],
    )
    def test_of_a_file_of_unionpay(self, read, old, new, fault):
        assert old in FILES["unionpay_zm"]
        assert fault in read(FILES["unionpay_zm"].replace(old, new, 1), "unionpay_zm")[1]

    @pytest.mark.parametrize("kind", ["wechat_all", "alipay_trade"])
    def test_a_file_that_was_cut_off_lacks_its_totals(self, read, kind):
        whole = FILES[kind] if kind == "wechat_all" else bills.alipay([PAID, BACK], MORNING)
        lines = whole.splitlines(keepends=True)
        for left in range(1, len(lines) - (1 if kind == "wechat_all" else 2)):
            assert "totals_missing" in {fault for _, fault, _ in read(b"".join(lines[:left]), kind)[1]}

    @pytest.mark.parametrize("kind", ["wechat_all", "alipay_trade"])
    def test_two_files_in_one_are_not_one(self, read, kind):
        """Rows behind the totals are in no total."""
        whole = FILES[kind] if kind == "wechat_all" else bills.alipay([PAID, BACK], MORNING) + b"\r\n"
        assert "behind_totals" in {fault for _, fault, _ in read(whole + whole, kind)[1]}

    def test_a_title_out_of_the_file_is_told_in_characters_that_can_be_kept(self, read):
        twice = (
            FILES["wechat_all"].replace("设备号".encode(), b"x\x00y").replace("付款银行".encode(), b"x\x00y")
        )
        assert read(twice, "wechat_all")[1] == [(1, "column_twice", "xy")]

    def test_a_row_of_unionpay_that_was_cut_off_is_no_row(self, read):
        rows, faults = read(FILES["unionpay_zm"][:-300], "unionpay_zm")
        assert (len(rows), faults) == (1, [(2, "cells", "40")])

    def test_another_encoding_is_named_by_line(self, read):
        rows, faults = read(FILES["wechat_all"].decode().encode("gb18030"), "wechat_all")
        assert (rows, faults[0]) == ([], (1, "encoding", "UTF-8"))
        text = FILES["wechat_all"].replace("城乡".encode(), "城乡".encode("gb18030"), 1)
        assert (2, "encoding", "UTF-8") in read(text, "wechat_all")[1]

    def test_a_line_without_end_is_not_held(self, read):
        _, faults = read(b"`" * (LONGEST_LINE * 3), "wechat_all")
        assert faults == [(1, "line_too_long", "")]

    @pytest.mark.parametrize("kind", READERS)
    def test_a_file_of_another_kind_is_never_taken(self, read, kind):
        others = {**FILES, "wechat_fund_flow": bills.fund_flow([PAID]), "noise": bytes(range(256)) * 8}
        for name, content in others.items():
            if name == kind or {name, kind} <= {"wechat_all", "wechat_success", "wechat_refund"}:
                continue
            assert read(content, kind)[1], name

    def test_is_said_in_both_languages(self):
        fault = Fault(5, "total", "总交易单数")
        assert (fault.detail, fault.detail_zh) == (
            "总交易单数 is not the sum of the rows.",
            "总交易单数 与明细合计不符。",
        )
