"""Checks of work funds: the ledger owes units what final sheets say, and posted what was paid, once."""

import json
from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement
from services.ledger.postings.kinds import Kind
from services.ledger.work_funds.rules import WorkFundsPaid, WorkFundsPaymentReversed


@dataclass(slots=True)
class _Sheet:
    county: str
    coverage_year: int
    document: str


@dataclass(slots=True)
class _Owed:
    county: str
    coverage_year: int
    unit: str
    amount_fen: int


@dataclass(slots=True)
class _Paid:
    payment_id: int
    unit: str
    amount_fen: int


# Of a season the last one counts, also where it has no longer a unit that one before it had.
_SHEETS = statement("""
    SELECT DISTINCT ON (county, coverage_year) county, coverage_year, document FROM score_sheets
    WHERE state = 'final' ORDER BY county, coverage_year, id DESC
""")
_OWED = statement("""
    SELECT county, coverage_year, payer AS unit,
           sum(CASE WHEN reversal THEN -amount_fen ELSE amount_fen END)::bigint AS amount_fen
    FROM postings WHERE kind = :kind GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")
_ENTERED = statement("""
    SELECT id AS payment_id, division_code AS unit, amount_fen FROM work_fund_payments ORDER BY id
""")
_REVERSED = statement("""
    SELECT id AS payment_id, division_code AS unit, amount_fen FROM work_fund_payments
    WHERE id IN (SELECT payment_id FROM work_fund_payment_reversals) ORDER BY id
""")
_POSTED = statement("""
    SELECT (f.data::json ->> 'payment_id')::bigint AS payment_id, p.payer AS unit, p.amount_fen
    FROM facts f JOIN postings p ON (p.county, p.coverage_year, p.fact_id) = (f.county, f.coverage_year, f.id)
    WHERE f.type = :told ORDER BY 1
""")


async def are_as_signed(sources: Sources, found: Findings) -> None:
    """Compare what sheets give with what is owed, and what was entered as paid with what is posted."""
    given: dict[tuple[str, int, str], int] = {}
    for sheet in await sources.rows("registration", _Sheet, _SHEETS):
        for unit in json.loads(sheet.document)["units"]:
            key = (sheet.county, sheet.coverage_year, unit["division_code"])
            given[key] = unit["funds"]["amount_fen"] or 0
    owed = {
        (one.county, one.coverage_year, one.unit): one.amount_fen
        for one in await sources.rows("ledger", _Owed, _OWED, kind=str(Kind.WORK_FUNDS_SETTLED))
    }
    for key in sorted(given.keys() | owed.keys()):
        found.compared += 1
        if given.get(key, 0) != owed.get(key, 0):
            which = "{}/{} work funds of {}".format(*key)
            found.differs(which, f"the sheet gives {given.get(key, 0)} fen, the ledger {owed.get(key, 0)}")
    for kept, told, which in (
        (_ENTERED, WorkFundsPaid, "payments of work funds"),
        (_REVERSED, WorkFundsPaymentReversed, "payments of work funds that were taken back"),
    ):
        entered = await sources.rows("ledger", _Paid, kept)
        found.compared += len(entered)
        if entered != await sources.rows("ledger", _Paid, _POSTED, told=told.type):
            found.differs(which, "are not posted once each as they were entered")
