"""Checks what payment lines need because facts belong together: refunds, applications, relocations."""

from collections.abc import AsyncIterator
from typing import Any

from canbao.verify.postings import read
from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from services.ledger.lines import rules as lines

_SHARED = (
    "SELECT payment_id, line_no FROM facts WHERE payment_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1"
)
_FACTS = f"""
    SELECT f.id, f.payment_id, f.line_no, f.type, f.event_at, f.data
    FROM ({_SHARED}) AS shared JOIN facts f USING (payment_id, line_no)
    ORDER BY f.payment_id, f.line_no, f.id
"""
_POSTED = """
    SELECT f.payment_id, f.line_no, p.fact_id, p.county, p.coverage_year, p.kind, p.source, p.destination,
           p.amount_fen, p.reversal, p.person_id, p.division_code, p.channel, p.payer
    FROM postings p LEFT JOIN facts f ON f.id = p.fact_id
    WHERE p.kind = ANY($1) ORDER BY f.payment_id NULLS FIRST, f.line_no, p.fact_id, p.leg_no
"""
_KINDS = [str(kind) for kind in lines.KINDS]


async def equal_facts(sources: Sources, found: Findings) -> None:
    """Play every payment line with more than one fact again, and compare what each fact posted for it."""
    postings = sources.stream("ledger", _POSTED, _KINDS)
    posting = await anext(postings, None)
    position, line = lines.NOTHING_KNOWN, None
    async for row in sources.stream("ledger", _FACTS):
        found.compared += 1
        if (row["payment_id"], row["line_no"]) != line:
            position, line = lines.NOTHING_KNOWN, (row["payment_id"], row["line_no"])
        key = (*line, row["id"])
        while posting is not None and _key(posting) < key:
            _stray(posting, found)
            posting = await anext(postings, None)
        posted = []
        while posting is not None and _key(posting) == key:
            posted.append(((posting["county"], posting["coverage_year"]), *posting[5:]))
            posting = await anext(postings, None)
        position = _check_fact(row, position, posted, found)
    async for stray in _rest(posting, postings):
        _stray(stray, found)


def _check_fact(
    row: Any, position: lines.LinePosition, posted: list[tuple], found: Findings
) -> lines.LinePosition:
    which = f"fact {row['id']} of payment {row['payment_id']} line {row['line_no']}"
    fact = read(which, row, found)
    if fact is None:
        return position
    after = position.with_fact(fact, row["event_at"])
    wanted = sorted(tuple(leg) for leg in lines.line_legs(position, after))
    if wanted != sorted(posted):
        found.differs(which, f"posted for its line {posted}, but the rules say {wanted}")
    return after


def _stray(posting: Any, found: Findings) -> None:
    which = f"posting of {posting['fact_id']}"
    found.differs(which, f"is of the kind {posting['kind']}, but its line has no other fact")


def _key(posting: Any) -> tuple[int, int, int]:
    return posting["payment_id"] or 0, posting["line_no"] or 0, posting["fact_id"]


async def _rest(first: Any, rows: AsyncIterator[Any]) -> AsyncIterator[Any]:
    while first is not None:
        yield first
        first = await anext(rows, None)
