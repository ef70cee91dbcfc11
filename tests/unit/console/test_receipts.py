"""What is said of a receipt."""

from datetime import UTC, datetime

from services.console.receipts.schemas import Receipt
from services.console.receipts.showing import wrong_sheet


def test_of_a_receipt_without_paper_no_empty_number_is_shown():
    receipt = Receipt(
        receipt_id=7, collector_id=1, coverage_year=2021, instrument="cash", people=1, amount_fen=28000,
        returned_fen=0, paid_at=datetime(2020, 11, 20, tzinfo=UTC), due_on=None, entered_by="agent",
        state="passed", deposit_id=None, batch_id=None, voucher_nos=[],
    )  # fmt: skip

    assert all(one.words_zh and one.words for one in wrong_sheet(receipt, "receipts").facts)
    numbered = receipt.model_copy(update={"voucher_nos": ["00120001"]})
    assert "00120001" in [one.words for one in wrong_sheet(numbered, "receipts").facts]
