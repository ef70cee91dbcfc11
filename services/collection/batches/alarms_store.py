"""SQL of alarms about village batches: what is asked already, and what has settled itself."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_values, statement

_ASKED = statement("SELECT subject FROM cases WHERE state = 'open' AND kind = :case_kind")
_SETTLED = statement("""
    SELECT c.subject FROM cases c
    WHERE c.state = 'open' AND c.kind = :case_kind AND NOT EXISTS (
        SELECT FROM cash_receipts r JOIN payment_lines l ON l.payment_id = r.payment_id
        WHERE r.batch_id = CAST(c.evidence ->> 'batch_id' AS bigint) AND l.state = 'suspended')
""")


async def asked_about(conn: AsyncConnection, kind: str) -> list[str]:
    """The subjects of open cases of a kind."""
    return await fetch_values(conn, str, _ASKED, case_kind=kind)


async def settled(conn: AsyncConnection, kind: str) -> list[str]:
    """Batches in a case about lines that wait, of which none does any more."""
    return await fetch_values(conn, str, _SETTLED, case_kind=kind)
