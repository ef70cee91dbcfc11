"""Keeps what registration tells of units and who is on their lists."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.events.registration import EnrollmentListed
from services.collection.units import store
from services.collection.units.store import ToldLine, ToldUnit


async def keep_lists(conn: AsyncConnection, told: Sequence[EnrollmentListed]) -> None:
    """Keep units and lines; what is told again, or late, changes nothing."""
    units = [
        ToldUnit(
            unit_id=one.unit_id,
            county=one.county,
            coverage_year=one.coverage_year,
            code=one.unit_code,
            name=one.unit_name,
            division_code=one.unit_division_code,
            channels=list(one.channels),
            version_no=one.version_no,
        )
        for one in told
    ]
    lines = [
        ToldLine(
            unit_id=one.unit_id,
            enrollment_id=one.enrollment_id,
            person_id=one.person_id,
            line_no=one.line_no,
            version_no=one.version_no,
            listed=one.listed,
            told_at=one.listed_at,
        )
        for one in told
    ]
    await store.keep(conn, units, lines)
