"""SQL of queries: which have to be made, which are due, and what came of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_one_as, statement
from services.collection.channels.port import Outcome
from services.collection.queries.rules import QueryState, Reason
from services.collection.tables import channel_queries, orders


@dataclass(frozen=True, slots=True)
class NewQuery:
    """A query to make."""

    channel: str
    subject: str
    order_no: str | None
    transaction_no: str | None
    ordered_at: datetime | None
    county: str | None
    division_code: str | None
    coverage_year: int | None
    reason: Reason
    asked_by: str | None
    opened_at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Query(NewQuery):
    """A query on record."""

    query_id: int
    state: QueryState
    outcome: Outcome | None
    fault: str | None
    tries: int
    asked_at: datetime | None
    notification_id: int | None


@dataclass(frozen=True, slots=True)
class AskableOrder:
    """What a query about an order needs to know of it."""

    order_no: str
    channel: str
    county: str
    coverage_year: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which queries to list; None is all."""

    division: str
    channel: str | None = None
    state: QueryState | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A payment that channels told of, or a file, and nobody has on record here."""

    channel: str
    transaction_no: str
    county: str | None
    division_code: str | None
    coverage_year: int | None


_NEW = Records(channel_queries, *NewQuery.__dataclass_fields__)
# What was asked before and came to nothing is asked anew when somebody wants it.
_OPEN = statement(f"""
    INSERT INTO channel_queries AS q ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} ORDER BY subject
    ON CONFLICT (subject, channel) DO UPDATE
    SET {_NEW.taken_over("reason", "asked_by", "next_at")}, state = 'due', tries = 0, outcome = NULL,
        fault = NULL
    WHERE excluded.reason = 'difference' OR excluded.reason = 'officer' AND q.outcome IS DISTINCT FROM 'paid'
""")
_QUERY = "SELECT {} FROM channel_queries".format(", ".join(Query.__dataclass_fields__))
_BY_SUBJECT = statement(f"{_QUERY} WHERE subject = :subject AND channel = :channel")
_PAGE = statement(f"""
    {_QUERY} WHERE query_id > :after AND coalesce(division_code, '') LIKE CAST(:division AS text) || '%'
      AND (CAST(:channel AS text) IS NULL OR channel = :channel)
      AND (CAST(:state AS text) IS NULL OR state = :state)
    ORDER BY query_id LIMIT :limit
""")
_CHANNEL = any_of(orders.c.channel, "channels")
_SILENT = statement(f"""
    SELECT o.order_no, o.channel, o.county, o.coverage_year, o.created_at FROM orders o
    WHERE o.payment_id IS NULL AND o.channel {_CHANNEL} AND o.created_at > :since AND o.created_at <= :until
      AND NOT EXISTS (SELECT FROM channel_queries q
                      WHERE q.subject = 'orders/' || o.order_no AND q.channel = o.channel)
      AND NOT EXISTS (SELECT FROM payments p WHERE p.order_no = o.order_no AND p.channel = o.channel)
    ORDER BY o.created_at LIMIT :limit
""")
_ORDER = statement("""
    SELECT order_no, channel, county, coverage_year, created_at FROM orders WHERE order_no = :order_no
""")
_UNASKED = """
    NOT EXISTS (SELECT FROM channel_queries q
                WHERE q.subject = 'transactions/' || x.transaction_no AND q.channel = x.channel)
"""
_UNMATCHED = statement(f"""
    SELECT DISTINCT x.channel, x.transaction_no, CAST(NULL AS text) AS county,
           CAST(NULL AS text) AS division_code, CAST(NULL AS integer) AS coverage_year
    FROM returns x
    WHERE x.state = 'waiting' AND x.payment_id IS NULL AND x.kind <> 'failed' AND x.channel {_CHANNEL}
      AND {_UNASKED}
    ORDER BY 1, 2 LIMIT :limit
""")
_FILE_ONLY = statement(f"""
    SELECT x.channel, x.transaction_no, x.county, x.division_code, x.coverage_year
    FROM (
        SELECT f.channel, r.transaction_no, c.county, c.division_code, c.coverage_year
        FROM cases c
        JOIN channel_files f ON f.file_id = CAST(c.evidence ->> 'file_id' AS bigint)
        JOIN channel_file_rows r ON r.file_id = f.file_id AND r.line = CAST(c.evidence ->> 'line' AS integer)
        WHERE c.kind = 'channel_day_they_only' AND c.state = 'open' AND r.entry = 'payment'
          AND f.channel {_CHANNEL}
    ) x
    WHERE {_UNASKED}
    ORDER BY 1, 2 LIMIT :limit
""")
_TOLD_MEANWHILE = statement(f"""
    UPDATE channel_queries q
    SET state = 'answered', outcome = 'paid', next_at = NULL, notification_id = p.id
    FROM payments p
    WHERE q.state = 'due' AND q.next_at <= :now AND p.channel = q.channel AND q.channel {_CHANNEL}
      AND q.reason <> 'difference'
      AND (p.order_no = q.order_no OR p.transaction_no = q.transaction_no)
""")
# Whoever takes one has this long to ask; if it dies, somebody asks again.
_TAKE = statement(f"""
    WITH due AS (
        SELECT query_id FROM channel_queries
        WHERE state = 'due' AND next_at <= :now AND channel {_CHANNEL}
        ORDER BY next_at, query_id LIMIT :limit FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE channel_queries q SET next_at = :until, tries = q.tries + 1, asked_at = :now
        FROM due WHERE q.query_id = due.query_id RETURNING q.*
    )
    SELECT {", ".join(Query.__dataclass_fields__)} FROM taken ORDER BY query_id
""")
_NOTE = statement("""
    UPDATE channel_queries
    SET state = :state, outcome = :outcome, fault = :fault, next_at = :next_at,
        notification_id = :notification_id
    WHERE query_id = :query_id AND state = 'due'
""")


async def open_queries(conn: AsyncConnection, new: Collection[NewQuery]) -> None:
    """Have these asked; of what was asked before only who wants to know has it asked anew."""
    if new:
        await execute(conn, _OPEN, rows=list(new))


async def about(conn: AsyncConnection, channel: str, subject: str) -> Query | None:
    """The query about something, if there is one."""
    return await fetch_one_as(conn, Query, _BY_SUBJECT, channel=channel, subject=subject)


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[Query]:
    """Queries in the order in which they were made."""
    return await fetch_as(
        conn,
        Query,
        _PAGE,
        after=after,
        limit=limit,
        division=wanted.division,
        channel=wanted.channel,
        state=wanted.state,
    )


async def silent_orders(
    conn: AsyncConnection, channels: Collection[str], since: datetime, until: datetime, limit: int
) -> list[AskableOrder]:
    """Orders of that time that nobody told of and that were not asked about."""
    return await fetch_as(
        conn, AskableOrder, _SILENT, channels=list(channels), since=since, until=until, limit=limit
    )


async def order(conn: AsyncConnection, order_no: str) -> AskableOrder | None:
    """An order, as far as it is asked about."""
    return await fetch_one_as(conn, AskableOrder, _ORDER, order_no=order_no)


async def unmatched_returns(conn: AsyncConnection, channels: Collection[str], limit: int) -> list[Found]:
    """Payments of which something went back, and that are not on record."""
    return await fetch_as(conn, Found, _UNMATCHED, channels=list(channels), limit=limit)


async def only_in_files(conn: AsyncConnection, channels: Collection[str], limit: int) -> list[Found]:
    """Payments that only a channel's file has, with where the case about each belongs."""
    return await fetch_as(conn, Found, _FILE_ONLY, channels=list(channels), limit=limit)


async def end_told(conn: AsyncConnection, channels: Collection[str], now: datetime) -> None:
    """End queries about payments of which a notification came meanwhile."""
    await execute(conn, _TOLD_MEANWHILE, channels=list(channels), now=now)


async def take(
    conn: AsyncConnection, channels: Collection[str], now: datetime, until: datetime, limit: int
) -> list[Query]:
    """Take queries whose turn it is: nobody else asks them until then."""
    return await fetch_as(conn, Query, _TAKE, channels=list(channels), now=now, until=until, limit=limit)


async def note(
    conn: AsyncConnection,
    query_id: int,
    *,
    state: QueryState,
    outcome: Outcome | None,
    fault: str | None,
    next_at: datetime | None,
    notification_id: int | None,
) -> None:
    """Note what came of a query."""
    await execute(
        conn,
        _NOTE,
        query_id=query_id,
        state=state,
        outcome=outcome,
        fault=fault,
        next_at=next_at,
        notification_id=notification_id,
    )
