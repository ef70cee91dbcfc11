"""SQL of money that waits."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, statement
from services.registration.tables import waiting_money
from services.registration.waiting_money.rules import WentBack, Word

_WORD = Records(
    waiting_money,
    *("payment_id", "line_no", "person_id", "coverage_year", "amount_fen", "waits", "first", "said_at"),
)
# The rule of `Word.age`.
_SAYS_MORE = "NOT excluded.first AND (known.first OR excluded.said_at >= known.said_at)"
_NEWEST = ", ".join(
    f"{name} = CASE WHEN {_SAYS_MORE} THEN excluded.{name} ELSE known.{name} END"
    for name in ("person_id", "coverage_year", "waits", "first", "said_at")
)
_KEEP = statement(f"""
    INSERT INTO waiting_money AS known ({_WORD.names}) SELECT {_WORD.names} FROM {_WORD}
    ORDER BY payment_id, line_no
    ON CONFLICT (payment_id, line_no) DO UPDATE
    SET amount_fen = greatest(known.amount_fen, excluded.amount_fen), {_NEWEST}
""")
_GONE = Records(waiting_money, "payment_id", "line_no", "gone_fen")
_TAKE_OFF = statement(f"""
    INSERT INTO waiting_money AS known ({_GONE.names}) SELECT {_GONE.names} FROM {_GONE}
    ORDER BY payment_id, line_no
    ON CONFLICT (payment_id, line_no) DO UPDATE SET gone_fen = known.gone_fen + excluded.gone_fen
""")
#: Who has money that waits for a year, by the record that goes on.
WAITS = """
    SELECT DISTINCT coalesce(p.merged_into, p.id) AS person_id
    FROM waiting_money w JOIN persons p ON p.id = w.person_id
    WHERE w.waits AND w.amount_fen > w.gone_fen AND coalesce(w.coverage_year = :coverage_year, true)
"""


async def keep(conn: AsyncConnection, words: Sequence[Word]) -> None:
    """Write what was said of lines, where nothing newer is known."""
    await execute(conn, _KEEP, rows=words)


async def take_off(conn: AsyncConnection, gone: Sequence[WentBack]) -> None:
    """Add what went back of lines."""
    await execute(conn, _TAKE_OFF, rows=gone)
