"""Registers rows so that what the database refuses keeps out only itself: a row of a file, a household of a
batch. All others are registered as if it were not there."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.dead_letters import reason_of
from libs.common.db.isolation import apply_by_halves
from libs.common.security.digests import Digests
from libs.common.web.problems import Problem
from services.registration.registering.admission import Admission
from services.registration.registering.plan import Memory, Plan, Rejected, Row
from services.registration.registering.problems import ROW_REFUSED
from services.registration.registering.registering import register

log = structlog.get_logger("canbao.registration.registering")

Household = list[Row]


async def register_each(
    conn: AsyncConnection,
    digests: Digests,
    county: str,
    rows: Sequence[Row],
    admission: Admission,
    now: datetime,
    *,
    whole_units: bool,
    memory: Memory | None = None,
) -> Plan:
    """Do what `register` does; a row that the database refuses is rejected instead of failing them all.

    With `whole_units` its household is rejected with it. `memory` also gets the rows of the parts.
    """
    remembered = Memory() if memory is None else memory

    async def apply(households: Sequence[Household]) -> Plan:
        given = [row for household in households for row in household]
        plan = await register(
            conn, digests, county, given, admission, now, whole_units=whole_units, memory=remembered
        )
        remembered.remember(given)
        return plan

    together = _grouped(rows, (lambda row: row.unit) if whole_units else (lambda row: row.home))
    done = await apply_by_halves(conn, together, apply, through=(Problem,))
    plans, refused = done.results, done.refused
    if refused and not whole_units:
        apart = [[row] for household, _ in refused for row in _head_first(household)]
        done = await apply_by_halves(conn, apart, apply, through=(Problem,))
        plans, refused = plans + done.results, done.refused
    return _merged(plans, refused)


def _grouped(rows: Sequence[Row], key: Callable[[Row], object]) -> list[Household]:
    """The rows of each household together, in the order of the households' first rows."""
    found: dict[object, Household] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return list(found.values())


def _head_first(household: Household) -> Household:
    return sorted(household, key=lambda row: not row.head)


def _merged(plans: Sequence[Plan], refused: Sequence[tuple[Household, Exception]]) -> Plan:
    merged = Plan()
    for plan in plans:
        merged.households += plan.households
        merged.people += plan.people
        merged.enrollments += plan.enrollments
        merged.rejected += plan.rejected
        merged.counts.add(plan.counts)
    for household, error in refused:
        log.warning("row_refused", line=household[0].line, reason=reason_of(error))
        merged.rejected += [Rejected(row.line, row.unit, ROW_REFUSED.problem()) for row in household]
        merged.counts.rejected += len(household)
    return merged
