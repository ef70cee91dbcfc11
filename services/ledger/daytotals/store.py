"""SQL of days of channels: what collection told of them, beside what is posted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import SHANGHAI
from libs.common.db.rows import Records, execute, fetch_as, statement
from services.ledger.accounts import rules as accounts
from services.ledger.daytotals.rules import Beside, NewTotal, Posted, Told
from services.ledger.debts.rules import GIVING_BACK, PAYING
from services.ledger.postings.kinds import Kind
from services.ledger.tables import channel_day_totals, postings

_TOLD_NAMES = (
    *("county", "channel", "business_on", "revision", "taken_fen", "payments", "returned_fen", "returns"),
    "totalled_at",
)
_NEW = Records(channel_day_totals, *_TOLD_NAMES)
_ALL = Records(channel_day_totals)
# A word that comes late changes nothing that a later one said.
_KEEP = statement(f"""
    INSERT INTO channel_day_totals ({_NEW.names}, looks, equal)
    SELECT DISTINCT ON (county, channel, business_on) {_NEW.names}, 0, false FROM {_NEW}
    ORDER BY county, channel, business_on, revision DESC
    ON CONFLICT (county, channel, business_on) DO UPDATE SET {_NEW.taken_over(*_TOLD_NAMES[3:])},
        looks = 0, equal = false
    WHERE channel_day_totals.revision < excluded.revision
""")
_UNEQUAL = statement(f"""
    SELECT {_ALL.names} FROM channel_day_totals WHERE NOT equal ORDER BY county, channel, business_on
""")
_PAGE = statement(f"""
    SELECT {_ALL.names} FROM channel_day_totals
    WHERE county = :county AND (CAST(:channel AS text) IS NULL OR channel = :channel)
      AND (business_on, channel) > (:day, :after_channel)
    ORDER BY business_on, channel LIMIT :limit
""")
_LOOKED = Records(channel_day_totals, "county", "channel", "business_on", "revision", "looks", "equal")
_NOTE = statement(f"""
    UPDATE channel_day_totals t SET {_LOOKED.changes("looks", "equal")} FROM {_LOOKED}
    WHERE (t.county, t.channel, t.business_on, t.revision)
        = (rows.county, rows.channel, rows.business_on, rows.revision)
""")


def _list(kinds: Sequence[Kind]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


_DAYS = Records(
    channel_day_totals, "county", "channel", "business_on", alias="days",
    since=postings.c.business_at, until=postings.c.business_at, account=postings.c.source,
)  # fmt: skip
#: What became of the money of a day is none of what was taken on it.
_LATER = (*PAYING, *GIVING_BACK, Kind.CHANNEL_FEE)
# Nothing is booked before the month in which it happened: of older months nothing is read.
_POSTED = statement(f"""
    WITH days AS MATERIALIZED (SELECT * FROM {_DAYS})
    SELECT d.county, d.channel, d.business_on,
           coalesce(sum(CASE WHEN p.destination = d.account THEN p.amount_fen
                             WHEN p.source = d.account THEN -p.amount_fen END)
                    FILTER (WHERE p.kind NOT IN ({_list(_LATER)})), 0)::bigint
               AS taken_fen,
           coalesce(sum(CASE WHEN p.reversal THEN -p.amount_fen ELSE p.amount_fen END)
                    FILTER (WHERE p.kind IN ('{Kind.RETURNED}', '{Kind.BOUNCED}')), 0)::bigint
               AS returned_fen
    FROM days d LEFT JOIN postings p
         ON p.county = d.county AND p.channel = d.channel AND p.accounting_month >= CAST(:since AS date)
            AND p.business_at >= d.since AND p.business_at < d.until
    GROUP BY d.county, d.channel, d.business_on
""")


@dataclass(frozen=True, slots=True)
class _Day:
    county: str
    channel: str
    business_on: date
    since: datetime
    until: datetime
    account: str


@dataclass(frozen=True, slots=True)
class _Looked:
    county: str
    channel: str
    business_on: date
    revision: int
    looks: int
    equal: bool


async def keep(conn: AsyncConnection, told: Sequence[NewTotal]) -> None:
    """Keep the newest word about each day; it is compared again."""
    await execute(conn, _KEEP, rows=told)


async def not_equal(conn: AsyncConnection) -> list[Told]:
    """Days that were not found equal since they were told."""
    return await fetch_as(conn, Told, _UNEQUAL)


async def page(
    conn: AsyncConnection, county: str, channel: str | None, after: tuple[date, str], limit: int
) -> list[Told]:
    """Days of a county, or of one of its channels, the oldest first, beginning after a day and channel."""
    day, name = after
    asked = {"county": county, "channel": channel, "day": day, "after_channel": name, "limit": limit}
    return await fetch_as(conn, Told, _PAGE, **asked)


async def beside(conn: AsyncConnection, told: Sequence[Told]) -> list[Beside]:
    """Put beside each day what is posted of it."""
    if not told:
        return []
    days = [_day(one) for one in told]
    since = min(one.business_on for one in told).replace(day=1)
    posted = {
        (one.county, one.channel, one.business_on): one
        for one in await fetch_as(conn, Posted, _POSTED, days=days, since=since)
    }
    return [Beside(one, posted[one.county, one.channel, one.business_on]) for one in told]


async def note(conn: AsyncConnection, looked: Sequence[Beside]) -> None:
    """Note what a look found; what was told anew meanwhile stays to be looked at."""
    rows = [
        _Looked(
            one.told.county, one.told.channel, one.told.business_on, one.told.revision, one.looks, one.agrees
        )
        for one in looked
    ]
    await execute(conn, _NOTE, rows=rows)


def _day(one: Told) -> _Day:
    begin = datetime.combine(one.business_on, time(), SHANGHAI)
    end = begin + timedelta(days=1)
    return _Day(one.county, one.channel, one.business_on, begin, end, accounts.clearing(one.channel))
