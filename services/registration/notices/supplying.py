"""Supplies values that a notice leaves open: one officer asks, another one of the county agrees."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.policy import Notice
from libs.common.security.caller import Caller
from services.registration.assessments import store as assessments
from services.registration.notices import store
from services.registration.notices.problems import PARAMETER_OUT_OF_BOUNDS, PARAMETER_UNKNOWN
from services.registration.notices.rules import notice_of, out_of_bounds, parameters_of
from services.registration.settings import RegistrationContext

#: What the second person agrees to.
OPERATION = "parameters"

_DIVISION_DIGITS = 12
_VALUES = TypeAdapter(dict[str, int])


def check(notice: Notice, values: Mapping[str, int]) -> None:
    """Refuse values that the notice does not leave open, or that lie outside its bounds."""
    known = parameters_of(notice)
    if unknown := sorted(set(values) - set(known)):
        raise PARAMETER_UNKNOWN.problem(known_parameters=list(known), unknown_parameters=unknown)
    if wrong := list(out_of_bounds(values, known)):
        raise PARAMETER_OUT_OF_BOUNDS.problem(errors=wrong)


async def ask(
    conn: AsyncConnection, notice: Notice, values: Mapping[str, int], caller: Caller, now: datetime
) -> ApprovalRow:
    """Keep checked values until a second person agrees; nothing counts before. Raises Problem 409."""
    bounds = parameters_of(notice)
    return await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"notices/{notice.county}/{notice.year}",
            payload=dict(values),
            reason=", ".join(f"{name}: {bounds[name].said(value)}" for name, value in sorted(values.items())),
            asked_by=caller.subject,
            asked_at=now,
            county=notice.county,
            coverage_year=notice.year,
            division_code=notice.division.ljust(_DIVISION_DIGITS, "0"),
        ),
    )


async def agree(
    conn: AsyncConnection, context: RegistrationContext, asked: ApprovalRow, decision: Decision
) -> None:
    """The second person agreed: the values count from now on, if the notice still allows them."""
    assert asked.county is not None and asked.coverage_year is not None, "values are of a notice"
    values = _VALUES.validate_python(asked.payload)
    check(notice_of(context.notices, asked.county, asked.coverage_year), values)
    await store.supply(conn, asked.county, asked.coverage_year, values, decision.by, decision.at)
    ids = await store.open_enrollments(conn, asked.county, asked.coverage_year)
    await assessments.enqueue(conn, ids, "parameters_supplied", decision.at)
