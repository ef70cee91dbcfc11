"""Checks of money that is held while a bank or a channel is asked: refunds by channels, and debits."""

from dataclasses import dataclass
from operator import attrgetter

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.together import side_by_side
from libs.common.db.rows import statement

_UNDER_WAY = ("requested", "processing", "abnormal")
#: How subsidy may have one, by how it stands in collection: it answers while it is requested, and hears of
#: the end of each.
_HELD = {"requested": ("held", "refused"), "processing": ("held",), "abnormal": ("held",)}


@dataclass(slots=True)
class _Refund:
    """A refund by a channel as a service has it."""

    request_no: str
    payment_id: int
    line_no: int
    amount_fen: int
    state: str


@dataclass(slots=True)
class _Wrong:
    which: str
    wrong: str


_IN_COLLECTION = statement("""
    SELECT request_no, payment_id, line_no, amount_fen, state FROM channel_refunds
    ORDER BY request_no COLLATE "C"
""")
_IN_SUBSIDY = statement("""
    SELECT request_no, payment_id, line_no, amount_fen, state FROM channel_refunds
    ORDER BY request_no COLLATE "C"
""")
_UNFOUNDED = statement("""
    SELECT 'refund ' || c.request_no AS which,
           CASE WHEN l.payment_id IS NULL THEN 'is of a payment line that there is not'
                WHEN c.state = 'done' AND NOT EXISTS (
                    SELECT FROM returns r JOIN payments p ON p.id = r.payment_id
                    WHERE p.id = c.payment_id AND r.return_no = c.return_no AND r.state = 'booked'
                ) THEN 'is done, but no return of its payment is booked under its number' END AS wrong
    FROM channel_refunds c
    LEFT JOIN payment_lines l ON l.payment_id = c.payment_id AND l.line_no = c.line_no
    WHERE l.payment_id IS NULL OR (c.state = 'done' AND NOT EXISTS (
        SELECT FROM returns r JOIN payments p ON p.id = r.payment_id
        WHERE p.id = c.payment_id AND r.return_no = c.return_no AND r.state = 'booked'
    ))
    ORDER BY c.request_no
""")
_HOLDS = statement(f"""
    WITH asked AS (
        SELECT payment_id, line_no, sum(amount_fen) FILTER (WHERE state = 'done') AS done_fen,
               count(*) FILTER (WHERE state IN {_UNDER_WAY}) AS under_way
        FROM channel_refunds GROUP BY 1, 2
    )
    SELECT 'payment ' || l.payment_id || ' line ' || l.line_no AS which,
           CASE WHEN l.giving_back AND coalesce(a.under_way, 0) = 0
                THEN 'is held for a refund by its channel that there is not'
                WHEN a.under_way > 1 THEN 'is being given back ' || a.under_way || ' times'
                WHEN a.under_way = 1 AND NOT l.giving_back
                THEN 'is being given back by its channel, and free to be applied'
                ELSE 'gave ' || a.done_fen || ' fen back by its channel, but ' || l.refunded_fen
                     || ' fen of it went back' END AS wrong
    FROM payment_lines l LEFT JOIN asked a USING (payment_id, line_no)
    WHERE l.giving_back <> (coalesce(a.under_way, 0) > 0) OR a.under_way > 1 OR a.done_fen > l.refunded_fen
    ORDER BY l.payment_id, l.line_no
""")
_DEBITS = statement("SELECT count(*) FROM debits WHERE outcome IS NOT NULL")
_ENDED = statement("""
    SELECT 'debit ' || d.debit_id AS which,
           CASE WHEN d.outcome IN ('failed', 'taken_out', 'refused', 'given_up')
                THEN 'is ' || d.outcome || ', but order ' || d.order_no || ' still holds its people'
                WHEN p.id IS NULL THEN 'is ' || d.outcome || ', but there is no payment of it'
                ELSE 'is ' || d.amount_fen || ' fen, but its payment is ' || p.amount_fen || ' fen'
           END AS wrong
    FROM debits d JOIN orders o USING (order_no) LEFT JOIN payments p ON p.id = d.payment_id
    WHERE (d.outcome IN ('failed', 'taken_out', 'refused', 'given_up')
           AND o.state = 'pending' AND EXISTS (SELECT FROM order_claims c WHERE c.order_no = d.order_no))
       OR (d.outcome IN ('paid', 'returned') AND (p.id IS NULL OR p.amount_fen <> d.amount_fen))
    ORDER BY d.debit_id
""")


async def are_held_once(sources: Sources, found: Findings) -> None:
    """Collection and subsidy hold the same money for channels, and none whose refund has ended."""
    ours = sources.stream("collection", _Refund, _IN_COLLECTION)
    theirs = sources.stream("subsidy", _Refund, _IN_SUBSIDY)
    async for number, refund, held in side_by_side(ours, theirs, attrgetter("request_no")):
        found.compared += 1
        which = f"refund {number}"
        if refund is None:
            found.differs(which, "is known to subsidy but not to collection")
        elif held is None:
            found.differs(which, f"is {refund.state} in collection, but subsidy has not heard of it")
        elif _money(refund) != _money(held):
            found.differs(which, f"is {_money(refund)} in collection, but {_money(held)} in subsidy")
        elif held.state not in _HELD.get(refund.state, ("ended",)):
            found.differs(which, f"is {refund.state} in collection, but {held.state} in subsidy")
    for query in (_UNFOUNDED, _HOLDS):
        async for row in sources.stream("collection", _Wrong, query):
            found.differs(row.which, row.wrong)


async def debits_have_ended(sources: Sources, found: Findings) -> None:
    """What the bank did not debit holds nobody any more, and what it did is a payment of that amount."""
    found.compared = await sources.number("collection", _DEBITS)
    async for row in sources.stream("collection", _Wrong, _ENDED):
        found.differs(row.which, row.wrong)


def _money(refund: _Refund) -> str:
    return f"{refund.amount_fen} fen of payment {refund.payment_id} line {refund.line_no}"
