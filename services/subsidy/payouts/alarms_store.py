"""SQL of payouts that have waited too long for a card."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, fetch_value, statement
from libs.common.transitions import listed
from services.subsidy.payouts.rules import PayoutState


@dataclass(frozen=True, slots=True)
class Cardless:
    """Payouts of a township that wait for a card since before an instant."""

    county: str
    coverage_year: int
    division_code: str | None
    count: int
    amount_fen: int
    oldest_at: datetime


_CARDLESS = statement(f"""
    SELECT county, coverage_year, rpad(left(division_code, 9), 12, '0') AS division_code,
           count(*)::integer AS count, sum(amount_fen)::bigint AS amount_fen, min(changed_at) AS oldest_at
    FROM payouts
    WHERE state IN {listed((PayoutState.WAITING_CARD, PayoutState.NEEDS_CARD))} AND changed_at < :before
      AND county IS NOT NULL
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")
_NEWEST = statement("SELECT max(changed_at) FROM payouts")


async def cardless(conn: AsyncConnection, before: datetime) -> list[Cardless]:
    """What waits for a card since before an instant, by township."""
    return await fetch_as(conn, Cardless, _CARDLESS, before=before)


async def newest(conn: AsyncConnection) -> datetime | None:
    """The newest instant that payouts tell of."""
    return await fetch_value(conn, datetime, _NEWEST)
