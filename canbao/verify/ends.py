"""Which contributions each fact ended, or let stand again, worked out from the facts of their lines."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.stored import read
from libs.common.db.rows import statement
from services.ledger.dues.rules import Contribution, newly_ended
from services.ledger.facts.rules import LINE_FACTS
from services.ledger.lines import rules as lines

#: fact id -> how many contributions of whom it ended.
Ends = Mapping[int, Mapping[Contribution, int]]


@dataclass(slots=True)
class _Fact:
    id: int
    payment_id: int
    line_no: int
    type: str
    event_at: datetime
    data: str


_FACTS = statement("""
    SELECT f.id, f.payment_id, f.line_no, f.type, f.event_at, f.data
    FROM (SELECT DISTINCT payment_id, line_no FROM facts
          WHERE type IN ('canbao.payment.returned.v1', 'canbao.refund.settled.v1')
            AND data::json ->> 'withdraws' = 'true' OR type = 'canbao.payment.taken_back.v1') AS ending
    JOIN facts f USING (payment_id, line_no) ORDER BY f.payment_id, f.line_no, f.id
""")


async def by_fact(sources: Sources) -> Ends:
    """Play every payment line of which something was withdrawn, in the order of its facts."""
    found: dict[int, Mapping[Contribution, int]] = {}
    positions: dict[tuple[int, int], lines.LinePosition] = defaultdict(lambda: lines.NOTHING_KNOWN)
    unread = Findings("ends", "")  # what cannot be read is told where all facts are read
    async for row in sources.stream("ledger", _Fact, _FACTS):
        fact = read("", row, unread)
        if isinstance(fact, LINE_FACTS):
            key = (row.payment_id, row.line_no)
            before = positions[key]
            positions[key] = before.with_fact(fact, row.event_at)
            if ended := newly_ended(before, positions[key]):
                found[row.id] = ended
    return found
