"""What officers and channels write freely carries no number of a person into events and append-only facts."""

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter

from libs.common.bank_files.reading import read_result_file
from libs.common.events.collection import PaymentSuspended
from libs.common.identity import compose_resident_id
from libs.common.security.masking import mask_identities
from libs.common.web.schemas import FreeText
from services.collection.deposits.schemas import NewDeposit
from services.ledger.movements.schemas import ReversalRequest
from services.subsidy.payout_batches.profiles import PROFILES, Profiles

NUMBER = compose_resident_id("350426", date(1990, 1, 1), 12)
SHOWN = f"350426********{NUMBER[-4:]}"
GROUPED = f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}"


class TestFreeTexts:
    @pytest.mark.parametrize(
        "number",
        [
            *(NUMBER, GROUPED, "13812345678", "138 1234 5678", "H1234567801", "R350426001"),
            *("USA110199001011", "6221500000000000001", "6221 5000 0000 0000 001"),
        ],
    )
    def test_lose_the_numbers_of_people(self, number):
        told = TypeAdapter(FreeText).validate_python(f"更正：{number} 系误录，2019-11-20 已核对")
        assert number not in told
        assert "2019-11-20" in told

    @pytest.mark.parametrize("text", ["2019-11-20 10:00", "票号 00120001-00120100", "2019-2020 年度"])
    def test_keep_days_years_and_numbers_of_paper(self, text):
        assert TypeAdapter(FreeText).validate_python(text) == text

    def test_of_a_bank_that_names_an_account_lose_it(self):
        read = read_result_file(
            "# count=1 total_fen=25000\npayout_no,outcome,amount_fen,reason\n"
            f"P0000000001-01,failed,25000,账号 6221500000000000001 户名不符 {NUMBER}\n".encode(),
            Profiles(PROFILES).answering("generic"),
        )
        assert [line.reason for line in read.lines] == ["账号 *** 户名不符 ***"]


class TestNumbersOfOthers:
    @pytest.mark.parametrize("number", [NUMBER, GROUPED])
    def test_show_of_an_identity_number_what_a_desk_sees(self, number):
        assert mask_identities(f"T-{number}") == f"T-{SHOWN}"

    def test_stay_where_they_only_look_like_one(self):
        wrong = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
        for other in (wrong, "T20191120000001", "4200000000202011200000000000"):
            assert mask_identities(other) == other

    def test_do_not_reach_the_facts(self):
        fact = PaymentSuspended(
            payment_id=1, line_no=1, channel="bank", transaction_no=NUMBER, amount_fen=1, reason="no_match",
            paid_at=datetime(2019, 11, 20, tzinfo=UTC), received_at=datetime(2019, 11, 20, tzinfo=UTC),
        )  # fmt: skip
        assert NUMBER not in fact.model_dump_json()

    def test_do_not_reach_the_books(self):
        asked = ReversalRequest(business_at="2019-12-03T09:00:00+08:00", reference=f"HK-{NUMBER}")
        assert asked.reference == f"HK-{SHOWN}"

    def test_do_not_stand_on_a_slip(self):
        slip = NewDeposit(
            collector_id=1, coverage_year=2021, amount_fen=1, slip_no=NUMBER, bank_reference=NUMBER,
            deposited_at="2020-11-20T17:20:00+08:00",
        )  # fmt: skip
        assert (slip.slip_no, slip.bank_reference) == (SHOWN, SHOWN)
