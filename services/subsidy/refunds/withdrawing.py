"""What follows when an officer withdrew help or cover: money goes back, help that left is recovered."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import NewCase
from libs.common.events.registration import EnrollmentWithdrawn
from services.subsidy.cases.rules import RECOVERY
from services.subsidy.entitlements.facts import Grant, PersonYear
from services.subsidy.refunds import store
from services.subsidy.refunds.deciding import Asked, request_refund
from services.subsidy.refunds.rules import AUTOMATIC

#: Why the case is opened.
WITHDRAWN = "cover_withdrawn"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A withdrawal, and the person's year after it."""

    fact: EnrollmentWithdrawn
    year: PersonYear


async def after_withdrawal(conn: AsyncConnection, withdrawn: Sequence[Withdrawn]) -> None:
    """Open the cases that follow: a refund of the own money where cover ended, else recovery of help.

    Where the own money goes back, help on the card is taken off it, and the fund returns it to its payer.
    """
    for one in withdrawn:
        payments = [
            payment
            for payment in one.year.payments.values()
            if payment.enrollment_id == one.fact.enrollment_id and not payment.withdrawn
        ]
        if one.fact.ends_cover and payments:
            for payment in payments:
                line = await store.line(conn, payment.key)
                if line is not None and await store.refunded_fen(conn, payment.key) == 0:
                    await request_refund(conn, line, Asked(WITHDRAWN), AUTOMATIC, one.fact.withdrawn_at)
            continue
        stuck = [
            grant
            for grant in one.year.grants.values()
            if grant.locked and grant.enrollment_id == one.fact.enrollment_id
        ]
        await cases.open_cases(conn, [_recovery(one.fact, grant) for grant in stuck])


def _recovery(fact: EnrollmentWithdrawn, grant: Grant) -> NewCase:
    return NewCase(
        kind=RECOVERY.code,
        subject=f"grants/{grant.grant_id}",
        owner=RECOVERY.owner,
        proposed="recovered",
        opened_at=fact.withdrawn_at,
        evidence={"grant_id": grant.grant_id, "payer": grant.payer, "causes": list(fact.causes)},
        county=fact.county,
        coverage_year=fact.coverage_year,
        division_code=fact.division_code,
        person_id=fact.person_id,
        amount_fen=grant.amount_fen,
    )
