"""Which cases somebody has seen to: an alarm that was noted is not raised again within the minute."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.clock import business_date
from libs.common.dates import first_second, instant_of
from libs.common.db.rows import fetch_values, statement

_NOTED = statement(f"""
    SELECT subject FROM cases
    WHERE kind = :case_kind AND state = '{CaseState.DECIDED}' AND decided_at >= :since
""")


async def noted_today(conn: AsyncConnection, kind: str, now: datetime) -> set[str]:
    """Subjects of cases of a kind that were decided today: nobody is asked again before tomorrow."""
    since = instant_of(first_second(business_date(now)))
    return set(await fetch_values(conn, str, _NOTED, case_kind=kind, since=since))
