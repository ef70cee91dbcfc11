"""Layouts of what is exchanged: ours are whole, wrong ones are named, answers are read or refused by line."""

import json

import pytest

from libs.common.layouts import LayoutUnusable
from libs.common.settings import SettingInvalid
from services.collection.exchange.profiles import PROFILES, Profile, Profiles
from services.collection.exchange.reading import AnswerUnreadable, read_answer
from services.collection.exchange.rules import KINDS, Daily

OURS = Profiles(PROFILES)
TABLE = OURS.for_kind("exchange-csv", "due")
PACKAGE = OURS.for_kind("exchange-package", "due")


def faults(content, profile):
    with pytest.raises(AnswerUnreadable) as refused:
        read_answer(content if isinstance(content, bytes) else content.encode("gbk"), profile)
    return [fault.line for fault in refused.value.faults]


def package(rows, head="<batch_no>2</batch_no><count>1</count>", root="package"):
    return f'<?xml version="1.0" encoding="GBK"?>\n<{root}><head>{head}</head>\n<rows>{rows}</rows></{root}>'


class TestProfiles:
    @pytest.mark.parametrize("kind", sorted({kind for kinds in KINDS.values() for kind in kinds}))
    def test_of_ours_have_every_kind(self, kind):
        assert OURS.names(kind) == ["exchange-csv", "exchange-csv-named", "exchange-package"]

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"columns": {"due": [["a", "nonsense"]]}}, "there is no nonsense"),
            ({"columns": {"due": [["a", "amount"]]}}, "number is needed"),
            ({"columns": {"refund": [["a", "number"], ["b", "masked_name"]]}}, "there is no masked_name"),
            ({"head": ["# {batch_no}"]}, "{batch_no} and {count} are needed"),
            ({"head": ["# {batch_no} {count} {secret}"]}, "there is no secret"),
            ({"form": "xml"}, "its tags are needed"),
            ({"misspelled": 1}, "misspelled"),
        ],
    )
    def test_that_cannot_be_used_are_named(self, tmp_path, change, says):
        known = json.loads((PROFILES / "exchange-csv.json").read_text())
        (tmp_path / "own.json").write_text(json.dumps(known | change))
        with pytest.raises(LayoutUnusable, match=r"own\.json") as refused:
            Profiles(PROFILES, tmp_path)
        assert says in str(refused.value)

    def test_of_an_installation_count_instead_of_ours(self, tmp_path):
        known = json.loads((PROFILES / "exchange-csv.json").read_text())
        (tmp_path / "exchange-csv.json").write_text(json.dumps(known | {"delimiter": ";"}))
        found = Profiles(PROFILES, tmp_path).for_kind("exchange-csv", "due")
        assert found is not None and found.delimiter == ";"

    def test_that_days_are_made_with_have_to_be_there(self):
        OURS.check({"youxi": {"collector": Daily(profile="exchange-csv")}})
        with pytest.raises(SettingInvalid, match="'none'"):
            OURS.check({"youxi": {"bureau": Daily(profile="none")}})

    def test_stay_what_they_are_when_they_are_kept_with_a_batch(self):
        for one in (TABLE, PACKAGE):
            assert Profile.model_validate(one.model_dump(mode="json")) == one


class TestAnswers:
    def test_in_a_table_are_read_with_titles_in_any_order(self):
        file = read_answer(
            "# batch_no=2 count=2\n"
            "outcome,number,extra,words\naccepted,L1,,忽略\nrefused,L2,,号码有误\n".encode(),
            TABLE,
        )
        assert (file.batch_no, file.count) == (2, 2)
        assert [(line.line, line.number, line.outcome, line.words) for line in file.lines] == [
            (3, "L1", "accepted", None),
            (4, "L2", "refused", "号码有误"),
        ]

    def test_in_a_package_are_read_with_their_codes(self):
        rows = (
            "<row><number>L1</number><result>000</result><message>成功</message></row>"
            "<row><number>L2</number><result>205</result><message>已关账 &lt;2019&gt;</message></row>"
        )
        head = "<batch_no>2</batch_no><count>2</count><extra>x</extra>"
        file = read_answer(package(rows, head).encode("gbk"), PACKAGE)
        assert [(line.number, line.outcome, line.code, line.words) for line in file.lines] == [
            ("L1", "accepted", None, None),
            ("L2", "refused", "205", "已关账 <2019>"),
        ]

    @pytest.mark.parametrize(
        ("content", "lines"),
        [
            ("", [0]),
            ("# count=1\nnumber,outcome\nL1,accepted\n", [0]),
            ("# batch_no=2 count=1\nnumber,result\nL1,accepted\n", [2]),
            ("# batch_no=2 count=1\nnumber,outcome\nL1\n", [3]),
            ("# batch_no=2 count=1\nnumber,outcome\n,accepted\nL2,perhaps\n", [3, 4]),
            ("# batch_no=2 count=1\nnumber,outcome,code\nL1,refused,\0\n", [0]),
            (b"\xff\xfe\xff", [0]),
        ],
    )
    def test_in_a_table_with_a_fault_are_named_by_line(self, content, lines):
        assert faults(content, TABLE) == lines

    @pytest.mark.parametrize(
        ("content", "lines"),
        [
            (package("<row><number>L1</number><result>000</result></row>", head=""), [0]),
            (package("<row><result>000</result></row>"), [3]),
            (package("<row><number>L1</number></row>"), [3]),
            (package("<row><number>L1"), [3]),
            ('<!DOCTYPE a [<!ENTITY b "c">]><package/>', [1]),
            ("<a>" * 40, [1]),
        ],
    )
    def test_in_a_package_with_a_fault_are_named_by_line(self, content, lines):
        assert faults(content, PACKAGE) == lines

    def test_hide_numbers_of_people(self):
        content = (
            "# batch_no=2 count=1\nnumber,outcome,words\nL1,refused,350426198001010026 不存在\n".encode()
        )
        (line,) = read_answer(content, TABLE).lines
        assert line.words is not None and "350426198001010026" not in line.words
