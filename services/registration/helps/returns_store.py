"""SQL of what goes back of others' money."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_values, statement

_GIVE_BACK = statement("""
    INSERT INTO help_returns (arrival_id, amount_fen, reference, returned_at)
    VALUES (:arrival_id, :amount_fen, :reference, :returned_at)
    ON CONFLICT (arrival_id, reference) DO NOTHING
    RETURNING id
""")


async def give_back(
    conn: AsyncConnection, arrival_id: int, amount_fen: int, reference: str, at: datetime
) -> int | None:
    """Note what goes back, and give its number; None where it went by this paper before."""
    ids = await fetch_values(
        conn, int, _GIVE_BACK,
        arrival_id=arrival_id, amount_fen=amount_fen, reference=reference, returned_at=at,
    )  # fmt: skip
    return ids[0] if ids else None
