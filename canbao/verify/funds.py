"""Checks of payers' money: applications are what their lines are, and the ledger has them and what came."""

from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Application:
    application_id: int
    payer: str
    line_count: int
    total_fen: int
    confirmed_fen: int
    part_lines: int
    part_fen: int
    lines: int
    lines_fen: int
    funded_fen: int


@dataclass(slots=True)
class _Money:
    """A sum of a payer's, as subsidy has it or as the ledger posted it."""

    kind: str
    number: int
    county: str
    coverage_year: int
    payer: str
    amount_fen: int


_APPLICATIONS = statement("""
    SELECT a.application_id, a.payer, a.line_count, a.total_fen,
           coalesce(a.confirmed_fen, 0) AS confirmed_fen, part.*, line.*
    FROM fund_applications a, LATERAL (
        SELECT coalesce(sum(p.line_count), 0)::integer AS part_lines,
               coalesce(sum(p.total_fen), 0)::bigint AS part_fen
        FROM fund_application_parts p WHERE p.application_id = a.application_id
    ) AS part, LATERAL (
        SELECT count(*)::integer AS lines, coalesce(sum(g.amount_fen), 0)::bigint AS lines_fen,
               coalesce(sum(g.amount_fen) FILTER (WHERE l.funded_at IS NOT NULL AND g.revoked_at IS NULL), 0)
                   ::bigint AS funded_fen
        FROM verification_lines l JOIN grants g USING (grant_id) WHERE l.application_id = a.application_id
    ) AS line
    ORDER BY a.application_id
""")
_DECIDED = statement("""
    SELECT 'application' AS kind, application_id AS number, county, coverage_year, payer,
           total_fen AS amount_fen FROM fund_applications
    UNION ALL
    SELECT 'arrival', arrival_id, county, coverage_year, payer, amount_fen FROM fund_arrivals
    UNION ALL
    SELECT 'reversal', arrival_id, county, coverage_year, payer, amount_fen FROM fund_arrivals
    WHERE reversed_at IS NOT NULL
    ORDER BY 1, 2
""")
_GIVEN_BACK = statement("""
    SELECT 'return' AS kind, r.id AS number, m.county, m.coverage_year, m.payer, r.amount_fen
    FROM help_returns r JOIN help_moneys m USING (arrival_id) ORDER BY r.id
""")
_OVERDRAWN = statement("""
    SELECT 'arrival' AS kind, m.arrival_id AS number, m.county, m.coverage_year, m.payer,
           (sum(r.amount_fen) - m.amount_fen)::bigint AS amount_fen
    FROM help_moneys m JOIN help_returns r USING (arrival_id)
    GROUP BY m.arrival_id HAVING sum(r.amount_fen) > m.amount_fen ORDER BY m.arrival_id
""")
_HEARD = statement("""
    SELECT 'return' AS kind, r.return_id AS number, a.county, a.coverage_year, a.payer, r.amount_fen
    FROM fund_returns r JOIN fund_arrivals a USING (arrival_id) ORDER BY r.return_id
""")
_POSTED = statement("""
    SELECT CASE WHEN p.kind = 'funds_requested' THEN 'application'
                WHEN p.kind = 'funds_returned' THEN 'return'
                WHEN p.reversal THEN 'reversal' ELSE 'arrival' END AS kind,
           coalesce(f.data::json ->> 'application_id', f.data::json ->> 'return_id',
                    f.data::json ->> 'arrival_id')::bigint AS number,
           p.county, p.coverage_year, p.payer, p.amount_fen
    FROM postings p JOIN facts f ON f.id = p.fact_id
    WHERE p.kind IN ('funds_requested', 'funds_arrived', 'funds_returned')
    ORDER BY 1, 2
""")


async def add_up(sources: Sources, found: Findings) -> None:
    """An application is the sum of its lines; the ledger posted each, each arrival and each return, once."""
    for one in await sources.rows("subsidy", _Application, _APPLICATIONS):
        found.compared += 1
        which = f"application {one.application_id} of {one.payer}"
        asked = (one.line_count, one.total_fen)
        if asked != (one.lines, one.lines_fen):
            found.differs(which, f"asks for {asked}, but its lines are {(one.lines, one.lines_fen)}")
        if asked != (one.part_lines, one.part_fen):
            found.differs(which, f"asks for {asked}, its townships for {(one.part_lines, one.part_fen)}")
        if one.funded_fen > one.confirmed_fen:
            found.differs(which, f"pays {one.funded_fen} fen, of which {one.confirmed_fen} are confirmed")
    given_back = await sources.rows("registration", _Money, _GIVEN_BACK)
    decided = [*await sources.rows("subsidy", _Money, _DECIDED), *given_back]
    posted = await sources.rows("ledger", _Money, _POSTED)
    for money in await sources.rows("registration", _Money, _OVERDRAWN):
        found.differs(f"arrival {money.number}", f"gave back {money.amount_fen} fen more than had come")
    if given_back != await sources.rows("subsidy", _Money, _HEARD):
        found.differs("money given back", "is not what subsidy heard of")
    found.compared += len(decided)
    for money in decided:
        times = posted.count(money)
        if times != 1:
            found.differs(
                f"{money.kind} {money.number} of {money.payer}", f"is posted {times} times as it is"
            )
    known = {(money.kind, money.number) for money in decided}
    for money in posted:
        if (money.kind, money.number) not in known:
            found.differs(f"{money.kind} {money.number}", "is posted in the ledger but nobody decided it")
