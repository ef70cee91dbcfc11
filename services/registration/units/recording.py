"""Writes a version of a unit's list and tells the other services who came and who went."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.events.registration import EnrollmentListed
from libs.common.policy.format.work_rules import UnitRule
from libs.common.security.caller import Caller
from services.registration.assessments.subject import Waiting
from services.registration.units import store
from services.registration.units.rules import Outcome
from services.registration.units.store import NewLine, Unit, Version


async def record(
    conn: AsyncConnection, caller: Caller, rule: UnitRule, unit: Unit, outcome: Outcome, now: datetime
) -> int:
    """Write what a list changes, and give the version that counts: the former one where nothing changed."""
    changes, version_no, line_of = outcome.difference, unit.version_no, outcome.line_of
    if changes.changes:
        version_no += 1
        version = Version(
            unit_id=unit.unit_id,
            version_no=version_no,
            lines=len(line_of) + outcome.refused,
            added=len(changes.added),
            kept=len(changes.kept),
            left_out=len(changes.left_out),
            refused=outcome.refused,
            late=outcome.late,
            sent_by=caller.subject,
            sent_at=now,
        )
        lines = [NewLine(unit.unit_id, person, line_of[person], version_no, now) for person in changes.added]
        gone = {one.person_id: one.line_no for one in changes.left_out}
        await store.keep(conn, version, lines, sorted(gone))
        concerned = sorted({*changes.added, *gone})
        drafts = [
            _told(one, rule, unit, version_no, now, gone.get(one.person_id), line_of.get(one.person_id))
            for one in await store.enrolled(conn, unit, concerned, now)
        ]
        await outbox.append(conn, drafts)
    await store.note(conn, unit.unit_id, version_no, outcome.late)
    return version_no


def _told(
    enrollment: Waiting,
    rule: UnitRule,
    unit: Unit,
    version_no: int,
    now: datetime,
    gone: int | None,
    line_no: int | None,
) -> Draft:
    fact = EnrollmentListed(
        enrollment_id=enrollment.enrollment_id,
        person_id=enrollment.person_id,
        county=unit.county,
        coverage_year=unit.coverage_year,
        division_code=enrollment.division_code,
        unit_id=unit.unit_id,
        unit_code=unit.code,
        unit_name=unit.name,
        unit_division_code=unit.division_code,
        channels=rule.channels,
        version_no=version_no,
        line_no=line_no or gone or 0,
        listed=gone is None,
        listed_at=now,
    )
    return Draft(fact, str(enrollment.person_id), now)
