"""SQL of what lies at the places of the money: what came and what left, day by day."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.ledger.accounts import rules as accounts
from services.ledger.paths.rules import Day
from services.ledger.postings.rules import Season

#: Of each fact counts what it left on an account: what is held aside and given back meanwhile moved nothing.
#: What is reversed never left, so the money is as old as it was.
_DAYS = statement(f"""
    SELECT account, (business_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
           coalesce(sum(fen) FILTER (WHERE fen > 0 AND NOT reversal), 0)::bigint AS came_fen,
           coalesce(-sum(fen) FILTER (WHERE fen < 0 OR reversal), 0)::bigint AS left_fen
    FROM (SELECT account, business_at, bool_and(reversal) AS reversal, sum(fen) AS fen
          FROM postings,
               LATERAL (VALUES (source, -amount_fen), (destination, amount_fen)) AS side(account, fen)
          WHERE county = :county AND coverage_year = :coverage_year
            AND (account IN ('{accounts.PENDING_REMITTANCE}', '{accounts.TREASURY}',
                             '{accounts.SPECIAL_FISCAL_ACCOUNT}')
                 OR account LIKE '{accounts.clearing("")}%' OR account LIKE 'cash:%'
                 OR account LIKE '{accounts.employee_fund("")}%'
                 OR account LIKE '{accounts.channel_fee("")}%')
          GROUP BY account, fact_id, business_at) AS moved
    GROUP BY account, day ORDER BY account, day
""")


async def days(conn: AsyncConnection, season: Season) -> list[Day]:
    """What came to each place and what left it, by business day."""
    return await fetch_as(conn, Day, _DAYS, **season._asdict())
