"""SQL of vouchers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def issue(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new vouchers."""
    if not rows:
        return
    query = """
        INSERT INTO vouchers (voucher_no, payment_id, line_no, county, coverage_year, division_code,
                              person_id, enrollment_id, "window", price_fen, own_fen, add_on_fen,
                              subsidies, channel, paid_at, issued_at, key_id)
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r(
            voucher_no text, payment_id bigint, line_no integer, county text, coverage_year integer,
            division_code text, person_id bigint, enrollment_id bigint, "window" text, price_fen bigint,
            own_fen bigint, add_on_fen bigint, subsidies jsonb, channel text, paid_at timestamptz,
            issued_at timestamptz, key_id text)
        ORDER BY voucher_no
    """
    await conn.execute(text(query), {"rows": orjson.dumps(rows).decode()})


async def void(conn: AsyncConnection, numbers: Sequence[str], at: datetime, reason: str) -> None:
    """Void vouchers; one that is void already keeps its first reason."""
    query = """
        UPDATE vouchers SET voided_at = :at, void_reason = :reason
        WHERE voucher_no = ANY(CAST(:numbers AS text[])) AND voided_at IS NULL
    """
    await conn.execute(text(query), {"numbers": list(numbers), "at": at, "reason": reason})


async def find(conn: AsyncConnection, voucher_no: str) -> Any | None:
    """One voucher with the transaction it came from and the masked name, or None."""
    query = """
        SELECT v.*, l.masked_name, l.masked_id, p.transaction_no
        FROM vouchers v
        JOIN payment_lines l ON l.payment_id = v.payment_id AND l.line_no = v.line_no
        JOIN payments p ON p.id = v.payment_id
        WHERE v.voucher_no = :voucher_no
    """
    return (await conn.execute(text(query), {"voucher_no": voucher_no})).first()
