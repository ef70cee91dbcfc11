"""Totals as a table for finance."""

import csv
import io

from services.ledger.totals.printing import csv_response, csv_text
from services.ledger.totals.schemas import EXAMPLE


def rows(document):
    return list(csv.reader(io.StringIO(csv_text(document, {"medical_assistance": "医疗救助基金"}))))


class TestCsv:
    def test_has_chinese_headers_and_payer_names_and_yuan(self):
        table = rows(EXAMPLE)

        assert table[0] == ["项目", "承担方", "方式", "乡镇（街道）", "渠道", "人数", "金额（元）"]
        assert ["按承担方", "医疗救助基金", "代缴", "", "", "1", "250"] in table
        assert ["基金合计", "", "", "", "", "2", "500"] in table

    def test_is_read_by_spreadsheets_as_utf_8(self):
        assert csv_response(EXAMPLE, "totals-youxi-2020", {}).body.startswith(b"\xef\xbb\xbf")

    def test_a_channel_name_cannot_become_a_formula(self):
        document = EXAMPLE | {"by_channel": [{"channel": "=1+1", "head_count": 1, "amount_fen": 100}]}

        assert ["按渠道", "", "", "", "'=1+1", "1", "1"] in rows(document)

    def test_says_of_a_handover_which_deadline_it_is(self):
        deadline = {"id": "main", "cutoff_at": "2020-01-01T00:00:00+08:00"}
        document = EXAMPLE | {"deadline": deadline, "late": {"facts": 2, "amount_fen": 50050}}

        assert rows(document)[1][0] == "移交节点 main"
        assert rows(document)[2][-2:] == ["2笔", "500.50"]
