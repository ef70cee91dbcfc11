"""SQL of what households paid."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, fetch_as, statement
from services.collection.households.rules import HouseholdYear, PaidTier
from services.collection.tables import payment_lines

_ASKED = Records(payment_lines, "household_id", "coverage_year", alias="asked")
#: Also what the placing of orders asks.
PAID_TIERS = f"""
    SELECT l.household_id, l.coverage_year, l.tier, l.person_id, l.payment_id, l.line_no, l.paid_at,
           p.channel, p.transaction_no
    FROM {_ASKED}
    JOIN payment_lines l ON l.household_id = asked.household_id AND l.coverage_year = asked.coverage_year
     AND l.state = 'applied' AND l.tier IS NOT NULL
    JOIN payments p ON p.id = l.payment_id
"""
_PAID_TIERS = statement(PAID_TIERS)


async def paid_tiers(conn: AsyncConnection, households: Collection[HouseholdYear]) -> list[PaidTier]:
    """What the members of these households paid, with their tiers."""
    return await fetch_as(conn, PaidTier, _PAID_TIERS, asked=sorted(set(households)))
