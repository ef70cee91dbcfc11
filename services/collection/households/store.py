"""SQL of what households paid."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, fetch_as, statement
from services.collection.households.rules import Bought, HouseholdYear, PaidTier
from services.collection.matching.rules import PersonYear
from services.collection.tables import payment_lines

_ASKED = Records(payment_lines, "household_id", "coverage_year", alias="asked")
#: Also what the placing of orders asks. Who moved binds those with whom they live now.
PAID_TIERS = f"""
    SELECT d.household_id, d.coverage_year, l.tier, l.person_id, l.payment_id, l.line_no, l.paid_at,
           p.channel, p.transaction_no
    FROM {_ASKED}
    JOIN dues d ON d.household_id = asked.household_id AND d.coverage_year = asked.coverage_year
    JOIN payment_lines l ON l.enrollment_id = d.enrollment_id AND l.state = 'applied' AND l.tier IS NOT NULL
    JOIN payments p ON p.id = l.payment_id
    UNION ALL
    SELECT d.household_id, d.coverage_year, d.tier, d.person_id, NULL, 0, d.exempt_at, '', ''
    FROM {_ASKED}
    JOIN dues d ON d.household_id = asked.household_id AND d.coverage_year = asked.coverage_year
     AND d.state = 'exempt' AND d.tier IS NOT NULL
"""
_PAID_TIERS = statement(PAID_TIERS)
_PEOPLE = Records(payment_lines, "person_id", "coverage_year", alias="asked")
#: Also what the placing of orders asks.
BOUGHT = f"""
    SELECT l.person_id, l.coverage_year, l.add_on,
           CASE WHEN l.add_on IS NULL THEN v.add_on_fen ELSE l.amount_fen END AS add_on_fen
    FROM {_PEOPLE}
    JOIN payment_lines l ON l.person_id = asked.person_id AND l.coverage_year = asked.coverage_year
     AND l.state = 'applied'
    LEFT JOIN vouchers v ON v.voucher_no = l.voucher_no
    WHERE l.add_on IS NOT NULL OR v.add_on_fen > 0
"""
_BOUGHT = statement(BOUGHT)


async def paid_tiers(conn: AsyncConnection, households: Collection[HouseholdYear]) -> list[PaidTier]:
    """The tiers that members of these households paid, or are exempt on."""
    return await fetch_as(conn, PaidTier, _PAID_TIERS, asked=sorted(set(households)))


async def bought(conn: AsyncConnection, people: Collection[PersonYear]) -> list[Bought]:
    """The add-ons that these persons have."""
    return await fetch_as(conn, Bought, _BOUGHT, asked=sorted(set(people)))
