"""SQL of what has to hold before a month is closed: each statement names what is wrong, and with how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.db.rows import Statement, fetch_as, statement
from services.ledger.accounts import rules as accounts
from services.ledger.cases.rules import OFF_PATH
from services.ledger.periods.rules import begins_at, next_month

_SIDES = "LATERAL (VALUES (p.source, -p.amount_fen), (p.destination, p.amount_fen)) AS side(account, fen)"
_BOOKED = "p.county = :county AND p.accounting_month = :month"

#: Code of the check -> what finds its flaws. A line of money and a purse of cash are looked at as everything
#: known now has them: what came too late for the month mends them all the same.
_CHECKS: Mapping[str, Statement] = {
    "posting_without_fact": statement(f"""
        SELECT 'facts/' || p.fact_id AS subject, sum(p.amount_fen)::bigint AS amount_fen
        FROM postings p LEFT JOIN facts f ON f.id = p.fact_id
        WHERE {_BOOKED} AND (f.id IS NULL OR f.business_at <> p.business_at)
        GROUP BY p.fact_id ORDER BY p.fact_id
    """),
    # Of the county, or of one that nobody can read out of it.
    "event_parked": statement("""
        SELECT 'dead-letters/' || id AS subject, CAST(NULL AS bigint) AS amount_fen FROM dead_letters
        WHERE state IN ('parked', 'retrying') AND time < :ends_at
          AND (strpos(data, '"county"') = 0
               OR strpos(replace(data, ' ', ''), '"county":"' || CAST(:county AS text) || '"') > 0)
        ORDER BY id
    """),
    "books_apart": statement(f"""
        WITH crossing AS (
            SELECT DISTINCT p.fact_id FROM postings p
            WHERE {_BOOKED} AND '{accounts.ELSEWHERE}' IN (p.source, p.destination)
        )
        SELECT 'facts/' || p.fact_id AS subject, abs(sum(fen))::bigint AS amount_fen
        FROM crossing JOIN postings p USING (fact_id), {_SIDES}
        WHERE account = '{accounts.ELSEWHERE}'
        GROUP BY p.fact_id HAVING sum(fen) <> 0 ORDER BY p.fact_id
    """),
    "suspense_below_zero": statement(f"""
        SELECT 'payments/' || f.payment_id || '/' || f.line_no AS subject, -sum(fen)::bigint AS amount_fen
        FROM postings p JOIN facts f ON f.id = p.fact_id, {_SIDES}
        WHERE p.county = :county AND '{accounts.SUSPENSE}' IN (p.source, p.destination)
          AND account = '{accounts.SUSPENSE}'
        GROUP BY f.payment_id, f.line_no
        HAVING sum(fen) < 0 AND min(p.business_at) < :ends_at ORDER BY 1
    """),
    "cash_below_zero": statement(f"""
        SELECT account AS subject, -sum(fen)::bigint AS amount_fen FROM postings p, {_SIDES}
        WHERE p.county = :county AND p.business_at < :ends_at AND account LIKE 'cash:%'
        GROUP BY account HAVING sum(fen) < 0 ORDER BY account
    """),
    "movement_not_posted": statement(f"""
        SELECT 'movements/' || m.id AS subject, m.amount_fen
        FROM movements m, LATERAL (
            SELECT coalesce(sum(p.amount_fen), 0) AS fen
            FROM facts f JOIN postings p ON (p.county, p.coverage_year, p.fact_id)
                                          = (f.county, f.coverage_year, f.id)
            WHERE f.county = m.county AND f.coverage_year = m.coverage_year AND f.source = 'canbao/ledger'
              AND f.event_id = m.id::text AND p.kind = m.kind AND p.accounting_month = m.accounting_month
        ) AS posted
        WHERE m.county = :county AND m.accounting_month = :month
          AND (posted.fen <> m.amount_fen OR (m.off_path IS NOT NULL AND NOT EXISTS (
              SELECT FROM cases c WHERE c.kind = '{OFF_PATH.code}' AND c.subject = 'movements/' || m.id)))
        ORDER BY m.id
    """),
    "movement_case_open": statement(f"""
        SELECT c.subject, c.amount_fen FROM movements m JOIN cases c ON c.subject = 'movements/' || m.id
        WHERE m.county = :county AND m.accounting_month <= :month
          AND c.kind = '{OFF_PATH.code}' AND c.state = '{CaseState.OPEN}'
        ORDER BY c.case_id
    """),
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that a check found."""

    subject: str
    amount_fen: int | None


async def wrong(conn: AsyncConnection, county: str, month: date) -> dict[str, list[Wrong]]:
    """Run every check about a month of a county; by code what each found."""
    asked = {"county": county, "month": month, "ends_at": begins_at(next_month(month))}
    found: dict[str, list[Wrong]] = {}
    for code, check in _CHECKS.items():
        named = {name: value for name, value in asked.items() if f":{name}" in check.clause.text}
        found[code] = await fetch_as(conn, Wrong, check, **named)
    return found
