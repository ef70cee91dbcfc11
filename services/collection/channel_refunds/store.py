"""SQL of refunds by channels. Whoever changes what is under way holds the lease."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_one_as, fetch_value, statement
from services.collection.channel_refunds.rules import UNDER_WAY, ChannelRefundState
from services.collection.tables import channel_refunds


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund to which a second person agreed."""

    request_no: str
    payment_id: int
    line_no: int
    amount_fen: int
    requested_by: str
    agreed_by: str
    agreed_at: datetime


@dataclass(frozen=True, slots=True)
class ChannelRefundRow:
    """A refund by a channel, with the line and the payment whose money it is."""

    channel_refund_id: int
    request_no: str
    payment_id: int
    line_no: int
    amount_fen: int
    requested_by: str
    agreed_by: str
    agreed_at: datetime
    state: ChannelRefundState
    word: str | None
    return_no: str | None
    tries: int
    asked_at: datetime | None
    next_at: datetime | None
    ended_at: datetime | None
    channel: str
    transaction_no: str
    county: str | None
    coverage_year: int | None
    division_code: str | None
    person_id: int | None

    @property
    def line(self) -> tuple[int, int]:
        """Payment and line."""
        return self.payment_id, self.line_no


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which refunds to list; None is all. `division` is the caller's."""

    division: str
    state: ChannelRefundState | None = None
    county: str | None = None
    coverage_year: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """How a refund stands from now on; `ended_at` null: it goes on."""

    request_no: str
    state: ChannelRefundState
    word: str | None
    return_no: str | None
    next_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A refund as its channel names it: by our number, of one of its transactions."""

    request_no: str
    channel: str
    transaction_no: str
    line_no: int
    amount_fen: int
    state: ChannelRefundState


_OWN = Records(channel_refunds, *NewRefund.__dataclass_fields__)
_ADD = statement(f"""
    WITH held AS (
        UPDATE payment_lines l SET giving_back = true FROM {_OWN}
        WHERE l.payment_id = rows.payment_id AND l.line_no = rows.line_no
    )
    INSERT INTO channel_refunds ({_OWN.names}, state) SELECT {_OWN.names}, 'requested' FROM {_OWN}
""")
_OF_REFUND = (
    "channel_refund_id request_no payment_id line_no amount_fen requested_by agreed_by agreed_at "
    "state word return_no tries asked_at next_at ended_at"
)
_SHOWN = f"""
    SELECT {", ".join(f"c.{name}" for name in _OF_REFUND.split())},
           p.channel, p.transaction_no, l.county, l.coverage_year, l.division_code, l.person_id
"""
_JOINED = """
    JOIN payment_lines l ON l.payment_id = c.payment_id AND l.line_no = c.line_no
    JOIN payments p ON p.id = c.payment_id
"""
_UNDER_WAY = ", ".join(f"'{state}'" for state in UNDER_WAY)
_NUMBERS = any_of(channel_refunds.c.request_no, "numbers")
_SOME = statement(f"{_SHOWN} FROM channel_refunds c {_JOINED} WHERE c.request_no {_NUMBERS} ORDER BY 1")
_ONE = statement(f"{_SHOWN} FROM channel_refunds c {_JOINED} WHERE c.channel_refund_id = :id")
_OF_LINE = statement(f"""
    {_SHOWN} FROM channel_refunds c {_JOINED}
    WHERE c.payment_id = :payment_id AND c.line_no = :line_no AND c.state IN ({_UNDER_WAY})
""")
_PAGE = statement(f"""
    {_SHOWN} FROM channel_refunds c {_JOINED}
    WHERE c.channel_refund_id > :after
      AND (CAST(:division AS text) = '' OR l.division_code LIKE :division || '%')
      AND (CAST(:state AS text) IS NULL OR c.state = :state)
      AND (CAST(:county AS text) IS NULL OR l.county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR l.coverage_year = :coverage_year)
    ORDER BY c.channel_refund_id LIMIT :limit
""")
_HOW_OFTEN = statement("""
    SELECT (SELECT count(*) FROM channel_refunds c WHERE c.payment_id = p.id
            AND c.state NOT IN ('failed', 'closed'))
         + (SELECT count(DISTINCT x.return_no) FROM returns x
            WHERE x.channel = p.channel AND x.transaction_no = p.transaction_no AND x.status = 'done'
              AND x.state <> 'ignored' AND NOT EXISTS (
                SELECT FROM channel_refunds c WHERE c.payment_id = p.id AND c.request_no = x.request_no))
    FROM payments p WHERE p.id = :payment_id
""")
_CHANGES = Records(channel_refunds, *Change.__dataclass_fields__)
# Whoever says something older than what is known changes nothing: `before` says out of which states.
_CHANGE = statement(f"""
    WITH changed AS (
        UPDATE channel_refunds c
        SET state = rows.state, word = COALESCE(rows.word, c.word),
            return_no = COALESCE(rows.return_no, c.return_no), next_at = rows.next_at,
            ended_at = rows.ended_at
        FROM {_CHANGES}
        WHERE c.request_no = rows.request_no AND c.state = ANY(CAST(:before AS text[])) RETURNING c.*
    ), released AS (
        UPDATE payment_lines l SET giving_back = false FROM changed c
        WHERE l.payment_id = c.payment_id AND l.line_no = c.line_no AND c.state NOT IN ({_UNDER_WAY})
          AND NOT EXISTS (SELECT FROM channel_refunds o
                          WHERE o.payment_id = c.payment_id AND o.line_no = c.line_no
                            AND o.channel_refund_id <> c.channel_refund_id AND o.state IN ({_UNDER_WAY}))
        RETURNING l.payment_id, l.line_no, l.state, l.county, c.ended_at
    ), queued AS (
        INSERT INTO matching_queue (notification_id, line_no, occurred_at, county)
        SELECT payment_id, line_no, ended_at, county FROM released WHERE state = 'suspended' ORDER BY 1, 2
        ON CONFLICT DO NOTHING
    )
    {_SHOWN} FROM changed c {_JOINED} ORDER BY 1
""")
_ASKED = Records(channel_refunds, "request_no", alias="asked")
_NUMBERED = statement(f"""
    SELECT c.request_no, p.channel, p.transaction_no, c.line_no, c.amount_fen, c.state
    FROM {_ASKED} JOIN channel_refunds c ON c.request_no = asked.request_no
    JOIN payments p ON p.id = c.payment_id
""")


async def add(conn: AsyncConnection, new: NewRefund) -> None:
    """Note a refund; its line is neither applied nor given back otherwise from now on."""
    await execute(conn, _ADD, rows=[new])


async def some(conn: AsyncConnection, request_nos: Collection[str]) -> list[ChannelRefundRow]:
    """These refunds."""
    return await fetch_as(conn, ChannelRefundRow, _SOME, numbers=sorted(request_nos))


async def one(conn: AsyncConnection, channel_refund_id: int) -> ChannelRefundRow | None:
    """One refund."""
    return await fetch_one_as(conn, ChannelRefundRow, _ONE, id=channel_refund_id)


async def under_way(conn: AsyncConnection, payment_id: int, line_no: int) -> ChannelRefundRow | None:
    """The refund of a line that has not ended, if there is one."""
    return await fetch_one_as(conn, ChannelRefundRow, _OF_LINE, payment_id=payment_id, line_no=line_no)


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[ChannelRefundRow]:
    """Refunds in the order in which they were agreed to."""
    return await fetch_as(
        conn,
        ChannelRefundRow,
        _PAGE,
        after=after,
        limit=limit,
        division=wanted.division,
        state=wanted.state,
        county=wanted.county,
        coverage_year=wanted.coverage_year,
    )


async def how_often(conn: AsyncConnection, payment_id: int) -> int:
    """How often money of a payment went back by its channel, or is to."""
    return await fetch_value(conn, int, _HOW_OFTEN, payment_id=payment_id) or 0


async def change(
    conn: AsyncConnection, changes: Sequence[Change], before: Collection[ChannelRefundState]
) -> list[ChannelRefundRow]:
    """Change refunds that are in one of these states; give those that changed.

    A line whose refund has ended is free again, and what is left of it in suspense is judged anew.
    """
    return await fetch_as(conn, ChannelRefundRow, _CHANGE, rows=list(changes), before=sorted(before))


async def numbered(conn: AsyncConnection, request_nos: Collection[str]) -> list[Numbered]:
    """Of these numbers those that are ours."""
    asked = [{"request_no": number} for number in sorted(set(request_nos))]
    return await fetch_as(conn, Numbered, _NUMBERED, asked=asked) if asked else []
