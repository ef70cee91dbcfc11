"""Checks of the ledger against its own facts: every posting made again by the rules, and compared."""

from collections.abc import AsyncIterator, Iterable
from itertools import chain
from typing import Any

from pydantic import ValidationError

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from services.ledger.accounts.rules import Nature, account_of
from services.ledger.dues import rules as dues
from services.ledger.facts.rules import BY_TYPE, Books, business_at, place_of
from services.ledger.lines import rules as lines
from services.ledger.postings.rules import Leg, Memo

_LEG = """
    string_agg(concat_ws('|', p.county, p.coverage_year, p.kind, p.reversal::int, p.source, p.destination,
                         p.amount_fen, coalesce(p.person_id::text, ''), coalesce(p.division_code, ''),
                         coalesce(p.channel, ''), coalesce(p.payer, '')), E'\\n' {order})
"""
# The keys are sorted alone, and the wide rows fetched by key: sorting them would go through the disk.
_FACTS = f"""
    SELECT f.id, f.county, f.coverage_year, f.type, f.event_at, f.business_at, f.enrollment_id, f.data,
           (SELECT {_LEG.format(order="ORDER BY p.leg_no")} FROM postings p
            WHERE p.county = f.county AND p.coverage_year = f.coverage_year AND p.fact_id = f.id
              AND p.kind <> ALL($1)) AS posted,
           (SELECT bool_and(p.business_at = f.business_at) FROM postings p
            WHERE p.county = f.county AND p.coverage_year = f.coverage_year AND p.fact_id = f.id) AS timely,
           (SELECT concat_ws('|', m.reversal::int, m.payer, m.amount_fen, m.person_id, m.division_code)
            FROM memos m
            WHERE m.county = f.county AND m.coverage_year = f.coverage_year AND m.fact_id = f.id) AS noted,
           d.revision, d.due_fen, d.paid_lines, d.paid_fen
    FROM (SELECT county, coverage_year, enrollment_id, id FROM facts
          ORDER BY county, coverage_year, enrollment_id, id OFFSET 0) AS k
    JOIN facts f ON f.county = k.county AND f.coverage_year = k.coverage_year AND f.id = k.id
    LEFT JOIN due_positions d ON d.county = k.county AND d.coverage_year = k.coverage_year
                             AND d.enrollment_id = k.enrollment_id
"""
_LINES = f"""
    WITH shared AS (
        SELECT payment_id, line_no FROM facts WHERE payment_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
    ), special AS MATERIALIZED (
        SELECT p.fact_id, {_LEG.format(order="")} AS posted FROM postings p WHERE p.kind = ANY($1) GROUP BY 1
    )
    SELECT f.id, f.payment_id, f.line_no, f.type, f.event_at, f.data, s.posted
    FROM shared JOIN facts f USING (payment_id, line_no) LEFT JOIN special s ON s.fact_id = f.id
    ORDER BY f.payment_id, f.line_no, f.id
"""
_STRAY_SPECIALS = """
    SELECT p.fact_id, p.kind FROM postings p JOIN facts f ON f.id = p.fact_id
    WHERE p.kind = ANY($1)
      AND (SELECT count(*) FROM facts o WHERE o.payment_id = f.payment_id AND o.line_no = f.line_no) < 2
"""
_ORPHANS = """
    SELECT p.fact_id, p.leg_no FROM postings p
    WHERE NOT EXISTS (SELECT FROM facts f WHERE f.id = p.fact_id)
"""
_ORPHAN_MEMOS = """
    SELECT m.fact_id FROM memos m
    WHERE NOT EXISTS (SELECT FROM facts f
                      WHERE f.county = m.county AND f.coverage_year = m.coverage_year AND f.id = m.fact_id)
"""
_ORPHAN_POSITIONS = """
    SELECT d.enrollment_id FROM due_positions d
    WHERE NOT EXISTS (SELECT FROM facts f WHERE f.county = d.county AND f.coverage_year = d.coverage_year
                                            AND f.enrollment_id = d.enrollment_id)
"""
_BALANCES = """
    SELECT account, sum(fen)::bigint AS fen, count(*) AS postings, min(fen) FILTER (WHERE bad) AS bad
    FROM postings p, LATERAL (VALUES (source, -amount_fen), (destination, amount_fen)) AS side(account, fen),
         LATERAL (SELECT p.amount_fen <= 0 OR p.source = p.destination AS bad) AS judged
    GROUP BY account
"""
_KINDS = [str(kind) for kind in lines.KINDS]


async def sum_to_zero(sources: Sources, found: Findings) -> None:
    """Amounts are positive, accounts known, all balances together and all bridges between books zero."""
    total_fen = bridge_fen = 0
    for row in await sources.rows("ledger", _BALANCES):
        found.compared += row["postings"]
        total_fen += row["fen"]
        if row["bad"] is not None:
            found.differs(row["account"], "has a posting that is not a positive amount between two accounts")
        try:
            if account_of(row["account"]).nature is Nature.BRIDGE:
                bridge_fen += row["fen"]
        except KeyError:
            found.differs(row["account"], "is no account of the chart")
    if total_fen:
        found.differs("all accounts", f"sum to {total_fen} fen")
    if bridge_fen:
        found.differs("elsewhere", f"the books of all counties are {bridge_fen} fen apart")


async def equal_facts(sources: Sources, found: Findings) -> None:
    """Make every posting again from the stored facts by the rules of the ledger."""
    await sources.connections["ledger"].execute(
        "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
    )
    rows = sources.stream("ledger", _FACTS, _KINDS)
    async for enrollment in _groups(rows, "county", "coverage_year", "enrollment_id"):
        _check_enrollment(enrollment, found)
    await sources.connections["ledger"].execute("RESET enable_hashjoin; RESET enable_mergejoin")
    async for line in _groups(sources.stream("ledger", _LINES, _KINDS), "payment_id", "line_no"):
        _check_line(line, found)
    for row in await sources.rows("ledger", _STRAY_SPECIALS, _KINDS):
        found.differs(f"fact {row['fact_id']}", f"posts {row['kind']} although its line has no other fact")
    for row in await sources.rows("ledger", _ORPHANS):
        found.differs(f"posting {row['fact_id']}.{row['leg_no']}", "comes from no stored fact")
    for row in await sources.rows("ledger", _ORPHAN_MEMOS):
        found.differs(f"memo {row['fact_id']}", "comes from no stored fact")
    for row in await sources.rows("ledger", _ORPHAN_POSITIONS):
        found.differs(
            f"enrollment {row['enrollment_id']}", "has a due position that comes from no stored fact"
        )


async def _groups(rows: AsyncIterator[Any], *names: str) -> AsyncIterator[list[Any]]:
    """Gather consecutive rows that agree in the columns `names`; rows of nobody stay alone."""
    group: list[Any] = []
    key = None
    async for row in rows:
        its_key = tuple(row[name] for name in names)
        if group and (its_key != key or its_key[-1] is None):
            yield group
            group = []
        key = its_key
        group.append(row)
    if group:
        yield group


def _check_enrollment(rows: list[Any], found: Findings) -> None:
    """Compare charges, own postings and memos of the facts of one enrollment, in their order."""
    books = Books()
    for row in rows:
        found.compared += 1
        which = f"fact {row['id']} ({row['type']})"
        fact = _read(which, row, found)
        if fact is None:
            continue
        books.line_positions.clear()  # what belongs to payment lines is compared by line
        entries = books.enter(fact, row["event_at"])
        place = place_of(fact)
        if (row["county"], row["coverage_year"]) != place or business_at(fact) != row["business_at"]:
            found.differs(which, "stands in other books or at another time than its data says")
        if row["timely"] is False:
            found.differs(which, "has a posting of another time")
        _compare(
            which, "posted", _text(entry for entry in entries if isinstance(entry, Leg)), row["posted"], found
        )
        notes = [entry for entry in entries if isinstance(entry, Memo)]
        _compare(which, "noted", _note(notes[0]) if notes else "", row["noted"], found)
    _check_position(books, rows[-1], found)


def _read(which: str, row: Any, found: Findings) -> Any:
    try:
        return BY_TYPE[row["type"]].model_validate_json(row["data"])
    except (KeyError, ValidationError):
        found.differs(which, "cannot be read again")
        return None


def _check_position(books: Books, last: Any, found: Findings) -> None:
    """Compare the stored due position of an enrollment with what its facts say."""
    if not books.due_positions:
        return
    [position] = books.due_positions.values()
    stored = (last["revision"], last["due_fen"], last["paid_lines"], last["paid_fen"])
    if stored != (position.revision, position.due_fen, position.paid_lines, position.paid_fen):
        found.differs(
            f"enrollment {last['enrollment_id']}",
            f"its due position is {stored}, but its facts say {_figures(position)}",
        )


def _figures(position: dues.DuePosition) -> tuple[int, int, int, int]:
    return position.revision, position.due_fen, position.paid_lines, position.paid_fen


def _check_line(rows: list[Any], found: Findings) -> None:
    """Compare what facts of one payment line post because they belong together."""
    position = lines.NOTHING_KNOWN
    for row in rows:
        which = f"fact {row['id']} of payment {row['payment_id']} line {row['line_no']}"
        fact = _read(which, row, found)
        if fact is None:
            continue
        after = position.with_fact(fact, row["event_at"])
        expected = sorted(_leg(leg) for leg in lines.line_legs(position, after))
        posted = sorted((row["posted"] or "").split("\n")) if row["posted"] else []
        _compare(which, "posted", "\n".join(expected), "\n".join(posted), found)
        position = after


def _compare(which: str, verb: str, expected: str, stored: str | None, found: Findings) -> None:
    if expected != (stored or ""):
        found.differs(which, f"{verb} [{_flat(stored)}], but the rules say [{_flat(expected)}]")


def _flat(text: str | None) -> str:
    return (text or "").replace("\n", " ; ")


def _text(legs: Iterable[Leg]) -> str:
    return "\n".join(map(_leg, legs))


def _leg(leg: Leg) -> str:
    (county, year), kind, source, destination, amount_fen, reversal, *who = leg
    values = (county, year, kind, int(reversal), source, destination, amount_fen)
    return "|".join(map(str, chain(values, ("" if value is None else value for value in who))))


def _note(memo: Memo) -> str:
    return f"{int(memo.reversal)}|{memo.payer}|{memo.amount_fen}|{memo.person_id}|{memo.division_code}"
