"""SQL of where somebody is insured."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_value, statement

_DIVISION = statement("""
    SELECT division_code FROM dues WHERE person_id = :person_id
    ORDER BY coverage_year DESC, enrollment_id DESC LIMIT 1
""")


async def division_of(conn: AsyncConnection, person_id: int) -> str | None:
    """The division of the newest due of somebody; None of whom nothing was ever due."""
    return await fetch_value(conn, str, _DIVISION, person_id=person_id)
