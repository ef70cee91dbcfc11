"""Takes in how much money finance has for an application, and lets the help that it reaches be paid."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.deciding import Decision
from libs.common.cases.problems import SAME_PERSON
from libs.common.cases.store import CaseRow, Gone, NewCase
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from services.subsidy.cases.rules import CAUSE_GONE, FUNDS_SHORT
from services.subsidy.funds import store
from services.subsidy.funds.problems import CONFIRMED_OUT_OF_BOUNDS
from services.subsidy.funds.store import ApplicationRow
from services.subsidy.verifications.rules import first_paid

_SUBJECT = "fund-applications/"


async def confirm(
    conn: AsyncConnection,
    notice: Notice | None,
    application: ApplicationRow,
    confirmed_fen: int,
    by: str,
    at: datetime,
) -> None:
    """Note what is confirmed of a locked application. Where it is not enough, the notice says who is first,
    or an officer does.

    Raises Problem 403 or 422.
    """
    if by == application.applied_by:
        raise SAME_PERSON.problem()
    if not (application.confirmed_fen or 0) <= confirmed_fen <= application.total_fen:
        raise CONFIRMED_OUT_OF_BOUNDS.problem()
    await store.confirm(conn, application.application_id, confirmed_fen, by, at)
    first = first_paid(notice)
    # Whoever decides the case holds it before the lines: so does this.
    if confirmed_fen < application.total_fen and not first:
        division = notice.division.ljust(CODE_LENGTH, "0") if notice is not None else None
        await cases.open_cases(conn, [_case(application, confirmed_fen, division, at)])
        return
    gone = Gone(FUNDS_SHORT.code, f"{_SUBJECT}{application.application_id}")
    await cases.close_cases(conn, [gone], at, CAUSE_GONE)
    await store.fund(conn, application.application_id, confirmed_fen, first, at)


async def oldest_first(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """The money goes to whom help was granted first, as far as it reaches."""
    found = int(case.subject.removeprefix(_SUBJECT))
    [application] = await store.some(conn, [found])
    await store.fund(conn, found, application.confirmed_fen or 0, (), decision.at)


def _case(
    application: ApplicationRow, confirmed_fen: int, division_code: str | None, at: datetime
) -> NewCase:
    return NewCase(
        kind=FUNDS_SHORT.code,
        subject=f"{_SUBJECT}{application.application_id}",
        owner=FUNDS_SHORT.owner,
        proposed="wait",
        opened_at=at,
        evidence={
            "payer": application.payer,
            "applied_fen": application.total_fen,
            "confirmed_fen": confirmed_fen,
        },
        county=application.county,
        coverage_year=application.coverage_year,
        division_code=division_code,
        amount_fen=application.total_fen - confirmed_fen,
    )
