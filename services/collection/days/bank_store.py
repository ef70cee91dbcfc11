"""SQL of what came of a day of a channel to its account, as the comparison with statements found it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.db.rows import any_of, fetch_as, fetch_value, statement
from services.collection.days.rules import BankState
from services.collection.settlements.rules import STATEMENTS
from services.collection.tables import channel_files


@dataclass(frozen=True, slots=True)
class AskedOfBank:
    """What is, or was, asked about the settlement of a day of a channel into an account."""

    account: str
    channel: str
    business_on: date
    state: BankState
    came_fen: int | None
    came_on: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """From when until when statements of an account are there."""

    account: str
    since: date
    until: date


_CASES = statement(f"""
    SELECT DISTINCT ON (subject) evidence ->> 'account' AS account, evidence ->> 'channel' AS channel,
           CAST(evidence ->> 'business_on' AS date) AS business_on, substring(kind FROM 12) AS state,
           CAST(evidence ->> 'came_fen' AS bigint) AS came_fen,
           CAST(evidence ->> 'came_on' AS date) AS came_on
    FROM cases
    WHERE county = :county AND kind IN ('settlement_missing', 'settlement_late', 'settlement_fee')
      AND state IN ('{CaseState.OPEN}', '{CaseState.DECIDED}')
      AND evidence ->> 'business_on' BETWEEN :first AND :last
    ORDER BY subject, case_id DESC
""")
_KNOWN = statement(f"""
    SELECT channel AS account, min(business_on) AS since, max(business_on) AS until FROM channel_files
    WHERE state = 'current' AND county = :county AND channel {any_of(channel_files.c.channel, "accounts")}
      AND kind {any_of(channel_files.c.kind, "kinds")}
    GROUP BY channel
""")
# UnionPay ends its day at eleven in the evening.
_DAY = statement("""
    SELECT (CAST(:paid_at AS timestamptz) AT TIME ZONE 'Asia/Shanghai' + CASE WHEN EXISTS (
        SELECT FROM channel_files
        WHERE state = 'current' AND county = :county AND channel = :channel AND kind = 'unionpay_zm'
    ) THEN interval '1 hour' ELSE interval '0' END)::date
""")


async def settlements(conn: AsyncConnection, county: str, since: date, until: date) -> list[AskedOfBank]:
    """The newest case about what each channel owes of each of these days."""
    asked = {"first": since.isoformat(), "last": until.isoformat()}
    return await fetch_as(conn, AskedOfBank, _CASES, county=county, **asked)


async def known(conn: AsyncConnection, county: str, accounts: Collection[str]) -> list[Known]:
    """Of which days accounts have statements."""
    asked = {"accounts": sorted(accounts), "kinds": list(STATEMENTS)}
    return await fetch_as(conn, Known, _KNOWN, county=county, **asked)


async def day_of(conn: AsyncConnection, county: str, channel: str, paid_at: datetime) -> date:
    """On which of its days a channel has a payment."""
    day = await fetch_value(conn, date, _DAY, county=county, channel=channel, paid_at=paid_at)
    assert day is not None, "an instant has a day"
    return day
