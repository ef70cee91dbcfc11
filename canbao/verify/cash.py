"""Checks of money taken by hand: collectors against the ledger, receipts against payments, slips too."""

from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Hand:
    account: str
    fen: int


@dataclass(slots=True)
class _Receipt:
    receipt_id: int
    amount_fen: int
    paid_fen: int | None
    waits: bool


@dataclass(slots=True)
class _Slip:
    deposit_id: int
    covered_fen: int
    of_receipts: int


_HANDS = statement("""
    SELECT account, sum(fen)::bigint AS fen FROM (
        SELECT 'cash:' || collector_id AS account, amount_fen - returned_fen AS fen FROM cash_receipts
        WHERE state = 'passed' AND instrument IN ('cash', 'cheque')
        UNION ALL
        SELECT 'cash:' || collector_id, bounced_fen - amount_fen FROM cash_deposits WHERE state = 'made'
    ) AS moved GROUP BY account
""")
_BALANCES = statement("""
    SELECT account, sum(fen)::bigint AS fen
    FROM postings, LATERAL (VALUES (source, -amount_fen), (destination, amount_fen)) AS side(account, fen)
    WHERE account LIKE 'cash:%' GROUP BY account
""")
_RECEIPTS = statement("""
    SELECT r.receipt_id, r.amount_fen, p.amount_fen AS paid_fen, q.notification_id IS NOT NULL AS waits
    FROM cash_receipts r LEFT JOIN payments p ON p.id = r.payment_id
    LEFT JOIN matching_queue q ON q.notification_id = r.payment_id AND q.line_no = 0
    WHERE (r.state = 'passed' AND q.notification_id IS NULL AND p.amount_fen IS DISTINCT FROM r.amount_fen)
       OR (r.state <> 'passed' AND p.id IS NOT NULL)
    ORDER BY r.receipt_id
""")
# A slip brings each of its receipts whole, also what bounced later; of one of which a part had gone before,
# or goes afterwards, the rest of it.
_SLIPS = statement("""
    SELECT d.deposit_id, d.covered_fen, coalesce(sum(r.amount_fen), 0)::bigint AS of_receipts
    FROM cash_deposits d LEFT JOIN cash_receipts r ON r.deposit_id = d.deposit_id
    WHERE d.state = 'made' GROUP BY d.deposit_id
    HAVING d.covered_fen NOT BETWEEN
        coalesce(sum(CASE WHEN r.returned_fen < r.amount_fen THEN r.amount_fen - r.returned_fen
                          ELSE r.amount_fen END), 0)
        AND coalesce(sum(r.amount_fen), 0)
    ORDER BY d.deposit_id
""")
_COUNT = statement("SELECT (SELECT count(*) FROM cash_receipts) + (SELECT count(*) FROM cash_deposits)")


async def is_accounted_for(sources: Sources, found: Findings) -> None:
    """What collectors have is on their accounts, receipts are payments, slips bring their receipts."""
    found.compared = await sources.number("collection", _COUNT)
    hands = {row.account: row.fen for row in await sources.rows("collection", _Hand, _HANDS)}
    books = {row.account: row.fen for row in await sources.rows("ledger", _Hand, _BALANCES)}
    for account in sorted(hands.keys() | books.keys()):
        here, there = hands.get(account, 0), books.get(account, 0)
        if here != there:
            found.differs(account, f"has {here} fen in hand by collection, but {there} fen in the ledger")
    async for row in sources.stream("collection", _Receipt, _RECEIPTS):
        found.differs(f"receipt {row.receipt_id}", f"is {row.amount_fen} fen, its payment {row.paid_fen}")
    async for slip in sources.stream("collection", _Slip, _SLIPS):
        which = f"deposit {slip.deposit_id}"
        found.differs(which, f"was to bring {slip.covered_fen} fen, its receipts are {slip.of_receipts} fen")
