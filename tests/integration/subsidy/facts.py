"""Facts that change what was known before, and what the service shows of them."""

from libs.common.events.collection import PaymentRejudged, PaymentReturned, PaymentTakenBack
from libs.common.events.registration import EnrollmentContested, EnrollmentUpheld, EnrollmentWithdrawn
from tests.integration.subsidy.conftest import PRICE, VILLAGE, aid, at


def doubt(kind, person_id, number, days, **more):
    """A doubt in the enrollment of a person, or its end."""
    told = {
        "enrollment_id": 1000 + person_id,
        "person_id": person_id,
        "county": "huining",
        "coverage_year": 2021,
        "division_code": VILLAGE,
        "contest_no": number,
    }
    return kind(**told, **more), at(days)


def contested(person_id, days, number=1):
    return doubt(
        EnrollmentContested, person_id, number, days, causes=("never_entitled",), contested_at=at(days)
    )


def upheld(person_id, days, number=2):
    return doubt(EnrollmentUpheld, person_id, number, days, reason="decided", upheld_at=at(days))


def withdrawn(person_id, days, number=2, causes=("never_entitled",), ends_cover=False):
    return doubt(
        EnrollmentWithdrawn,
        person_id,
        number,
        days,
        causes=causes,
        ends_cover=ends_cover,
        reason="decided",
        withdrawn_at=at(days),
    )


def returned(person_id, amount, days, *, payment_id=None, left=0, withdraws=True, applied=True, no="R1"):
    return PaymentReturned(
        payment_id=payment_id or 5000 + person_id,
        line_no=1,
        return_no=no,
        kind="refund",
        channel="wechat",
        amount_fen=amount,
        left_fen=left,
        withdraws=withdraws,
        was_applied=applied,
        person_id=person_id,
        enrollment_id=1000 + person_id,
        county="huining",
        coverage_year=2021,
        division_code=VILLAGE,
        returned_at=at(days),
    ), at(days)


async def states(season):
    return [row[-1] for row in await season.payouts()]


async def cases(season):
    return (await season.ask("GET", "/v1/cases"))["items"]


async def reimbursed(season, person_id=1):
    """Somebody paid 280, and 200 of it is ready for the card."""
    await season.send(season.assessed(person_id), season.paid(person_id, aid=[aid()]))
    await season.cards(season.card(person_id))


async def decide(season, case_id, step, reason, days=12, expect=200):
    """Take a step about a case to which a second person agrees."""
    asked = await season.ask(
        "POST", f"/v1/cases/{case_id}/decision", json={"step": step, "reason": reason}, days=days
    )
    agree = f"/v1/approvals/{asked['approval']['approval_id']}/approve"
    return await season.ask("POST", agree, json={}, days=days, http=season.approver, expect=expect)


def taken_back(
    person_id, days, *, payment_id=None, reason="wrong_amount", amount=PRICE, merged=None, paid_days=2.0
):
    """Money that had been applied waits in suspense."""
    return PaymentTakenBack(
        payment_id=payment_id or 5000 + person_id,
        line_no=1,
        channel="tax",
        transaction_no="T",
        reason=reason,
        amount_fen=amount,
        person_id=person_id,
        merged_person_id=merged,
        enrollment_id=1000 + (merged or person_id),
        county="huining",
        coverage_year=2021,
        division_code=VILLAGE,
        paid_at=at(paid_days),
        taken_back_at=at(days),
    ), at(days)


def rejudged(person_id, days, *, payment_id=None, reason="already_paid", amount=PRICE):
    """Money that waits was judged again."""
    return PaymentRejudged(
        payment_id=payment_id or 7000,
        line_no=1,
        channel="tax",
        transaction_no="T",
        amount_fen=amount,
        reason=reason,
        person_id=person_id,
        county="huining",
        coverage_year=2021,
        division_code=VILLAGE,
        paid_at=at(3),
        rejudged_at=at(days),
    ), at(days)


def asked(payment_id, amount_fen=None):
    body = {"payment_id": payment_id, "line_no": 1, "reason": "changed_mind", "exceptional": True}
    return body if amount_fen is None else body | {"amount_fen": amount_fen}
