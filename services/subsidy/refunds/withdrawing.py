"""Gives the own money back where an officer ended cover, whichever is heard first: payment or decision.

Where the cover stands again the money counts again, unless it has left.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.events.registration import EnrollmentRestored, EnrollmentWithdrawn
from services.subsidy.entitlements.facts import LineKey, PersonYear, YearKey
from services.subsidy.entitlements.lines_store import PaymentLine, Written, lines_of
from services.subsidy.refunds import money_store, returns_store
from services.subsidy.refunds.closing import close_claims
from services.subsidy.refunds.requesting import (
    Asked,
    by_system,
    follow_contributions,
    request_by_itself,
)
from services.subsidy.refunds.rules import AUTOMATIC, RefundState

#: Why the case is opened.
WITHDRAWN = "cover_withdrawn"


async def after_withdrawals(conn: AsyncConnection, withdrawn: Sequence[EnrollmentWithdrawn]) -> None:
    """Open a case for the money of enrollments whose cover an officer just ended."""
    ended = [fact for fact in withdrawn if fact.ends_cover]
    until = {fact.enrollment_id: fact.withdrawn_at for fact in ended}
    asked: dict[LineKey, Asked] = {}
    for line in await lines_of(conn, [YearKey(fact.person_id, fact.coverage_year) for fact in ended]):
        at = until.get(line.enrollment_id or 0)
        if at is not None and line.happened_at <= at:
            asked |= by_system(WITHDRAWN, [line.key], at)
    await request_by_itself(conn, asked)


async def before_restorations(conn: AsyncConnection, restored: Sequence[EnrollmentRestored]) -> None:
    """Close the cases that ended cover opened, where it stands again and their money has not left.

    One whose approval let the fund return help that is on the card goes on: the money is given back whole,
    and the contribution is open again.
    """
    back = {fact.enrollment_id for fact in restored}
    if not back:
        return
    years = {YearKey(fact.person_id, fact.coverage_year) for fact in restored}
    keys = {line.key for line in await lines_of(conn, years) if line.enrollment_id in back}
    netted = {line.key for line in await money_store.money_of(conn, keys) if line.card_out_fen}
    claims = [
        claim
        for claim in await returns_store.claims(conn, keys)
        if (claim.reason, claim.requested_by) == (WITHDRAWN, AUTOMATIC)
        and (claim.state == RefundState.REQUESTED or claim.line not in netted)
    ]
    await close_claims(conn, claims, "restored", max(fact.upheld_at for fact in restored))


async def after_payments(
    conn: AsyncConnection, written: Sequence[Written], years: Mapping[YearKey, PersonYear], at: datetime
) -> None:
    """Open a case for money that is heard of after cover was ended, or its contribution was asked for."""
    applied = [one.line for one in written if one.line.state == "applied"]
    late = [line.key for line in applied if _ended(line, years)]
    await request_by_itself(conn, by_system(WITHDRAWN, late, at))
    repairs = [line for line in applied if line.repaired_year is not None]
    if repairs:
        await follow_contributions(conn, repairs, at)


def _ended(line: PaymentLine, years: Mapping[YearKey, PersonYear]) -> bool:
    year = years.get(YearKey(line.person_id or 0, line.coverage_year or 0))
    enrollment = year.enrollments.get(line.enrollment_id or 0) if year is not None else None
    if enrollment is None or not enrollment.ends_cover or enrollment.withdrawn_at is None:
        return False
    return line.happened_at <= enrollment.withdrawn_at
