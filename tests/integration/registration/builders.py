"""Made-up people, households and facts of other services."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import count
from typing import Any

from libs.common.events.collection import PaymentReceived, PaymentSuspended, RepairReceived
from libs.common.events.subsidy import RefundSettled, SubsidyGranted, SubsidyRevoked
from libs.common.identity import compose_resident_id

VILLAGE = "350426101203"
OTHER_VILLAGE = "350426102201"

_numbers = count(1)


def number(born: str = "1980-06-15", sex: str = "female") -> str:
    """A resident ID number that nobody else in the tests has."""
    sequence = next(_numbers) * 2 + (sex == "male")
    return compose_resident_id(f"3504{26 + sequence // 1000:02d}", date.fromisoformat(born), sequence % 1000)


def member(name: str = "张三", id_number: str | None = None, **facts: Any) -> dict[str, Any]:
    """A member of a household row."""
    given = id_number or number(facts.pop("born", "1980-06-15"), facts.pop("sex", "female"))
    return {"name": name, "documents": [{"type": "resident_id", "number": given}], **facts}


def household(
    no: str, *members: dict[str, Any], county: str = "youxi", year: int = 2020, **more: Any
) -> dict[str, Any]:
    """A household row whose first member is the head."""
    people = list(members) or [member()]
    return {
        "household_no": no,
        "division_code": VILLAGE,
        "head": people[0]["documents"][0]["number"],
        "members": people,
        "enroll": {"county": county, "coverage_year": year},
    } | more


def moment(text: str) -> datetime:
    """An instant from its text."""
    return datetime.fromisoformat(text)


def paid(enrollment: dict[str, Any], paid_at: str, own_fen: int = 25_000, **more: Any) -> PaymentReceived:
    """The payment of an enrollment, as collection publishes it."""
    return PaymentReceived(
        **{
            "payment_id": 900 + enrollment["enrollment_id"],
            "line_no": 1,
            "voucher_no": "V1",
            "channel": "bank",
            "transaction_no": "T1",
            "enrollment_id": enrollment["enrollment_id"],
            "assessment_id": 1,
            "person_id": 1,
            "household_id": 1,
            "county": enrollment["county"],
            "coverage_year": enrollment["coverage_year"],
            "division_code": enrollment["division_code"],
            "window": "main",
            "price_fen": own_fen,
            "own_fen": own_fen,
            "paid_at": moment(paid_at),
            "received_at": moment(paid_at),
        }
        | more
    )


def refunded(payment: PaymentReceived, settled_at: str) -> RefundSettled:
    """The refund of a payment, as subsidy publishes it."""
    return RefundSettled(
        refund_id=1,
        payment_id=payment.payment_id,
        line_no=payment.line_no,
        batch_id=1,
        attempt=1,
        person_id=payment.person_id,
        county=payment.county,
        coverage_year=payment.coverage_year,
        division_code=payment.division_code,
        channel="bank",
        amount_fen=payment.own_fen,
        outcome="paid",
        settled_at=moment(settled_at),
    )


def suspended(payment_id: int, person_id: int | None) -> PaymentSuspended:
    """Money that cannot be applied, as collection publishes it."""
    return PaymentSuspended(
        payment_id=payment_id,
        line_no=1,
        channel="bank",
        transaction_no=f"T{payment_id}",
        amount_fen=25_000,
        reason="wrong_amount",
        person_id=person_id,
        county="youxi",
        coverage_year=2020,
        paid_at=moment("2019-12-01T09:00:00+08:00"),
        received_at=moment("2019-12-01T09:00:00+08:00"),
    )


def granted(enrollment: dict[str, Any], granted_at: str, grant_id: int = 1) -> SubsidyGranted:
    """A grant that completes an enrollment."""
    return SubsidyGranted(
        grant_id=grant_id,
        person_id=1,
        enrollment_id=enrollment["enrollment_id"],
        assessment_id=1,
        county=enrollment["county"],
        coverage_year=enrollment["coverage_year"],
        division_code=enrollment["division_code"],
        payer="medical_assistance",
        status="medical_assistance_1",
        mechanism="paid_on_behalf",
        amount_fen=25_000,
        completes_enrollment=True,
        granted_at=moment(granted_at),
    )


def revoked(grant: SubsidyGranted, revoked_at: str) -> SubsidyRevoked:
    """The revocation of a grant."""
    return SubsidyRevoked(
        **grant.model_dump(include={"grant_id", "person_id", "enrollment_id", "county", "coverage_year"})
        | grant.model_dump(include={"division_code", "payer", "mechanism", "amount_fen"}),
        reason="status_ended",
        revoked_at=moment(revoked_at),
    )


def csv_of(rows: Iterator[list[str]] | list[list[str]]) -> bytes:
    """A CSV file of rows."""
    return "".join(",".join(row) + "\r\n" for row in rows).encode()


def repaired(
    payment: PaymentReceived, year: int, paid_at: str, line_no: int = 2, amount_fen: int = 41_500
) -> RepairReceived:
    """A lapsed year of whoever paid a contribution is repaired, as collection publishes it."""
    return RepairReceived(
        payment_id=payment.payment_id,
        line_no=line_no,
        voucher_no=f"V{line_no}",
        channel="bank",
        transaction_no=f"T{line_no}",
        enrollment_id=payment.enrollment_id,
        person_id=payment.person_id,
        county=payment.county,
        coverage_year=payment.coverage_year,
        division_code=payment.division_code,
        repaired_year=year,
        amount_fen=amount_fen,
        paid_at=moment(paid_at),
        received_at=moment(paid_at),
    )
