"""How debits are written for banks, how their answers are read, and what an answer does to a line."""

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from libs.common.bank_files.answers import Outcome, ResultLine
from libs.common.bank_files.reading import ResultFileUnreadable, read_result_file
from libs.common.bank_files.writing import write_file
from libs.common.clock import SHANGHAI
from libs.common.layouts import LayoutUnusable
from services.collection.debit_files.profiles import PROFILES, Profiles
from services.collection.debits.rules import FileLine, SentDebit, debit_no, held_until, judge, numbered

DOCS = Path(__file__).resolve().parents[3] / "docs"
KNOWN = Profiles(PROFILES)
DEBITED = datetime(2019, 11, 20, 16, 30, tzinfo=SHANGHAI)
NOW = DEBITED + timedelta(hours=3)
LINES = [
    FileLine("D000000000001", "6221550000000000018", "林小明", "DK1", 25_000, "医保费"),
    FileLine("D000000000002", "6221550000000000026", "陈小花", "DK2", 5, "医保费"),
]


class TestFiles:
    def test_generic_declares_count_and_total_in_fen(self):
        text = write_file(KNOWN.sending("generic"), 12, LINES).decode()
        assert text.split("\r\n")[:4] == [
            "# canbao debit batch_id=12",
            "# count=2 total_fen=25005",
            "debit_no,account_no,holder,agreement_no,amount_fen,remark",
            "D000000000001,6221550000000000018,林小明,DK1,25000,医保费",
        ]

    def test_another_bank_answers_in_another_layout_with_its_instants(self):
        sent = write_file(KNOWN.sending("daikou-pipe"), 12, LINES).decode("gb18030").splitlines()
        assert sent[0] == "P|2|25005" and sent[-1] == "########"
        words = ["", "|0000|交易成功|20191120170500", "|2003|账户已销户|20191120", ""]
        text = "\n".join(line + word for line, word in zip(sent, words, strict=True))
        first, second = read_result_file(text.encode("gb18030"), KNOWN.answering("daikou-pipe")).lines
        assert (first.outcome, first.closed) == ("paid", False)
        assert first.paid_at == datetime(2019, 11, 20, 17, 5, tzinfo=SHANGHAI)
        assert (second.outcome, second.closed, second.paid_on) == ("failed", True, date(2019, 11, 20))

    def test_an_instant_that_is_none_is_named_by_its_line(self):
        text = "# count=1 total_fen=5\ndebit_no,outcome,amount_fen,reason,paid_at\nD1,paid,5,,noon\n"
        with pytest.raises(ResultFileUnreadable) as refusal:
            read_result_file(text.encode(), KNOWN.answering("generic"))
        ((line, says),) = [(one.line, one.detail_zh) for one in refusal.value.faults]
        assert line == 3 and says.startswith("“paid_at”：时间须写作如 ")

    @pytest.mark.parametrize("page", ["debits.md", "debits.zh-CN.md"])
    def test_the_page_has_a_profile_that_works(self, page, tmp_path):
        (written,) = re.findall(r"```json\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
        (tmp_path / "rural.json").write_text(written, "utf-8")
        profiles = Profiles(tmp_path)
        sent = write_file(profiles.sending("rural"), 1, LINES).decode("gb18030").splitlines()
        words = (",处理结果,失败原因,扣款时间", ",成功,,2019-11-20 16:45:00", ",失败,已销户,", "")
        text = "\n".join(line + word for line, word in zip(sent, words, strict=True))
        lines = read_result_file(text.encode("gb18030"), profiles.answering("rural")).lines
        assert [(one.outcome, one.amount_fen, one.closed) for one in lines] == [
            ("paid", 25_000, False), ("failed", 5, True),
        ]  # fmt: skip

    def test_a_profile_of_payouts_is_none_of_debits(self, tmp_path):
        profile = json.loads((PROFILES / "generic.json").read_text("utf-8"))
        profile["columns"][0][1] = "payout_no"
        (tmp_path / "ours.json").write_text(json.dumps(profile), "utf-8")
        with pytest.raises(LayoutUnusable, match=r"ours\.json"):
            Profiles(tmp_path)


def line(outcome: str, number: int = 1, fen: int = 25_000, **more: object) -> ResultLine:
    return ResultLine(3, debit_no(number), outcome, fen, "余额不足", **more)


def sent(outcome: str | None = None) -> dict[str, SentDebit]:
    return {debit_no(1): SentDebit(1, 7, "CB1", 25_000, outcome)}


class TestAnAnswer:
    @pytest.mark.parametrize(
        ("before", "now", "brings", "denies"),
        [
            (None, "paid", True, False),
            (None, "failed", False, False),
            (None, "returned", True, False),
            ("paid", "returned", False, False),
            ("given_up", "paid", True, False),
            ("paid", "failed", False, True),
            ("failed", "paid", True, True),
            ("failed", "returned", True, True),
            ("returned", "paid", False, True),
        ],
    )
    def test_brings_money_once_and_denies_what_was_said(self, before, now, brings, denies):
        found = judge([line(now)], sent(before), DEBITED, NOW)
        ((one,), nothing) = (found.denied, found.settled) if denies else (found.settled, found.denied)
        assert (one.brings_money, one.outcome, nothing) == (brings, Outcome(now), ())

    @pytest.mark.parametrize("said", ["paid", "failed", "returned"])
    def test_that_was_given_before_changes_nothing(self, said):
        found = judge([line(said)], sent(said), DEBITED, NOW)
        assert (found.settled, found.denied, found.faults) == ((), (), ())

    def test_counts_at_the_instant_of_the_file_or_the_banks_time_of_that_day(self):
        at = datetime(2019, 11, 20, 17, 1, tzinfo=SHANGHAI)
        told = [line("paid"), line("paid", paid_at=at), line("paid", paid_on=date(2019, 11, 19))]
        found = [judge([one], sent(), DEBITED, NOW).settled[0].paid_at for one in told]
        assert found == [DEBITED, at, DEBITED - timedelta(days=1)]

    def test_of_what_came_back_says_when_it_did_and_when_it_had_been_debited(self):
        (one,) = judge([line("returned", paid_on=date(2019, 11, 20))], sent(), DEBITED, NOW).settled
        assert (one.paid_at, one.returned_at) == (DEBITED, DEBITED)
        (two,) = judge([line("returned")], sent(), DEBITED, NOW).settled
        assert two.returned_at == NOW

    def test_of_the_future_of_another_amount_or_of_nothing_is_named(self):
        lines = [line("paid", paid_at=NOW + timedelta(days=1)), line("paid", number=2), line("paid", fen=1)]
        assert [len(judge([one], sent(), DEBITED, NOW).faults) for one in lines] == [1, 1, 1]


def test_numbers_are_read_as_they_are_written():
    assert numbered(debit_no(1234)) == 1234
    assert [numbered(text) for text in ("D1", "P000000001234", "D00000000123X")] == [None] * 3


def test_lines_are_held_to_the_end_of_a_day():
    assert held_until(DEBITED, 10) == datetime(2019, 12, 1, tzinfo=SHANGHAI)
