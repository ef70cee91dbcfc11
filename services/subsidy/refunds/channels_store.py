"""SQL of money that is held for the channels that took it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_values, statement
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.tables import channel_refunds, payment_lines


@dataclass(frozen=True, slots=True)
class ForChannel:
    """Money of a line that a channel is to give back, and how that stands here: held, refused or ended."""

    request_no: str
    payment_id: int
    line_no: int
    amount_fen: int
    state: str

    @property
    def line(self) -> LineKey:
        """Whose money it is."""
        return LineKey(self.payment_id, self.line_no)


_ROWS = Records(channel_refunds, *ForChannel.__dataclass_fields__)
_KNOWN = statement(f"""
    SELECT request_no FROM channel_refunds WHERE request_no {any_of(channel_refunds.c.request_no, "numbers")}
""")
_ADD = statement(f"""
    INSERT INTO channel_refunds ({_ROWS.names}) SELECT {_ROWS.names} FROM {_ROWS} ORDER BY request_no
    ON CONFLICT (request_no) DO NOTHING
""")
_END = statement(f"""
    INSERT INTO channel_refunds ({_ROWS.names}) SELECT {_ROWS.names} FROM {_ROWS} ORDER BY request_no
    ON CONFLICT (request_no) DO UPDATE SET state = excluded.state
""")
_LINES = Records(payment_lines, "payment_id", "line_no", alias="asked")
_HELD = statement(f"""
    SELECT {", ".join(f"c.{name}" for name in ForChannel.__dataclass_fields__)}
    FROM {_LINES} JOIN channel_refunds c ON c.payment_id = asked.payment_id AND c.line_no = asked.line_no
    WHERE c.state = 'held' ORDER BY c.request_no
""")


async def known(conn: AsyncConnection, request_nos: Collection[str]) -> set[str]:
    """Of these numbers those that were heard of."""
    return set(await fetch_values(conn, str, _KNOWN, numbers=sorted(request_nos)))


async def add(conn: AsyncConnection, rows: Sequence[ForChannel]) -> None:
    """Note what was decided about money that was asked for."""
    await execute(conn, _ADD, rows=rows)


async def end(conn: AsyncConnection, rows: Sequence[ForChannel]) -> None:
    """Hold money no more, also where it is not known yet that it was asked for."""
    if rows:
        await execute(conn, _END, rows=rows)


async def held(conn: AsyncConnection, lines: Collection[LineKey]) -> list[ForChannel]:
    """What of these lines is held."""
    return await fetch_as(conn, ForChannel, _HELD, asked=[line._asdict() for line in sorted(lines)])
