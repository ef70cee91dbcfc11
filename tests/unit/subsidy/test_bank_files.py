"""How payouts are written for banks, and how their results are read."""

import pytest

from services.subsidy.payout_batches.files import (
    FileLine,
    ProfileUnknown,
    ResultFileUnreadable,
    load_profile,
    profile_names,
    read_result_file,
    write_payout_file,
    yuan,
)

LINES = [
    FileLine("P0000000001-01", "6221550000000000018", "林小明", "尤溪农商银行", 20_000, "参保资助"),
    FileLine("P0000000002-01", "6221550000000000026", "陈(小)花", "邮储银行", 5, "参保资助"),
]


class TestPayoutFile:
    def test_generic_declares_count_and_total_in_fen(self):
        text = write_payout_file(load_profile("generic"), 12, LINES).decode("utf-8")

        assert text.split("\r\n") == [
            "# canbao payout batch_id=12",
            "# count=2 total_fen=20005",
            "payout_no,account_no,holder,bank,amount_fen,remark",
            "P0000000001-01,6221550000000000018,林小明,尤溪农商银行,20000,参保资助",
            "P0000000002-01,6221550000000000026,陈(小)花,邮储银行,5,参保资助",
            "",
        ]

    def test_another_bank_needs_another_profile_and_no_code(self):
        text = write_payout_file(load_profile("daifa-pipe"), 12, LINES).decode("gb18030")

        assert text.startswith("P|2|20005\r\nP0000000001-01|6221550000000000018|林小明|20000|参保资助|\r\n")
        assert text.endswith("########\r\n")

    def test_an_unknown_profile_is_refused_also_when_it_is_a_path(self):
        with pytest.raises(ProfileUnknown):
            load_profile("../profiles/generic")

    @pytest.mark.parametrize("name", profile_names())
    def test_every_profile_names_payout_account_holder_and_amount(self, name):
        fields = {field for _, field in load_profile(name).columns}

        assert fields >= {"payout_no", "account_no", "holder"}
        assert fields & {"amount_fen", "amount_yuan"}

    def test_yuan_are_written_without_rounding(self):
        assert [yuan(fen) for fen in (0, 5, 20_000, 123_456_789)] == ["0.00", "0.05", "200.00", "1234567.89"]


HEADING = "payout_no,outcome,amount_fen,reason\n"


class TestResultFile:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_reads_what_banks_send(self, encoding):
        text = "# count=2 total_fen=20005\n" + HEADING + "P1,paid,20000,\r\nP2,failed,5,户名不符\n\n"
        file = read_result_file(text.encode(encoding))

        assert (file.declared_count, file.declared_total_fen) == (2, 20_005)
        assert [(line.payout_no, line.outcome, line.amount_fen, line.reason) for line in file.lines] == [
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
        assert (line.payout_no, line.outcome, line.amount_fen, line.reason) == ("P1", "paid", 20_000, None)

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
            ("# count=1 total_fen=20000\n" + HEADING + "P1,paid\n", "2 columns"),
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
