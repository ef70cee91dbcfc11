"""SQL of fees of channels: what is booked, what is reversed, and of which years a day's money was."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, any_of, execute, fetch_as, fetch_one_as, statement
from services.collection.fees.rules import Booked, ChannelDay, Reason
from services.collection.tables import channel_fees, channel_files, payments


@dataclass(frozen=True, slots=True)
class NewFee:
    """A fee to book, or the mirror of one that was; `fee_no` counts the rows of a day."""

    county: str
    division_code: str
    channel: str
    business_on: date
    fee_no: int
    coverage_year: int
    amount_fen: int
    file_id: int
    statement_file_id: int | None
    statement_line: int | None
    reverses_id: int | None
    reason: Reason | None
    booked_by: str
    approved_by: str | None
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Fee:
    """A row about a fee; `reversed` says that another one is its mirror."""

    fee_id: int
    county: str
    division_code: str
    channel: str
    business_on: date
    fee_no: int
    coverage_year: int
    amount_fen: int
    file_id: int
    statement_file_id: int | None
    statement_line: int | None
    reverses_id: int | None
    reason: Reason | None
    booked_by: str
    approved_by: str | None
    booked_at: datetime
    reversed: bool

    @property
    def day(self) -> ChannelDay:
        """Of which day it is."""
        return ChannelDay(self.county, self.channel, self.business_on)

    @property
    def stands(self) -> bool:
        """Whether it is booked."""
        return self.reverses_id is None and not self.reversed


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which fees are wanted: of a division, and what is not None."""

    division: str
    county: str | None = None
    channel: str | None = None
    business_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Moved:
    channel: str
    business_on: date
    coverage_year: int
    fen: int


_HOLD = statement("SELECT pg_advisory_xact_lock(hashtextextended('channel fees ' || :county, 0))")
_NEW = Records(channel_fees, *all_but(channel_fees, "fee_id"))
_ALL = Records(channel_fees)
_FEE = f"""
    {", ".join(f"f.{name.strip()}" for name in _ALL.names.split(","))},
    EXISTS (SELECT FROM channel_fees r WHERE r.reverses_id = f.fee_id) AS reversed
"""
_ADD = statement(f"""
    INSERT INTO channel_fees ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} ORDER BY fee_no
    RETURNING {_ALL.names}, false AS reversed
""")
_OF_DAY = statement(f"""
    SELECT {_FEE} FROM channel_fees f
    WHERE county = :county AND channel = :channel AND business_on = :business_on ORDER BY fee_no
""")
_ONE = statement(f"SELECT {_FEE} FROM channel_fees f WHERE fee_id = :fee_id")
_PAGE = statement(f"""
    SELECT {_FEE} FROM channel_fees f
    WHERE division_code LIKE CAST(:division AS text) || '%' AND fee_id > :after
      AND (CAST(:county AS text) IS NULL OR county = :county)
      AND (CAST(:channel AS text) IS NULL OR channel = :channel)
      AND (CAST(:business_on AS date) IS NULL OR business_on = :business_on)
    ORDER BY fee_id LIMIT :limit
""")
_BOOKED = statement(f"""
    SELECT channel, business_on,
           sum(CASE WHEN reverses_id IS NULL THEN amount_fen ELSE -amount_fen END)::bigint AS fee_fen,
           (array_agg(file_id ORDER BY fee_no DESC))[1] AS file_id,
           (array_agg(booked_by ORDER BY fee_no DESC))[1] AS booked_by
    FROM channel_fees
    WHERE county = :county AND channel {any_of(channel_fees.c.channel, "channels")}
    GROUP BY channel, business_on
""")
_DAYS = Records(
    channel_files, "channel", "business_on", alias="days", since=payments.c.paid_at, until=payments.c.paid_at
)
# Of a day on which money only went back, it is whose payments those were.
_MOVED = statement(f"""
    WITH days AS MATERIALIZED (SELECT * FROM {_DAYS}), moved AS (
        SELECT d.channel, d.business_on, p.id AS payment_id FROM days d
        JOIN payments p ON p.channel = d.channel AND p.paid_at >= d.since AND p.paid_at < d.until
        UNION
        SELECT d.channel, d.business_on, r.payment_id FROM days d
        JOIN returns r ON r.channel = d.channel AND r.returned_at >= d.since AND r.returned_at < d.until
    )
    SELECT m.channel, m.business_on, coalesce(l.coverage_year, p.coverage_year) AS coverage_year,
           sum(l.amount_fen)::bigint AS fen
    FROM moved m JOIN payments p ON p.id = m.payment_id JOIN payment_lines l ON l.payment_id = p.id
    WHERE coalesce(l.county, p.county) = :county AND coalesce(l.coverage_year, p.coverage_year) IS NOT NULL
    GROUP BY 1, 2, 3
""")


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when money belongs to a day of a channel."""

    channel: str
    business_on: date
    since: datetime
    until: datetime


async def hold(conn: AsyncConnection, county: str) -> None:
    """Take turns with whoever else books fees of a county, until the transaction ends."""
    await execute(conn, _HOLD, county=county)


async def add(conn: AsyncConnection, new: Sequence[NewFee]) -> list[Fee]:
    """Write rows about fees; give them with their ids."""
    return await fetch_as(conn, Fee, _ADD, rows=new)


async def of_day(conn: AsyncConnection, day: ChannelDay) -> list[Fee]:
    """Every row about fees of a day, in their order."""
    asked = {"county": day.county, "channel": day.channel, "business_on": day.business_on}
    return await fetch_as(conn, Fee, _OF_DAY, **asked)


async def one(conn: AsyncConnection, fee_id: int) -> Fee | None:
    """Look a row up."""
    return await fetch_one_as(conn, Fee, _ONE, fee_id=fee_id)


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[Fee]:
    """List fees in the order in which they were booked, beginning after an id."""
    return await fetch_as(
        conn, Fee, _PAGE, division=wanted.division, county=wanted.county, channel=wanted.channel,
        business_on=wanted.business_on, after=after, limit=limit,
    )  # fmt: skip


async def booked(
    conn: AsyncConnection, county: str, channels: Collection[str]
) -> Mapping[tuple[str, date], Booked]:
    """What is booked of each day of these channels."""
    rows = await fetch_as(conn, Booked, _BOOKED, county=county, channels=sorted(channels))
    return {(row.channel, row.business_on): row for row in rows}


async def moved(
    conn: AsyncConnection, county: str, windows: Sequence[Window]
) -> Mapping[tuple[str, date], Mapping[int, int]]:
    """How much money of each coverage year moved on each of these days."""
    found: dict[tuple[str, date], dict[int, int]] = {}
    for row in await fetch_as(conn, _Moved, _MOVED, days=windows, county=county):
        found.setdefault((row.channel, row.business_on), {})[row.coverage_year] = row.fen
    return found
