"""What others are told of money that has its place."""

from libs.common.events.collection import AddOnReceived, AddOnShare, PaymentReceived, RepairReceived
from services.collection.fitting.rules import RepairedYear
from services.collection.households.rules import AddOnTerms, TermsOfNotices, payees_of
from services.collection.matching.rules import Decision


def add_on_received(decision: Decision, add_on: AddOnTerms) -> AddOnReceived:
    """Tell that money bought an add-on by itself."""
    line, due = decision.line, decision.due
    assert due is not None
    return AddOnReceived(
        payment_id=line.payment_id,
        line_no=line.line_no,
        channel=line.channel,
        transaction_no=line.transaction_no,
        enrollment_id=due.enrollment_id,
        person_id=due.person_id,
        household_id=due.household_id,
        county=due.county,
        coverage_year=due.coverage_year,
        division_code=due.division_code,
        add_on=add_on.code,
        payee=add_on.payee,
        amount_fen=line.amount_fen,
        paid_at=line.paid_at,
        received_at=line.received_at,
        from_suspense=line.again,
        employee_fund=line.employee_fund,
    )


def repair_received(decision: Decision, repaired: RepairedYear, number: str) -> RepairReceived:
    """Tell that money repaired a lapsed year."""
    line, due = decision.line, decision.due
    assert due is not None
    return RepairReceived(
        payment_id=line.payment_id,
        line_no=line.line_no,
        voucher_no=number,
        channel=line.channel,
        transaction_no=line.transaction_no,
        enrollment_id=due.enrollment_id,
        assessment_id=decision.verdict.assessment_id,
        person_id=due.person_id,
        household_id=due.household_id,
        county=due.county,
        coverage_year=due.coverage_year,
        division_code=due.division_code,
        repaired_year=repaired.year,
        amount_fen=line.amount_fen,
        cover_from=repaired.cover_from,
        paid_at=line.paid_at,
        received_at=line.received_at,
        from_suspense=line.again,
        payer_digest=line.payer_digest,
        employee_fund=line.employee_fund,
    )


def payment_received(decision: Decision, number: str, terms: TermsOfNotices) -> PaymentReceived:
    """Tell that money paid a due, or a part of it."""
    line, due, verdict = decision.line, decision.due, decision.verdict
    segment = verdict.segment
    assert due is not None and segment is not None
    alone = verdict.part_of is None
    add_on_fen = segment.add_on_due_fen if alone else 0
    shares = payees_of(terms.of(due.county, due.coverage_year).add_ons, add_on_fen) if add_on_fen else ()
    return PaymentReceived(
        payment_id=line.payment_id,
        line_no=line.line_no,
        voucher_no=number,
        channel=line.channel,
        transaction_no=line.transaction_no,
        enrollment_id=due.enrollment_id,
        assessment_id=verdict.assessment_id,
        person_id=due.person_id,
        household_id=due.household_id,
        county=due.county,
        coverage_year=due.coverage_year,
        division_code=due.division_code,
        window=segment.window,
        price_fen=segment.price_fen,
        own_fen=verdict.own_fen if verdict.own_fen is not None else segment.own_due_fen or 0,
        add_on_fen=add_on_fen,
        add_ons=tuple(AddOnShare(payee=payee, amount_fen=fen) for payee, fen in shares),
        subsidies=segment.subsidies if alone else (),
        paid_at=line.paid_at,
        received_at=line.received_at,
        from_suspense=line.again,
        tier=verdict.tier,
        part_of=verdict.part_of[0] if verdict.part_of is not None else None,
        payer_digest=line.payer_digest,
        employee_fund=line.employee_fund,
    )
