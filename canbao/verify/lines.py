"""Checks what payment lines need because facts belong together: refunds, applications, relocations."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from canbao.verify.postings import leg_of
from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.stored import read
from libs.common.db.rows import statement
from services.ledger.facts.rules import LINE_FACTS
from services.ledger.lines import rules as lines
from services.ledger.lines.pools import KINDS
from services.ledger.postings.rules import Season


@dataclass(slots=True)
class _Fact:
    """A fact about a payment line that has others."""

    id: int
    payment_id: int
    line_no: int
    type: str
    event_at: datetime
    data: str


@dataclass(slots=True)
class _Posting:
    """A posting of a kind that only lines need; without a line when its fact is about none."""

    payment_id: int | None
    line_no: int | None
    fact_id: int
    county: str
    coverage_year: int
    kind: str
    source: str
    destination: str
    amount_fen: int
    reversal: bool
    person_id: int | None
    division_code: str | None
    channel: str | None
    payer: str | None

    def key(self) -> tuple[int, int, int]:
        """Where it stands in the order of both streams."""
        return self.payment_id or 0, self.line_no or 0, self.fact_id


#: A posting for comparison: its books, and what it says.
_Said = tuple[Season, tuple[object, ...]]

_SHARED = (
    "SELECT payment_id, line_no FROM facts WHERE payment_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1"
)
_FACTS = statement(f"""
    SELECT f.id, f.payment_id, f.line_no, f.type, f.event_at, f.data
    FROM ({_SHARED}) AS shared JOIN facts f USING (payment_id, line_no)
    ORDER BY f.payment_id, f.line_no, f.id
""")
_POSTED = statement("""
    SELECT f.payment_id, f.line_no, p.fact_id, p.county, p.coverage_year, p.kind, p.source, p.destination,
           p.amount_fen, p.reversal, p.person_id, p.division_code, p.channel, p.payer
    FROM postings p LEFT JOIN facts f ON f.id = p.fact_id
    WHERE p.kind = ANY(CAST(:kinds AS text[]))
    ORDER BY f.payment_id NULLS FIRST, f.line_no, p.fact_id, p.leg_no
""")
_KINDS = [str(kind) for kind in KINDS]


async def equal_facts(sources: Sources, found: Findings) -> None:
    """Play every payment line with more than one fact again, and compare what each fact posted for it."""
    postings = sources.stream("ledger", _Posting, _POSTED, kinds=_KINDS)
    posting = await anext(postings, None)
    position, line = lines.NOTHING_KNOWN, (0, 0)
    async for row in sources.stream("ledger", _Fact, _FACTS):
        found.compared += 1
        if (row.payment_id, row.line_no) != line:
            position, line = lines.NOTHING_KNOWN, (row.payment_id, row.line_no)
        key = (*line, row.id)
        while posting is not None and posting.key() < key:
            _stray(posting, found)
            posting = await anext(postings, None)
        posted: list[_Said] = []
        while posting is not None and posting.key() == key:
            posted.append((Season(posting.county, posting.coverage_year), leg_of(posting)))
            posting = await anext(postings, None)
        position = _check_fact(row, position, posted, found)
    async for stray in _rest(posting, postings):
        _stray(stray, found)


def _check_fact(
    row: _Fact, position: lines.LinePosition, posted: list[_Said], found: Findings
) -> lines.LinePosition:
    which = f"fact {row.id} of payment {row.payment_id} line {row.line_no}"
    fact = read(which, row, found)
    if not isinstance(fact, LINE_FACTS):
        return position
    after = position.with_fact(fact, row.event_at)
    wanted = [(leg.season, leg_of(leg)) for leg in lines.line_legs(position, after)]
    if sorted(wanted, key=_order) != sorted(posted, key=_order):
        found.differs(which, f"posted for its line {posted}, but the rules say {wanted}")
    return after


def _order(said: _Said) -> tuple[str, int, list[str]]:
    books, leg = said
    return books.county, books.coverage_year, list(map(str, leg))


def _stray(posting: _Posting, found: Findings) -> None:
    which = f"posting of {posting.fact_id}"
    found.differs(which, f"is of the kind {posting.kind}, but its line has no other fact")


async def _rest(first: _Posting | None, rows: AsyncIterator[_Posting]) -> AsyncIterator[_Posting]:
    while first is not None:
        yield first
        first = await anext(rows, None)
