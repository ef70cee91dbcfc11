"""Facts about repaired years for tests of the ledger."""

from datetime import datetime

from libs.common.events.collection import RepairReceived
from libs.common.testing.ledger_facts import bought, on


def repaired(
    person: int, year: int = 2018, at: datetime = on("2019-11-20"), **values: object
) -> RepairReceived:
    """A person repaired a lapsed year; payment 8500 + person, line 2."""
    common = {
        "payment_id": 8500 + person,
        "line_no": 2,
        "voucher_no": f"R{person}",
        "channel": "tax",
        "transaction_no": f"R{person}",
        "household_id": person,
        "repaired_year": year,
        "amount_fen": 25000,
        "paid_at": at,
        "received_at": at,
    }
    whose = bought(person).model_dump(
        include={"person_id", "enrollment_id", "county", "coverage_year", "division_code"}
    )
    return RepairReceived.model_validate({**whose, **common, **values})
