"""Reads the facts of other services into what this one decides with."""

from datetime import datetime
from typing import TypeAlias

from libs.common.events.collection import (
    PaymentReceived,
    PaymentRejudged,
    PaymentSuspended,
    PaymentTakenBack,
    RepairReceived,
)
from libs.common.events.elsewhere import ElsewhereHelped
from libs.common.events.registration import EnrollmentAssessed, EnrollmentReassessed
from services.subsidy.entitlements import facts
from services.subsidy.entitlements.facts import Enrollment
from services.subsidy.entitlements.lines_store import PaymentLine
from services.subsidy.entitlements.store import line_documents


def enrollment_of(fact: EnrollmentAssessed) -> Enrollment:
    """What an assessment says of its enrollment.

    What somebody paid for would owe says nothing about help without a payment: when the money goes back,
    registration assesses them anew, without the tier that an amount had chosen.
    """
    after_payment = isinstance(fact, EnrollmentReassessed) and fact.after_payment
    return Enrollment(
        enrollment_id=fact.enrollment_id,
        county=fact.county,
        division_code=fact.division_code,
        revision=fact.revision,
        assessment_id=fact.assessment_id,
        assessed_at=fact.assessed_at,
        offers=() if after_payment else facts.offers_of(fact.schedule),
        late=fact.late_subsidies if isinstance(fact, EnrollmentReassessed) and after_payment else (),
        registered_at=fact.registered_at,
    )


def record_of(fact: ElsewhereHelped) -> Enrollment:
    """The record of somebody insured elsewhere, kept as an enrollment that promises nothing here."""
    return Enrollment(
        enrollment_id=fact.enrollment_id,
        county=fact.county,
        division_code=fact.division_code,
        revision=fact.revision,
        assessed_at=fact.assessed_at,
        late=fact.subsidies,
        elsewhere=True,
    )


_Waits: TypeAlias = PaymentSuspended | PaymentRejudged | PaymentTakenBack


def line_of(fact: PaymentReceived | RepairReceived | _Waits, happened_at: datetime) -> PaymentLine:
    """A payment line as it is kept."""
    if not isinstance(fact, PaymentReceived):
        return _without_help(fact, happened_at)
    return PaymentLine(
        payment_id=fact.payment_id,
        line_no=fact.line_no,
        county=fact.county,
        coverage_year=fact.coverage_year,
        person_id=fact.person_id,
        enrollment_id=fact.enrollment_id,
        assessment_id=fact.assessment_id,
        division_code=fact.division_code,
        channel=fact.channel,
        transaction_no=fact.transaction_no,
        state="applied",
        reason=None,
        first=False,
        amount_fen=fact.own_fen + fact.add_on_fen,
        price_fen=fact.price_fen,
        own_fen=fact.own_fen,
        part_of=fact.part_of,
        subsidies=line_documents(fact.subsidies),
        paid_at=fact.paid_at,
        happened_at=happened_at,
        payer_digest=fact.payer_digest,
        employee_fund=fact.employee_fund,
    )


def _without_help(fact: RepairReceived | _Waits, happened_at: datetime) -> PaymentLine:
    """Money that waits, or that repairs a lapsed year: no help goes with either."""
    repair = fact if isinstance(fact, RepairReceived) else None
    return PaymentLine(
        payment_id=fact.payment_id,
        line_no=fact.line_no,
        county=fact.county,
        coverage_year=fact.coverage_year,
        person_id=fact.person_id,
        enrollment_id=fact.enrollment_id,
        assessment_id=repair.assessment_id if repair else None,
        division_code=fact.division_code,
        channel=fact.channel,
        transaction_no=fact.transaction_no,
        state="applied" if repair else "suspended",
        reason=None if isinstance(fact, RepairReceived) else fact.reason,
        first=isinstance(fact, PaymentSuspended),
        amount_fen=fact.amount_fen,
        price_fen=None,
        own_fen=None,
        part_of=None,
        subsidies=(),
        paid_at=fact.paid_at,
        happened_at=happened_at,
        payer_digest=None if isinstance(fact, PaymentTakenBack) else fact.payer_digest,
        repaired_year=repair.repaired_year if repair else None,
        cover_from=repair.cover_from if repair else None,
        employee_fund=fact.employee_fund,
    )
