"""How payouts are written for banks, and how their results are read."""

import hashlib
import re
from datetime import datetime
from pathlib import Path

import pytest

from canbao.simulator.files.tables import as_workbook
from libs.common.bank_files import reading
from libs.common.bank_files.answers import line_faults
from libs.common.bank_files.reading import ResultFileUnreadable
from libs.common.bank_files.writing import write_file
from libs.common.bus.outbox import Cause
from libs.common.clock import SHANGHAI
from libs.common.layouts import LayoutUnusable
from libs.common.workbooks import Bounds
from services.subsidy.payout_batches.profiles import PROFILES, Profiles
from services.subsidy.payout_batches.rules import FileLine
from services.subsidy.payout_batches.settling import Told

DOCS = Path(__file__).resolve().parents[3] / "docs"
KNOWN = Profiles(PROFILES)
AT = datetime(2021, 1, 20, 10, tzinfo=SHANGHAI)

LINES = [
    FileLine("P0000000001-01", "6221550000000000018", "林小明", "尤溪农商银行", 20_000, "参保资助"),
    FileLine("P0000000002-01", "6221550000000000026", "陈(小)花", "邮储银行", 5, "参保资助"),
]


class TestPayoutFile:
    def test_generic_declares_count_and_total_in_fen(self):
        text = write_file(KNOWN.sending("generic"), 12, LINES).decode("utf-8")

        assert text.split("\r\n") == [
            "# canbao payout batch_id=12",
            "# count=2 total_fen=20005",
            "payout_no,account_no,holder,bank,amount_fen,remark",
            "P0000000001-01,6221550000000000018,林小明,尤溪农商银行,20000,参保资助",
            "P0000000002-01,6221550000000000026,陈(小)花,邮储银行,5,参保资助",
            "",
        ]

    def test_another_bank_needs_another_profile_and_no_code(self):
        text = write_file(KNOWN.sending("daifa-pipe"), 12, LINES).decode("gb18030")

        assert text.startswith("P|2|20005\r\nP0000000001-01|6221550000000000018|林小明|20000|参保资助|\r\n")
        assert text.endswith("########\r\n")

    def test_profiles_of_answers_alone_write_nothing_and_unknown_ones_neither(self):
        assert (KNOWN.sending("returned-list"), KNOWN.sending("../profiles/generic")) == (None, None)
        assert KNOWN.sent == ["daifa-pipe", "generic"]

    def test_yuan_are_written_without_rounding(self, tmp_path):
        text = (PROFILES / "generic.json").read_text("utf-8").replace('"amount_fen"]', '"amount_yuan"]')
        (tmp_path / "generic.json").write_text(text, "utf-8")
        lines = write_file(Profiles(PROFILES, tmp_path).sending("generic"), 1, LINES).decode().split()
        assert [line.split(",")[4] for line in lines[-2:]] == ["200.00", "0.05"]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('"holder", "holder"', '"holder", "remark"'),
            ('"amount": ["amount_fen"], ', ""),
            ("(?P<total>", "(?P<sum>"),
            ('"paid": "paid"', '"paid": "gone"'),
            ('"delimiter"', '"separator"'),
        ],
    )
    def test_a_profile_that_is_none_stops_the_start_and_is_named(self, tmp_path, old, new):
        text = (PROFILES / "generic.json").read_text("utf-8")
        assert old in text
        (tmp_path / "ours.json").write_text(text.replace(old, new), "utf-8")
        with pytest.raises(LayoutUnusable, match=r"ours\.json"):
            Profiles(PROFILES, tmp_path)


def read_result_file(content, name="generic"):
    return reading.read_result_file(content, KNOWN.answering(name))


HEADING = "payout_no,outcome,amount_fen,reason\n"


class TestResultFile:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_reads_what_banks_send(self, encoding):
        text = "# count=2 total_fen=20005\n" + HEADING + "P1,paid,20000,\r\nP2,failed,5,户名不符\n\n"
        file = read_result_file(text.encode(encoding))

        assert (file.declared_count, file.declared_total_fen) == (2, 20_005)
        assert [(line.number, line.outcome, line.amount_fen, line.reason) for line in file.lines] == [
            ("P1", "paid", 20_000, None),
            ("P2", "failed", 5, "户名不符"),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "# count=1 total_fen=20000,,,\r\npayout_no,outcome,amount_fen,reason\r\nP1,paid,20000,\r\n",
            "# count=1 total_fen=20000\r\n" + HEADING + "P1,paid,20000\r\n,,,\r\n,,,\r\n",
            '"# count=1, total_fen=20000",,,\r\n,,,\r\n' + HEADING + "P1,paid,20000,,,\r\n",
            "# from the bank,,,\n# count=1 total_fen=20000,,,\n" + HEADING + "P1,paid,20000,,,",
        ],
    )
    def test_reads_what_a_spreadsheet_has_saved_again(self, text):
        file = read_result_file(text.encode())

        assert (file.declared_count, file.declared_total_fen) == (1, 20_000)
        (line,) = file.lines
        assert (line.number, line.outcome, line.amount_fen, line.reason) == ("P1", "paid", 20_000, None)

    @pytest.mark.parametrize("cell", ["\0", "x" * 200_000])
    def test_refuses_a_line_that_nobody_can_read_and_names_it(self, cell):
        text = "# count=1 total_fen=20000\n" + HEADING + f"P1,failed,20000,{cell}\n"

        with pytest.raises(ResultFileUnreadable) as refusal:
            read_result_file(text.encode())

        assert [fault.line for fault in refusal.value.faults] == [3]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "must declare"),
            (HEADING + "P1,paid,20000,\n", "must declare"),
            ("# count=1 total_fen=20000\n", "heading"),
            ("# count=1 total_fen=20000\npayout,outcome\nP1,paid\n", "heading"),
            ("# count=1 total_fen=20000\n" + HEADING + "P1,paid\n", "ends before “amount_fen”"),
            (
                "# count=1 total_fen=20000\n" + HEADING + "P1,failed,20000,a,b\n",
                "goes on behind its last column (4)",
            ),
            ("# count=1 total_fen=20000\n" + HEADING + "P1,paid,200.00,\n", "whole number"),
            ("# count=1 total_fen=20000\n" + HEADING + "P1,paid,-5,\n", "whole number"),
        ],
    )
    def test_says_which_line_is_wrong(self, text, words):
        with pytest.raises(ResultFileUnreadable) as refusal:
            read_result_file(text.encode())

        assert words in refusal.value.faults[0].detail
        assert refusal.value.faults[0].detail_zh

    def test_of_bytes_that_are_no_text_is_refused(self):
        with pytest.raises(ResultFileUnreadable):
            read_result_file(b"\xff\xff\xff\xff\xff")


class TestThePage:
    @pytest.mark.parametrize("page", ["bank-files.md", "bank-files.zh-CN.md"])
    def test_has_a_profile_by_which_a_file_is_written_and_answered(self, page, tmp_path):
        (written,) = re.findall(r"```json\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
        (tmp_path / "rural.json").write_text(written, "utf-8")
        profiles = Profiles(tmp_path)

        sent = write_file(profiles.sending("rural"), 1, LINES).decode("gb18030").splitlines()
        assert sent[0] == "流水号,账号,户名,金额（元）"
        assert sent[-1] == "合计,2,200.05"
        words = ("处理结果,失败原因", "成功,", "户名不符,查无此户")
        answered = "\n".join([*(f"{one},{word}" for one, word in zip(sent, words, strict=False)), sent[-1]])
        file = reading.read_result_file(answered.encode("gb18030"), profiles.answering("rural"))
        assert [(one.outcome, one.amount_fen, one.reason) for one in file.lines] == [
            ("paid", 20_000, None), ("failed", 5, "查无此户"),
        ]  # fmt: skip
        assert (file.declared_count, file.declared_total_fen) == (2, 20_005)


class TestKnownAgain:
    def test_by_its_bytes_and_by_how_it_was_read(self):
        def told(profile: str, content: bytes = b"1") -> str:
            return Told(content, profile, KNOWN.answering(profile), "desk", AT, Cause()).sha256

        assert told("generic") == hashlib.sha256(b"1").hexdigest()  # as it was kept before there were others
        assert len({told("generic"), told("daifa-pipe"), told("returned-list"), told("generic", b"2")}) == 4


class TestAnswersOfOtherBanks:
    def test_a_code_behind_each_row_says_what_became_of_it(self):
        text = (
            "P|3|20015\r\nP0000000001-01|622155|林小明|20000|资助|0000|交易成功\r\n"
            "P0000000002-01|622156|陈花|5|资助|2031|账户已销户\r\nP0000000003-01|622157|王二|10|资助|退汇\r\n########\r\n"
        )
        file = read_result_file(text.encode("gb18030"), "daifa-pipe")

        assert (file.declared_count, file.declared_total_fen) == (3, 20_015)
        assert [(one.number, one.outcome, one.amount_fen, one.reason) for one in file.lines] == [
            ("P0000000001-01", "paid", 20_000, "交易成功"),
            ("P0000000002-01", "failed", 5, "账户已销户"),
            ("P0000000003-01", "returned", 10, None),
        ]

    def test_a_list_of_returns_has_titles_somewhere_and_yuan(self):
        text = (
            "尤溪农商银行退汇清单\n打印日期：2021-01-20\n序号,原流水号,户名,退汇金额,退汇原因\n"
            "1,P0000000001-01,林小明,1,200.00,账号户名不符\n"
        ).replace("1,200.00", '"1,200.00"')
        file = read_result_file((text + "合计,1笔,1200.00元\n").encode("gb18030"), "returned-list")

        assert (file.declared_count, file.declared_total_fen) == (1, 120_000)
        (line,) = file.lines
        assert (line.line, line.number, line.outcome, line.amount_fen, line.reason) == (
            4, "P0000000001-01", "returned", 120_000, "账号户名不符",
        )  # fmt: skip

    def test_says_what_a_file_of_another_bank_lacks(self):
        text = "原流水号,退汇金额\nP0000000001-01,20000.5.5\n合计,1,1.00\n"
        with pytest.raises(ResultFileUnreadable) as refusal:
            read_result_file(text.encode(), "returned-list")
        assert [(one.line, one.detail) for one in refusal.value.faults] == [
            (2, "“退汇金额”: the amount must be yuan such as 200.00")
        ]
        with pytest.raises(ResultFileUnreadable, match="1 faults"):
            read_result_file("原流水号,退汇金额\n".encode(), "returned-list")


class TestFaultsNameColumns:
    """By the title that the file has, or by place and meaning; in its own words and its unit."""

    def faults(self, text: str, profile: str):
        file = read_result_file(text.encode("gb18030"), profile)
        words = ("it was not sent", "没有发放"), ("twice", "重复")
        found = line_faults(file.lines, {"P0000000001-01": 20_000}, *words)
        return [(one.line, one.detail_zh) for one in found]

    def test_of_a_list_with_titles(self):
        text = "流水号,退汇金额,原因\nP0000000001-01,199.99,销户\nP0000000009-01,1.00,销户\n合计,2,200.99\n"
        assert self.faults(text, "returned-list") == [
            (2, "“退汇金额”：金额为 199.99 元，发送的是 200.00 元"), (3, "“流水号”：没有发放"),
        ]  # fmt: skip

    def test_of_a_file_without_titles(self):
        short = "P|1|20000\nP0000000001-01|622155|林小明\n".encode("gb18030")
        with pytest.raises(ResultFileUnreadable) as refusal:
            read_result_file(short, "daifa-pipe")
        (fault,) = refusal.value.faults
        assert (fault.line, fault.detail_zh) == (2, "本行缺少第 6 列（结果）、第 4 列（金额），请补齐")
        text = "P|1|5\nP0000000001-01|622155|林小明|5|资助|0000|成功\n"
        assert self.faults(text, "daifa-pipe") == [(2, "第 4 列（金额）：金额为 5 分，发送的是 20000 分")]

    def test_of_words_that_the_profile_does_not_have(self):
        text = "# count=1 total_fen=20000\n" + HEADING + "P0000000001-01,done,20000,\n"
        ((line, says),) = self.faults(text, "generic")
        assert line == 3 and says.startswith("“outcome”：结果只能是 paid、failed、returned；")

    def test_that_a_file_has_no_line_of_titles(self):
        with pytest.raises(ResultFileUnreadable) as refusal:
            read_result_file("P0000000001-01,200.00\n合计,1,200.00\n".encode(), "returned-list")
        (fault,) = refusal.value.faults
        assert "“原流水号”或“原业务流水号”或“流水号”、“退汇金额”或“金额”" in fault.detail_zh


def sheet(*rows, numbers=()):
    return as_workbook(
        [["农商银行代发回盘"], ["流水号", "金额（元）", "处理结果", "失败原因"], *rows], numbers
    )


class TestAWorkbook:
    ROWS = (["P0000000001-01", "200.00", "成功"], ["P0000000002-01", "0.05", "退汇", "账号不存在"])

    @pytest.mark.parametrize("numbers", [(), ("金额（元）",)])
    def test_is_read_as_lines_of_text_are(self, numbers):
        content = sheet(*self.ROWS, ["合计", "2", "200.05"], numbers=numbers)
        file = read_result_file(content, "results-workbook")
        assert [(one.number, one.outcome, one.amount_fen, one.reason) for one in file.lines] == [
            ("P0000000001-01", "paid", 20_000, None),
            ("P0000000002-01", "returned", 5, "账号不存在"),
        ]
        assert [one.line for one in file.lines] == [3, 4]
        assert (file.declared_count, file.declared_total_fen) == (2, 20_005)

    def test_that_is_wrong_names_the_row(self):
        with pytest.raises(ResultFileUnreadable) as refused:
            read_result_file(sheet(["P1-01", "二百", "成功"], ["合计", "1", "200.00"]), "results-workbook")
        assert [one.line for one in refused.value.faults] == [3]
        assert refused.value.faults[0].detail_zh == "“金额（元）”：金额须以元为单位，如 200.00"

    def test_without_its_total_is_not_known_whole(self):
        with pytest.raises(ResultFileUnreadable, match="1 faults"):
            read_result_file(sheet(*self.ROWS), "results-workbook")

    def test_that_is_none_cut_off_or_too_large_is_refused(self, monkeypatch):
        whole = sheet(*self.ROWS, ["合计", "2", "200.05"])
        for content in (b"", b"a,b,c", whole[:200], whole[:-30], b"PK\x03\x04" + b"0" * 100):
            with pytest.raises(ResultFileUnreadable) as refused:
                read_result_file(content, "results-workbook")
            assert [one.line for one in refused.value.faults] == [0]
        monkeypatch.setattr(reading, "_BOUNDS", Bounds(rows=3, bytes=10**6))
        with pytest.raises(ResultFileUnreadable):
            read_result_file(whole, "results-workbook")
        monkeypatch.setattr(reading, "_BOUNDS", Bounds(rows=100, bytes=300))
        with pytest.raises(ResultFileUnreadable):
            read_result_file(whole, "results-workbook")

    def test_is_no_text_and_text_is_no_workbook(self):
        with pytest.raises(ResultFileUnreadable):
            read_result_file(sheet(*self.ROWS, ["合计", "2", "200.05"]))
