"""Money that a bank or a channel paid twice, of which a case says so: somebody follows it up."""

from collections import Counter
from dataclasses import dataclass, field

from canbao.verify.sources import Sources
from libs.common.db.rows import statement

_CASES = statement("""
    SELECT substring(subject FROM '^payouts/([0-9]+)')::bigint AS payout_id,
           (evidence ->> 'payment_id')::bigint AS payment_id, (evidence ->> 'line_no')::integer AS line_no,
           coalesce(amount_fen, 0) AS fen
    FROM cases WHERE kind = 'paid_twice' AND state <> 'closed'
""")


@dataclass(slots=True)
class _Case:
    payout_id: int
    payment_id: int | None
    line_no: int | None
    fen: int


@dataclass(slots=True)
class KnownTwice:
    """How often each payout was paid beyond once, and how much too much of each payment line went back."""

    payouts: Counter[int] = field(default_factory=Counter)
    lines: Counter[tuple[int, int]] = field(default_factory=Counter)


async def known_twice(sources: Sources) -> KnownTwice:
    """Read what the cases about money that went twice say."""
    known = KnownTwice()
    for case in await sources.rows("subsidy", _Case, _CASES):
        known.payouts[case.payout_id] += 1
        if case.payment_id is not None and case.line_no is not None:
            known.lines[case.payment_id, case.line_no] += case.fen
    return known
