"""Facts as the services publish them, with only what a test cares about spelled out.

Person `n` has the enrollment 1000 + n and lives in village n of fifteen townships. Amounts are fen.
"""

from datetime import datetime, timedelta

from libs.common.clock import SHANGHAI
from libs.common.events.collection import (
    AddOnReceived,
    CashDeposited,
    CashDepositReversed,
    PaymentReceived,
    PaymentReturned,
    PaymentSuspended,
    PaymentTakenBack,
    RepairReceived,
)
from libs.common.events.envelope import DueSegment, Fact
from libs.common.events.registration import (
    EnrollmentAssessed,
    EnrollmentCancelled,
    EnrollmentReassessed,
    EnrollmentRestored,
    EnrollmentWithdrawn,
    PersonMerged,
)
from libs.common.events.subsidy import (
    PayoutSettled,
    RefundSettled,
    SubsidyGranted,
    SubsidyRecovered,
    SubsidyRevoked,
)

COUNTY, YEAR = "youxi", 2020
SEASON_BEGINS = datetime(2019, 9, 1, tzinfo=SHANGHAI)
MAIN_ENDS = datetime(2020, 1, 1, tzinfo=SHANGHAI)
LATE_BEGINS = datetime(2020, 7, 1, tzinfo=SHANGHAI)
YEAR_ENDS = datetime(2021, 1, 1, tzinfo=SHANGHAI)


def on(text: str) -> datetime:
    """Read `2019-11-20` or `2019-11-20T10:00` as an instant in Asia/Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def village(person: int) -> str:
    """The division code of a person: one of fifteen townships of Youxi."""
    return f"3504261{person % 15 + 1:02d}2{person % 7:02d}"


def segment(
    start: datetime, end: datetime | None, own_fen: int | None, outcome: str = "payable"
) -> DueSegment:
    """What is owed between two instants."""
    return DueSegment(from_at=start, until_at=end, outcome=outcome, price_fen=own_fen, own_due_fen=own_fen)


def schedule(own_fen: int, late_fen: int) -> tuple[DueSegment, ...]:
    """The season of Youxi 2020: one own price until July, a higher one after it."""
    return (
        segment(SEASON_BEGINS, MAIN_ENDS, own_fen),
        segment(MAIN_ENDS, LATE_BEGINS, own_fen),
        segment(LATE_BEGINS, YEAR_ENDS, late_fen),
    )


def _who(person: int) -> dict[str, object]:
    return {
        "person_id": person,
        "enrollment_id": 1000 + person,
        "county": COUNTY,
        "coverage_year": YEAR,
        "division_code": village(person),
    }


def assessed(person: int, own_fen: int = 25000, *, revision: int = 1, **values: object) -> EnrollmentAssessed:
    """A person owes `own_fen` until July and 77000 after it. From revision 2 on it is a reassessment."""
    common = {
        "assessment_id": person * 10 + revision,
        "revision": revision,
        "household_id": person,
        "notice": "youxi/2020@0123456789ab",
        "identity_digests": (f"{person:032x}",),
        "name_digest": f"{person:032x}",
        "schedule": schedule(own_fen, 77000),
        "assessed_at": SEASON_BEGINS + timedelta(hours=revision),
        **_who(person),
        **values,
    }
    if revision == 1:
        return EnrollmentAssessed.model_validate(common)
    return EnrollmentReassessed.model_validate({"cause": "status_changed", **common})


def cancelled(
    person: int, at: datetime = on("2019-10-01"), revision: int | None = None, reason: str = "officer"
) -> EnrollmentCancelled:
    """An enrollment is taken back before it was paid."""
    values = {"reason": reason, "cancelled_at": at, "revision": revision}
    return EnrollmentCancelled.model_validate({**values, **_who(person)})


def withdrawn(person: int, at: datetime = on("2019-12-15"), **values: object) -> EnrollmentWithdrawn:
    """An officer withdraws an enrollment that was complete."""
    common = {"contest_no": 2, "causes": ("died",), "ends_cover": True, "reason": "died in November"}
    return EnrollmentWithdrawn.model_validate({**_who(person), **common, "withdrawn_at": at, **values})


def merged(person: int, other: int, at: datetime = on("2019-12-15")) -> PersonMerged:
    """The record `other` turns out to be `person`."""
    values = {"person_id": person, "merged_person_id": other, "county": COUNTY, "identity_digests": ()}
    return PersonMerged.model_validate({**values, "merged_at": at})


def restored(person: int, at: datetime = on("2019-12-16"), contest_no: int = 3) -> EnrollmentRestored:
    """What an officer withdrew stands again."""
    values = {"contest_no": contest_no, "reason": "decided", "upheld_at": at}
    return EnrollmentRestored.model_validate({**_who(person), **values})


def paid(
    person: int, at: datetime = on("2019-11-20"), own_fen: int = 25000, **values: object
) -> PaymentReceived:
    """A person's contribution was paid and applied; payment 5000 + person, line 1."""
    common = {
        "payment_id": 5000 + person,
        "line_no": 1,
        "voucher_no": f"V{person}",
        "channel": "tax",
        "transaction_no": f"T{person}",
        "assessment_id": person * 10 + 1,
        "household_id": person,
        "window": "main",
        "price_fen": own_fen,
        "paid_at": at,
        "received_at": at,
        **_who(person),
    }
    return PaymentReceived.model_validate({**common, "own_fen": own_fen, **values})


def suspended(
    payment: int, at: datetime = on("2019-11-20"), amount_fen: int = 25000, **values: object
) -> PaymentSuspended:
    """Money came that cannot be applied; of nobody in particular, unless told."""
    common: dict[str, object] = {
        "line_no": 1,
        "channel": "tax",
        "transaction_no": f"S{payment}",
        "reason": "already_paid",
        "county": COUNTY,
        "coverage_year": YEAR,
        "paid_at": at,
        "received_at": at,
    }
    return PaymentSuspended.model_validate(
        {**common, "payment_id": payment, "amount_fen": amount_fen, **values}
    )


def bought(
    person: int, payee: str = "china_life", at: datetime = on("2019-11-20"), **values: object
) -> AddOnReceived:
    """A person's add-on was paid by itself; payment 8000 + person, line 1."""
    common = {
        "payment_id": 8000 + person,
        "line_no": 1,
        "channel": "tax",
        "transaction_no": f"A{person}",
        "household_id": person,
        "add_on": "rider",
        "amount_fen": 3000,
        "paid_at": at,
        "received_at": at,
        **_who(person),
    }
    return AddOnReceived.model_validate({**common, "payee": payee, **values})


def returned(
    line: PaymentReceived | PaymentSuspended | AddOnReceived | RepairReceived,
    amount_fen: int,
    at: datetime = on("2020-01-20"),
    **values: object,
) -> PaymentReturned:
    """A channel gave money of a line back itself."""
    kept = line.model_dump(include=set(PaymentReturned.model_fields) - {"amount_fen"})
    whole_fen = line.own_fen + line.add_on_fen if isinstance(line, PaymentReceived) else line.amount_fen
    common: dict[str, object] = {
        "return_no": f"R{line.payment_id}",
        "kind": "refund",
        "left_fen": whole_fen - amount_fen,
        "withdraws": isinstance(line, PaymentReceived) and amount_fen == whole_fen,
        "was_applied": not isinstance(line, PaymentSuspended),
    }
    return PaymentReturned.model_validate(
        {**kept, **common, "amount_fen": amount_fen, "returned_at": at, **values}
    )


def taken_back(
    line: PaymentReceived | AddOnReceived | RepairReceived, at: datetime = on("2020-01-22"), **values: object
) -> PaymentTakenBack:
    """Money of a line that had been applied waits in suspense."""
    kept = line.model_dump(include=set(PaymentTakenBack.model_fields) - {"amount_fen"})
    whole_fen = line.own_fen + line.add_on_fen if isinstance(line, PaymentReceived) else line.amount_fen
    common = {"reason": "wrong_amount", "amount_fen": whole_fen, "taken_back_at": at}
    return PaymentTakenBack.model_validate({**kept, **common, **values})


def granted(
    person: int,
    amount_fen: int = 25000,
    mechanism: str = "paid_on_behalf",
    at: datetime = on("2019-11-25"),
    **values: object,
) -> SubsidyGranted:
    """A payer bears a share; grant 9000 + person."""
    common = {
        "grant_id": 9000 + person,
        "assessment_id": person * 10 + 1,
        "payer": "medical_assistance",
        "status": "TEKUN",
        "granted_at": at,
        **_who(person),
    }
    return SubsidyGranted.model_validate(
        {**common, "mechanism": mechanism, "amount_fen": amount_fen, **values}
    )


def revoked(
    grant: SubsidyGranted, at: datetime = on("2019-12-10"), counted_at: datetime | None = None
) -> SubsidyRevoked:
    """The grant is taken back, with `counted_at` because another payer bears it."""
    kept = grant.model_dump(include=set(SubsidyRevoked.model_fields) - {"counted_at"})
    return SubsidyRevoked(**kept, reason="status ended", revoked_at=at, counted_at=counted_at)


def recovered(grant: SubsidyGranted, source: str, at: datetime = on("2020-02-20")) -> SubsidyRecovered:
    """Help that had left comes back to its payer."""
    kept = grant.model_dump(include=set(SubsidyRecovered.model_fields))
    return SubsidyRecovered(**kept, source=source, recovered_at=at)


def payout(
    grant: SubsidyGranted, outcome: str = "paid", at: datetime = on("2020-01-15"), attempt: int = 1
) -> PayoutSettled:
    """The bank answers for the payout of a grant."""
    kept = grant.model_dump(include=set(PayoutSettled.model_fields))
    return PayoutSettled(
        **kept, payout_id=grant.grant_id, batch_id=1, attempt=attempt, outcome=outcome, settled_at=at
    )


def refunded(
    line: PaymentReceived | PaymentSuspended,
    amount_fen: int,
    outcome: str = "paid",
    at: datetime = on("2020-01-20"),
    **values: object,
) -> RefundSettled:
    """The bank answers for the refund of a payment line."""
    kept = line.model_dump(include=set(RefundSettled.model_fields) - {"amount_fen"})
    common: dict[str, object] = {"refund_id": line.payment_id, "batch_id": 2, "attempt": 1, "settled_at": at}
    return RefundSettled.model_validate(
        {**kept, **common, "amount_fen": amount_fen, "outcome": outcome, **values}
    )


def deposited(collector: int, amount_fen: int, at: datetime = on("2019-11-21")) -> CashDeposited:
    """A collector brings cash to the bank."""
    who = {"deposit_id": 6000 + collector, "collector_id": collector, "channel": f"cash:{collector}"}
    where = {"county": COUNTY, "coverage_year": YEAR, "division_code": village(collector)}
    slip = {"amount_fen": amount_fen, "slip_no": f"S{collector}", "deposited_at": at}
    return CashDeposited.model_validate({**who, **where, **slip})


def undeposited(deposit: CashDeposited, at: datetime = on("2019-11-25")) -> CashDepositReversed:
    """What a collector brought is not in the account."""
    kept = deposit.model_dump(include=set(CashDepositReversed.model_fields))
    return CashDepositReversed(**kept, reason="bounced_cheque", reversed_at=at)


_EVENT_TIMES = (
    "assessed_at", "cancelled_at", "withdrawn_at", "upheld_at", "received_at", "returned_at", "granted_at",
    "revoked_at", "recovered_at", "settled_at", "taken_back_at", "merged_at", "deposited_at", "reversed_at",
    "requested_at", "arrived_at", "booked_at", "totalled_at",
)  # fmt: skip


def event_time(fact: Fact) -> datetime:
    """The time of the event that carries a fact: when it came about, for a payment when it was received."""
    for name in _EVENT_TIMES:
        if isinstance(at := getattr(fact, name, None), datetime):
            return at
    raise TypeError(type(fact).__name__)
