"""Check of what subsidy has heard of money: it decides help by its own picture of every payment line."""

from dataclasses import dataclass
from operator import attrgetter

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.together import side_by_side
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Line:
    """A payment line as a service has it."""

    payment_id: int
    line_no: int
    amount_fen: int
    state: str
    bought_alone: bool


_IN_COLLECTION = statement("""
    SELECT payment_id, line_no, amount_fen, state, add_on IS NOT NULL AS bought_alone FROM payment_lines
    WHERE amount_fen > 0 ORDER BY payment_id, line_no
""")
_IN_SUBSIDY = statement("""
    SELECT l.payment_id, l.line_no, l.amount_fen, false AS bought_alone,
           CASE WHEN EXISTS (
               SELECT FROM refunds r JOIN payouts p USING (refund_id) JOIN attempts a USING (payout_id)
               WHERE r.payment_id = l.payment_id AND r.line_no = l.line_no
                 AND r.withdraws AND r.state = 'approved' AND a.outcome = 'returned'
           ) THEN 'suspended' ELSE l.state END AS state
    FROM payment_lines l ORDER BY l.payment_id, l.line_no
""")


async def lines_are_the_same(sources: Sources, found: Findings) -> None:
    """Subsidy knows every payment line with its amount, and whether it counts.

    Of a line whose money went back whole subsidy keeps how it stood before, beside what went back; when that
    comes back from the card it waits until it is sent again. An add-on
    that is bought by itself brings no help, and subsidy need not hear of it.
    """
    ours = sources.stream("collection", _Line, _IN_COLLECTION)
    theirs = sources.stream("subsidy", _Line, _IN_SUBSIDY)
    async for key, line, heard in side_by_side(ours, theirs, attrgetter("payment_id", "line_no")):
        found.compared += 1
        which = f"payment {key[0]} line {key[1]}"
        if line is None:
            found.differs(which, "is known to subsidy but not to collection")
        elif line.bought_alone:
            continue
        elif heard is None:
            found.differs(which, f"is {line.state} in collection, but subsidy has not heard of it")
        elif heard.amount_fen != line.amount_fen:
            found.differs(which, f"is {line.amount_fen} fen, but {heard.amount_fen} fen in subsidy")
        elif line.state != "refunded" and heard.state != line.state:
            found.differs(which, f"is {line.state} in collection, but {heard.state} in subsidy")
