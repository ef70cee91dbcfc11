"""SQL of what channels are asked about refunds: whose turn it is, and what was answered."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, statement
from services.collection.channel_refunds.rules import Asked, Standing
from services.collection.tables import channel_refund_answers, payments


@dataclass(frozen=True, slots=True)
class Taken:
    """A refund whose turn it is, with what its channel has to be told."""

    channel_refund_id: int
    request_no: str
    amount_fen: int
    agreed_at: datetime
    tries: int
    accepted: bool
    refused: str | None
    channel: str
    transaction_no: str
    total_fen: int
    county: str | None
    paid_at: datetime

    @property
    def standing(self) -> Standing:
        """How far it is."""
        return Standing(self.tries, self.accepted, self.refused)


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What a channel answered, as it came; without `body`: nothing came."""

    channel_refund_id: int
    asked: Asked
    asked_at: datetime
    status: int | None
    word: str
    headers: str | None
    body: bytes | None


# Whoever takes one has this long to ask; if it dies, somebody asks again, under the same number.
_TAKE = statement(f"""
    WITH due AS (
        SELECT c.channel_refund_id FROM channel_refunds c JOIN payments p ON p.id = c.payment_id
        WHERE c.state = 'processing' AND c.next_at <= :now
          AND p.channel {any_of(payments.c.channel, "channels")}
        ORDER BY c.next_at, c.channel_refund_id LIMIT :limit FOR UPDATE OF c SKIP LOCKED
    ), taken AS (
        UPDATE channel_refunds c SET next_at = :until, tries = c.tries + 1, asked_at = :now
        FROM due WHERE c.channel_refund_id = due.channel_refund_id RETURNING c.*
    )
    SELECT c.channel_refund_id, c.request_no, c.amount_fen, c.agreed_at, c.tries, c.accepted, c.refused,
           p.channel, p.transaction_no, p.amount_fen AS total_fen, l.county, p.paid_at
    FROM taken c JOIN payments p ON p.id = c.payment_id
    JOIN payment_lines l ON l.payment_id = c.payment_id AND l.line_no = c.line_no ORDER BY 1
""")
_ANSWER = Records(channel_refund_answers, *NewAnswer.__dataclass_fields__)
_KEEP = statement(f"""
    INSERT INTO channel_refund_answers ({_ANSWER.names}) SELECT {_ANSWER.names} FROM {_ANSWER}
""")
_NOTE = statement("""
    UPDATE channel_refunds SET accepted = :accepted, refused = :refused, word = :word, next_at = :next_at
    WHERE channel_refund_id = :id AND state = 'processing'
""")


async def take(
    conn: AsyncConnection, channels: Collection[str], now: datetime, until: datetime, limit: int
) -> list[Taken]:
    """Take refunds whose turn it is: nobody else asks about them until then."""
    return await fetch_as(conn, Taken, _TAKE, channels=list(channels), now=now, until=until, limit=limit)


async def keep(conn: AsyncConnection, answer: NewAnswer) -> None:
    """Keep what was answered."""
    await execute(conn, _KEEP, rows=[answer])


async def note(
    conn: AsyncConnection,
    channel_refund_id: int,
    *,
    accepted: bool,
    refused: str | None,
    word: str,
    next_at: datetime,
) -> None:
    """Note how far a refund is, unless it has ended meanwhile."""
    await execute(
        conn,
        _NOTE,
        id=channel_refund_id,
        accepted=accepted,
        refused=refused,
        word=word,
        next_at=next_at,
    )
