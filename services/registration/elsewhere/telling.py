"""The facts about help for people who are insured elsewhere."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.events.elsewhere import ElsewhereEnded, ElsewhereHelped
from libs.common.events.envelope import SubsidyLine
from services.registration.assessments.rules import guardian_of
from services.registration.assessments.subject import Person
from services.registration.elsewhere.rules import paid_at
from services.registration.elsewhere.store import HelpRow


def helped(
    row: HelpRow, person: Person, notice: str, name_digest: Callable[[str], str], at: datetime
) -> Draft:
    """That somebody gets this help, from now on."""
    minor, guardian_id = guardian_of(person, at)
    fact = ElsewhereHelped(
        enrollment_id=row.id,
        revision=row.revision,
        person_id=row.person_id,
        guardian_id=guardian_id,
        minor=minor,
        county=row.county,
        coverage_year=row.coverage_year,
        division_code=row.division_code,
        notice=notice,
        identity_digests=tuple(person.digests),
        name_digest=name_digest(person.name),
        subsidies=tuple(SubsidyLine.model_validate(line) for line in row.lines),
        paid_at=paid_at(row.paid_on),
        assessed_at=at,
    )
    return Draft(fact, str(row.person_id), at)


async def tell_ended(conn: AsyncConnection, rows: Sequence[HelpRow], at: datetime) -> None:
    """Tell that help ends which was told before."""
    facts = [
        ElsewhereEnded(
            enrollment_id=row.id,
            revision=row.revision,
            person_id=row.person_id,
            county=row.county,
            coverage_year=row.coverage_year,
            division_code=row.division_code,
            reason=row.end_reason or "",
            cancelled_at=at,
        )
        for row in rows
        if row.agreed_at is not None
    ]
    await outbox.append(conn, [Draft(fact, str(fact.person_id), at) for fact in facts])
