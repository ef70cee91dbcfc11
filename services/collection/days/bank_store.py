"""SQL of what came of a day of a channel to its account, as the comparison with statements found it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.db.rows import any_of, fetch_one_as, statement
from services.collection.days.rules import BankState
from services.collection.settlements.rules import STATEMENTS
from services.collection.tables import channel_files


@dataclass(frozen=True, slots=True)
class AskedOfBank:
    """What is, or was, asked about the settlement of a day."""

    state: BankState
    came_fen: int | None
    came_on: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """From when until when statements of an account are there."""

    since: date
    until: date


_CASE = statement(f"""
    SELECT substring(kind FROM 12) AS state, CAST(evidence ->> 'came_fen' AS bigint) AS came_fen,
           CAST(evidence ->> 'came_on' AS date) AS came_on
    FROM cases
    WHERE subject = :subject AND kind IN ('settlement_missing', 'settlement_late', 'settlement_fee')
      AND state IN ('{CaseState.OPEN}', '{CaseState.DECIDED}')
    ORDER BY case_id DESC LIMIT 1
""")
_KNOWN = statement(f"""
    SELECT min(business_on) AS since, max(business_on) AS until FROM channel_files
    WHERE state = 'current' AND county = :county AND channel = :account
      AND kind {any_of(channel_files.c.kind, "kinds")}
    HAVING count(*) > 0
""")


async def settlement(
    conn: AsyncConnection, county: str, account: str, channel: str, on: date
) -> AskedOfBank | None:
    """The newest case about what a channel owes of a day."""
    subject = f"settlements/{county}/{account}/{channel}/{on.isoformat()}"
    return await fetch_one_as(conn, AskedOfBank, _CASE, subject=subject)


async def known(conn: AsyncConnection, county: str, account: str) -> Known | None:
    """Of which days an account has statements; None: of none."""
    return await fetch_one_as(conn, Known, _KNOWN, county=county, account=account, kinds=list(STATEMENTS))
